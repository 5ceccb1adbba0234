// @ts-check
// Guards keep alive what goroutine code passes to code that is not instrumented. Such code may come
// to wait in place: at a poll of its own, in a callback, or in libc. Then the locals of the
// goroutine code that called it are on the engine's stack, which nobody can read. So in a program
// that uses collected memory a function comes in between, a *guard* for each callee:
//
//   kept, hidden = rt_self_m->kept, ->hidden
//   call $rt_foreign_enter
//   call (the arguments)
//   rt_self_m->kept, ->hidden = kept, hidden
//
// A guard is goroutine code. So rt_foreign_enter (wasm/ctx.c) can unwind it, with its arguments and
// all that called it. It continues at once, and the frames stay in memory.
//
// Machine.hidden counts the runs of goroutine frames on this thread that are not in memory.
// rt_foreign_enter subtracts one; a stub that enters goroutine code from outside adds one
// (callbacks.js). A collection waits while Machine.hidden is not 0.
//
// Indirect calls: a guard has a slot in the table beside its callee's. Goroutine code asks
// rt_guard_of(slot) before each indirect call; other code calls the callee itself.
import { isOutside, Runtime, System, User } from './kinds.js';
import { locAt } from './editor.js';
import { HIDDEN_OFFSET, KEPT_OFFSET } from './machine.js';
import { call, globalGet, leb, Op } from './opcodes.js';
import { typeKey } from './cycles.js';
import { tableLimits } from './sections.js';
import { isKept } from './suspend.js';
import { translation } from './translate.js';

/**
 * @typedef {import('./reader.js').Module} Module
 * @typedef {import('./editor.js').Edit} Edit
 * @typedef {import('./editor.js').NewFunction} NewFunction
 * @typedef {import('./suspend.js').Suspends} Suspends
 *
 * @typedef {object} Guarded
 * @property {Set<number>} callees  functions and imports that can come to wait in place
 * @property {Set<string>} types    signatures (typeKey) by which an indirect call may reach one
 */

const I32 = -1;

/**
 * @param {Module} m
 * @param {Uint8Array} kinds
 * @param {Suspends} s
 * @param {Iterable<number>} polled  functions that have polls
 * @returns {Guarded}
 */
export function guarded(m, kinds, s, polled) {
  /** @type {Guarded} */
  const g = { callees: new Set(), types: new Set() };
  /** @type {Map<number, number[]>} */
  const callers = new Map();
  /** @type {Map<string, number[]>} */
  const byType = new Map();
  const work = [...polled].filter((f) => isOutside(kinds[f]));
  const add = (/** @type {Map<any, number[]>} */ map, /** @type {any} */ key, f = 0) => {
    map.set(key, [...(map.get(key) ?? []), f]);
  };
  for (const body of m.bodies) {
    const f = body.index;
    if (!isOutside(kinds[f]) || s.bottom.has(f)) continue;
    for (const i of body.instrs) {
      if (i.op === Op.call || i.op === Op.return_call) {
        if (s.suspending.has(i.a) || s.top.has(i.a) || blocks(m, f, i.a)) work.push(f);
        else add(callers, i.a, f);
      } else if (i.op === Op.call_indirect || i.op === Op.return_call_indirect) {
        if (kinds[f] === System && isKept(m, body, i)) continue; // pinned.js
        const key = typeKey(m, i.a);
        if (s.types.has(key)) work.push(f);
        else add(byType, key, f);
      }
    }
  }
  for (let f = work.pop(); f !== undefined; f = work.pop()) {
    if (g.callees.has(f)) continue;
    g.callees.add(f);
    work.push(...(callers.get(f) ?? []));
    if (!m.addressTaken.has(f)) continue;
    const key = typeKey(m, m.funcType[f]);
    if (g.types.has(key)) continue;
    g.types.add(key);
    work.push(...(byType.get(key) ?? []));
  }
  return g;
}

/**
 * Does f block its thread by this call (wasm/blocking.c)? The locks of libc itself do not count,
 * because nobody holds them for long: printf needs no guard.
 */
const blocks = (/** @type {Module} */ m, /** @type {number} */ f, /** @type {number} */ callee) =>
  m.names.get(callee) === '__wrap_emscripten_futex_wait' && m.names.get(f) !== '__wait';

