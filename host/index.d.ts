// The types of the package, for both entries.

import type { AnyProfile } from './pprof/index.js';

/**
 * Receives the bytes that the program wrote, in order. Each chunk is a copy, yours to keep. If the
 * function returns a promise, the next chunk comes after the promise is fulfilled. Until then
 * goroutines that print wait, as they would for a full pipe.
 */
export type Sink = (chunk: Uint8Array) => unknown;

/** Gives the bytes that the program reads, and null at the end of the input. */
export type Source = (room: number) => Uint8Array | null | Promise<Uint8Array | null>;

/**
 * A compiled module. Projects without the DOM's types do not know `WebAssembly.Module`; for them
 * this type is `object`.
 */
export type WasmModule = typeof globalThis extends {
  WebAssembly: { Module: { prototype: infer M } };
}
  ? M
  : object;

export interface RuntimeOptions {
  /**
   * The file that `worldsema build` made: a URL, a path, the bytes, or a compiled module. A path is
   * relative to the working directory in Node, and to the page in a page.
   */
  wasm: string | URL | ArrayBuffer | ArrayBufferView | WasmModule;
  /**
   * The .mjs file that was linked with the wasm, or its default export. Default: the file beside
   * the wasm with the same name and .mjs. Required if `wasm` is bytes or a module.
   */
  glue?: string | URL | ((module: object) => unknown);
  /**
   * The script of the program's workers, or a function that makes one worker by `new Worker(...)`.
   * Default: the glue, which is also the script of its workers. The module that the build wrote
   * beside the wasm (app.js) has a function that bundlers understand.
   */
  worker?: string | URL | (() => object);
  /**
   * For a module that was built with --tables=separate: the file with the names and lines for its
   * stacks. Default: the .tables.wasm file beside `wasm`. If that file is missing, the program runs
   * without names and lines. false: do not look for the file. A module with its tables inside does
   * not need this option.
   */
  tables?: string | URL | ArrayBuffer | ArrayBufferView | WasmModule | false;
  /** GOMAXPROCS at the start, 1 to 256. Default: env.GOMAXPROCS, else the cores. */
  procs?: number;
  /**
   * `'workers'`: goroutines run in parallel. Rejects with a PlatformError where there is no shared
   * memory. `'one'`: all goroutines run on one worker. `'auto'`, the default: with workers where
   * they can be had, else with one; see Runtime.modeReason.
   */
  mode?: 'auto' | 'workers' | 'one';
  /**
   * Makes the worker of mode one, in a bundle. Default: the package's own, which imports the glue
   * by its URL.
   */
  one?: () => unknown;
  /** The arguments of main, after the program's name. */
  args?: readonly string[];
  /**
   * The program's environment: GOMAXPROCS, GOTRACEBACK, GODEBUG, and its own. Nothing is inherited.
   */
  env?: Readonly<Record<string, string | undefined>>;
  /**
   * Standard input of the program. The function is called when the program waits for input; `room`
   * is how many bytes it can take. The function returns bytes or a promise of bytes, and null at
   * the end of the input. Bytes beyond `room` are kept for the next read. 'inherit': the process's
   * own input in Node, no input in a page. Only the goroutine that reads waits. Default:
   * Emscripten's standard input.
   */
  stdin?: 'inherit' | Source;
  /** Default 'inherit': the process's own output in Node, the console in a page. */
  stdout?: 'inherit' | Sink;
  stderr?: 'inherit' | Sink;
  /** Aborting the signal closes the runtime; `done` rejects with the signal's reason. */
  signal?: AbortSignal;
  /**
   * Functions that the program can call by these names, with GO_HOST or go_host_call. They run on
   * this thread. If a function returns a promise, only the goroutine that called it waits. If the
   * function throws or the promise is rejected, the C caller gets an error. Names have 1 to 255
   * bytes. Names that begin with "worldsema:" are reserved.
   */
  host?: Readonly<Record<string, HostFunction>>;
  /**
   * Called once, after main has returned or the program has called exit. By then the atexit
   * functions have run and all output has been delivered. All methods of the runtime still work,
   * and other goroutines still run. The program ends when the result of this function is fulfilled.
   * A `cpuProfile` that is still running ends at this call, with the samples that it has. If the
   * function throws, rejects or takes too long, the program ends anyway, and `done` rejects with
   * BeforeExitFailed. The function is not called if the program dies, is closed, or calls _Exit. Do
   * not wait for `done` in it.
   */
  beforeExit?: (rt: Runtime, exitCode: number) => unknown;
  /** How long `beforeExit` may take, in milliseconds. Default 10,000. */
  beforeExitMs?: number;
}

