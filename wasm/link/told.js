// @ts-check
// Which rows of locations are kept. Engines name places of a module in stacks and traps: calls, and
// instructions that may trap. A row that covers none of them is left out.
//
// Some engines name less: JavaScriptCore only functions, and Firefox not always a function that it
// has inlined into another. So a poll in place passes its number, and there are rows for these
// numbers and for functions, behind all offsets of a file.
import { tablesCreations, tablesFunctions, tablesPolls } from '../../host/layout.js';
import { locAt } from './editor.js';
import { exportedFunction } from './kinds.js';
import { isCall, mayTrap, Op } from './opcodes.js';

/** @typedef {import('./editor.js').Row} Row */

/** Does an engine never stop at this opcode? Unknown opcodes count as places where it may. */
const passes = (/** @type {number} */ op) =>
  !isCall(op) &&
  !mayTrap(op) &&
  (op <= Op.catch ||
    (op >= Op.end && op <= Op.return) ||
    (op >= Op.drop && op <= Op.global_set) ||
    (op >= Op.i32_const && op <= I64_EXTEND32));

const I64_EXTEND32 = 0xc4;

/**
 * The rows for the places that engines name: the first byte of a body (the engine's stack is full),
 * each instruction at which an engine may stop, and the last `end`.
 * @param {import('./reader.js').Module} m
 * @param {Row[]} rows  ascending
 * @returns {Row[]}
 */
export function told(m, rows) {
  /** @type {Row[]} */
  const out = [];
  let next = 0;
  let loc = 0;
  const ask = (/** @type {number} */ at) => {
    for (; next < rows.length && rows[next].at <= at; next++) loc = rows[next].loc;
    if (loc !== (out.at(-1)?.loc ?? 0)) out.push({ at, loc });
  };
  for (const { start, instrs } of m.bodies) {
    ask(start);
    instrs.forEach(({ op, at }, n) => {
      if (!passes(op) || n === instrs.length - 1) ask(at);
    });
  }
  return out;
}

/**
 * Rows for the numbers of polls in place.
 * @param {import('./passes.js').Reading} final
 * @param {number} count  the highest number
 */
export function pollRows({ m, rows }, count) {
  const inplace = exportedFunction(m, 'rt_safepoint_inplace');
  /** @type {number[]} */
  const locs = new Array(count).fill(0);
  for (const { instrs } of m.bodies)
    for (const [n, { op, a, at }] of instrs.entries()) {
      const number = instrs[n - 1];
      if (op === Op.call && a === inplace && number?.op === Op.i32_const)
        locs[number.a - 1] ||= locAt(rows, at);
    }
  return numbered(tablesPolls + 1, locs);
}

/** Rows for the numbers of calls that make threads. */
export const creationRows = (/** @type {number[]} */ locs) => numbered(tablesCreations + 1, locs);

/** Rows for the indices of functions, by where these are declared. */
export const functionRows = (/** @type {number[]} */ locs) => numbered(tablesFunctions, locs);

/** @returns {Row[]} */
function numbered(/** @type {number} */ first, /** @type {number[]} */ locs) {
  const rows = [...locs, 0].map((loc, n) => ({ at: first + n, loc }));
  return rows.filter(({ loc }, n) => n === 0 || loc !== rows[n - 1].loc);
}
