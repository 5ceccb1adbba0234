// @ts-check
// What the page and the worker of mode one send each other. Errors lose their class when they are
// sent, so they go as plain data.

import {
  BeforeExitFailed,
  Deadlock,
  GoError,
  GoPanic,
  LoadError,
  OptionError,
  PlatformError,
  ProgramError,
  RuntimeClosed,
  RuntimeThrow,
  RuntimeTrap,
  StackOverflow,
  WorkerDied,
  WorldsemaError,
} from '../errors.js';

/**
 * Which messages page and worker know. The worker's script may be older than the page: a build
 * copies it (app.one.js). Count it up with every change.
 */
export const wireVersion = 1;

/**
 * @typedef {object} Plain an error, or any other thrown value
 * @property {number} [kind] place in `classes`; absent for other errors
 * @property {string} [name]
 * @property {string} [message]
 * @property {unknown} [code]
 * @property {string} [stack]
 * @property {number} [exitCode]
 * @property {string} [dump]
 * @property {unknown[]} [events]
 * @property {Plain} [cause]
 * @property {unknown} [value] what was thrown, if it is no error
 */

/** @typedef {Plain & { message: string, code: string }} OfOurs */

/** @param {new (code: string, message: string, options?: any) => WorldsemaError} Class */
const simple =
  (Class) =>
  (/** @type {OfOurs} */ { code, message }, /** @type {unknown} */ cause) =>
    new Class(code, message, cause === undefined ? undefined : { cause });

/** @param {typeof ProgramError} Class */
const death =
  (Class) =>
  (/** @type {OfOurs} */ { code, message, ...rest }, /** @type {unknown} */ cause) =>
    new Class(code, message, {
      ...{ exitCode: rest.exitCode, dump: rest.dump, cause },
      events: () => /** @type {any[]} */ (rest.events ?? []),
    });

/** @type {[Function, (plain: any, cause: unknown) => Error][]} the most special ones first */
const classes = [
  [OptionError, simple(OptionError)],
  [LoadError, simple(LoadError)],
  [PlatformError, simple(PlatformError)],
  [RuntimeClosed, ({ message }) => new RuntimeClosed(message)],
  [GoError, ({ name, message, code }) => new GoError(name, message, code)],
  [RuntimeThrow, death(RuntimeThrow)],
  [Deadlock, death(Deadlock)],
  [GoPanic, death(GoPanic)],
  [StackOverflow, death(StackOverflow)],
  [RuntimeTrap, death(RuntimeTrap)],
  [WorkerDied, death(WorkerDied)],
  [BeforeExitFailed, death(BeforeExitFailed)],
  [ProgramError, death(ProgramError)],
  [WorldsemaError, simple(WorldsemaError)],
];

/**
 * A copy that can be sent.
 * @param {unknown} error
 * @returns {Plain}
 */
export function toPlain(error) {
  if (!(error instanceof Error)) return { value: sendable(error) };
  const { name, message, stack, cause, code } = /** @type {any} */ (error);
  const kind = classes.findIndex(([Class]) => error instanceof Class);
  return {
    ...{ name: String(name), message: String(message), stack, code: sendable(code) },
    ...(kind >= 0 && { kind }),
    ...(cause !== undefined && { cause: toPlain(cause) }),
    ...(error instanceof ProgramError && {
      ...{ exitCode: error.exitCode, dump: error.dump, events: error.events },
    }),
  };
}

/** @param {unknown} value */
function sendable(value) {
  return ['object', 'function', 'symbol'].includes(typeof value) ? String(value) : value;
}

/**
 * @param {Plain} plain
 * @returns {unknown}
 */
export function fromPlain(plain) {
  if ('value' in plain) return plain.value;
  const { kind, name, message, stack, code } = plain;
  const cause = plain.cause && fromPlain(plain.cause);
  const error =
    kind === undefined
      ? Object.assign(new Error(message, cause === undefined ? undefined : { cause }), {
          name,
          ...(code !== undefined && { code }),
        })
      : classes[kind][1](plain, cause);
  if (stack !== undefined) error.stack = stack;
  return error;
}