/**
 * A value that the program gives to JavaScript: null, double, int64_t, string, or bytes (a copy).
 */
export type HostValue = null | number | bigint | string | Uint8Array;

/**
 * A value that JavaScript gives to the program. true and false become 1 and 0, undefined becomes
 * null. A BigInt has at most 64 bits.
 */
export type HostInput =
  HostValue | undefined | boolean | ArrayBuffer | SharedArrayBuffer | ArrayBufferView;

/** The `this` of a host function. Arrow functions have no `this` of their own and cannot use it. */
export interface HostContext {
  /** Aborted when the program has given up the call (a timeout), or has ended. */
  readonly signal: AbortSignal;
}

export type HostFunction = (
  this: HostContext,
  ...args: any[]
) => HostInput | void | PromiseLike<HostInput | void>;

/**
 * Starts a program. The promise is fulfilled when main begins, after the constructors have run. If
 * the program dies before main, the promise rejects with the error that `done` would have. If the
 * program exits before main, the promise is fulfilled, and `done` has the exit code. If
 * constructors take more than a second, the promise is fulfilled before main begins, so that the
 * program can be inspected; `done` then reports how it ends.
 *
 * `options` may be the module that the build wrote beside the wasm: `import app from './app.js'`.
 * What `more` says wins over `options`.
 */
export function createRuntime(
  options: RuntimeOptions,
  more?: Partial<RuntimeOptions>,
): Promise<Runtime>;

