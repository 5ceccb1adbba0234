// @ts-check
// The first calls into a program: they hand over its tables, environment and arguments, and start
// it.

import { BoxReader } from './box.js';
import { LoadError } from './errors.js';
import {
  CountsHead,
  CountsP,
  HoldState,
  HostBox,
  InputState,
  maxProcs,
  Pstatus,
} from './layout.js';
import { cbytes } from './memory.js';
import { heapWords } from './profile/memstats.js';
import { traceWords } from './trace/read.js';
import { long, namesOf } from './words.js';

/** @typedef {import('./glue.js').Program} Program */
/**
 * @typedef {object} Counts
 * @property {number} goroutines without service goroutines
 * @property {number} idle
 * @property {number} runnable
 * @property {number} running
 * @property {number} syscall
 * @property {number} waiting
 * @property {number} procs
 * @property {number} threads
 * @property {number} preemptions
 * @property {number} stops of the world
 * @property {{ state: string, queued: number, ticks: number, goroutine: number | null }[]} perProc
 */

/** Room for all that rt_host_counts can write. */
export const countsWords = CountsHead.words + CountsP.words * maxProcs;

/** What a P does, by number. */
const procStates = namesOf(Pstatus).map((name) => (name === 'gcstop' ? 'stopped' : name));

/**
 * Starts main. No function of the program is called after its end, so the room for what is read
 * later without a request is allocated here.
 * @param {Program & { symbols: import('./profile/symbols.js').Symbols, name: string }} program
 * @param {{ args: string[], env: Record<string, string>, beforeExit?: unknown, stdin?: unknown,
 *   terminals?: number }} settings
 * @returns {{ box: number, counts: number, heap: number, trace: number, waits: number }} addresses
 */
export function bootProgram(program, { args, env, beforeExit, stdin, terminals = 0 }) {
  const { exports, symbols, name } = program;
  const tables = put(program, symbols.bytes);
  const known = exports.rt_host_symtab(tables, symbols.bytes.length);
  exports.rt_host_free(tables);
  if (known < 0) throw new LoadError('ERR_BAD_TABLES', `the program refused its tables (${known})`);
  for (const [key, value] of Object.entries(env)) {
    const pair = put(program, cbytes(`${key}=${value}`));
    exports.rt_host_setenv(pair);
    exports.rt_host_free(pair);
  }
  const argv = [name, ...args].map((arg) => put(program, cbytes(arg)));
  const vector = put(program, new Uint8Array(Uint32Array.from([...argv, 0]).buffer));
  const counts = alloc(program, countsWords * 4);
  const heap = alloc(program, heapWords * 4);
  const trace = orFail(exports.rt_host_trace_room(traceWords * 4) >>> 0, traceWords * 4);
  const waits = exports.rt_host_last_waits() >>> 0;
  const box = exports.rt_host_box() >>> 0;
  if (beforeExit) program.memory.store(box, HostBox.hold, HoldState.wanted);
  if (stdin) program.memory.store(box, HostBox.input, InputState.idle);
  program.memory.store(box, HostBox.terminals, terminals);
  boot(program, box, argv.length, vector);
  return { box, counts, heap, trace, waits };
}

/**
 * @param {Program} program
 * @param {number} box
 * @param {number} argc
 * @param {number} argv
 */
function boot({ exports, memory }, box, argc, argv) {
  let cause;
  try {
    const code = exports.rt_host_boot(argc, argv);
    if (code >= 0) return;
    cause = new Error(`it says ${code}`);
  } catch (error) {
    cause = /** @type {any} */ (error);
  }
  const reader = new BoxReader(memory, box);
  // The program ran and died before this call returned: `done` will report it. Newer glue throws
  // 'unwind' to leave calls on this thread when a worker has crashed.
  if (reader.word(HostBox.exited) !== 0 || cause === 'unwind') return;
  const text = reader.text(HostBox.text) || cause.message;
  throw new LoadError('ERR_BOOT', `the program did not start: ${text}`, { cause });
}

/**
 * @param {Program} program
 * @param {number} bytes
 */
function alloc({ exports }, bytes) {
  return orFail(exports.rt_host_alloc(bytes) >>> 0, bytes);
}

/**
 * @param {number} ptr
 * @param {number} bytes
 */
function orFail(ptr, bytes) {
  if (ptr === 0) throw new LoadError('ERR_NO_MEMORY', `the program has no room for ${bytes} bytes`);
  return ptr;
}

/**
 * @param {Program} program
 * @param {Uint8Array} bytes
 */
function put(program, bytes) {
  const ptr = alloc(program, bytes.length);
  program.memory.write(ptr, bytes);
  return ptr;
}

/**
 * @param {Uint32Array} words
 * @returns {Counts}
 */
export function decodeCounts(words) {
  const word = (/** @type {keyof typeof CountsHead} */ name) => words[CountsHead[name]] ?? 0;
  const perProc = [];
  for (
    let at = /** @type {number} */ (CountsHead.words);
    at + CountsP.words <= words.length;
    at += CountsP.words
  ) {
    perProc.push({
      state: procStates[words[at + CountsP.status]] ?? 'unknown',
      queued: words[at + CountsP.queued],
      ticks: words[at + CountsP.ticks],
      goroutine: long(words, at + CountsP.goroutine) || null,
    });
  }
  return {
    ...{ goroutines: word('goroutines'), idle: word('idle'), runnable: word('runnable') },
    ...{ running: word('running'), syscall: word('syscall'), waiting: word('waiting') },
    ...{ procs: word('procs'), threads: word('threads'), preemptions: word('preemptions') },
    ...{ stops: word('stops'), perProc },
  };
}