/**
 * Functions of the program that call one of these. That makes them goroutine code.
 * @param {Module} m
 * @param {Uint8Array} kinds
 * @param {Guarded} g
 */
export function callersOf(m, kinds, g) {
  return m.bodies
    .filter(({ index, instrs }) => kinds[index] === User && instrs.some((i) => reaches(m, g, i)))
    .map(({ index }) => index);
}

const reaches = (
  /** @type {Module} */ m,
  /** @type {Guarded} */ g,
  /** @type {import('./reader.js').Instr} */ i,
) =>
  (i.op === Op.call && g.callees.has(i.a)) ||
  (i.op === Op.call_indirect && g.types.has(typeKey(m, i.a)));

/**
 * The code around a call: saves Machine.kept and Machine.hidden before it, and restores them behind
 * it.
 * @param {number} selfGlobal  the wasm global rt_self_m
 * @param {number} local       the first of two locals that it takes
 */
export function bracket(selfGlobal, local) {
  const self = globalGet(selfGlobal);
  const save = (/** @type {number} */ offset, /** @type {number} */ to) => [
    ...[...self, Op.i32_load, 2, offset, Op.local_set, ...leb(to)],
  ];
  const restore = (/** @type {number} */ offset, /** @type {number} */ from) => [
    ...[...self, Op.local_get, ...leb(from), Op.i32_store, 2, offset],
  ];
  return {
    open: [...save(KEPT_OFFSET, local), ...save(HIDDEN_OFFSET, local + 1)],
    close: [...restore(KEPT_OFFSET, local), ...restore(HIDDEN_OFFSET, local + 1)],
    /** @param {number[]} by  how many runs of goroutine frames begin */
    deeper: (by) => [
      ...[...self, Op.local_get, ...leb(local + 1), ...by, Op.i32_add],
      ...[Op.i32_store, 2, HIDDEN_OFFSET],
    ],
  };
}

/**
 * @param {Module} m
 * @param {Uint8Array} kinds
 * @param {Suspends} s
 * @param {Guarded} g
 * @param {object} how
 * @param {number} how.selfGlobal
 * @param {number} how.enter     the function rt_foreign_enter
 * @param {number} how.guardOf   the function rt_guard_of
 * @param {number} how.first     index of the first new function
 * @param {number} how.slots     slots added to the table so far
 * @param {import('./editor.js').Row[]} how.rows
 * @returns {{ edits: Map<number, Edit[]>, functions: NewFunction[] }}
 */
export function guards(m, kinds, s, g, { selfGlobal, enter, guardOf, first, slots, rows }) {
  /** @type {NewFunction[]} */
  const functions = [];
  /** @type {Map<number, number>} */
  const made = new Map();
  const guardFor = (/** @type {number} */ f, slot = false) => {
    let index = made.get(f);
    if (index !== undefined) return index;
    index = first + functions.length;
    made.set(f, index);
    const { params, results } = m.types[m.funcType[f]];
    const { open, close } = bracket(selfGlobal, params.length);
    functions.push({
      ...{ params, results, locals: [I32, I32], slot },
      body: [
        ...[...open, ...call(enter)],
        ...params.flatMap((_, n) => [Op.local_get, ...leb(n)]),
        ...[...call(f), ...close],
      ],
    });
    return index;
  };
  const slot = tableLimits(m).min + slots;
  /** @type {number[]} */
  const guardedSlots = [];
  for (const [from, f] of [...m.table].sort(([a], [b]) => a - b)) {
    if (!g.callees.has(f)) continue;
    guardedSlots.push(from);
    made.delete(f); // one guard for each of its slots
    guardFor(f, true);
  }
  /** @type {Map<number, Edit[]>} */
  const edits = new Map();
  for (const { index, instrs } of m.bodies) {
    if (!s.suspending.has(index)) continue;
    /** @type {Edit[]} */
    const list = [];
    for (const i of instrs) {
      if (!reaches(m, g, i)) continue;
      const loc = locAt(rows, i.at);
      if (i.op === Op.call_indirect) list.push({ at: i.at, remove: 0, bytes: call(guardOf), loc });
      else if (kinds[index] !== Runtime)
        list.push({ at: i.at, remove: i.end - i.at, bytes: call(guardFor(i.a)), loc });
    }
    if (list.length) edits.set(index, list);
  }
  edits.set(guardOf, [translation(m, guardOf, guardedSlots, slot)]);
  return { edits, functions };
}
