// The types of the package, for both entries.

import type { AnyProfile } from './pprof/index.js';

/**
 * Bytes that the program wrote, in order; a copy, yours to keep. When it gives a promise, the next
 * bytes come once that is fulfilled: meanwhile goroutines that print wait, as for a pipe that is
 * full.
 */
export type Sink = (chunk: Uint8Array) => unknown;

/** What the program reads: bytes, and null at the end. */
export type Source = (room: number) => Uint8Array | null | Promise<Uint8Array | null>;

/**
 * A compiled module. (Not `WebAssembly.Module`, which projects without the DOM's types do not
 * know.)
 */
export type WasmModule = typeof globalThis extends {
  WebAssembly: { Module: { prototype: infer M } };
}
  ? M
  : object;

export interface RuntimeOptions {
  /**
   * What `worldsema build` made: a URL, a path (in Node from the working directory, in a page from
   * the page), the bytes, or a compiled module.
   */
  wasm: string | URL | ArrayBuffer | ArrayBufferView | WasmModule;
  /**
   * The .mjs file that was linked with the wasm, or its default export. By default the wasm's name
   * with .mjs, beside it; needed when `wasm` is bytes or a module.
   */
  glue?: string | URL | ((module: object) => unknown);
  /**
   * For a module that was built with --tables=separate: where the names and lines of its stacks
   * are. By default they are looked for beside `wasm`, as .tables.wasm, and the program runs
   * without them when they are not there. false: do not look. A module that has its tables inside
   * does not need them.
   */
  tables?: string | URL | ArrayBuffer | ArrayBufferView | WasmModule | false;
  /** GOMAXPROCS at the start, 1 to 256. Default: env.GOMAXPROCS, else the cores. */
  procs?: number;
  /** What main finds after its name. */
  args?: readonly string[];
  /**
   * The program's environment: GOMAXPROCS, GOTRACEBACK, GODEBUG, and its own. Nothing is inherited.
   */
  env?: Readonly<Record<string, string | undefined>>;
  /**
   * What the program reads as standard input: called when it waits for some, with how many bytes it
   * takes at most; gives bytes (more are kept for the next time), or a promise of them, null at the
   * end. 'inherit': the process's own input in Node, none in a page. Only the goroutine that reads
   * waits. Default: Emscripten's own.
   */
  stdin?: 'inherit' | Source;
  /** Default 'inherit': the process's own output in Node, the console in a page. */
  stdout?: 'inherit' | Sink;
  stderr?: 'inherit' | Sink;
  /** Aborting is closing; `done` rejects with the signal's reason. */
  signal?: AbortSignal;
  /**
   * Functions that the program can call by these names: GO_HOST and go_host_call. They run on this
   * thread; a promise keeps only the goroutine that called waiting. What is thrown, or rejected, is
   * an error in C. Names are 1 to 255 bytes; those that begin with "worldsema:" are reserved.
   */
  host?: Readonly<Record<string, HostFunction>>;
  /**
   * Called once, when main has returned or the program has called exit, and its output and atexit's
   * functions are through: everything can still be asked, other goroutines still run, and the
   * program ends when what this gives is fulfilled. Profiles of `cpuProfile` that still run end
   * here, with what there is. When it throws, rejects or takes too long, the program ends all the
   * same, and `done` rejects with BeforeExitFailed. Not called when the program dies, is closed, or
   * calls _Exit. Do not wait for `done` in it.
   */
  beforeExit?: (rt: Runtime, exitCode: number) => unknown;
  /** How long that may take. Default 10,000. */
  beforeExitMs?: number;
}

/** What the program gives to JavaScript: null, double, int64_t, string, bytes (a copy). */
export type HostValue = null | number | bigint | string | Uint8Array;

/**
 * What JavaScript gives to the program. true and false become 1 and 0, undefined becomes null; a
 * BigInt has at most 64 bits.
 */
export type HostInput =
  HostValue | undefined | boolean | ArrayBuffer | SharedArrayBuffer | ArrayBufferView;

/** What a host function finds as `this` (an arrow function does not). */
export interface HostContext {
  /** Aborted when the program has given the call up (a timeout), or has ended. */
  readonly signal: AbortSignal;
}

export type HostFunction = (
  this: HostContext,
  ...args: any[]
) => HostInput | void | PromiseLike<HostInput | void>;

