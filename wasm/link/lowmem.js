// @ts-check
// The first 1,024 bytes of memory. Emscripten leaves them unused, unless the C stack comes first.
// If they are unused, rt_raised moves there, so its address is short: every poll reads it. It lies
// at the end of these bytes, where an access by a null pointer to a structure seldom reaches. The
// optimiser may also fold constants into the offsets of loads and stores, at no cost, as in
// Emscripten's own link.
import { insist } from './error.js';
import { exportedFunction, stackPointerOf } from './kinds.js';
import { i32Const, Op } from './opcodes.js';

const LOW = 1024;
const RAISED = LOW - 4;

/** Are the first 1,024 bytes unused? */
export function lowIsFree(/** @type {import('./reader.js').Module} */ m) {
  const stack = m.globals[stackPointerOf(m)]?.value ?? 0; // where the stack ends
  let data = Infinity;
  for (const { instrs } of m.bodies) {
    if (!instrs.some(({ op }) => op === Op.memory_init)) continue;
    for (const [n, { op }] of instrs.entries()) {
      // A wasm global is set to the address of thread-locals.
      if (op !== Op.memory_init && op !== Op.global_set) continue;
      const to = instrs[n - (op === Op.memory_init ? 3 : 1)];
      if (op === Op.memory_init && to?.op !== Op.i32_const && to?.op !== Op.local_get) return false;
      if (to?.op === Op.i32_const) data = Math.min(data, to.a >>> 0);
    }
  }
  return data >= LOW && data < Infinity && stack > data;
}

/**
 * Where rt_raised is, and the new body of rt_link_raised, which returns that address.
 * @param {import('./reader.js').Module} m
 * @param {boolean} isFree
 * @returns {{ raised: number, edits: Map<number, import('./editor.js').Edit[]> }}
 */
export function placeRaised(m, isFree) {
  const f = exportedFunction(m, 'rt_link_raised');
  const { instrs } = m.bodies[f - m.nimports];
  const [address] = instrs;
  const isConstant = instrs.length === 2 && address.op === Op.i32_const;
  insist(isConstant, 'rt_link_raised', 'returns no constant');
  if (!isFree) return { raised: address.a, edits: new Map() };
  const edit = { at: address.at, remove: address.end - address.at, bytes: i32Const(RAISED) };
  return { raised: RAISED, edits: new Map([[f, [edit]]]) };
}
