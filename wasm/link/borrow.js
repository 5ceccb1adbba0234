// @ts-check
// Functions of libc with large frames. To parse a number takes 8 KiB, as much as a goroutine's
// stack has; so does realpath. Such a function runs on the M's own stack if the goroutine's stack
// has no room for it:
//
//   borrowed = rt_borrow(BYTES); call (the arguments); if (borrowed) rt_giveback()
//
// The function itself is appended as a copy, and this code takes its place. A function that can
// reach goroutine code that can wait is left alone, because another goroutine may need the M's
// stack while it waits.
import { exportedFunction, isOutside, System } from './kinds.js';
import { call, i32Const, leb, Op, VOID } from './opcodes.js';
import { typeKey } from './cycles.js';
import { isKept } from './suspend.js';

/** @typedef {import('./reader.js').Module} Module */

const LARGE = 2048; // bytes of a frame
const I32 = 0x7f;

/**
 * @param {Module} m
 * @param {Uint8Array} kinds
 * @param {import('./suspend.js').Suspends} s
 * @param {object} how
 * @param {number} how.stackPointer  wasm global
 * @param {number} how.first         index of the first copy
 * @param {Map<number, import('./editor.js').Edit[]>} how.edits  edits of these functions so far
 * @returns {{ copies: import('./editor.js').Copy[], edits: Map<number,
 *   import('./editor.js').Edit[]> }}
 */
export function borrows(m, kinds, s, { stackPointer, first, edits: before }) {
  /** @type {import('./editor.js').Copy[]} */
  const copies = [];
  const edits = new Map();
  if (!m.exports.has('rt_borrow')) return { copies, edits };
  const borrow = call(exportedFunction(m, 'rt_borrow'));
  const giveback = call(exportedFunction(m, 'rt_giveback'));
  const comesBack = reaching(m, kinds, s);
  for (const body of m.bodies) {
    const f = body.index;
    const bytes = kinds[f] === System ? frameOf(body, stackPointer) : 0;
    if (bytes < LARGE || comesBack(f)) continue;
    const { params } = m.types[m.funcType[f]];
    const borrowed = leb(params.length);
    const code = [
      ...[1, 1, I32, ...i32Const(bytes), ...borrow, Op.local_set, ...borrowed],
      ...params.flatMap((_, n) => [Op.local_get, ...leb(n)]),
      ...call(first + copies.length),
      ...[Op.local_get, ...borrowed, Op.if, VOID, ...giveback, Op.end, Op.end],
    ];
    copies.push({ of: f, edits: before.get(f) ?? [] });
    edits.set(f, [{ at: body.start, remove: body.end - body.start, bytes: code }]);
  }
  return { copies, edits };
}

/** The size of a function's frame, if it is constant; else 0. */
function frameOf(
  /** @type {import('./reader.js').Body} */ { instrs },
  /** @type {number} */ stackPointer,
) {
  const [get, size, sub] = instrs;
  const isFrame =
    get.op === Op.global_get &&
    get.a === stackPointer &&
    size?.op === Op.i32_const &&
    sub?.op === Op.i32_sub;
  return isFrame ? size.a : 0;
}

/**
 * Returns a test: can this function of libc reach goroutine code that can wait?
 * @type {(m: Module, kinds: Uint8Array, s: import('./suspend.js').Suspends) => (f: number) =>
 *   boolean}
 */
function reaching(m, kinds, s) {
  /** @type {Map<number, number[]>} */
  const callers = new Map();
  const found = new Set();
  for (const body of m.bodies) {
    const f = body.index;
    if (!isOutside(kinds[f])) continue;
    for (const i of body.instrs) {
      if (i.op === Op.call) {
        if (s.suspending.has(i.a) || s.top.has(i.a)) found.add(f);
        else callers.set(i.a, [...(callers.get(i.a) ?? []), f]);
      } else if (i.op === Op.call_indirect && s.types.has(typeKey(m, i.a)) && !isKept(m, body, i))
        found.add(f);
    }
  }
  for (const f of found) for (const by of callers.get(f) ?? []) found.add(by);
  return (f) => found.has(f);
}
