// @ts-check
// Maps slots of the function table: from a function's slot to the slot of its stub or guard.
import { insist } from './error.js';
import { i32Const, Op } from './opcodes.js';

const I32 = -1;

/**
 * The new body of a function that maps slots. Slots in `from` become slots from `to` on, in the
 * same order; other slots stay.
 * @param {import('./reader.js').Module} m
 * @param {number} f
 * @param {number[]} from  ascending
 * @param {number} to      the first new slot
 * @returns {import('./editor.js').Edit}
 */
export function translation(m, f, from, to) {
  const { code, instrs } = m.bodies[f - m.nimports];
  insist(m.types[m.funcType[f]].params.length === 1, m.names.get(f) ?? '', 'takes one slot');
  const last = instrs[instrs.length - 1];
  return { at: code, remove: last.at - code, bytes: translate(from, to) };
}

/**
 * Code that finds the run that a slot is in, by binary search, and adds the distance.
 * @param {number[]} from  ascending
 * @param {number} to
 * @returns {number[]}
 */
function translate(from, to) {
  /** @type {{ begin: number, end: number, by: number }[]} */
  const runs = [];
  from.forEach((slot, n) => {
    const run = runs.at(-1);
    if (run?.end === slot) run.end++;
    else runs.push({ begin: slot, end: slot + 1, by: to + n - slot });
  });
  /** @type {(list: typeof runs) => number[]} */
  const find = (list) => {
    const code = [Op.local_get, 0];
    if (list.length === 0) return code;
    if (list.length === 1) {
      const { begin, end, by } = list[0];
      return [
        ...[...code, ...i32Const(by), ...i32Const(0)],
        ...[...code, ...i32Const(begin), Op.i32_sub, ...i32Const(end - begin), Op.i32_lt_u],
        ...[Op.select, Op.i32_add],
      ];
    }
    const half = list.length >> 1;
    return [
      ...[...code, ...i32Const(list[half].begin), Op.i32_lt_u, Op.if, I32 & 0x7f],
      ...[...find(list.slice(0, half)), Op.else, ...find(list.slice(half)), Op.end],
    ];
  };
  return find(runs);
}
