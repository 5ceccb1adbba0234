// @ts-check
// All errors that the package throws or rejects with. Each class has a stable `code` to test for;
// the message is for people. Failures of the program carry the C text unchanged and, in `dump`, the
// stack of every goroutine as the program printed it.

import { FatalKind } from './layout.js';

/** Base of all: `code` is stable, the message is not. */
export class WorldsemaError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {ErrorOptions} [options]
   */
  constructor(code, message, options) {
    super(message, options);
    /** @type {string} */
    this.code = code;
  }
}

/** An option of `createRuntime`, or an argument of a method, cannot be used. */
export class OptionError extends WorldsemaError {}

/** The wasm or its glue cannot be loaded, or was not linked for this package. */
export class LoadError extends WorldsemaError {}

/** The platform lacks what threads in wasm need. */
export class PlatformError extends WorldsemaError {}

/** The runtime was closed, or had ended, before the answer came. */
export class RuntimeClosed extends WorldsemaError {
  /** @param {string} [message] */
  constructor(message = 'the runtime is closed') {
    super('ERR_CLOSED', message);
  }
}

/**
 * A function of the program that JavaScript had called failed. The name, message and code are from
 * C.
 */
export class GoError extends WorldsemaError {
  /**
   * @param {string} name
   * @param {string} message
   * @param {string} code
   */
  constructor(name, message, code) {
    super(code, message);
    this.name = name;
  }
}

/** @typedef {import('./index.d.ts').TraceEvent} TraceEvent */

/** Base of the ways a program dies. `exitCode` is 2, as in Go. */
export class ProgramError extends WorldsemaError {
  #events;

  /**
   * @param {string} code
   * @param {string} message as the program printed it
   * @param {{ exitCode?: number, dump?: string, events?: () => TraceEvent[], cause?: unknown }}
   *   [details]
   */
  constructor(code, message, { exitCode = 2, dump = '', events = () => [], cause } = {}) {
    super(code, message, cause === undefined ? undefined : { cause });
    /** @type {number} */
    this.exitCode = exitCode;
    /** @type {string} */
    this.dump = dump;
    this.#events = events;
  }

  /** What the threads did last, from the flight recorder. Computed when it is read. */
  get events() {
    return this.#events();
  }
}

/** The runtime found itself broken (`fatal error: …`). */
export class RuntimeThrow extends ProgramError {}
/** Every goroutine waits for another one. */
export class Deadlock extends ProgramError {}
/** A panic that nobody caught. */
export class GoPanic extends ProgramError {}
/** A goroutine used more stack than it was given. */
export class StackOverflow extends ProgramError {}
/** The engine stopped the code: unreachable, division by zero, access out of bounds. */
export class RuntimeTrap extends ProgramError {}
/** A worker ended from outside: killed, out of memory, or its script failed. */
export class WorkerDied extends ProgramError {}

/** The program ended by itself, with `exitCode`, but `beforeExit` failed or took too long. */
export class BeforeExitFailed extends ProgramError {}

/** @type {Record<string, new (...args: any[]) => WorldsemaError>} all classes by name */
export const classes = {
  ...{
    WorldsemaError,
    OptionError,
    LoadError,
    PlatformError,
    RuntimeClosed,
    GoError,
    ProgramError,
  },
  ...{ RuntimeThrow, Deadlock, GoPanic, StackOverflow, RuntimeTrap, WorkerDied, BeforeExitFailed },
};
// Names are set here because a minifier renames classes, and the name is printed with the error.
for (const [value, { prototype }] of Object.entries(classes))
  Object.defineProperty(prototype, 'name', { value, writable: true, configurable: true });

/** @type {Record<number, readonly [typeof ProgramError, string]>} class and code by fatal kind */
const deaths = {
  [FatalKind.throw]: [RuntimeThrow, 'ERR_THROW'],
  [FatalKind.deadlock]: [Deadlock, 'ERR_DEADLOCK'],
  [FatalKind.panic]: [GoPanic, 'ERR_PANIC'],
  [FatalKind.stack]: [StackOverflow, 'ERR_STACK_OVERFLOW'],
  [FatalKind.trap]: [RuntimeTrap, 'ERR_TRAP'],
};

/**
 * The messages of engines when their own stack is full, as by recursion with frames that have
 * nothing in memory.
 */
const engineOverflow = /call stack size exceeded|too much recursion/i;

/**
 * The error for a fatal kind that the program reported.
 * @param {number} kind
 * @param {string} text
 * @param {{ exitCode?: number, dump?: string, events?: () => TraceEvent[] }} details
 */
export function programError(kind, text, details) {
  const trap = kind === FatalKind.trap && engineOverflow.test(text);
  const [Class, code] = deaths[trap ? FatalKind.stack : kind] ?? deaths[FatalKind.throw];
  return new Class(code, text, details);
}

/**
 * The error for a worker that ended unexpectedly. If the program did not report a trap itself, the
 * engine's error shows whether it was one.
 * @param {import('./team.js').Death} death
 * @param {string} dump
 * @param {() => TraceEvent[]} [events]
 */
export function workerError(death, dump, events) {
  const { name = '', message, cause } = death;
  const text = name && !message.includes(name) ? `${name}: ${message}` : message;
  if (engineOverflow.test(text)) {
    return new StackOverflow('ERR_STACK_OVERFLOW', `stack overflow: ${text}`, {
      dump,
      events,
      cause,
    });
  }
  if (/\bRuntimeError\b/.test(text)) {
    return new RuntimeTrap('ERR_TRAP', text.replace(/^Uncaught /, ''), { dump, events, cause });
  }
  return new WorkerDied('ERR_WORKER_DIED', `a worker ended unexpectedly: ${text}`, {
    dump,
    events,
    cause,
  });
}
