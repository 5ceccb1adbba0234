// @ts-check
// What the build decided, in a line or two: which functions pay for being able to wait, and whose
// code is left as it is.
import path from 'node:path';
import { Foreign, marked, User } from './kinds.js';

/**
 * @typedef {import('./reader.js').Module} Module
 *
 * @typedef {object} Decided
 * @property {number} program      functions of the program
 * @property {string[]} waiting    instrumented functions of the program, each with the reason
 * @property {number} foreign      functions of foreign code
 * @property {number} marked       functions of foreign code that the program marked GO_FOREIGN
 * @property {string} [leaves]     functions by which it may have to leave where it computes
 * @property {{ compiled: number, final: number }} code  bytes of code, with libc and the runtime
 *
 * @typedef {{ name: string, why: string }} ForeignInput
 */

/**
 * @param {Module} m     as emcc linked it
 * @param {Module} last  as it runs
 * @param {Uint8Array} kinds
 * @param {import('./plan.js').Plan} plan
 * @param {(f: number) => string} shown  name in the source
 * @returns {Decided}
 */
export function decided(m, last, kinds, { suspends: s, leaves }, shown) {
  const of = (/** @type {number} */ kind) => m.bodies.filter(({ index }) => kinds[index] === kind);
  const own = of(User);
  return {
    program: own.length,
    waiting: own
      .filter(({ index }) => s.suspending.has(index))
      .map(({ index }) => `${shown(index)}: ${reason(kinds, s, index, shown)}`),
    foreign: of(Foreign).length,
    leaves,
    marked: [...marked(m, 'foreign')].filter((f) => kinds[f] === Foreign).length,
    code: { compiled: codeBytes(m), final: codeBytes(last) },
  };
}

/**
 * The calls by which a function of the program comes to wait, up to the first callee that is not
 * the program's.
 * @type {(kinds: Uint8Array, s: import('./suspend.js').Suspends, f: number, shown: (f: number) =>
 *   string) => string}
 */
function reason(kinds, s, f, shown) {
  const steps = [];
  for (let step = s.why.get(f); step; step = s.why.get(step.to)) {
    steps.push(`${step.how} ${shown(step.to)}`);
    if (kinds[step.to] !== User) break;
  }
  return steps.join(', which ');
}

const codeBytes = (/** @type {Module} */ m) =>
  m.sections.filter(({ id }) => id === 10).reduce((sum, { start, end }) => sum + end - start, 0);

/**
 * @param {Decided} what
 * @param {ForeignInput[]} inputs  the inputs that are foreign code
 * @returns {string[]} lines for the user
 */
export function summary(what, inputs) {
  const { compiled, final } = what.code;
  const waiting = what.waiting.length;
  const lines = [
    `${waiting} of ${count(what.program, 'function')} of the program can wait and ` +
      `${waiting === 1 ? 'is' : 'are'} instrumented; code ${kb(compiled)} as compiled, ` +
      `${kb(final)} as it runs`,
  ];
  if (what.leaves)
    lines.push(`it uses ${what.leaves}, so it can leave at its polls, too (as --polls unwind)`);
  const foreign = inputs.map(({ name, why }) => `${path.basename(name)} (${why})`);
  if (what.marked > 0) foreign.push(`${count(what.marked, 'function')} marked GO_FOREIGN`);
  if (foreign.length > 0)
    lines.push(`foreign, at full speed: ${foreign.join(', ')}; ${count(what.foreign, 'function')}`);
  return lines;
}

const count = (/** @type {number} */ n, /** @type {string} */ of) =>
  `${n} ${of}${n === 1 ? '' : 's'}`;

const kb = (/** @type {number} */ bytes) => `${Math.ceil(bytes / 1000)} KB`;
