// @ts-check
// Branch hints, a part of the wasm standard: branches of the link step's code that are seldom
// taken. Engines move the code behind such a branch out of the way, and keep locals in registers
// beside a call that seldom happens. The section comes before the code section. Its offsets count
// from the start of a body's local declarations:
//
//   functions[] { index, hints[] { offset of an `if` or `br_if`, 1, 0 unlikely | 1 likely } }
//
// The branches are found in the optimised module, by what the optimiser leaves of each:
//
//   rt_raised              if | br_if, or the `if` with which it begins      polls.js
//   S == 1, S == 2, S      if | br_if                                        Asyncify, twins.js
//   if; a seldom called function, with constants and locals                  SELDOM in label.js
//
// An eqz behind a condition turns the hint around.
import { leb, Op } from './opcodes.js';

export const HINTS = 'metadata.code.branch_hint';

/** @typedef {import('./reader.js').Instr} Instr */

/** The instruction before the nth that does something (pollroom.js leaves room by nops). */
function before(/** @type {Instr[]} */ instrs, /** @type {number} */ n) {
  do n--;
  while (instrs[n]?.op === Op.nop);
  return n;
}

const UNLIKELY = 0;
const LIKELY = 1;

/**
 * @param {import('./reader.js').Module} m
 * @param {object} of
 * @param {number} of.raised      the address of rt_raised
 * @param {number} of.state       the wasm global __asyncify_state
 * @param {Set<number>} of.seldom  functions that are called seldom
 * @returns {{ bytes: Uint8Array, count: number }} the section's content
 */
export function hints(m, { raised, state, seldom }) {
  const isState = (/** @type {Instr | undefined} */ i) => i?.op === Op.global_get && i.a === state;
  /** Does a look at the flag end at instruction n? */
  const looks = (/** @type {Instr[]} */ i, /** @type {number} */ n) =>
    (i[n]?.op === Op.i32_load || i[n]?.op === Op.i32_atomic_load) &&
    i[n - 1]?.op === Op.i32_const &&
    i[n - 1].a + i[n].b === raised;
  /** Does seldom executed code begin at instruction n? */
  const begins = (/** @type {Instr[]} */ i, /** @type {number} */ n) => {
    if (i[n].op === Op.nop) n++; // pollroom.js
    if (looks(i, n + 1)) return true;
    while (i[n].op === Op.i32_const || i[n].op === Op.local_get) n++;
    return i[n].op === Op.call && seldom.has(i[n].a);
  };
  /** Is the condition that ends at instruction n seldom true? */
  const isSeldom = (/** @type {Instr[]} */ i, /** @type {number} */ n) =>
    looks(i, n) ||
    isState(i[n]) ||
    (i[n]?.op === Op.i32_eq && i[n - 1].op === Op.i32_const && i[n - 1].a > 0 && isState(i[n - 2]));
  const functions = [];
  let count = 0;
  for (const { index, start, instrs } of m.bodies) {
    const list = [];
    for (const [n, i] of instrs.entries()) {
      if (i.op !== Op.if && i.op !== Op.br_if) continue;
      let last = before(instrs, n);
      if (instrs[last]?.op === Op.local_tee) last = before(instrs, last);
      const isNot = instrs[last]?.op === Op.i32_eqz;
      let way;
      if (isSeldom(instrs, isNot ? before(instrs, last) : last)) way = isNot ? LIKELY : UNLIKELY;
      else if (i.op === Op.if && begins(instrs, n + 1)) way = UNLIKELY;
      else continue;
      list.push([...leb(i.at - start), 1, way]);
    }
    if (list.length) functions.push([...leb(index), ...leb(list.length), ...list.flat()]);
    count += list.length;
  }
  return { bytes: Uint8Array.from([...leb(functions.length), ...functions.flat()]), count };
}
