// @ts-check
// Where the program's constants lie. Constants point to no block of the program, but some numbers
// look like pointers, so the collector does not scan them. Only the module says where they are:
// wasm-ld names its data segments.
import { insist } from './error.js';
import { i32Const, Op } from './opcodes.js';
import { DATA_NAMES, namesOf } from './sections.js';

/**
 * @param {import('./reader.js').Module} m
 * @returns {{ lo: number, hi: number } | null}  null if they cannot be found: then the collector
 *   scans everything
 */
export function constants(m) {
  const segment = [...namesOf(m, DATA_NAMES)].find(([, name]) => name === '.rodata')?.[0];
  for (const { instrs } of m.bodies)
    for (const [i, { op, a }] of instrs.entries()) {
      if (op !== Op.memory_init || a !== segment) continue;
      const [to, from, bytes] = instrs.slice(Math.max(0, i - 3), i);
      const plain = [to, from, bytes].every((operand) => operand?.op === Op.i32_const);
      if (plain && from.a === 0) return { lo: to.a >>> 0, hi: (to.a >>> 0) + bytes.a };
    }
  return null;
}

/**
 * The new body of rt_link_rodata. Its argument says whether to return the end or the start.
 * @param {import('./reader.js').Module} m
 * @returns {Map<number, import('./editor.js').Edit[]>}
 */
export function tellConstants(m) {
  const f = m.exports.get('rt_link_rodata')?.index;
  const range = constants(m);
  if (f === undefined || !range) return new Map();
  const { code, instrs } = m.bodies[f - m.nimports];
  insist(m.types[m.funcType[f]].params.length === 1, 'rt_link_rodata', 'takes one argument');
  const last = instrs[instrs.length - 1];
  const bytes = [...i32Const(range.hi), ...i32Const(range.lo), Op.local_get, 0, Op.select];
  return new Map([[f, [{ at: code, remove: last.at - code, bytes }]]]);
}
