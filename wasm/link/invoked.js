// @ts-check
// setjmp and C++ exceptions, as Emscripten makes them without the engine's help: a call that may throw
// goes through JavaScript, `invoke_iii(f, a, b)`, which calls f by the table and catches. JavaScript's
// frames cannot be suspended, so where f may be, two functions come in between:
//
//   before:  rt_self_m->invoked = f; invoke_iii(STUB's slot in the table, a, b)
//   STUB:    f = rt_self_m->invoked; f(a, b) as from any code that is not instrumented (callbacks.js)
//
// The first also counts, and restores what a throw leaves counted (guards.js). Where goroutine code is
// guarded, its guard calls the first.
import { tableLimits } from './sections.js';
import { call, globalGet, i32Const, leb, Op } from './opcodes.js';
import { typeKey } from './cycles.js';

const INVOKED_OFFSET = 16; // of M.invoked

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
 * @param {(params: number[], results: number[], code: number[]) => number[]} how.again  the loop
 *   around a call by code that is not instrumented
 * @param {import('./exported.js').Entry} how.entry  what stands before and after that
 * @param {boolean} how.guarding
 * @returns {{ edits: Map<number, Edit[]>, functions: NewFunction[], before: Map<number, number> }}
 */
export function invokeStubs(m, s, { selfGlobal, first, again, entry, guarding }) {
  /** @type {NewFunction[]} */
  const functions = [];
  /** @type {Map<number, number>} the function before it, by import */
  const before = new Map();
  let slot = -1;
  m.imports
    .filter(({ kind }) => kind === 0)
    .forEach(({ field }, f) => {
      if (!field.startsWith('invoke_')) return;
      const { params, results } = m.types[m.funcType[f]];
      const rest = params.slice(1);
      const type = m.types.findIndex((_, n) => typeKey(m, n) === `${rest}>${results}`);
      if (type < 0 || !s.types.has(typeKey(m, type))) return;
      if (slot < 0) slot = tableLimits(m).min;
      const target = rest.length + results.length;
      const { open, close } = entry(params.length, 0);
      functions.push({
        ...{ params: rest, results, locals: [...results, -1], slot: true },
        body: [
          ...[...globalGet(selfGlobal), Op.i32_load, 2, INVOKED_OFFSET],
          ...[Op.local_set, ...leb(target)],
          ...again(rest, results, [
            ...[Op.local_get, ...leb(target)],
            ...[Op.call_indirect, ...leb(type), 0],
          ]),
        ],
      });
      before.set(f, first + functions.length);
      functions.push({
        ...{ params, results, locals: [-1, -1] },
        body: [
          ...[...open, ...globalGet(selfGlobal), Op.local_get, 0, Op.i32_store, 2, INVOKED_OFFSET],
          ...i32Const(slot++),
          ...rest.flatMap((_, n) => [Op.local_get, ...leb(n + 1)]),
          ...[...call(f), ...close],
        ],
      });
    });
  /** @type {Map<number, Edit[]>} */
  const edits = new Map();
  for (const { index, instrs } of before.size ? m.bodies : []) {
    if (guarding && s.suspending.has(index)) continue;
    /** @type {Edit[]} */
    const list = [];
    for (const i of instrs) {
      const to = i.op === Op.call ? before.get(i.a) : undefined;
      if (to !== undefined) list.push({ at: i.at, remove: i.end - i.at, bytes: call(to) });
    }
    if (list.length) edits.set(index, list);
  }
  return { edits, functions, before };
}