/**
 * Starts a program. Fulfilled when main begins: constructors are part of the start. If the program
 * dies before, this rejects with the error that `done` would have; if it exits before, this is
 * fulfilled, and `done` has the exit code. A constructor that takes more than a second does not
 * hide the program: then this is fulfilled too, so that it can be looked at, and `done` tells the
 * rest.
 */
export function createRuntime(options: RuntimeOptions): Promise<Runtime>;

/** A running program. */
export class Runtime {
  private constructor();
  /**
   * The exit code of main. Rejects with a ProgramError when the program dies, with RuntimeClosed
   * after close(). A rejection that nobody looks at is not reported.
   */
  readonly done: Promise<number>;
  /** The stacks of all goroutines as text, or of main alone. Works on busy and stuck programs. */
  stack(options?: { all?: boolean }): Promise<string>;
  /** Every goroutine as plain data; with GOTRACEBACK=2 also the runtime's service goroutines. */
  goroutines(): Promise<Goroutine[]>;
  /** The same, with what it took to look. */
  dump(): Promise<Dump>;
  /** Equal stacks merged; with `debug: 2`, every goroutine beside them. */
  profile(kind: ProfileKind, options?: { debug?: 1 | 2 }): Promise<Profile & Origin>;
  /**
   * Who allocated what, by stack, as of the end of the last collection: see gc(). With `debug`, the
   * statistics of now beside it. When the program has ended, as of the end, and what could have
   * been collected counts as used.
   */
  profile(kind: HeapProfileKind, options?: { debug?: 1 | 2 }): Promise<HeapProfile & Origin>;
  /**
   * Where goroutines waited (block), or who let go of a mutex that others waited for, by stack,
   * since it was switched on.
   */
  profile(kind: BlockProfileKind): Promise<BlockProfile & Origin>;
  /** One that the program has made (go_profile_new). */
  profile(name: string): Promise<Profile & Origin>;
  /**
   * Switches the block profile on: waits of ns nanoseconds or more are counted, and of shorter ones
   * some, which stand for all. 1: every wait. 0: off. Gives the old value.
   */
  setBlockProfileRate(ns: number): Promise<number>;
  /** Switches the mutex profile on: one wait in n is counted. 0: off. Gives the old value. */
  setMutexProfileFraction(n: number): Promise<number>;
  /**
   * Which stacks the processors work on, for some seconds from now. One at a time: ERR_PROFILING.
   * Rejects with the signal's reason, and with RuntimeClosed after close(). When the program ends
   * before, however it ends, it is fulfilled with what there is; with `beforeExit`, when main has
   * returned.
   */
  cpuProfile(options: CpuOptions): Promise<CpuProfile & Origin>;
  /**
   * The goroutines that wait for what nobody can ever give: no goroutine that could run, and no
   * variable of the program, leads to what they wait for. None is told that could go on; a stale
   * word in memory may hide one. Stops the world for about as long as a collection. Rejects with
   * ERR_HIDDEN when for a second some goroutine was always in code whose locals nobody sees:
   * foreign code, or, in a program that does not use go_alloc, any code that cannot wait.
   */
  leaks(): Promise<Goroutine[]>;
  /**
   * Who waits for whom, and which of them are stuck for ever. Stops the world for about as long as
   * a collection. After the end, as it was when all goroutines were asleep; else RuntimeClosed.
   */
  waitGraph(): Promise<WaitGraph>;
  /** The functions at a pc, innermost first; none where no call is. */
  frames(pc: number): Frame[];
  /** What main finds: its name and the arguments. */
  readonly args: readonly string[];
  /** What memory is used for. Stops the world for a moment. */
  memStats(): Promise<MemStats>;
  /**
   * Collects what `go_alloc` gave and nobody can reach; fulfilled when all of it is free. While
   * foreign code holds its goroutine in place a collection has to wait, and so does this.
   */
  gc(): Promise<void>;
  /** Goroutines that exist now, service goroutines not counted. */
  numGoroutine(): number;
  /** Live counters; nothing is stopped for them. After the end, the last ones. */
  counts(): Counts;
  /**
   * The heap at a glance; nothing is stopped for it. With `since`, only collections after the one
   * of that number are told. After the end, as it was last.
   */
  heap(options?: { since?: number }): HeapNow;
  /**
   * Records what the scheduler does for so many seconds (default 1, at most 3600), with exact
   * times; nothing is stopped. Fulfilled early, with what there is, when the program ends, or when
   * there are more than maxEvents (default 500,000): then `full` is true. Aborting the signal
   * rejects with its reason. OptionError ERR_BAD_SECONDS, ERR_BAD_MAX_EVENTS, ERR_BAD_SIGNAL.
   */
  trace(options?: { seconds?: number; maxEvents?: number; signal?: AbortSignal }): Promise<Trace>;
  /**
   * What each thread did last, from its flight recorder, at once: nothing is stopped. The order of
   * a thread's events is exact. So are times where it got or lost its P, was preempted, or did what
   * is seldom; others are spread evenly between two readings of the clock, at most 256 events or 5
   * ms apart. After the end, what was recorded until then. With GODEBUG=flightrec=0 there are no
   * events.
   */
  recentEvents(): Trace;
  /** Sets how many goroutines may run at once; gives the old number. */
  setMaxProcs(n: number): Promise<number>;
  /**
   * Calls a C function that the program exports with GO_EXPORT, as a goroutine. Rejects with an
   * OptionError when the name or an argument cannot be used, with a GoError when the function fails
   * or its arguments do not fit. A panic in it that nobody catches ends the program.
   */
  go(name: string, ...args: HostInput[]): Promise<HostValue>;
  /**
   * The host's end of the channel that the program has given this name with go_host_channel, or
   * will: until then sends and receivers wait.
   */
  channel(name: string): Channel;
  /** Ends every worker; whatever is pending is rejected. Fulfilled when all is gone. */
  close(): Promise<void>;
}

