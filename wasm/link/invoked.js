// @ts-check
// setjmp and C++ exceptions, as Emscripten makes them without the engine's help. A call that may
// throw goes through JavaScript: `invoke_iii(f, a, b)` calls f by the function table, and catches.
// JavaScript's frames cannot be suspended. So if f may be suspended, two functions come in between:
//
//   before:  rt_self_m->invoked = f; invoke_iii(STUB's slot in the table, a, b)
//   STUB:    f = rt_self_m->invoked; f(a, b) as from any uninstrumented code (callbacks.js)
//
// After a throw, `before` restores the counters (guards.js, pinned.js). If the throw has left
// levels of go_protect, `before` ends these too (rt_leave in wasm/ctx.c). In guarded goroutine
// code, the guard calls `before`. If f cannot be suspended, `before` calls it by its own slot: it
// may be foreign code, and call back.
import { INVOKED_OFFSET } from './machine.js';
import { tableLimits } from './sections.js';
import { globalOf } from './kinds.js';
import { call, globalGet, i32Const, leb, Op } from './opcodes.js';
import { typeKey } from './cycles.js';

/**
 * @typedef {import('./reader.js').Module} Module
 * @typedef {import('./editor.js').Edit} Edit
 * @typedef {import('./editor.js').NewFunction} NewFunction
 */

/**
 * @param {Module} m
 * @param {import('./suspend.js').Suspends} s
 * @param {object} how
 * @param {number} how.selfGlobal  the wasm global rt_self_m
 * @param {number} how.first       index of the first new function
 * @param {import('./exported.js').Again} how.again
 * @param {import('./exported.js').Entry} how.entry
 * @param {(local: number) => { open: number[], close: number[] }} how.leave  code that ends what a
 *   throw has left
 * @param {Set<number>} how.guarded  imports that goroutine code calls through a guard
 * @returns {{ edits: Map<number, Edit[]>, functions: NewFunction[], before: Map<number, number> }}
 */
export function invokeStubs(m, s, { selfGlobal, first, again, entry, leave, guarded }) {
  /** @type {NewFunction[]} */
  const functions = [];
  /** @type {Map<number, number>} the function `before`, by import */
  const before = new Map();
  let slot = -1;
  const pinned = m.exports.has('rt_link_pinned') ? globalOf(m, 'rt_link_pinned') : -1;
  m.imports
    .filter(({ kind }) => kind === 0)
    .forEach(({ field }, f) => {
      if (!field.startsWith('invoke_')) return;
      const { params, results } = m.types[m.funcType[f]];
      const rest = params.slice(1);
      const type = m.types.findIndex((_, n) => typeKey(m, n) === `${rest}>${results}`);
      let target = [Op.local_get, 0];
      if (type >= 0 && s.types.has(typeKey(m, type))) {
        if (slot < 0) slot = tableLimits(m).min;
        functions.push(stub(selfGlobal, again, { rest, results, type }));
        target = [
          ...[...globalGet(selfGlobal), Op.local_get, 0, Op.i32_store, 2, INVOKED_OFFSET],
          ...i32Const(slot++),
        ];
      }
      before.set(f, first + functions.length);
      const { open, close } = entry(params.length, 0);
      const kept = leb(params.length + 2);
      const levels = leave(params.length + 3);
      const pin = pinned < 0 ? [] : [...globalGet(pinned), Op.local_set, ...kept];
      const unpin = pinned < 0 ? [] : [Op.local_get, ...kept, Op.global_set, ...leb(pinned)];
      functions.push({
        ...{ params, results, locals: [-1, -1, -1, -1] },
        body: [
          ...[...open, ...pin, ...levels.open, ...target],
          ...rest.flatMap((_, n) => [Op.local_get, ...leb(n + 1)]),
          ...[...call(f), ...close, ...unpin, ...levels.close],
        ],
      });
    });
  /** @type {Map<number, Edit[]>} */
  const edits = new Map();
  for (const { index, instrs } of before.size ? m.bodies : []) {
    /** @type {Edit[]} */
    const list = [];
    for (const i of instrs) {
      const to = i.op === Op.call ? before.get(i.a) : undefined;
      if (to === undefined || (s.suspending.has(index) && guarded.has(i.a))) continue;
      list.push({ at: i.at, remove: i.end - i.at, bytes: call(to) });
    }
    if (list.length) edits.set(index, list);
  }
  return { edits, functions, before };
}

/**
 * The function STUB.
 * @param {number} selfGlobal
 * @param {import('./exported.js').Again} again
 * @param {{ rest: number[], results: number[], type: number }} how
 * @returns {NewFunction}
 */
function stub(selfGlobal, again, { rest, results, type }) {
  const target = leb(rest.length + results.length);
  const code = [Op.local_get, ...target, Op.call_indirect, ...leb(type), 0];
  return {
    ...{ params: rest, results, locals: [...results, -1], slot: true },
    body: [
      ...[...globalGet(selfGlobal), Op.i32_load, 2, INVOKED_OFFSET, Op.local_set, ...target],
      ...again(rest, results, code),
    ],
  };
}