/** A running program. */
export class Runtime {
  private constructor();
  /**
   * How the program runs: goroutines in parallel on workers, or all of them on one worker, without
   * shared memory.
   */
  readonly mode: 'workers' | 'one';
  /** Why, in a sentence. */
  readonly modeReason: string;
  /**
   * The exit code of main. Rejects with a ProgramError if the program dies, and with RuntimeClosed
   * after close(). If nobody handles the rejection, the platform does not report it.
   */
  readonly done: Promise<number>;
  /**
   * The stacks of all goroutines as text, or with `all: false` of main alone. Works on busy and
   * stuck programs.
   */
  stack(options?: { all?: boolean }): Promise<string>;
  /** Every goroutine as plain data; with GOTRACEBACK=2 also the runtime's service goroutines. */
  goroutines(): Promise<Goroutine[]>;
  /** The same goroutines, and how long the dump took. */
  dump(): Promise<Dump>;
  /** Equal stacks are merged. With `debug: 2` the profile also has every goroutine. */
  profile(kind: ProfileKind, options?: { debug?: 1 | 2 }): Promise<Profile & Origin>;
  /**
   * What each stack allocated, as of the end of the last collection: see gc(). With `debug` the
   * profile also has the current memory statistics. After the program has ended, the profile is as
   * of the end, and blocks that could have been collected count as in use.
   */
  profile(kind: HeapProfileKind, options?: { debug?: 1 | 2 }): Promise<HeapProfile & Origin>;
  /**
   * By stack, since the profile was switched on: where goroutines waited (block), or who unlocked a
   * mutex that others waited for (mutex).
   */
  profile(kind: BlockProfileKind): Promise<BlockProfile & Origin>;
  /** A profile that the program has made with go_profile_new. */
  profile(name: string): Promise<Profile & Origin>;
  /**
   * Switches the block profile on. Waits of ns nanoseconds or more are all counted. Shorter waits
   * are sampled, and the figures are scaled up to stand for all of them. 1: every wait. 0: off.
   * Returns the old value.
   */
  setBlockProfileRate(ns: number): Promise<number>;
  /** Switches the mutex profile on: one wait in n is counted. 0: off. Returns the old value. */
  setMutexProfileFraction(n: number): Promise<number>;
  /**
   * Samples which stacks the processors work on, for some seconds from now. Only one such profile
   * can run at a time; a second call rejects with ERR_PROFILING. Rejects with the reason of an
   * aborted signal, and with RuntimeClosed after close(). If the program ends earlier, in any way,
   * the promise is fulfilled with the samples taken until then. With `beforeExit` the profile ends
   * when main has returned.
   */
  cpuProfile(options: CpuOptions): Promise<CpuProfile & Origin>;
  /**
   * The goroutines that nobody can ever wake: the object that each waits for cannot be reached from
   * any goroutine that could run, nor from any variable of the program. No goroutine that could go
   * on is reported. A stale word in memory may hide a leaked one. Stops the world for about as long
   * as a collection. Rejects with ERR_HIDDEN if for a second there was always some goroutine in
   * code whose locals cannot be seen: foreign code, or, in a program that does not use go_alloc,
   * any code that cannot wait.
   */
  leaks(): Promise<Goroutine[]>;
  /**
   * Which goroutines wait for which others, and which of them are stuck for ever. Stops the world
   * for about as long as a collection. After a program has ended because all goroutines were
   * asleep, returns the graph of that moment. After any other end, rejects with RuntimeClosed.
   */
  waitGraph(): Promise<WaitGraph>;
  /** The functions at a pc, innermost first. Empty if no call is at that pc. */
  frames(pc: number): Frame[];
  /** The arguments of main; the first is the program's name. */
  readonly args: readonly string[];
  /** What memory is used for. Stops the world for a moment. */
  memStats(): Promise<MemStats>;
  /**
   * Collects the `go_alloc` blocks that nobody can reach. Fulfilled when all of them are free. A
   * collection has to wait while foreign code holds its goroutine in place.
   */
  gc(): Promise<void>;
  /** The number of goroutines that exist now, without service goroutines. */
  numGoroutine(): number;
  /**
   * Live counters, read without stopping anything. After the end, the last values. In mode one
   * these, `heap()` and `recentEvents()` are what the worker told last, at most one answer ago;
   * reading them asks for newer ones.
   */
  counts(): Counts;
  /**
   * The heap at a glance, read without stopping anything. With `since`, lists only the collections
   * after the one with that number. After the end, the last values.
   */
  heap(options?: { since?: number }): HeapNow;
  /**
   * Records what the scheduler does for some seconds (default 1, at most 3600), with exact times,
   * without stopping anything. Fulfilled early, with the events recorded until then, if the program
   * ends, or if there are more than maxEvents (default 500,000); in the second case `full` is true.
   * Rejects with the signal's reason when the signal is aborted. Bad options reject with an
   * OptionError: ERR_BAD_SECONDS, ERR_BAD_MAX_EVENTS, ERR_BAD_SIGNAL.
   */
  trace(options?: { seconds?: number; maxEvents?: number; signal?: AbortSignal }): Promise<Trace>;
  /**
   * What each thread did last, from its flight recorder. Returns at once, without stopping
   * anything. The order of a thread's events is exact. Times are exact where the thread got or lost
   * its P, where it was preempted, and for rare events. Other times are spread evenly between two
   * readings of the clock, which are at most 256 events or 5 ms apart. After the end, returns what
   * was recorded until then. With GODEBUG=flightrec=0 there are no events.
   */
  recentEvents(): Trace;
  /**
   * Sets how many goroutines may run at once. Returns the old number. In mode one it is always 1;
   * asking for more rejects with a PlatformError that says why.
   */
  setMaxProcs(n: number): Promise<number>;
  /**
   * Calls a C function that the program exports with GO_EXPORT, as a goroutine. Rejects with an
   * OptionError if the name or an argument cannot be used, and with a GoError if the function fails
   * or the arguments do not fit its parameters. A panic in the function that nobody catches ends
   * the program.
   */
  go(name: string, ...args: HostInput[]): Promise<HostValue>;
  /**
   * The host's end of the channel that the program names so with go_host_channel. Until the program
   * has done that, sends and receivers wait.
   */
  channel(name: string): Channel;
  /** Ends every worker. All pending promises are rejected. Fulfilled when all workers are gone. */
  close(): Promise<void>;
}

