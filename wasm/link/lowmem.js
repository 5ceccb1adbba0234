// @ts-check
// The first 1,024 bytes of memory. Emscripten leaves them to nobody, unless the C stack comes first. Where
// that is so, what is found by its address there has a short one: rt_raised, which every poll reads, at
// the end of it, where a structure at NULL seldom reaches. And the optimiser may add constants to pointers
// at no cost, in the offsets of loads and stores, as Emscripten's own link has it do.
import { insist } from './error.js';
import { exportedFunction, stackPointerOf } from './kinds.js';
import { i32Const, Op } from './opcodes.js';

const LOW = 1024;
const RAISED = LOW - 4;

/** Are they nobody's? */
export function lowIsFree(/** @type {import('./reader.js').Module} */ m) {
  const stack = m.globals[stackPointerOf(m)]?.value ?? 0; // where it ends
  let data = Infinity;
  for (const { instrs } of m.bodies) {
    if (!instrs.some(({ op }) => op === Op.memory_init)) continue;
    for (const [n, { op }] of instrs.entries()) {
      if (op !== Op.memory_init && op !== Op.global_set) continue; // or the address of thread-locals
      const to = instrs[n - (op === Op.memory_init ? 3 : 1)];
      if (op === Op.memory_init && to?.op !== Op.i32_const && to?.op !== Op.local_get) return false;
      if (to?.op === Op.i32_const) data = Math.min(data, to.a >>> 0);
    }
  }
  return data >= LOW && data < Infinity && stack > data;
}

/**
 * Where rt_raised is, and the body of rt_link_raised, which tells it.
 * @param {import('./reader.js').Module} m
 * @param {boolean} isFree
 * @returns {{ raised: number, edits: Map<number, import('./editor.js').Edit[]> }}
 */
export function placeRaised(m, isFree) {
  const f = exportedFunction(m, 'rt_link_raised');
  const { instrs } = m.bodies[f - m.nimports];
  const [address] = instrs;
  insist(instrs.length === 2 && address.op === Op.i32_const, 'rt_link_raised', 'is no constant');
  if (!isFree) return { raised: address.a, edits: new Map() };
  const edit = { at: address.at, remove: address.end - address.at, bytes: i32Const(RAISED) };
  return { raised: RAISED, edits: new Map([[f, [edit]]]) };
}
