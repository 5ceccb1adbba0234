// @ts-check
// The running program as users see it: they can inspect it, call it and close it.

import { beginMs, Runtime } from './base.js';
import { bootProgram, countsWords, decodeCounts } from './boot.js';
import { BoxReader } from './box.js';
import { Calls } from './calls.js';
import { Channel } from './channel.js';
import { OptionError, RuntimeClosed, WorldsemaError } from './errors.js';
import { AskKind, Dump } from './layout.js';
import { takeLeave } from './leave.js';
import { readPieces } from './lastwords.js';
import { Input } from './input.js';
import { Life } from './life.js';
import {
  optionsOf,
  readCpuOptions,
  readProcs,
  readProfileOptions,
  readRate,
  readSince,
} from './options.js';
import { Output } from './output.js';
import { pause } from './pause.js';
import { decodeBlock, makeBlockProfile } from './profile/block.js';
import { decodeCpu, makeCpuProfile } from './profile/cpu.js';
import { decodeDump } from './profile/dump.js';
import { decodeHeap, makeHeapProfile } from './profile/heap.js';
import { decodeHeapNow, decodeMemStats, heapWords } from './profile/memstats.js';
import { decodeStacks, makeProfile } from './profile/records.js';
import { decodeWaits, makeWaitGraph } from './profile/waits.js';
import { Requests } from './requests.js';
import { Recorder } from './trace/recorder.js';

/** @typedef {import('./options.js').Sink} Sink */
/** @typedef {{ write: Sink, end: () => void }} Stream */
/** @typedef {import('./boot.js').Counts} Counts */
/** @typedef {import('./index.d.ts').HeapNow} HeapNow */

const profileKinds = new Map([
  ['goroutine', AskKind.goroutineProfile],
  ['threadcreate', AskKind.threadProfile],
]);

/** As Go 1.26 names it. */
const leakKind = 'goroutineleak';

/**
 * How long after the start of main, in ms, one more worker is started, so that it is there when the
 * first goroutine blocks in place. Short programs do without, and main begins sooner.
 */
const spareMs = 1000;

const heapKinds = /** @type {const} */ (['heap', 'allocs']);
const blockKinds = /** @type {const} */ (['block', 'mutex']);

/** A running program whose memory this thread has. */
export class LocalRuntime extends Runtime {
  #program;
  #id;
  #requests;
  #calls;
  #life;
  #countsPtr;
  #heapPtr;
  #waitsPtr;
  #recorder;
  #ending = new AbortController();
  #leaving = new AbortController();
  #closed = false;
  #modeReason;
  /** @type {{ counts: Counts, heap: HeapNow } | undefined} */
  #last;

