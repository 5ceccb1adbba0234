// @ts-check
// Callbacks that libc keeps (streams' hooks, ...; but not atexit's). Code that cannot be suspended
// calls them, so a poll in such a callback must do nothing, and a callback that would wait must end
// the program with a message. A counter of the worker is raised around each of these calls:
//
//   $rt_pinned += 1; call_indirect; $rt_pinned -= 1
//
// While the counter is not 0, rt_safepoint returns at once, and os_mcall throws. The scheduler sets
// it to 0 when it enters a goroutine, because a callback may never return (exit).
//
// The same counter is up while Emscripten's own machinery calls functions of the C library that can
// park: see callbacks.js.
import { System } from './kinds.js';
import { globalGet, i32Const, leb, Op } from './opcodes.js';
import { typeKey } from './cycles.js';
import { isKept } from './suspend.js';

/** @typedef {import('./editor.js').Edit} Edit */

/** Adds to the counter, which is a wasm global. */
export const pin = (/** @type {number} */ pinned, /** @type {number} */ by) => [
  ...[...globalGet(pinned), ...i32Const(by), Op.i32_add],
  ...[Op.global_set, ...leb(pinned)],
];

/**
 * @param {import('./reader.js').Module} m
 * @param {Uint8Array} kinds
 * @param {import('./suspend.js').Suspends} s
 * @param {number} pinned  wasm global
 * @returns {{ edits: Map<number, Edit[]>, count: number }}
 */
export function pinCalls(m, kinds, s, pinned) {
  /** @type {Map<number, Edit[]>} */
  const edits = new Map();
  let count = 0;
  for (const body of m.bodies) {
    if (kinds[body.index] !== System || s.suspending.has(body.index)) continue;
    /** @type {Edit[]} */
    const list = [];
    for (const i of body.instrs) {
      if (i.op !== Op.call_indirect || !s.types.has(typeKey(m, i.a)) || !isKept(m, body, i))
        continue;
      list.push({ at: i.at, remove: 0, bytes: pin(pinned, 1) });
      list.push({ at: i.end, remove: 0, bytes: pin(pinned, -1) });
      count++;
    }
    if (list.length) edits.set(body.index, list);
  }
  return { edits, count };
}
