// @ts-check
// Which rows of locations are kept. Engines name places of a module in stacks and traps: calls, and
// instructions that may trap. A row that covers none of them is left out.
import { isCall, mayTrap, Op } from './opcodes.js';

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
 * @param {import('./editor.js').Row[]} rows  ascending
 * @returns {import('./editor.js').Row[]}
 */
export function told(m, rows) {
  /** @type {import('./editor.js').Row[]} */
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
