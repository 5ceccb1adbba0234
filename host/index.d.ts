// The types of the package, for both entries.

/** Bytes that the program wrote, in order; a copy, yours to keep. */
export type Sink = (chunk: Uint8Array) => void;

export interface RuntimeOptions {
  /**
   * What `worldsema build` made: a URL, a path (in Node from the working directory, in a page from
   * the page), the bytes, or a compiled module.
   */
  wasm: string | URL | ArrayBuffer | ArrayBufferView | WebAssembly.Module;
  /**
   * The .mjs file that was linked with the wasm, or its default export. By default the wasm's name
   * with .mjs, beside it; needed when `wasm` is bytes or a module.
   */
  glue?: string | URL | ((module: object) => unknown);
  /** GOMAXPROCS at the start, 1 to 256. Default: env.GOMAXPROCS, else the cores. */
  procs?: number;
  /** What main finds after its name. */
  args?: readonly string[];
  /** The program's environment: GOMAXPROCS, GOTRACEBACK, GODEBUG, and its own. Nothing is inherited. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Default 'inherit': the process's own output in Node, the console in a page. */
  stdout?: 'inherit' | Sink;
  stderr?: 'inherit' | Sink;
  /** Aborting is closing; `done` rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** Starts a program. Fulfilled when main runs. */
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
  /** Equal stacks merged; with `debug: 2`, every goroutine beside them. */
  profile(kind: ProfileKind, options?: { debug?: 1 | 2 }): Promise<Profile>;
  /** Goroutines that exist now, service goroutines not counted. */
  numGoroutine(): number;
  /** Live counters; nothing is stopped for them. After the end, the last ones. */
  counts(): Counts;
  /** Sets how many goroutines may run at once; gives the old number. */
  setMaxProcs(n: number): Promise<number>;
  /** Ends every worker; whatever is pending is rejected. Fulfilled when all is gone. */
  close(): Promise<void>;
}

export type GoroutineState = 'idle' | 'runnable' | 'running' | 'syscall' | 'waiting' | 'dead';

/** One function of a stack. Inlined functions share their pc with their caller, the next frame. */
export interface Frame {
  func: string;
  /** '' when not known. */
  file: string;
  /** 0 when not known. */
  line: number;
  inlined: boolean;
  /** A number of a call site; 0 when read from text. */
  pc: number;
  /** Of the pc from its function's entry. */
  offset: number;
  kind: 'user' | 'runtime' | 'system';
}

export interface Goroutine {
  id: number;
  state: GoroutineState;
  /** Why it waits ('chan receive', 'select', …); '' when it does not. */
  reason: string;
  waitMs: number;
  /** To its thread. */
  locked: boolean;
  /** A service goroutine of the runtime. */
  system: boolean;
  /** The thread it runs on. */
  thread: number | null;
  /** As set by go_set_label; '' when not set. */
  label: string;
  createdBy: { func: string; file: string; line: number; goroutine: number } | null;
  /** Innermost first. */
  frames: Frame[];
}

export type ProfileKind = 'goroutine' | 'threadcreate';

export interface StackRecord {
  count: number;
  pcs: number[];
  frames: Frame[];
}

/** Plain data: can be stored as JSON. */
export interface Profile {
  kind: ProfileKind;
  /** Stacks before merging. */
  total: number;
  /** Most frequent first. */
  records: StackRecord[];
  goroutines?: Goroutine[];
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
/** A profile as Go's pprof prints it with debug=1 (the default) or debug=2. */
export function toText(profile: Profile, debug?: 1 | 2): string;

/** Base of all errors; `code` is stable. */
export class WorldsemaError extends Error {
  readonly code: string;
}
/** An option or argument is not usable: ERR_BAD_WASM, ERR_BAD_PROCS, … */
export class OptionError extends WorldsemaError {}
/** The wasm or its glue cannot be used: ERR_NOT_WASM, ERR_NOT_WORLDSEMA, ERR_ABI_VERSION, … */
export class LoadError extends WorldsemaError {}
/** The platform lacks what threads need: ERR_NO_ISOLATION, ERR_NO_MEMORY. */
export class PlatformError extends WorldsemaError {}
/** ERR_CLOSED: the runtime ended before the answer came. */
export class RuntimeClosed extends WorldsemaError {}
/** Base of the ways a program dies. */
export class ProgramError extends WorldsemaError {
  readonly exitCode: number;
  /** The stacks as the program printed them; '' when it could not. */
  readonly dump: string;
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
