// @ts-check
// What users hold: a running program that can be looked at, asked and closed.

import { bootProgram, countsWords, decodeCounts } from './boot.js';
import { BoxReader } from './box.js';
import { OptionError, RuntimeClosed } from './errors.js';
import { RequestKind } from './layout.js';
import { Life } from './life.js';
import { readProcs } from './options.js';
import { Output } from './output.js';
import { decodeDump } from './profile/dump.js';
import { decodeStacks, makeProfile } from './profile/records.js';
import { Requests } from './requests.js';

/** @typedef {import('./options.js').Sink} Sink */
/** @typedef {{ write: Sink, end: () => void }} Stream */
/** @typedef {import('./boot.js').Counts} Counts */

const profileKinds = new Map([
  ['goroutine', RequestKind.goroutineProfile],
  ['threadcreate', RequestKind.threadcreateProfile],
]);

/** A running program. Made by createRuntime. */
export class Runtime {
  #program;
  #requests;
  #life;
  #countsPtr;
  /** @type {Counts | undefined} */
  #lastCounts;

  /**
   * @param {Awaited<ReturnType<typeof import('./program.js').loadProgram>>} program
   * @param {import('./options.js').Settings} settings
   * @param {{ stdout: Stream, stderr: Stream }} streams
   */
  constructor(program, settings, streams) {
    const { signal } = settings;
    const { box: boxPtr, counts } = bootProgram(program, settings);
    const box = new BoxReader(program.memory, boxPtr);
    const output = new Output(program.memory, box, streams);
    const requests = new Requests(program);
    const abort = () => {
      this.#life.end(() => {
        throw signal?.reason;
      });
    };
    const onEnd = () => {
      signal?.removeEventListener('abort', abort);
      this.#keepCounts();
      streams.stdout.end();
      streams.stderr.end();
    };
    this.#program = program;
    this.#countsPtr = counts;
    this.#requests = requests;
    this.#life = new Life({ program, box, output, requests, onEnd });
    signal?.addEventListener('abort', abort);
  }

  /** The exit code of main; rejects when the program dies. */
  get done() {
    return this.#life.done;
  }

  /**
   * The stacks of all goroutines as text, or of main alone.
   * @param {{ all?: boolean }} [options]
   */
  async stack({ all = true } = {}) {
    const text = new TextDecoder().decode(await this.#ask(RequestKind.stack));
    if (all) return text;
    return text.split(/\n(?=goroutine )/).find((part) => part.startsWith('goroutine 1 ')) ?? '';
  }

  /** Every goroutine as plain data, as it stood at one moment. */
  async goroutines() {
    const words = toWords(await this.#ask(RequestKind.dump));
    const { exports, memory, symbols } = this.#program;
    return decodeDump(words, {
      cstring: (ptr) => memory.cstring(ptr),
      words: (ptr, n) => memory.words(ptr, n),
      reason: (i) => memory.cstring(exports.rt_host_reason(i) >>> 0),
      frames: (pc) => symbols.frames(pc),
    }).goroutines;
  }

  /**
   * @param {'goroutine' | 'threadcreate'} kind
   * @param {{ debug?: number }} [options] debug 2 keeps every goroutine beside the merged stacks
   */
  async profile(kind, { debug } = {}) {
    const request = profileKinds.get(kind);
    if (request === undefined) {
      const kinds = [...profileKinds.keys()].join(', ');
      throw new OptionError('ERR_BAD_PROFILE', `no profile is named ${kind}; there are ${kinds}`);
    }
    const frames = (/** @type {number} */ pc) => this.#program.symbols.frames(pc);
    if (kind !== 'goroutine' || debug !== 2) {
      return makeProfile(kind, decodeStacks(toWords(await this.#ask(request))), frames);
    }
    const goroutines = await this.goroutines();
    const stacks = goroutines.map((goroutine) =>
      goroutine.frames.filter(({ inlined }) => !inlined).map(({ pc }) => pc),
    );
    return { ...makeProfile(kind, stacks, frames), goroutines };
  }

  /** Goroutines that exist now, service goroutines not counted. */
  numGoroutine() {
    return this.counts().goroutines;
  }

  /** Live counters, read without stopping anything; after the end, the last ones. */
  counts() {
    return this.#lastCounts ?? this.#readCounts();
  }

  /**
   * Sets how many goroutines may run at once. Stops the world.
   * @param {number} n
   * @returns {Promise<number>} the old value
   */
  async setMaxProcs(n) {
    const answer = await this.#ask(RequestKind.maxProcs, readProcs(n, 'setMaxProcs'));
    return toWords(answer)[0];
  }

  /** Ends every worker at once. Whatever is pending is rejected. May be called again. */
  close() {
    return this.#life.end(() => {
      throw new RuntimeClosed();
    });
  }

  /**
   * @param {number} kind
   * @param {number} [arg]
   */
  async #ask(kind, arg) {
    if (this.#life.over) throw new RuntimeClosed('the program has ended');
    return this.#requests.ask(kind, arg);
  }

  #readCounts() {
    const { exports, memory } = this.#program;
    const written = exports.rt_host_counts(this.#countsPtr, countsWords);
    return decodeCounts(memory.words(this.#countsPtr, written));
  }

  #keepCounts() {
    try {
      this.#lastCounts = this.#readCounts();
    } catch {
      // The program may have ended because its memory is in ruins.
      this.#lastCounts = decodeCounts(new Uint32Array());
    }
  }
}

/** @param {Uint8Array} bytes a copy, so aligned */
const toWords = (bytes) => new Uint32Array(bytes.buffer, 0, bytes.length >> 2);
