// @ts-check
// One running program: watched, asked, ended. The program tells its news through the box
// (layout.js); this thread never blocks on it, and after the end calls nothing in it: a thread may
// have ended with a lock held.

import { bootProgram, countsWords, decodeCounts } from './boot.js';
import { BoxReader } from './box.js';
import { OptionError, RuntimeClosed, programError, workerError } from './errors.js';
import { Box, RequestKind } from './layout.js';
import { readProcs } from './options.js';
import { Output } from './output.js';
import { decodeDump } from './profile/dump.js';
import { decodeStacks, makeProfile } from './profile/records.js';
import { formatEngineStack } from './profile/trap.js';
import { Requests } from './requests.js';

/** @typedef {import('./options.js').Sink} Sink */
/** @typedef {{ write: Sink, end: () => void }} Stream */
/** @typedef {Awaited<ReturnType<typeof import('./program.js').loadProgram>>} Loaded */

/** Longest time in ms that news may keep this thread from its event loop. */
const turnMs = 8;

const profileKinds = new Map([
  ['goroutine', RequestKind.goroutineProfile],
  ['threadcreate', RequestKind.threadcreateProfile],
]);

/** A running program. Made by createRuntime. */
export class Runtime {
  #exports;
  #memory;
  #symbols;
  #team;
  #streams;
  #requests;
  #output;
  #box;
  #countsPtr;
  /** @type {(code: number) => void} */
  #resolve = () => {};
  /** @type {(error: unknown) => void} */
  #reject = () => {};
  /** @type {Promise<number>} */
  #done;
  /** @type {Promise<void> | undefined} from the beginning of the end; fulfilled when all is gone */
  #ended;
  /** @type {import('./boot.js').Counts | undefined} */
  #lastCounts;
  #forgetSignal = () => {};

  /**
   * @param {Loaded} program
   * @param {import('./options.js').Settings} settings
   * @param {{ stdout: Stream, stderr: Stream }} streams
   */
  constructor(program, settings, streams) {
    this.#exports = program.exports;
    this.#memory = program.memory;
    this.#symbols = program.symbols;
    this.#team = program.team;
    this.#streams = streams;
    this.#requests = new Requests(program);
    this.#done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // A failure has been printed; a page that never looks at `done` need not hear of it again.
    this.#done.catch(() => {});
    const { box, counts } = bootProgram(program, settings);
    this.#box = new BoxReader(program.memory, box);
    this.#countsPtr = counts;
    this.#output = new Output(program.memory, this.#box, streams);
    this.#team.onLost = (death) => this.#lost(death);
    this.#obey(settings.signal);
    this.#watch();
  }

  /** The exit code of main; rejects when the program dies. */
  get done() {
    return this.#done;
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

  /**
   * Every goroutine as plain data, as it stood at one moment.
   * @param {{ system?: boolean }} [options]
   */
  async goroutines({ system = false } = {}) {
    const words = toWords(await this.#ask(RequestKind.dump));
    const { goroutines } = decodeDump(words, {
      cstring: (ptr) => this.#memory.cstring(ptr),
      words: (ptr, n) => this.#memory.words(ptr, n),
      reason: (i) => this.#memory.cstring(this.#exports.rt_host_reason(i) >>> 0),
      frames: (pc) => this.#symbols.frames(pc),
    });
    return system ? goroutines : goroutines.filter((goroutine) => !goroutine.system);
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
    const frames = (/** @type {number} */ pc) => this.#symbols.frames(pc);
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
    if (this.#lastCounts) return this.#lastCounts;
    const written = this.#exports.rt_host_counts(this.#countsPtr, countsWords);
    return decodeCounts(this.#memory.words(this.#countsPtr, written));
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
    return this.#end(() => this.#reject(new RuntimeClosed()));
  }

  /**
   * @param {number} kind
   * @param {number} [arg]
   */
  async #ask(kind, arg) {
    if (this.#ended) throw new RuntimeClosed('the program has ended');
    return this.#requests.ask(kind, arg);
  }

  /** Looks at the box whenever there is news, until the end. */
  async #watch() {
    let turn = performance.now();
    while (!this.#ended) {
      const seen = this.#box.word(Box.seq);
      this.#news();
      if (this.#ended) return;
      const news = this.#box.newsAfter(seen);
      if (!news && performance.now() - turn < turnMs) continue;
      await (news ?? new Promise((resolve) => setTimeout(resolve, 0)));
      turn = performance.now();
    }
  }

  #news() {
    // Read first: what was written before the exit is in the ring by then.
    const exited = this.#box.word(Box.exited) !== 0;
    if (!this.#drain()) return;
    this.#requests.settle();
    if (exited) this.#end(() => this.#settle());
    else if (this.#box.word(Box.threadsWanted) > 0) this.#exports.rt_host_start_threads();
  }

  /** False when a sink threw: that ends the program too. */
  #drain() {
    try {
      this.#output.drain();
      return true;
    } catch (error) {
      this.#end(() => this.#reject(error));
      return false;
    }
  }

  /** Settles `done` with what the program says of its end. */
  #settle() {
    const kind = this.#box.word(Box.fatalKind);
    const exitCode = this.#box.word(Box.exitCode) | 0;
    if (kind === 0) return this.#resolve(exitCode);
    const dump = this.#box.text(Box.dump);
    this.#reject(programError(kind, this.#box.text(Box.fatalText), { exitCode, dump }));
  }

  /** @param {import('./team.js').Death} death */
  #lost(death) {
    if (!this.#drain()) return;
    this.#end(() => {
      if (this.#box.word(Box.exited) !== 0 || this.#box.word(Box.fatalKind) !== 0)
        return this.#settle();
      this.#reject(workerError(death, formatEngineStack(death.stack ?? '', this.#symbols)));
    });
  }

  /**
   * The end, whatever the reason; only the first counts. The outcome is told when all is gone.
   * @param {() => void} outcome
   */
  #end(outcome) {
    this.#ended ??= (async () => {
      this.#lastCounts = this.counts();
      this.#forgetSignal();
      this.#requests.abandon(new RuntimeClosed('the program has ended'));
      await this.#team.end();
      this.#box.notify(Box.seq);
      this.#streams.stdout.end();
      this.#streams.stderr.end();
      outcome();
    })();
    return this.#ended;
  }

  /** @param {AbortSignal | undefined} signal */
  #obey(signal) {
    if (!signal) return;
    const abort = () => void this.#end(() => this.#reject(signal.reason));
    this.#forgetSignal = () => signal.removeEventListener('abort', abort);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort);
  }
}

/** @param {Uint8Array} bytes a copy, so aligned */
const toWords = (bytes) => new Uint32Array(bytes.buffer, 0, bytes.length >> 2);
