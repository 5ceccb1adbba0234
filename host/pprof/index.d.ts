// The types of 'worldsema/pprof'.

import type { Frame, HeapCounts, Runtime } from '../index.js';

/** The program that a profile was taken of. */
export interface ProgramId {
  /** The name of the wasm file. */
  name: string;
  /** Hexadecimal. Always the same for the same module. */
  buildId: string;
}

/** One stack of a profile. The kind of the profile decides which figures it has. */
export interface AnyRecord extends Partial<HeapCounts> {
  count?: number;
  /** block and mutex: nanoseconds, the sum of all waits. */
  delayNs?: number;
  label?: string;
  pcs: number[];
  /** Innermost first. */
  frames: Frame[];
  sampled?: HeapCounts;
}

/** A profile of any kind, from Runtime.profile() or read from a file. */
export interface AnyProfile {
  kind: string;
  records: AnyRecord[];
  total?: number | HeapCounts | { count: number; delayNs: number };
  /** heap and allocs */
  rate?: number;
  /** cpu: samples a second */
  hz?: number;
  /** The time that the profile covers. Absent if it shows a single moment. */
  durationNs?: number;
  /** When it was taken, milliseconds since 1970. */
  timeMs?: number;
  program?: ProgramId;
}

/** A file for `go tool pprof`: profile.proto, gzipped, with the sample types that Go writes. */
export function toPprof(profile: AnyProfile): Promise<Uint8Array>;
/**
 * Reads such a file, gzipped or not. The file has no offsets and no kinds of frames: they become 0
 * and 'user'. Rejects with a TypeError that says what is wrong with the file.
 */
export function fromPprof(file: Uint8Array | ArrayBuffer): Promise<AnyProfile>;

/**
 * Collapsed stacks for flame graph scripts. Frames are names of functions only. `type` chooses the
 * figure if the profile has several, by pprof's name. Defaults: 'inuse_space' for heap,
 * 'alloc_space' for allocs, 'cpu' for cpu, 'delay' for block and mutex.
 */
export function toCollapsed(profile: AnyProfile, options?: { type?: string }): string;
/** Reads such a text. `kind` becomes the kind of the profile (default 'samples'). */
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
 * A file for speedscope, to be stored as JSON, with one speedscope profile for each figure. With
 * `lines`, calls from different lines of a function are kept apart. Throws a RangeError if a figure
 * is negative, as it may be after subtractProfile.
 */
export function toSpeedscope(profile: AnyProfile, options?: { lines?: boolean }): SpeedscopeFile;
/** Reads what toSpeedscope wrote, as text or parsed. */
export function fromSpeedscope(file: string | object): AnyProfile;

/** A file for profiler.firefox.com, to be stored as JSON, with one thread for each figure. */
export function toFirefoxProfile(profile: AnyProfile): object;
/** Reads what toFirefoxProfile wrote, as text or parsed. */
export function fromFirefoxProfile(file: string | object): AnyProfile;

/** The difference between two profiles of one kind. Stacks that did not change are left out. */
export function subtractProfile(before: AnyProfile, after: AnyProfile): AnyProfile;

export interface PprofServer {
  /** Ends with a slash, as in http://127.0.0.1:6060/debug/pprof/ */
  readonly url: string;
  readonly port: number;
  /** Ends the server, and all answers that are being sent. */
  close(): Promise<void>;
}

export interface PprofOptions {
  /** Default 6060. 0: any free port. */
  port?: number;
  /** The address to listen on. Default 127.0.0.1: only this machine can connect. */
  host?: string;
}

/**
 * Serves a program's profiles as Go's net/http/pprof does. Node only. Rejects if the port is taken.
 * The server closes when the program ends.
 */
export function servePprof(rt: Runtime, options?: PprofOptions): Promise<PprofServer>;

/** A handler for Node's http and for Express, and for servers that pass a Request. */
export interface PprofHandler {
  (request: Request): Promise<Response>;
  /** Requests for other paths go to `next`, if there is one. */
  (request: object, response: object, next?: (error?: any) => void): unknown;
}

/**
 * The same answers as servePprof, for a server that is there already: for `/debug/pprof/`, also
 * below another path. Requests are answered only if they ask for an address, for `localhost`, or
 * for `host`, and not if a page of another site sends them. Who may ask beyond that is the server's
 * business: profiles show what the program does.
 */
export function pprofHandler(rt: Runtime, options?: { host?: string }): PprofHandler;

export interface Relay {
  /** Where the profiles are while a page is connected. Without a page the answer is 503. */
  readonly url: string;
  /** The URL that the page connects to. */
  readonly socketUrl: string;
  readonly token: string;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Starts a server for the profiles of a program in a tab, with the same paths as servePprof. Node
 * only. A page connects with the token (default: a new one that cannot be guessed). The page that
 * connected last gives the answers.
 */
export function openRelay(options?: PprofOptions & { token?: string }): Promise<Relay>;

/**
 * Lets a program answer the requests that a relay gets, until the program ends. Works in pages, and
 * in Node 22 and newer. Rejects if the relay cannot be reached, or if it refuses the token.
 */
export function connectRelay(
  rt: Runtime,
  relay: { url: string | URL; token: string },
): Promise<{ closed: Promise<void>; close(): void }>;

/**
 * Shows the profiles of a program in a page under debug/pprof/ of the page's own site, until the
 * program ends. `worker` is the URL where the site serves the package's file
 * `worldsema/pprof-worker.js`, a service worker. debug/pprof/ is below the scope of that worker,
 * which is by default its folder. Fulfilled when the worker is active.
 */
export function answerInPage(
  rt: Runtime,
  options: { worker: string | URL; scope?: string },
): Promise<{ url: string; close(): void }>;