/** The host's end of a channel. What its elements can be, the program has said. */
export interface Channel extends AsyncIterable<HostValue> {
  /**
   * Fulfilled when the channel has taken the value: a receiver has it, or there was room. Values go
   * in the order of the calls. Rejects with a GoError when it is no such element, or the channel is
   * closed.
   */
  send(value: HostInput): Promise<void>;
  /** Closes it, after what was sent before: receivers end. */
  close(): Promise<void>;
  /**
   * A receiver. It takes nothing ahead: an element leaves the channel for a `next()` that waits.
   * With `return()`, or a `break` in `for await`, such a `next()` ends without one, or has it: none
   * is lost. Several receivers share the elements.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<HostValue, undefined>;
}

export type GoroutineState = 'idle' | 'runnable' | 'running' | 'syscall' | 'waiting' | 'dead';

/**
 * One function of a stack. Inlined functions share their pc with their caller, the next frame.
 * Frames of a running program are frozen: the same pc gives the same objects.
 */
export interface Frame {
  readonly func: string;
  /** '' when not known. */
  readonly file: string;
  /** 0 when not known. */
  readonly line: number;
  readonly inlined: boolean;
  /** A number of a call site; 0 when read from text. */
  readonly pc: number;
  /** Of the pc from its function's entry. */
  readonly offset: number;
  readonly kind: 'user' | 'runtime' | 'system' | 'foreign';
}

export interface Goroutine {
  id: number;
  state: GoroutineState;
  /** Why it waits ('chan receive', 'select', …); '' when it does not. */
  reason: string;
  waitMs: number;
  /** To its thread. */
  locked: boolean;
  /**
   * Not unwound while it waits, or is stopped: its frames are its thread's, which waits with it.
   */
  inPlace: boolean;
  /** A service goroutine of the runtime. */
  system: boolean;
  /** Told by leaks(): nobody can ever wake it. */
  leaked: boolean;
  /** The thread it runs or stays on. */
  thread: number | null;
  /** As set by go_set_label; '' when not set. */
  label: string;
  createdBy: { func: string; file: string; line: number; goroutine: number } | null;
  /** Innermost first. */
  frames: Frame[];
}

/** Who waits for whom. Plain data: can be stored as JSON. */
export interface WaitGraph {
  /**
   * Those that wait for a channel, a lock, a wait group, a condition, and those that could end
   * that.
   */
  nodes: WaitNode[];
  edges: WaitEdge[];
  /**
   * Deadlocks: the ids of those that are stuck and wait for each other in a circle; of one alone
   * that waits for a mutex that it holds.
   */
  cycles: number[][];
  /**
   * There is more than 1,000 goroutines, or more than could be seen: some edges are missing or not
   * proven.
   */
  truncated: boolean;
}

export interface WaitNode extends Omit<Goroutine, 'leaked'> {
  /**
   * Nobody can ever wake it: all that could give what it waits for are stuck themselves. A mutex is
   * taken to be unlocked by who has locked it. None is told that could go on otherwise; a stale
   * word in memory may hide one.
   */
  stuck: boolean;
}

export interface WaitEdge {
  /** The id of who waits. */
  from: number;
  /**
   * Who could give what it waits for: who holds the mutex, or can get at the object. null: anybody,
   * since variables of the program lead to it. Those that wait for the same object alone are left
   * out.
   */
  to: number | null;
  /** The address of what it waits for; 0 when not known. */
  object: number;
  kind: 'channel' | 'mutex' | 'rwmutex' | 'wait group' | 'condition' | 'semaphore';
  /** There is nobody else who could give it. */
  proven: boolean;
}

export interface Dump {
  goroutines: Goroutine[];
  /** How long no goroutine ran. */
  stoppedMs: number;
  /** From the moment the program began to answer, in the program alone. */
  totalMs: number;
}

/** 'goroutineleak': those that leaks() tells. */
export type ProfileKind = 'goroutine' | 'threadcreate' | 'goroutineleak';

export interface StackRecord {
  count: number;
  /** Of a goroutine that has one (go_set_label). */
  label?: string;
  pcs: number[];
  frames: Frame[];
}

/** What a profile of a running program tells of itself. */
export interface Origin {
  /** When it was taken, milliseconds since 1970. */
  timeMs: number;
  /** The wasm file's name, and a hexadecimal number that the same module always has. */
  program: { name: string; buildId: string };
}

/** Plain data: can be stored as JSON. */
export interface Profile {
  /** A ProfileKind, or the name of one of the program's own. */
  kind: string;
  /** Stacks before merging. */
  total: number;
  /** Most frequent first. */
  records: StackRecord[];
  goroutines?: Goroutine[];
}

export interface CpuOptions {
  /** Above 0, at most 86,400. */
  seconds: number;
  /** Samples a second of each worker that runs goroutines, 1 to 1,000,000. Default 100. */
  hz?: number;
  signal?: AbortSignal;
}

export interface CpuRecord {
  /** Of 1/hz seconds. */
  count: number;
  /** The goroutine's; '' when it has none. */
  label: string;
  pcs: number[];
  /** A single `runtime.scheduler` or `runtime.gc` for what no goroutine does. */
  frames: Frame[];
}

/** Plain data: can be stored as JSON. */
export interface CpuProfile {
  kind: 'cpu';
  hz: number;
  durationNs: number;
  /** The sum of all counts. */
  total: number;
  /** Samples that there was no room for, beside these. */
  lost: number;
  /** Samples of processors that had nothing to do, beside these. */
  idle: number;
  /** Most frequent first. */
  records: CpuRecord[];
}

export type BlockProfileKind = 'block' | 'mutex';

export interface BlockRecord {
  /** Waits, and how long they took together. Estimates where not every one is counted. */
  count: number;
  delayNs: number;
  pcs: number[];
  frames: Frame[];
}

/** Plain data: can be stored as JSON. */
export interface BlockProfile {
  kind: BlockProfileKind;
  /** As set last; block: nanoseconds, mutex: one in so many. */
  rate: number;
  total: { count: number; delayNs: number };
  /** Longest first. */
  records: BlockRecord[];
}

export type HeapProfileKind = 'heap' | 'allocs';

export interface HeapCounts {
  /** Allocated, and not freed. */
  inuseObjects: number;
  inuseBytes: number;
  /** Ever allocated. */
  allocObjects: number;
  allocBytes: number;
}

/** The figures are estimates for all blocks, right on average; exact with a rate of 1. */
export interface HeapRecord extends HeapCounts {
  /** The blocks that were sampled. */
  sampled: HeapCounts;
  pcs: number[];
  frames: Frame[];
}

/** Plain data: can be stored as JSON. */
export interface HeapProfile {
  kind: HeapProfileKind;
  /** One block in about so many bytes is sampled; 0: none. */
  rate: number;
  total: HeapCounts;
  /** heap: most bytes in use first. allocs: most bytes allocated first. */
  records: HeapRecord[];
  memStats?: MemStats;
}

/** Memory, in bytes and blocks. Plain data. `malloc`'s and `go_alloc`'s are counted together. */
export interface MemStats {
  /** Bytes of blocks in use, what is not swept yet included. */
  alloc: number;
  /** Bytes of blocks ever allocated. */
  totalAlloc: number;
  /**
   * All that was taken of the linear memory: the sum of heapSys, stackSys, mspanSys, mcacheSys,
   * buckHashSys, gcSys and otherSys.
   */
  sys: number;
  /** 0 */
  lookups: number;
  /** Blocks ever allocated. */
  mallocs: number;
  /** Blocks ever freed. */
  frees: number;
  /** As alloc. */
  heapAlloc: number;
  /** Pages of blocks, in use or not. */
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
  /** Of stackInuse: suspended frames. */
  frames: number;
  /** Records of runs of pages. */
  mspanInuse: number;
  mspanSys: number;
  /** What each P has at hand. */
  mcacheInuse: number;
  mcacheSys: number;
  /** Tables of the heap profile. */
  buckHashSys: number;
  /** Other records of the allocator and the collector. */
  gcSys: number;
  otherSys: number;
  /** Bytes of collected memory with which the next collection begins; null: none will. */
  nextGc: number | null;
  /** When the last one ended, milliseconds since 1970; 0 never. */
  lastGc: number;
  /** While the world was stopped by collections. */
  pauseTotalNs: number;
  /** Of these the last 256 at most, the newest first. */
  pauseNs: number[];
  /** Collections completed. */
  numGc: number;
  /** false with GOGC=off */
  enableGc: boolean;
  /** true with GODEBUG=gctrace=1 */
  debugGc: boolean;
  /** Of heapAlloc: malloc's. */
  mallocBytes: number;
  mallocBlocks: number;
  /** Of heapAlloc: go_alloc's. */
  collectedBytes: number;
  collectedBlocks: number;
  /** Size classes. Larger blocks are in none of them. */
  bySize: { size: number; mallocs: number; frees: number }[];
}

/** What can be told of the heap while the program runs, in bytes. */
export interface HeapNow {
  /** Collections completed. */
  numGc: number;
  /**
   * Collected memory, as the collector counts it towards nextGc: exact at the end of a collection;
   * since then whole spans were added when the first block of one was needed.
   */
  collected: number;
  /** malloc's blocks in use, but for a few that are on their way between caches. */
  uncollected: number;
  /** Bytes of collected memory with which the next collection begins; null: none will. */
  nextGc: number | null;
  /** The last ones, oldest first, 128 at most. These figures are exact. */
  collections: Collection[];
}

export interface Collection {
  /** 1 for the first. */
  number: number;
  /** When the world ran again, milliseconds since 1970. */
  endMs: number;
  /** How long it was stopped, from the wish to stop it. */
  pauseNs: number;
  /** HeapNow.collected as it began. */
  before: number;
  /** Bytes of the blocks that could be reached. */
  after: number;
  /** HeapNow.nextGc from then on. */
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

/** What one thread did. `time` is in ns since the program's start; `proc` null: without a P. */
export type TraceEvent = { time: number; thread: number; proc: number | null } & (
  | { kind: 'run'; goroutine: number }
  /**
   * It left its thread. yield: of its own wish; preempt: its time was up; stop: the world stops;
   * queue: back from a host call, and no P was free. inPlace: its frames stay on the thread.
   */
  | {
      kind: 'yield' | 'preempt' | 'stop' | 'queue' | 'end';
      goroutine: number;
      inPlace: boolean;
    }
  | { kind: 'park'; goroutine: number; inPlace: boolean; reason: string }
  /** It was made runnable, or made. by: the goroutine that ran on this thread. */
  | { kind: 'ready' | 'go'; goroutine: number; by: number | null }
  /** Taken from the queue of another P. */
  | { kind: 'steal'; goroutine: number; from: number }
  /** Enters a host call, or blocks in libc. */
  | { kind: 'call'; goroutine: number; reason: string }
  /** Back from it, with a P. */
  | { kind: 'return'; goroutine: number }
  | { kind: 'thread' | 'timer' }
  | { kind: 'world-stop' | 'world-start' }
  /** latencyNs: since world-stop. */
  | { kind: 'world-stopped'; latencyNs: number }
  | { kind: 'gc-begin' | 'gc-marked' | 'gc-end' }
);

/** Plain data: can be stored as JSON. */
export interface Trace {
  /** When the program began, milliseconds since 1970. */
  startMs: number;
  /** From and to, in ns since then. */
  fromNs: number;
  toNs: number;
  /** false: of the flight recorder, see Runtime.recentEvents. */
  exact: boolean;
  /** It ended early, at `toNs`, because there were so many events. */
  full?: boolean;
  /** By time; those of one thread in their order. */
  events: TraceEvent[];
  threads: {
    thread: number;
    /** The watcher: preempts, and fires timers. */
    sysmon: boolean;
    /** Events that were overwritten before they were read. */
    lost: number;
    /** What ran on it at the begin, as far as is known. */
    running: { goroutine: number; proc: number | null } | null;
  }[];
  /** Those in the events, and the functions they were made with; '' when not known. */
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
/** Reads such a text, also Go's own. What it does not tell is 0, '' or null. */
export function parseDump(text: string): Goroutine[];
/** Goroutines with the same state, reason and stack, most frequent first. */
export function groupStacks(goroutines: readonly Goroutine[]): StackGroup[];
export interface DumpDiff {
  started: Goroutine[];
  ended: Goroutine[];
  /** At another place, or in another state. */
  changed: { before: Goroutine; after: Goroutine }[];
  /** At the same place as before, in the same state; it may have gone round in between. */
  unchanged: Goroutine[];
  /** Stacks of which there are more or fewer than before, the largest growth first. */
  groups: {
    state: GoroutineState;
    reason: string;
    frames: Frame[];
    before: number;
    after: number;
  }[];
}

/** Two dumps of one program, compared. */
export function diffDumps(before: readonly Goroutine[], after: readonly Goroutine[]): DumpDiff;

/** A dump as JSON.stringify takes it: every frame once, goroutines with the numbers of theirs. */
export interface DumpJson {
  format: string;
  version: number;
  frames: Frame[];
  goroutines: (Omit<Goroutine, 'frames'> & { frames: number[] })[];
}

export function dumpToJson(goroutines: readonly Goroutine[]): DumpJson;
/** Reads such JSON, as text or parsed; a TypeError says what is wrong with it. */
export function dumpFromJson(json: string | object): Goroutine[];

/** A profile as Go's pprof prints it with debug=1 (the default) or debug=2. */
export function toText(profile: Profile | HeapProfile | AnyProfile, debug?: 1 | 2): string;

/**
 * As JSON this opens in ui.perfetto.dev and chrome://tracing: a track for each P with what ran,
 * arrows from waker to woken, and tracks for collections, stops of the world and host calls.
 */
export function toChromeTrace(trace: Trace): ChromeTrace;

/** Base of all errors; `code` is stable. */
export class WorldsemaError extends Error {
  readonly code: string;
}
/** An option or argument is not usable: ERR_BAD_WASM, ERR_BAD_PROCS, … */
export class OptionError extends WorldsemaError {}
/** The wasm or its glue cannot be used: ERR_NOT_WASM, ERR_NOT_WORLDSEMA, ERR_ABI_VERSION, … */
export class LoadError extends WorldsemaError {}
/** The platform lacks what threads need: ERR_NO_ISOLATION, ERR_NO_MEMORY, ERR_CSP. */
export class PlatformError extends WorldsemaError {}
/** ERR_CLOSED: the runtime ended before the answer came. */
export class RuntimeClosed extends WorldsemaError {}
/**
 * A function of the program, called by go() or through a channel, failed: C gave name, message and
 * code.
 */
export class GoError extends WorldsemaError {}
/** Base of the ways a program dies. */
export class ProgramError extends WorldsemaError {
  readonly exitCode: number;
  /** The stacks as the program printed them; '' when it could not. */
  readonly dump: string;
  /** What the threads did last: see Runtime.recentEvents. Made when it is asked for. */
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
 * ERR_BEFORE_EXIT: it ended by itself, with `exitCode`, but `beforeExit` failed (`cause`) or took
 * too long.
 */
export class BeforeExitFailed extends ProgramError {}
