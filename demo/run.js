// @ts-check
// One run of one program, from the click to the end, with everything that the page keeps of it.

import {
  createRuntime,
  Deadlock,
  GoPanic,
  parseDump,
  ProgramError,
  RuntimeClosed,
} from 'worldsema';
import { CpuLog, hz, partSeconds } from './cpu.js';
import { makeDump } from './dump.js';
import { HeapLog } from './heap.js';
import { Output } from './output.js';
import { Picture } from './picture.js';
import { makeTimeline } from './timeline.js';

/** How often the counters are read. */
export const sampleMs = 125;
/** Samples kept: a minute of them. */
export const samplesKept = 480;

/**
 * @typedef {'starting' | 'running' | 'exited' | 'stopped' | 'deadlock' | 'panic' | 'died' |
 *   'failed'} Phase
 */
/**
 * @typedef {object} Sample
 * @property {import('worldsema').Counts} counts
 * @property {number[]} rates switches a second, per P
 */
/**
 * @typedef {object} Profile
 * @property {import('worldsema').HeapProfile} heap
 * @property {number} numGc the collection that it is as of
 * @property {number} atMs since the program's start
 */
/**
 * @typedef {object} RunOptions
 * @property {URL} wasm
 * @property {string[]} args
 * @property {Record<string, string>} env
 * @property {number} procs
 * @property {'auto' | 'one'} mode
 * @property {boolean} picture stdout is a picture
 * @property {() => void} changed something is to be shown
 */

/** A program that starts, runs and ends. */
export class Run {
  /** @type {Phase} */
  phase = 'starting';
  /** @type {'workers' | 'one' | null} how it runs, once it does */
  mode = null;
  /** Why. */
  modeReason = '';
  /** The message about the end. */
  message = '';
  /** @type {number | null} */
  exitCode = null;
  /** @type {Sample[]} oldest first */
  samples = [];
  /** Counts up with every sample. */
  sampled = 0;
  output = new Output();
  /** @type {Picture | null} */
  picture;
  /** @type {import('./dump.js').Dump | null} */
  dump = null;
  dumping = false;
  heap = new HeapLog();
  /** @type {Profile | null} */
  profile = null;
  profiling = false;
  /** @type {CpuLog | null} the one that is recorded, or was last */
  cpu = null;
  recording = false;
  /** Counts up with every part of it. */
  recorded = 0;
  /** @type {number | null} when a collection was asked for that is not through */
  collectingSince = null;
  /**
   * @type {import('./waits.js').Waits | null} who waits for whom, as of the last time it was asked
   */
  waits = null;
  asking = false;
  /** @type {import('./timeline.js').Timeline | null} what ran when, just now or at the end */
  timeline = null;
  /** How many milliseconds that took. */
  timelineMs = 0;
  /** Why a profile or a collection did not come. */
  trouble = '';
  /** Fulfilled when no worker is left. */
  ended;

  /** @type {import('worldsema').Runtime | undefined} */
  #rt;
  #changed;
  #abort = new AbortController();
  #start = performance.now();
  #end = 0;
  #sampleAt = 0;
  /** @type {Promise<void> | undefined} */
  #recorder;

  /** @param {RunOptions} options */
  constructor(options) {
    this.picture = options.picture ? new Picture() : null;
    this.#changed = options.changed;
    this.ended = this.#run(options);
  }

  /** True while the program runs, or will run. */
  get alive() {
    return this.phase === 'starting' || this.phase === 'running';
  }

