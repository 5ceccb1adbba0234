// @ts-check
// Checks for builds with --assert. After every call in a function that is not instrumented: is an
// unwind in progress? It would skip the rest of the function and never come back to it. The
// analysis (suspend.js) says that this cannot happen. If the analysis is wrong, the program dies
// and names the function, instead of corrupting itself.
//
//   call ...; __asyncify_state == 1; if; FUNCTION; call $rt_unwound; end
import { rawIndex } from './binaryen.js';
import { asyncifyGlobals } from './frames.js';
import { call, globalGet, i32Const, isCall, isTailCall, Op, VOID } from './opcodes.js';

/** @typedef {import('./editor.js').Edit} Edit */

/**
 * @param {import('./reader.js').Module} m  as Asyncify left it, functions named after raw indices
 * @param {import('./suspend.js').Suspends} s
 * @param {number} unwound       the raw index of rt_unwound
 * @param {(raw: number) => boolean} between  is it a stub of callbacks.js?
 * @returns {{ edits: Map<number, Edit[]>, count: number }}
 */
export function checks(m, s, unwound, between) {
  const { state, own } = asyncifyGlobals(m);
  const raw = (/** @type {number} */ f) => rawIndex(m.names.get(f));
  const report = m.bodies.find((body) => raw(body.index) === unwound)?.index ?? -1;
  /** @type {Map<number, Edit[]>} */
  const edits = new Map();
  let count = 0;
  for (const body of m.bodies) {
    const f = raw(body.index);
    if (own.has(body.index) || s.suspending.has(f) || s.top.has(f) || s.bottom.has(f)) continue;
    if (f === unwound || between(f)) continue;
    const bytes = [
      ...[...globalGet(state), ...i32Const(1), Op.i32_eq, Op.if, VOID],
      ...[...i32Const(f), ...call(report), Op.end],
    ];
    const list = body.instrs
      .filter(({ op }) => isCall(op) && !isTailCall(op))
      .map((i) => ({ at: i.end, remove: 0, bytes }));
    if (list.length) edits.set(body.index, list);
    count += list.length;
  }
  return { edits, count };
}