/** The host's end of a channel. The program has declared what type the elements have. */
export interface Channel extends AsyncIterable<HostValue> {
  /**
   * Fulfilled when the channel has taken the value: a receiver has it, or the buffer had room.
   * Values are sent in the order of the calls. Rejects with a GoError if the value does not fit the
   * element type, or if the channel is closed.
   */
  send(value: HostInput): Promise<void>;
  /** Closes the channel, after all values sent before. Receivers then end. */
  close(): Promise<void>;
  /**
   * A receiver. It takes no element in advance: an element leaves the channel only for a `next()`
   * that waits. After `return()`, or a `break` in `for await`, a `next()` that waits ends with an
   * element or without one; no element is lost. Several receivers share the elements.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<HostValue, undefined>;
}

export type GoroutineState = 'idle' | 'runnable' | 'running' | 'syscall' | 'waiting' | 'dead';

/**
 * One function of a stack. An inlined function has the same pc as its caller, which is the next
 * frame. The frames of a running program are frozen objects: the same pc gives the same objects.
 */
export interface Frame {
  readonly func: string;
  /** '' when not known. */
  readonly file: string;
  /** 0 when not known. */
  readonly line: number;
  readonly inlined: boolean;
  /** The number of a call site. 0 if the frame was read from text. */
  readonly pc: number;
  /** The distance of the pc from the entry of its function. */
  readonly offset: number;
  readonly kind: 'user' | 'runtime' | 'system' | 'foreign';
}

export interface Goroutine {
  id: number;
  state: GoroutineState;
  /** Why the goroutine waits ('chan receive', 'select', …). '' if it does not wait. */
  reason: string;
  waitMs: number;
  /** Whether the goroutine is locked to its thread. */
  locked: boolean;
  /**
   * The goroutine was not unwound when it began to wait or was stopped. Its frames are on the stack
   * of its thread, and the thread waits with it.
   */
  inPlace: boolean;
  /** A service goroutine of the runtime. */
  system: boolean;
  /**
   * The browser did not give all frames of this thread, or not all lines: a frame whose line is not
   * known has line 0. Dumps print `partly known`.
   */
  partial: boolean;
  /** Reported by leaks(): nobody can ever wake this goroutine. */
  leaked: boolean;
  /** The thread that the goroutine runs on or is held on. */
  thread: number | null;
  /** The label set by go_set_label. '' if not set. */
  label: string;
  createdBy: { func: string; file: string; line: number; goroutine: number } | null;
  /** Innermost first. */
  frames: Frame[];
}

/** Which goroutines wait for which others. Plain data: can be stored as JSON. */
export interface WaitGraph {
  /**
   * The goroutines that wait for a channel, a lock, a wait group or a condition, and those that
   * could wake them.
   */
  nodes: WaitNode[];
  edges: WaitEdge[];
  /**
   * Deadlocks: each is the ids of stuck goroutines that wait for each other in a circle. A single
   * id is a goroutine that waits for a mutex that it holds itself.
   */
  cycles: number[][];
  /**
   * There are more than 1,000 goroutines, or not everything could be seen. Some edges are missing
   * or not proven.
   */
  truncated: boolean;
}

export interface WaitNode extends Omit<Goroutine, 'leaked'> {
  /**
   * Nobody can ever wake this goroutine: all goroutines that could are stuck themselves. Each mutex
   * is assumed to be unlocked by the goroutine that locked it. Apart from that, no goroutine that
   * could go on is reported as stuck. A stale word in memory may hide a stuck one.
   */
  stuck: boolean;
}

export interface WaitEdge {
  /** The id of the goroutine that waits. */
  from: number;
  /**
   * The id of a goroutine that could wake it: one that holds the mutex, or one that can reach the
   * object. null: any goroutine could, since a variable of the program leads to the object.
   * Goroutines that only wait for the same object are left out.
   */
  to: number | null;
  /** The address of the object that it waits for. 0 if not known. */
  object: number;
  kind: 'channel' | 'mutex' | 'rwmutex' | 'wait group' | 'condition' | 'semaphore' | 'thread';
  /** The edges for this object are complete: no other goroutine could wake it. */
  proven: boolean;
}

export interface Dump {
  goroutines: Goroutine[];
  /** How long no goroutine ran. */
  stoppedMs: number;
  /**
   * The time from when the program began to answer until its answer was ready. Without the time
   * that JavaScript took.
   */
  totalMs: number;
}

/** 'goroutineleak': the goroutines that leaks() reports. */
export type ProfileKind = 'goroutine' | 'threadcreate' | 'goroutineleak';

export interface StackRecord {
  count: number;
  /** The goroutines' label, if they have one (go_set_label). */
  label?: string;
  pcs: number[];
  frames: Frame[];
}

/** When a profile was taken, and of which program. */
export interface Origin {
  /** When it was taken, milliseconds since 1970. */
  timeMs: number;
  /**
   * The name of the wasm file, and a hexadecimal number that is always the same for the same
   * module.
   */
  program: { name: string; buildId: string };
}

/** Plain data: can be stored as JSON. */
export interface Profile {
  /** A ProfileKind, or the name of a profile that the program has made. */
  kind: string;
  /** The number of stacks before merging. */
  total: number;
  /** Most frequent first. */
  records: StackRecord[];
  goroutines?: Goroutine[];
}

export interface CpuOptions {
  /** Above 0, at most 86,400. */
  seconds: number;
  /** Samples a second for each worker that runs goroutines, 1 to 1,000,000. Default 100. */
  hz?: number;
  signal?: AbortSignal;
}

export interface CpuRecord {
  /** The number of samples. Each stands for 1/hz seconds. */
  count: number;
  /** The goroutine's label. '' if it has none. */
  label: string;
  pcs: number[];
  /** A single `runtime.scheduler` or `runtime.gc` for work that no goroutine does. */
  frames: Frame[];
}

/** Plain data: can be stored as JSON. */
export interface CpuProfile {
  kind: 'cpu';
  hz: number;
  durationNs: number;
  /** The sum of all counts. */
  total: number;
  /** Samples that were dropped for lack of room. Not in `total`. */
  lost: number;
  /** Samples of processors that had nothing to do. Not in `total`. */
  idle: number;
  /** Most frequent first. */
  records: CpuRecord[];
}

export type BlockProfileKind = 'block' | 'mutex';

export interface BlockRecord {
  /**
   * The number of waits, and how long they took together. Estimates if not every wait is counted.
   */
  count: number;
  delayNs: number;
  pcs: number[];
  frames: Frame[];
}

/** Plain data: can be stored as JSON. */
export interface BlockProfile {
  kind: BlockProfileKind;
  /** The rate that was set last. block: nanoseconds. mutex: one wait in this many is counted. */
  rate: number;
  total: { count: number; delayNs: number };
  /** Longest first. */
  records: BlockRecord[];
}

export type HeapProfileKind = 'heap' | 'allocs';

export interface HeapCounts {
  /** Allocated and not yet freed. */
  inuseObjects: number;
  inuseBytes: number;
  /** Ever allocated. */
  allocObjects: number;
  allocBytes: number;
}

/** The figures are estimates for all blocks, right on average. With a rate of 1 they are exact. */
export interface HeapRecord extends HeapCounts {
  /** The counts of the sampled blocks alone. */
  sampled: HeapCounts;
  pcs: number[];
  frames: Frame[];
}

/** Plain data: can be stored as JSON. */
export interface HeapProfile {
  kind: HeapProfileKind;
  /** On average one block is sampled for this many allocated bytes. 0: none. */
  rate: number;
  total: HeapCounts;
  /** heap: most bytes in use first. allocs: most bytes allocated first. */
  records: HeapRecord[];
  memStats?: MemStats;
}

/**
 * Memory, in bytes and blocks. Plain data. Blocks of `malloc` and `go_alloc` are counted together.
 */
export interface MemStats {
  /** Bytes of blocks in use, including blocks that are not swept yet. */
  alloc: number;
  /** Bytes of blocks ever allocated. */
  totalAlloc: number;
  /**
   * All memory that the runtime has taken from the linear memory: the sum of heapSys, stackSys,
   * mspanSys, mcacheSys, buckHashSys, gcSys and otherSys.
   */
  sys: number;
  /** Always 0. */
  lookups: number;
  /** Blocks ever allocated. */
  mallocs: number;
  /** Blocks ever freed. */
  frees: number;
  /** The same as alloc. */
  heapAlloc: number;
  /** Pages for blocks, in use or not. */
  heapSys: number;
  heapIdle: number;
  heapInuse: number;
  /** 0: linear memory cannot shrink. */
  heapReleased: number;
  /** mallocs - frees */
  heapObjects: number;
  /** Stacks of goroutines. */
  stackInuse: number;
  stackSys: number;
  /** The part of stackInuse that holds suspended frames. */
  frames: number;
  /** Records of runs of pages. */
  mspanInuse: number;
  mspanSys: number;
  /** The caches of the Ps. */
  mcacheInuse: number;
  mcacheSys: number;
  /** Tables of the heap profile. */
  buckHashSys: number;
  /** Other records of the allocator and the collector. */
  gcSys: number;
  otherSys: number;
  /** The next collection begins when collected memory reaches this many bytes. null: none will. */
  nextGc: number | null;
  /** When the last collection ended, in milliseconds since 1970. 0 if there was none. */
  lastGc: number;
  /** How long collections have stopped the world, in all. */
  pauseTotalNs: number;
  /** The last pauses, newest first, 256 at most. */
  pauseNs: number[];
  /** Collections completed. */
  numGc: number;
  /** false with GOGC=off */
  enableGc: boolean;
  /** true with GODEBUG=gctrace=1 */
  debugGc: boolean;
  /** The part of heapAlloc that malloc gave. */
  mallocBytes: number;
  mallocBlocks: number;
  /** The part of heapAlloc that go_alloc gave. */
  collectedBytes: number;
  collectedBlocks: number;
  /** One entry for each size class. Larger blocks are not counted here. */
  bySize: { size: number; mallocs: number; frees: number }[];
}

/** What can be read of the heap while the program runs, in bytes. */
export interface HeapNow {
  /** Collections completed. */
  numGc: number;
  /**
   * Collected memory, as the collector counts it towards nextGc. Exact at the end of a collection.
   * After that a whole span is added when its first block is needed.
   */
  collected: number;
  /** Bytes of malloc blocks in use, except for a few blocks that are moving between caches. */
  uncollected: number;
  /** The next collection begins when collected memory reaches this many bytes. null: none will. */
  nextGc: number | null;
  /** The last collections, oldest first, 128 at most. These figures are exact. */
  collections: Collection[];
}

export interface Collection {
  /** 1 for the first. */
  number: number;
  /** When the world was started again, in milliseconds since 1970. */
  endMs: number;
  /** How long the world was stopped, counted from the request to stop it. */
  pauseNs: number;
  /** HeapNow.collected when the collection began. */
  before: number;
  /** Bytes of the blocks that could be reached. */
  after: number;
  /** HeapNow.nextGc after this collection. */
  nextGc: number | null;
}

export interface Counts {
  /** Service goroutines not counted. */
  goroutines: number;
  idle: number;
  runnable: number;
  running: number;
  syscall: number;
  waiting: number;
  procs: number;
  threads: number;
  preemptions: number;
  /** How often the world was stopped. */
  stops: number;
  perProc: {
    state: 'idle' | 'running' | 'syscall' | 'stopped' | 'dead';
    /** Goroutines in its run queue. */
    queued: number;
    /** Goroutines it has started to run. */
    ticks: number;
    goroutine: number | null;
  }[];
}

/**
 * One thing that a thread did. `time` is in ns since the program's start. `proc` is null if the
 * thread had no P.
 */
export type TraceEvent = { time: number; thread: number; proc: number | null } & (
  | { kind: 'run'; goroutine: number }
  /**
   * The goroutine left its thread. yield: it asked for that itself. preempt: its time was up. stop:
   * the world stops. queue: it came back from a host call and no P was free. inPlace: its frames
   * stay on the thread.
   */
  | {
      kind: 'yield' | 'preempt' | 'stop' | 'queue' | 'end';
      goroutine: number;
      inPlace: boolean;
    }
  | { kind: 'park'; goroutine: number; inPlace: boolean; reason: string }
  /**
   * The goroutine was made runnable (ready), or was created (go). by: the goroutine that ran on
   * this thread.
   */
  | { kind: 'ready' | 'go'; goroutine: number; by: number | null }
  /** The goroutine was taken from the queue of another P. */
  | { kind: 'steal'; goroutine: number; from: number }
  /** The goroutine enters a host call, or blocks in libc. */
  | { kind: 'call'; goroutine: number; reason: string }
  /** The goroutine is back from the call, with a P. */
  | { kind: 'return'; goroutine: number }
  | { kind: 'thread' | 'timer' }
  | { kind: 'world-stop' | 'world-start' }
  /** latencyNs: the time since world-stop. */
  | { kind: 'world-stopped'; latencyNs: number }
  | { kind: 'gc-begin' | 'gc-marked' | 'gc-end' }
);

/** Plain data: can be stored as JSON. */
export interface Trace {
  /** When the program began, milliseconds since 1970. */
  startMs: number;
  /** The begin and end of the recording, in ns since startMs. */
  fromNs: number;
  toNs: number;
  /** false: the events are from the flight recorder, see Runtime.recentEvents. */
  exact: boolean;
  /** The recording ended early, at `toNs`, because there were too many events. */
  full?: boolean;
  /** Sorted by time. The events of one thread are in their exact order. */
  events: TraceEvent[];
  threads: {
    thread: number;
    /** The watcher: preempts, and fires timers. */
    sysmon: boolean;
    /** Events that were overwritten before they were read. */
    lost: number;
    /** What ran on the thread at the begin, if known. */
    running: { goroutine: number; proc: number | null } | null;
  }[];
  /**
   * The goroutines in the events, and the functions that they were started with ('' if not known).
   */
  goroutines: { id: number; func: string; system: boolean }[];
}

/** See "Trace Event Format". ts is in microseconds. */
export interface ChromeTraceEvent {
  ph: 'B' | 'E' | 'i' | 's' | 'f' | 'M';
  pid: number;
  tid: number;
  ts: number;
  name: string;
  cat?: string;
  id?: number;
  bp?: 'e';
  s?: 't';
  args?: object;
}

export interface ChromeTrace {
  traceEvents: ChromeTraceEvent[];
  displayTimeUnit: 'ns';
}

export interface StackGroup {
  count: number;
  ids: number[];
  state: GoroutineState;
  reason: string;
  waitMs: { min: number; max: number };
  frames: Frame[];
}

/** The text of a dump, as Go prints it. */
export function formatDump(
  goroutines: readonly Goroutine[],
  show?: { runtime?: boolean; system?: boolean },
): string;
/** Reads such a text, also one printed by Go. What is not in the text becomes 0, '' or null. */
export function parseDump(text: string): Goroutine[];
/** Goroutines with the same state, reason and stack, most frequent first. */
export function groupStacks(goroutines: readonly Goroutine[]): StackGroup[];
export interface DumpDiff {
  started: Goroutine[];
  ended: Goroutine[];
  /** At another place, or in another state. */
  changed: { before: Goroutine; after: Goroutine }[];
  /** At the same place as before, in the same state. It may have moved and come back in between. */
  unchanged: Goroutine[];
  /** The stacks with more or fewer goroutines than before, largest growth first. */
  groups: {
    state: GoroutineState;
    reason: string;
    frames: Frame[];
    before: number;
    after: number;
  }[];
}

/** Compares two dumps of one program. */
export function diffDumps(before: readonly Goroutine[], after: readonly Goroutine[]): DumpDiff;

/**
 * A dump as plain data for JSON.stringify. Each frame is stored once; goroutines refer to frames by
 * index.
 */
export interface DumpJson {
  format: string;
  version: number;
  frames: Frame[];
  goroutines: (Omit<Goroutine, 'frames'> & { frames: number[] })[];
}

export function dumpToJson(goroutines: readonly Goroutine[]): DumpJson;
/** Reads such JSON, as text or parsed. Throws a TypeError that says what is wrong with it. */
export function dumpFromJson(json: string | object): Goroutine[];

/** A profile as Go's pprof prints it with debug=1 (the default) or debug=2. */
export function toText(profile: Profile | HeapProfile | AnyProfile, debug?: 1 | 2): string;

/**
 * A trace for ui.perfetto.dev and chrome://tracing, to be stored as JSON. It has a track for each P
 * that shows what ran, arrows from each goroutine to those that it woke, and tracks for
 * collections, stops of the world and host calls.
 */
export function toChromeTrace(trace: Trace): ChromeTrace;

/** Base of all errors; `code` is stable. */
export class WorldsemaError extends Error {
  readonly code: string;
}
/** An option or argument cannot be used: ERR_BAD_WASM, ERR_BAD_PROCS, … */
export class OptionError extends WorldsemaError {}
/** The wasm or its glue cannot be used: ERR_NOT_WASM, ERR_NOT_WORLDSEMA, ERR_ABI_VERSION, … */
export class LoadError extends WorldsemaError {}
/** The platform lacks what threads need: ERR_NO_ISOLATION, ERR_NO_SHARED_MEMORY,
 * ERR_NO_MEMORY, ERR_CSP. */
export class PlatformError extends WorldsemaError {}
/** ERR_CLOSED: the runtime ended before the answer came. */
export class RuntimeClosed extends WorldsemaError {}
/**
 * A function of the program, called by go() or through a channel, failed. The name, message and
 * code are from C.
 */
export class GoError extends WorldsemaError {}
/** Base of the ways a program dies. */
export class ProgramError extends WorldsemaError {
  readonly exitCode: number;
  /** The stacks as the program printed them. '' if it could not print them. */
  readonly dump: string;
  /** What the threads did last: see Runtime.recentEvents. Computed when it is read. */
  readonly events: TraceEvent[];
}
/** ERR_THROW: the runtime found itself broken. */
export class RuntimeThrow extends ProgramError {}
/** ERR_DEADLOCK: every goroutine waits for another one. */
export class Deadlock extends ProgramError {}
/** ERR_PANIC: a panic that nobody caught. */
export class GoPanic extends ProgramError {}
/** ERR_STACK_OVERFLOW */
export class StackOverflow extends ProgramError {}
/** ERR_TRAP: unreachable, division by zero, access out of bounds. */
export class RuntimeTrap extends ProgramError {}
/** ERR_WORKER_DIED: a worker ended from outside. */
export class WorkerDied extends ProgramError {}
/**
 * ERR_BEFORE_EXIT: the program ended by itself, with `exitCode`, but `beforeExit` failed (`cause`)
 * or took too long.
 */
export class BeforeExitFailed extends ProgramError {}
