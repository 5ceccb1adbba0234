// @ts-check
// Calls from code that is not instrumented to code that is. An unwind must end there, because it
// cannot pass through the caller. So a stub comes in between, one for each callee, or for each
// signature of an indirect call:
//
//   call (the arguments)
//   rt_self_m->switching == 1; if; call $rt_callback_left; the result is rt_self_m->result; end
//
// rt_callback_left (wasm/ctx.c) ends the unwind and waits until the goroutine is to continue. Then
// it continues the goroutine's frames until the function that was called here has returned. It is
// the scheduler's loop in small: the engine's frames below it stay as they are. In a program that
// uses collected memory, the stub also counts the frames that the collector cannot see (guards.js).
//
// Emscripten's own machinery waits for the page's thread, which is no goroutine: no goroutine is
// parked there, or a deadlock would be seen that is none. Its stub raises the counter of pinned.js
// instead, and so the callee waits in place.
//
// Two kinds of callers are treated elsewhere. Callbacks that libc keeps: pinned.js. JavaScript,
// which calls exports: exported.js.
import { insist } from './error.js';
import { exportStubs } from './exported.js';
import { bracket } from './guards.js';
import { isOutside, machineryOf, System } from './kinds.js';
import { SWITCHING_OFFSET } from './machine.js';
import { call, globalGet, i32Const, isTailCall, leb, Op, VOID } from './opcodes.js';
import { typeKey } from './cycles.js';
import { pin } from './pinned.js';
import { isKept } from './suspend.js';
import { takeResult } from './twins.js';

/**
 * @typedef {import('./reader.js').Module} Module
 * @typedef {import('./editor.js').Edit} Edit
 * @typedef {import('./editor.js').NewFunction} NewFunction
 */

const UNWINDING = 1;

/**
 * @param {Module} m
 * @param {Uint8Array} kinds
 * @param {import('./suspend.js').Suspends} s
 * @param {object} how
 * @param {number} how.selfGlobal  the wasm global rt_self_m
 * @param {number} how.left        the function rt_callback_left
 * @param {number} [how.pinned]     the wasm global of pinned.js; -1: there is none
 * @param {number} [how.guardOf]   the function rt_guard_of if the program uses collected memory,
 *   else -1
 * @returns {{ edits: Map<number, Edit[]>, functions: NewFunction[], count: number }}
 */
export function callbacks(m, kinds, s, { selfGlobal, left, pinned = -1, guardOf = -1 }) {
  const again = repeating(selfGlobal, left);
  const entry = entering(selfGlobal, guardOf);
  const { functions, between, pinning } = betweens(m, again, entry, pinned);
  const machinery = pinned < 0 ? new Set() : machineryOf(m, kinds);
  const edits = replacedCalls(m, kinds, s, between, (f) => (machinery.has(f) ? pinning : null));
  let count = [...edits.values()].reduce((sum, list) => sum + list.length, 0);
  // Without this export the runtime cannot refuse a call, and exports nothing that can wait.
  if (m.exports.has('rt_export_refused')) {
    const slots = functions.filter(({ slot }) => slot).length;
    const stubs = exportStubs(m, kinds, s, { selfGlobal, again, entry, slots });
    functions.push(...stubs.functions);
    count += stubs.functions.length;
    for (const [f, list] of stubs.edits) edits.set(f, list);
  }
  return { edits, functions, count };
}

/**
 * A call of goroutine code, and what follows if it was unwound.
 * @type {(selfGlobal: number, left: number) => import('./exported.js').Again}
 */
const repeating = (selfGlobal, left) => (params, results, code) => {
  const kept = results.map((_, n) => params.length + n);
  const take = kept.flatMap((n, k) => [
    ...takeResult(selfGlobal, results[k]),
    Op.local_set,
    ...leb(n),
  ]);
  return [
    ...params.flatMap((_, n) => [Op.local_get, ...leb(n)]),
    ...code,
    ...[...kept].reverse().flatMap((n) => [Op.local_set, ...leb(n)]),
    ...[...globalGet(selfGlobal), Op.i32_load, 2, SWITCHING_OFFSET],
    ...[...i32Const(UNWINDING), Op.i32_eq, Op.if, VOID, ...call(left), ...take, Op.end],
    ...kept.flatMap((n) => [Op.local_get, ...leb(n)]),
  ];
};

