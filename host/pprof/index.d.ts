// The types of 'worldsema/pprof'.

import type { Frame, HeapCounts, Runtime } from '../index.js';

/** Which program a profile is of. */
export interface ProgramId {
  /** Of the wasm file. */
  name: string;
  /** Hexadecimal; the same for the same module. */
  buildId: string;
}

/** One stack of a profile. Which figures it has is a matter of the kind. */
export interface AnyRecord extends Partial<HeapCounts> {
  count?: number;
  /** block and mutex: nanoseconds, of all together. */
  delayNs?: number;
  label?: string;
  pcs: number[];
  /** Innermost first. */
  frames: Frame[];
  sampled?: HeapCounts;
}

/** A profile of any kind: what Runtime.profile() gave, or what was read from a file. */
export interface AnyProfile {
  kind: string;
  records: AnyRecord[];
  total?: number | HeapCounts | { count: number; delayNs: number };
  /** heap and allocs */
  rate?: number;
  /** cpu: samples a second */
  hz?: number;
  /** What it spans; nothing for the state of a moment. */
  durationNs?: number;
  /** When it was taken, milliseconds since 1970. */
  timeMs?: number;
  program?: ProgramId;
}

/** For `go tool pprof`: profile.proto, gzipped, with the sample types that Go writes. */
export function toPprof(profile: AnyProfile): Promise<Uint8Array>;
/**
 * Reads such a file, gzipped or not. It tells no offsets (0) and no kinds of frames ('user').
 * Rejects with a TypeError that says what is wrong with it.
 */
export function fromPprof(file: Uint8Array | ArrayBuffer): Promise<AnyProfile>;

/**
 * Collapsed stacks for flame graph scripts, functions only. `type` is the figure of a profile that
 * has several, by pprof's name; by default heap's 'inuse_space', allocs' 'alloc_space', cpu's
 * 'cpu', and the 'delay' of block and mutex.
 */
export function toCollapsed(profile: AnyProfile, options?: { type?: string }): string;
/** Reads such a text; `kind` is what the profile is to be called (default 'samples'). */
export function fromCollapsed(text: string, options?: { kind?: string }): AnyProfile;

/** https://www.speedscope.app/file-format-schema.json */
export interface SpeedscopeFile {
  $schema: string;
  name: string;
  exporter: string;
  activeProfileIndex: number;
  shared: { frames: { name: string; file?: string; line?: number }[] };
  profiles: {
    type: 'sampled';
    name: string;
    unit: string;
    startValue: number;
    endValue: number;
    samples: number[][];
    weights: number[];
  }[];
}

/**
 * For speedscope, as JSON: a profile for each figure. With `lines`, calls from several lines of a
 * function are told apart. A negative figure, as subtractProfile may give, is a RangeError.
 */
export function toSpeedscope(profile: AnyProfile, options?: { lines?: boolean }): SpeedscopeFile;
/** Reads what toSpeedscope wrote, as text or parsed. */
export function fromSpeedscope(file: string | object): AnyProfile;

/** For profiler.firefox.com, as JSON: a thread for each figure. */
export function toFirefoxProfile(profile: AnyProfile): object;
/** Reads what toFirefoxProfile wrote, as text or parsed. */
export function fromFirefoxProfile(file: string | object): AnyProfile;

/** What happened between two profiles of one kind; stacks that did not change are left out. */
export function subtractProfile(before: AnyProfile, after: AnyProfile): AnyProfile;

export interface PprofServer {
  /** With a slash at the end, as in http://127.0.0.1:6060/debug/pprof/ */
  readonly url: string;
  readonly port: number;
  /** Ends it, and all answers that are under way. */
  close(): Promise<void>;
}

export interface PprofOptions {
  /** Default 6060; 0 is any free one. */
  port?: number;
  /** The address to listen on. Default 127.0.0.1: nobody outside of this machine. */
  host?: string;
}

/**
 * Serves a program's profiles as Go's net/http/pprof does. Node only. Rejects when the port is
 * taken. It closes when the program ends.
 */
export function servePprof(rt: Runtime, options?: PprofOptions): Promise<PprofServer>;

export interface Relay {
  /** Where the profiles are, once a page is connected: before, and after it has gone, 503. */
  readonly url: string;
  /** For the page. */
  readonly socketUrl: string;
  readonly token: string;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Opens a place where the profiles of a program in a tab are served, as servePprof does. Node only.
 * A page connects with the token (default: a new one, unguessable); the last that did so answers.
 */
export function openRelay(options?: PprofOptions & { token?: string }): Promise<Relay>;

/**
 * Has a program answer what a relay is asked, until it ends. In pages, and in Node 22 and newer.
 * Rejects when the relay is not there, or does not take the token.
 */
export function connectRelay(
  rt: Runtime,
  relay: { url: string | URL; token: string },
): Promise<{ closed: Promise<void>; close(): void }>;

/**
 * Has the site's own debug/pprof/ show a program that runs in a page of it, until the program ends:
 * `worker` is where the site serves the package's file `worldsema/pprof-worker.js`, a service
 * worker, and paths are below its scope, by default its folder. Fulfilled when it is active.
 */
export function answerInPage(
  rt: Runtime,
  options: { worker: string | URL; scope?: string },
): Promise<{ url: string; close(): void }>;