  /**
   * @param {Awaited<ReturnType<typeof import('./program.js').startWorkers>>} program
   * @param {import('./options.js').Settings} settings
   * @param {{ stdout: Stream, stderr: Stream, stdin?: import('./input.js').Stream }} streams
   * @param {Map<string, import('./calls.js').HostFunction>} functions that the program can call
   */
  constructor(program, settings, streams, functions) {
    super();
    const { signal, beforeExit, beforeExitMs } = settings;
    const { box: boxPtr, counts, heap, trace, waits } = bootProgram(program, settings);
    const box = new BoxReader(program.memory, boxPtr, program.turns);
    const fail = (/** @type {unknown} */ cause) => {
      this.#life.end(() => {
        throw cause;
      });
    };
    const output = new Output(program.memory, box, streams, fail);
    if (program.turns) program.turns.drain = () => output.drain({ last: true });
    const requests = new Requests(program);
    const calls = new Calls(program, functions);
    const recorder = new Recorder(program, trace);
    const abort = () => this.#close(signal?.reason);
    const onEnd = () => {
      signal?.removeEventListener('abort', abort);
      this.#keepLast();
      recorder.end();
      this.#ending.abort(new RuntimeClosed('the program has ended'));
      streams.stdout.end();
      streams.stderr.end();
      streams.stdin?.end();
    };
    const onExit = (/** @type {number} */ exitCode) => {
      this.#leaving.abort();
      const how = { ms: beforeExitMs, exitCode, ending: this.#ending.signal };
      return takeLeave((code) => beforeExit?.(this, code), how);
    };
    this.#program = program;
    this.#modeReason = settings.modeReason;
    this.#id = { name: `${program.name}.wasm`, buildId: program.buildId };
    /** The program's name and arguments, as main finds them. */
    this.args = Object.freeze([program.name, ...settings.args]);
    this.#countsPtr = counts;
    this.#heapPtr = heap;
    this.#waitsPtr = waits;
    this.#requests = requests;
    this.#calls = calls;
    this.#recorder = recorder;
    const events = () => recorder.recent().events;
    const input = streams.stdin && new Input(program.memory, box, streams.stdin, fail);
    this.#life = new Life({ program, box, output, input, requests, calls, onEnd, onExit, events });
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort(); // the first look at the program has called a function of the host
    const { startSpare } = program;
    if (startSpare) pause(spareMs, [this.#ending.signal]).then(startSpare, () => {});
  }

  /**
   * Starts a program and waits until main begins, but not longer than beginMs, so that a program
   * that takes longer can be inspected.
   * @param {ConstructorParameters<typeof LocalRuntime>} parts
   */
  static async start(...parts) {
    const rt = new LocalRuntime(...parts);
    await rt.#life.begun(beginMs);
    return rt;
  }

  /** How the program runs. */
  get mode() {
    return 'workers';
  }

  /** Why it runs so. */
  get modeReason() {
    return this.#modeReason;
  }

  /** The exit code of main; rejects when the program dies. */
  get done() {
    return this.#life.done;
  }

  /**
   * The stacks of all goroutines as text, or of main alone.
   * @param {{ all?: boolean }} [options]
   */
  async stack(options) {
    const { all = true } = /** @type {{ all?: boolean }} */ (optionsOf('stack', options));
    const text = new TextDecoder().decode(await this.#ask(AskKind.stack));
    if (all) return text;
    return text.split(/\n(?=goroutine )/).find((part) => part.startsWith('goroutine 1 ')) ?? '';
  }

  /** Every goroutine as plain data, as it stood at one moment. */
  async goroutines() {
    return (await this.dump()).goroutines;
  }

  /** The same goroutines, with the time for which the world was stopped and the total time. */
  async dump() {
    return this.#decodeDump(await this.#ask(AskKind.dump));
  }

  /** The goroutines that nobody can ever wake. */
  async leaks() {
    return this.#decodeDump(await this.#ask(AskKind.leaks)).goroutines;
  }

  /**
   * Which goroutines wait for which others. Also works after the end, if the program ended because
   * all goroutines were asleep.
   */
  async waitGraph() {
    const answer = this.#lastWaits() ?? (await this.#ask(AskKind.waits));
    return makeWaitGraph(this.#decodeDump(answer).goroutines, decodeWaits(toWords(answer)));
  }

  #lastWaits() {
    const { memory } = this.#program;
    const ptr = memory.load(this.#waitsPtr, Dump.head);
    const n = memory.load(this.#waitsPtr, Dump.n);
    return this.#life.over && ptr !== 0 ? memory.copy(ptr, n * 4) : undefined;
  }

  /** @param {Uint8Array} answer */
  #decodeDump(answer) {
    const { memory, symbols } = this.#program;
    return decodeDump(toWords(answer), {
      cstring: (ptr) => memory.cstring(ptr),
      words: (ptr, n) => memory.words(ptr, n),
      reason: (i) => this.#recorder.reason(i),
      frames: (pc) => symbols.frames(pc),
    });
  }

  /**
   * @param {string} kind goroutine, threadcreate, goroutineleak, heap, allocs, block, mutex, or a
   *   profile that the program has made
   * @param {{ debug?: number }} [options] what the profile has besides the merged stacks: every
   *   goroutine with debug 2; for heap and allocs the memory statistics with 1 or 2
   */
  async profile(kind, options) {
    const { debug } = readProfileOptions(options);
    const heapKind = heapKinds.find((name) => name === kind);
    const blockKind = blockKinds.find((name) => name === kind);
    if (heapKind) return this.#sign(await this.#heapProfile(heapKind, debug));
    if (blockKind) return this.#sign(await this.#blockProfile(blockKind));
    return this.#sign(await this.#stackProfile(kind, debug));
  }

  /**
   * Adds to a profile when it was taken and of which program.
   * @template T
   * @param {T} profile
   */
  #sign(profile) {
    return { ...profile, timeMs: Date.now(), program: this.#id };
  }

  /** @param {'block' | 'mutex'} kind */
  async #blockProfile(kind) {
    const { exports, symbols } = this.#program;
    const last = (/** @type {number} */ to) =>
      exports.rt_host_last_delays(Number(kind === 'mutex'), to);
    const delays = await this.#askOrRead(AskKind[`${kind}Profile`], last, decodeBlock);
    return makeBlockProfile(kind, delays, (pc) => symbols.frames(pc));
  }

  /**
   * @param {'heap' | 'allocs'} kind
   * @param {number} [debug]
   */
  async #heapProfile(kind, debug) {
    const { exports, symbols } = this.#program;
    const last = exports.rt_host_last_heap;
    const heap = await this.#askOrRead(AskKind.heapProfile, last, decodeHeap);
    const profile = makeHeapProfile(kind, heap, (pc) => symbols.frames(pc));
    return debug ? { ...profile, memStats: await this.memStats() } : profile;
  }

  /**
   * @param {string} kind
   * @param {number} [debug]
   */
  async #stackProfile(kind, debug) {
    const frames = (/** @type {number} */ pc) => this.#program.symbols.frames(pc);
    const whole = kind === leakKind || (kind === 'goroutine' && debug === 2);
    if (!whole) {
      const [request, own] = this.#requestFor(kind);
      const text = (/** @type {number} */ ptr) => this.#program.memory.cstring(ptr);
      const decode = (/** @type {Uint32Array} */ words) => decodeStacks(words, text);
      const last =
        own !== undefined &&
        ((/** @type {number} */ to) => this.#program.exports.rt_host_last_user(own, to));
      const stacks = last
        ? await this.#askOrRead(request, last, decode, own)
        : decode(toWords(await this.#ask(request)));
      return makeProfile(kind, stacks, frames);
    }
    const goroutines = await (kind === leakKind ? this.leaks() : this.goroutines());
    const stacks = goroutines.map(({ label, frames }) => {
      return { label, pcs: frames.filter(({ inlined }) => !inlined).map(({ pc }) => pc) };
    });
    return { ...makeProfile(kind, stacks, frames), ...(debug === 2 && { goroutines }) };
  }

  /**
   * The functions at a pc, innermost first. Empty if no call is at that pc.
   * @param {number} pc
   */
  frames(pc) {
    return this.#program.symbols.known(pc);
  }

  /**
   * Also finds the profiles that the program has made.
   * @param {string} kind
   * @returns {[request: number, arg?: number]}
   */
  #requestFor(kind) {
    const request = profileKinds.get(kind);
    if (request !== undefined) return [request];
    const { exports, memory } = this.#program;
    const names = [];
    for (let ptr; (ptr = exports.rt_host_profile_name(names.length) >>> 0);)
      names.push(memory.cstring(ptr));
    if (names.includes(kind)) return [AskKind.userProfile, names.indexOf(kind)];
    const kinds = [...profileKinds.keys(), leakKind, ...heapKinds, ...blockKinds, ...names].join(
      ', ',
    );
    throw new OptionError('ERR_BAD_PROFILE', `no profile is named ${kind}; there are ${kinds}`);
  }

  /**
   * Samples which stacks the processors work on, for some seconds from now.
   * @param {import('./index.d.ts').CpuOptions} options
   */
  async cpuProfile(options) {
    const { seconds, hz, signal } = readCpuOptions(options);
    signal?.throwIfAborted();
    const [started] = toWords(await this.#ask(AskKind.cpuStart, hz));
    if (!started) throw new WorldsemaError('ERR_PROFILING', 'cpu profiling already in use');
    const { exports, memory, symbols } = this.#program;
    const stop = () => this.#askOrRead(AskKind.cpuStop, exports.rt_host_last_cpu, decodeCpu);
    const ends = [this.#ending.signal, this.#leaving.signal];
    try {
      await pause(seconds * 1000, signal ? [...ends, signal] : ends);
    } catch (reason) {
      // If the program ends, or waits for beforeExit, the profile has the samples taken until then.
      if (!ends.some(({ aborted }) => aborted)) {
        await stop();
        throw reason;
      }
    }
    const cpu = await stop();
    const text = (/** @type {number} */ pc) => memory.cstring(exports.rt_host_text(pc) >>> 0);
    return this.#sign(makeCpuProfile({ ...cpu, hz }, (pc) => symbols.frames(pc), text));
  }

  /** What memory is used for. Stops the world for a moment. */
  async memStats() {
    return decodeMemStats(await this.#ask(AskKind.memStats));
  }

  /** Collects the `go_alloc` blocks that nobody can reach. Fulfilled when they are free. */
  async gc() {
    await this.#ask(AskKind.gc);
  }

  /** The number of goroutines that exist now, without service goroutines. */
  numGoroutine() {
    return this.counts().goroutines;
  }

  /** Live counters, read without stopping anything. After the end, the last values. */
  counts() {
    return this.#last?.counts ?? this.#readCounts();
  }

  /**
   * The heap at a glance, read without stopping anything. After the end, the last values.
   * @param {{ since?: number }} [options] only collections after the one with this number are
   *   listed
   */
  heap(options) {
    const since = readSince(options);
    const { collections, ...now } = this.#last?.heap ?? this.#readHeap(since);
    return { ...now, collections: collections.filter(({ number }) => number > since) };
  }

  /**
   * Records what the scheduler does, with exact times, without stopping anything. Fulfilled early,
   * with the events until then, if the program ends or there are too many events.
   * @param {{ seconds?: number, maxEvents?: number, signal?: AbortSignal }} [options]
   */
  async trace(options) {
    return this.#recorder.record(options);
  }

  /**
   * What each thread did last, from the flight recorder. After the end, what was recorded until
   * then.
   */
  recentEvents() {
    return this.#recorder.recent();
  }

  /**
   * Sets how many goroutines may run at once. Stops the world.
   * @param {number} n
   * @returns {Promise<number>} the old value
   */
  async setMaxProcs(n) {
    const answer = await this.#ask(AskKind.maxProcs, readProcs(n, 'setMaxProcs'));
    return toWords(answer)[0];
  }

  /**
   * Calls a C function that the program exports (GO_EXPORT), as a goroutine.
   * @param {string} name
   * @param {...unknown} args
   */
  async go(name, ...args) {
    if (this.#life.over) throw new RuntimeClosed('the program has ended');
    return this.#calls.go(name, args);
  }

  /**
   * The host's end of the channel that the program names so with go_host_channel, now or later.
   * @param {string} name
   */
  channel(name) {
    return new Channel(this.#calls, name);
  }

  /**
   * Sets what the block profile counts: all waits of ns nanoseconds or more, and a sample of the
   * shorter ones. 0: nothing.
   * @param {number} ns
   * @returns {Promise<number>} the old value
   */
  async setBlockProfileRate(ns) {
    const rate = readRate(ns, 'setBlockProfileRate', 0xffffffff);
    return toWords(await this.#ask(AskKind.blockRate, rate))[0];
  }

  /**
   * Sets what the mutex profile counts: one wait in n. 0: nothing.
   * @param {number} n
   * @returns {Promise<number>} the old value
   */
  async setMutexProfileFraction(n) {
    const fraction = readRate(n, 'setMutexProfileFraction', 0x7fffffff);
    return toWords(await this.#ask(AskKind.mutexFraction, fraction))[0];
  }

  /** Ends every worker at once. All pending promises are rejected. May be called again. */
  close() {
    return this.#close(new RuntimeClosed());
  }

  /** @param {unknown} reason for `done` */
  #close(reason) {
    if (!this.#life.over) this.#closed = true;
    return this.#life.end(() => {
      throw reason;
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

  /**
   * The program's answer. If the program has ended by itself before it answered, the data is read
   * from its memory.
   * @template T
   * @param {number} kind
   * @param {(to: number) => number} last see readPieces
   * @param {(words: Uint32Array) => T} decode
   * @param {number} [arg]
   */
  async #askOrRead(kind, last, decode, arg) {
    try {
      return decode(toWords(await this.#ask(kind, arg)));
    } catch (error) {
      if (!(error instanceof RuntimeClosed) || this.#closed) throw error;
      await this.#life.ended;
      try {
        return decode(readPieces(this.#program.memory, last, this.#countsPtr));
      } catch {
        throw error; // the memory of the program is in ruins
      }
    }
  }

  #readCounts() {
    const { exports, memory } = this.#program;
    const bytes = exports.rt_host_counts(this.#countsPtr, countsWords * 4);
    return decodeCounts(memory.words(this.#countsPtr, bytes / 4));
  }

  /** @param {number} since */
  #readHeap(since) {
    const { exports, memory } = this.#program;
    const bytes = exports.rt_host_heap(this.#heapPtr, heapWords * 4, since);
    return decodeHeapNow(memory.words(this.#heapPtr, bytes / 4));
  }

  #keepLast() {
    try {
      this.#last = { counts: this.#readCounts(), heap: this.#readHeap(0) };
    } catch {
      // The program may have ended because its memory is in ruins.
      const nothing = new Uint32Array();
      this.#last = { counts: decodeCounts(nothing), heap: decodeHeapNow(nothing) };
    }
  }
}

/** @param {Uint8Array} bytes a copy, so aligned */
const toWords = (bytes) => new Uint32Array(bytes.buffer, 0, bytes.length >> 2);
