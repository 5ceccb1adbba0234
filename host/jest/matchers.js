// @ts-check
// Matchers for expect.extend. All take a runtime. toDeadlock also takes the result of runProgram.

import { setTimeout as delay } from 'node:timers/promises';
import { Deadlock } from '../errors.js';
import { groupStacks } from '../profile/dump.js';
import { formatDump } from '../profile/stacktext.js';

/** @typedef {import('../index.d.ts').Goroutine} Goroutine */
/** @typedef {import('../index.d.ts').Runtime} Runtime */

const settleMs = 1000;
const pauseMs = 20;

/**
 * Passes if main is the only goroutine. Goroutines that are about to end get some time to do so.
 * @param {Runtime} rt
 * @param {{ ignore?: (string | RegExp)[], timeoutMs?: number }} [options]
 */
async function toHaveNoLeakedGoroutines(rt, { ignore = [], timeoutMs = settleMs } = {}) {
  if (typeof rt?.goroutines !== 'function') throw new TypeError('expected a Runtime');
  const until = performance.now() + timeoutMs;
  let left = await others(rt, ignore);
  while (left.length > 0 && performance.now() < until) {
    await delay(pauseMs);
    left = await others(rt, ignore);
  }
  const pass = left.length === 0;
  return {
    pass,
    message: () =>
      pass
        ? 'expected goroutines beside main, and there are none'
        : `expected no goroutine beside main, and there are ${left.length}:\n\n${grouped(left)}`,
  };
}

/**
 * @param {Runtime} rt
 * @param {(string | RegExp)[]} ignore
 */
async function others(rt, ignore) {
  const ignored = (/** @type {Goroutine} */ { frames, createdBy }) =>
    [...frames, ...(createdBy ? [createdBy] : [])].some(({ func }) =>
      ignore.some((pattern) => matches(pattern, func)),
    );
  return (await rt.goroutines()).filter(
    (goroutine) => goroutine.id !== 1 && !goroutine.system && !ignored(goroutine),
  );
}

/**
 * A string must equal the name; a regular expression must match it.
 * @param {string | RegExp} pattern
 * @param {string} func
 */
const matches = (pattern, func) =>
  typeof pattern === 'string' ? pattern === func : pattern.test(func);

/**
 * One goroutine for each stack, with how many goroutines have that stack.
 * @param {Goroutine[]} goroutines
 */
const grouped = (goroutines) =>
  groupStacks(goroutines)
    .map(({ count, ids }) => {
      const one = goroutines.filter(({ id }) => id === ids[0]);
      return `${count} with this stack:\n${formatDump(one)}`;
    })
    .join('\n');

/**
 * Passes if the program ends because all goroutines are asleep. `where` must occur in the stacks
 * that it then prints.
 * @param {Runtime | import('./index.d.ts').Ran} program
 * @param {string | RegExp} [where]
 */
async function toDeadlock(program, where) {
  const error = await endOf(program);
  const dead = error instanceof Deadlock;
  const there = dead && (where === undefined || contains(error.dump, where));
  const { dump = '' } = /** @type {{ dump?: string }} */ (error ?? {});
  const ended = error ? dump || `${error.name}: ${error.message}` : 'it ended by itself';
  return {
    pass: there,
    message: () =>
      there
        ? `expected no deadlock:\n\n${ended}`
        : `expected a deadlock${dead ? ` with ${where} in its stacks` : ''}; ${ended}`,
  };
}

/** @param {string} text @param {string | RegExp} where */
const contains = (text, where) =>
  typeof where === 'string' ? text.includes(where) : where.test(text);

/**
 * The error that the program died of, or null if it did not die.
 * @param {Runtime | import('./index.d.ts').Ran} program
 * @returns {Promise<Error | null>}
 */
async function endOf(program) {
  if ('error' in program) return program.error;
  if (!('done' in program)) throw new TypeError('expected a Runtime, or what runProgram gave');
  return program.done.then(
    () => null,
    (error) => error,
  );
}

/** For expect.extend(matchers). */
export const matchers = { toHaveNoLeakedGoroutines, toDeadlock };