  /** Time since main began, until the end. */
  get elapsedMs() {
    return (this.alive ? performance.now() : this.#end) - this.#start;
  }

  /** @param {RunOptions} options */
  async #run({ wasm, args, env, procs, mode }) {
    /** @type {ReturnType<typeof setInterval> | undefined} */
    let timer;
    try {
      this.#rt = await createRuntime({
        ...{ wasm, args, env, procs, mode },
        stdout: (chunk) => this.#print(1, chunk),
        stderr: (chunk) => this.#print(2, chunk),
        signal: this.#abort.signal,
      });
      this.mode = this.#rt.mode;
      this.modeReason = this.#rt.modeReason;
      this.#start = performance.now();
      this.phase = 'running';
      this.#changed();
      timer = setInterval(() => this.#sample(), sampleMs);
      this.#over('exited', await this.#rt.done);
    } catch (error) {
      this.#failed(error);
    }
    clearInterval(timer);
    this.#changed();
  }

  /** @param {Phase} phase @param {number | null} [exitCode] @param {string} [message] */
  #over(phase, exitCode = null, message = '') {
    this.#end = performance.now();
    Object.assign(this, { phase, exitCode, message });
  }

  /** @param {unknown} error */
  #failed(error) {
    if (error instanceof RuntimeClosed || this.#abort.signal.aborted) return this.#over('stopped');
    const { message } = /** @type {Error} */ (error);
    if (!(error instanceof ProgramError)) return this.#over('failed', null, message);
    const phase =
      error instanceof Deadlock ? 'deadlock' : error instanceof GoPanic ? 'panic' : 'died';
    this.#over(phase, error.exitCode, message);
    if (phase === 'deadlock') this.takeWaits();
    const goroutines = parseDump(error.dump);
    if (goroutines.length === 0) return;
    this.dump = makeDump(goroutines, {
      ...{ atMs: this.elapsedMs, text: error.dump },
      culprit: phase === 'deadlock' ? undefined : goroutines[0],
    });
  }

  /** @param {1 | 2} fd @param {Uint8Array} chunk */
  #print(fd, chunk) {
    if (fd === 1 && this.picture) this.picture.write(chunk);
    else this.output.write(fd, chunk);
    this.#changed();
  }

  #sample() {
    if (this.phase !== 'running' || !this.#rt) return;
    const counts = this.#rt.counts();
    const now = performance.now();
    const last = this.samples.at(-1)?.counts.perProc;
    const seconds = (now - this.#sampleAt) / 1000;
    const rates = counts.perProc.map(({ ticks }, i) =>
      last?.[i] ? ((ticks - last[i].ticks) >>> 0) / seconds : 0,
    );
    this.#sampleAt = now;
    this.#sampleHeap(this.#rt, now);
    this.samples.push({ counts, rates });
    if (this.samples.length > samplesKept) this.samples.shift();
    this.sampled++;
    this.#changed();
  }

  /** @param {import('worldsema').Runtime} rt @param {number} now */
  #sampleHeap(rt, now) {
    const heap = rt.heap({ since: this.heap.now?.numGc ?? 0 });
    this.heap.add(heap, (now - this.#start) / 1000, performance.timeOrigin + this.#start);
  }

  /** Asks who allocated what, as of the last collection. */
  async takeProfile() {
    if (this.phase !== 'running' || !this.#rt || this.profiling) return;
    this.profiling = true;
    const atMs = this.elapsedMs;
    const rt = this.#rt;
    await this.#tell(async () => {
      const heap = await rt.profile('heap');
      this.profile = { heap, numGc: rt.heap().numGc, atMs };
    });
    this.profiling = false;
    this.#changed();
  }

  /** Starts recording where the time goes, or stops it. */
  async record() {
    if (this.phase !== 'running' || !this.#rt) return;
    this.recording = !this.recording;
    if (!this.recording || this.#recorder) return;
    const rt = this.#rt;
    const log = new CpuLog();
    this.cpu = log;
    this.#recorder = this.#tell(async () => {
      while (this.recording) {
        log.add(await rt.cpuProfile({ seconds: partSeconds, hz }));
        this.recorded++;
        this.#changed();
      }
    });
    await this.#recorder;
    this.#recorder = undefined;
    this.recording = false;
    this.#changed();
  }

  /** Has the program collect now. */
  async collect() {
    if (this.phase !== 'running' || !this.#rt || this.collectingSince !== null) return;
    this.collectingSince = performance.now();
    const rt = this.#rt;
    await this.#tell(() => rt.gc());
    this.collectingSince = null;
    this.#sampleHeap(rt, performance.now());
    this.#changed();
  }

  /**
   * Asks, and keeps the reason of a failure, unless the reason is the program's end.
   * @param {() => Promise<unknown>} ask
   */
  async #tell(ask) {
    this.trouble = '';
    this.#changed();
    try {
      await ask();
    } catch (error) {
      if (!(error instanceof RuntimeClosed)) this.trouble = /** @type {Error} */ (error).message;
    }
  }

  /** Asks where every goroutine is. @param {number} [askedAt] of performance.now(): the key */
  async takeDump(askedAt = performance.now()) {
    if (this.phase !== 'running' || !this.#rt || this.dumping) return;
    this.dumping = true;
    this.#changed();
    try {
      const goroutines = await this.#rt.goroutines();
      const atMs = askedAt - this.#start;
      this.dump = makeDump(goroutines, { atMs, askedAt, before: this.dump });
    } catch (error) {
      // The program ended before it could answer. Its end is reported elsewhere.
      if (!(error instanceof RuntimeClosed)) throw error;
    } finally {
      this.dumping = false;
      this.#changed();
    }
  }

  /**
   * Asks who waits for whom. After a deadlock the answer is what the program has left.
   * @param {number} [askedAt]
   */
  async takeWaits(askedAt = performance.now()) {
    if (!this.#rt || this.asking) return;
    this.asking = true;
    this.#changed();
    const atMs = this.elapsedMs;
    await this.#tell(async () => {
      const graph = await /** @type {import('worldsema').Runtime} */ (this.#rt).waitGraph();
      this.waits = { graph, atMs, askedAt, tookMs: null };
    });
    this.asking = false;
    this.#changed();
  }

  /** Reads the flight recorder. After the program's end nothing new comes: once is enough. */
  takeTimeline() {
    const asked = performance.now();
    const trace = this.#rt?.recentEvents();
    if (!this.#rt || !trace || trace === this.timeline?.trace) return;
    this.timeline = makeTimeline(trace, this.#rt.counts().perProc.length);
    this.timelineMs = performance.now() - asked;
    this.#changed();
  }

  /** @param {number} procs */
  async setProcs(procs) {
    try {
      if (this.phase === 'running') await this.#rt?.setMaxProcs(procs);
    } catch (error) {
      if (!(error instanceof RuntimeClosed)) throw error;
    }
  }

  /** Ends it, whatever it does. Fulfilled when no worker is left. */
  async stop() {
    if (this.alive) this.#abort.abort(new RuntimeClosed());
    await this.ended;
  }
}
