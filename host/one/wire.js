// @ts-check
// What the page and the worker of mode one send each other. Errors lose their class when they are
// sent, so they go as plain data.

import { classes, GoError, ProgramError, RuntimeClosed } from '../errors.js';

/**
 * Which messages page and worker know. The worker's script may be older than the page: a build
 * copies it (app.one.js). Count it up with every change.
 */
export const wireVersion = 1;

/**
 * @typedef {object} Plain an error, or any other thrown value
 * @property {string} [kind] name of the class, if it is one of the package's
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

/**
 * An error of the package, made anew.
 * @param {Plain & { kind: string }} plain
 * @param {unknown} cause
 */
function remade({ kind, name, message, code, ...rest }, cause) {
  const Class = classes[kind];
  if (Class === GoError) return new Class(name, message, code);
  if (Class === RuntimeClosed) return new Class(message);
  const details = Class === ProgramError || Class.prototype instanceof ProgramError;
  return new Class(code, message, {
    ...(cause !== undefined && { cause }),
    ...(details && { ...rest, events: () => rest.events ?? [] }),
  });
}

/**
 * A copy that can be sent.
 * @param {unknown} error
 * @returns {Plain}
 */
export function toPlain(error) {
  if (!(error instanceof Error)) return { value: sendable(error) };
  const { name, message, stack, cause, code } = /** @type {any} */ (error);
  const kind = Object.keys(classes).find((key) => error.constructor === classes[key]);
  return {
    ...{ name: String(name), message: String(message), stack, code: sendable(code) },
    ...(kind !== undefined && { kind }),
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
      : remade({ ...plain, kind }, cause);
  if (stack !== undefined) error.stack = stack;
  return error;
}