/**
 * The code around a call into goroutine code. The callee is known, or the local `target` has its
 * slot. Takes two more locals.
 * @type {(selfGlobal: number, guardOf: number) => import('./exported.js').Entry}
 */
const entering = (selfGlobal, guardOf) => (local, target) => {
  if (guardOf < 0) return { open: [], close: [] };
  const { open, close, deeper } = bracket(selfGlobal, local);
  const get = [Op.local_get, ...leb(target)];
  const isOwn = target < 0 ? i32Const(1) : [...get, ...get, ...call(guardOf), Op.i32_eq];
  return { open: [...open, ...deeper(isOwn)], close };
};

/** @typedef {(key: string, type: number, code: number[], extra: number[]) => number} Between */

/**
 * The stubs. Each is made when it is first asked for.
 * @param {Module} m
 * @param {import('./exported.js').Again} again
 * @param {import('./exported.js').Entry} entry
 * @param {number} pinned
 * @returns {{ functions: NewFunction[], between: Between, pinning: (f: number) => number }}
 *   `between` returns the index of a stub; `key` is the callee or the signature
 */
function betweens(m, again, entry, pinned) {
  /** @type {NewFunction[]} */
  const functions = [];
  /** @type {Map<string, number>} */
  const made = new Map();
  /** @type {Between} */
  const between = (key, type, code, extra) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const { results, params: passed } = m.types[type];
    const params = [...passed, ...extra];
    const target = extra.length ? passed.length : -1;
    const { open, close } = entry(params.length + results.length, target);
    const body = [...open, ...again(params, results, code), ...close];
    made.set(key, m.funcType.length + functions.length);
    return (
      m.funcType.length +
      functions.push({ params, results, locals: [...results, -1, -1], body }) -
      1
    );
  };
  const pinning = (/** @type {number} */ f) => {
    const key = `p${f}`;
    const { params, results } = m.types[m.funcType[f]];
    const passed = params.flatMap((_, n) => [Op.local_get, ...leb(n)]);
    const body = [...pin(pinned, 1), ...passed, ...call(f), ...pin(pinned, -1)];
    const index = made.get(key) ?? m.funcType.length + functions.length;
    if (!made.has(key)) functions.push({ params, results, locals: [], body });
    made.set(key, index);
    return index;
  };
  return { functions, between, pinning };
}

/** Replaces calls from code that is not instrumented to goroutine code by calls of stubs. */
function replacedCalls(
  /** @type {Module} */ m,
  /** @type {Uint8Array} */ kinds,
  /** @type {import('./suspend.js').Suspends} */ s,
  /** @type {Between} */ between,
  /** @type {(f: number) => ((callee: number) => number) | null} */ pinningOf,
) {
  /** @type {Map<number, Edit[]>} */
  const edits = new Map();
  const mayWait = (/** @type {import('./reader.js').Instr} */ { op, a }) =>
    op === Op.return_call ? s.suspending.has(a) || s.top.has(a) : s.types.has(typeKey(m, a));
  for (const body of m.bodies) {
    const f = body.index;
    if (!isOutside(kinds[f]) || s.bottom.has(f)) continue;
    /** @type {Edit[]} */
    const list = [];
    for (const i of body.instrs) {
      let to;
      insist(
        !isTailCall(i.op) || !mayWait(i),
        m.names.get(f) ?? `function ${f}`,
        'makes a tail call of code that can wait, and a tail call cannot be suspended: ' +
          'compile without -mtail-call',
      );
      if (i.op === Op.call && (s.suspending.has(i.a) || s.top.has(i.a))) {
        const plain = () => between(`f${i.a}`, m.funcType[i.a], call(i.a), []);
        to = pinningOf(f)?.(i.a) ?? plain();
      } else if (i.op === Op.call_indirect && s.types.has(typeKey(m, i.a))) {
        if (kinds[f] === System && isKept(m, body, i)) continue;
        const code = [Op.call_indirect, ...leb(i.a), ...leb(i.b)];
        to = between(`t${typeKey(m, i.a)}/${i.b}`, i.a, code, [-1]);
      } else continue;
      list.push({ at: i.at, remove: i.end - i.at, bytes: call(to) });
    }
    if (list.length) edits.set(f, list);
  }
  return edits;
}
