// @ts-check
// C functions that JavaScript calls and that may be suspended: exports of the program, and
// functions that JavaScript takes from the function table (callbacks, destructors of exceptions).
// JavaScript's frames cannot be suspended, so a stub takes the place of each. The stub of a slot
// has a slot of its own. When JavaScript reads the table, it asks rt_slot_of (`get` in
// wasm/imports.js) for the stub's slot; wasm calls the function itself.
//
// On a worker, a goroutine has called JavaScript, and JavaScript calls back. As with any code that
// is not instrumented (callbacks.js), a wait holds the worker and nothing else.
//
// The page's thread has no goroutine to suspend. There a function that waits by its own calls is
// refused, even if it would not have to wait this time: the stub throws a JavaScript error that
// names it. Another function may only panic, or wait in a callback. It is called with the thread
// pinned (pinned.js): if it comes to a wait, the program ends with a message.
import { exportedFunction, globalOf, System } from './kinds.js';
import { call, globalGet, i32Const, leb, Op, VOID } from './opcodes.js';
import { tableLimits } from './sections.js';
import { translation } from './translate.js';

/** Panics unwind through these. A panic is a mistake of the program, and is reported elsewhere. */
const NO_WAIT = new Set(['rt_safepoint', 'rt_protect_jump', 'rt_protect_mark']);

/**
 * @typedef {import('./reader.js').Module} Module
 * @typedef {import('./suspend.js').Suspends} Suspends
 * @typedef {(local: number, target: number) => { open: number[], close: number[] }} Entry
 *   code around a call into goroutine code; target: the local with its slot, or -1
 * @typedef {(params: number[], results: number[], code: number[]) => number[]} Again
 *   a call from code that is not instrumented, and what follows if it was unwound
 */

/**
 * @param {Module} m
 * @param {Uint8Array} kinds
 * @param {Suspends} s
 * @param {object} how
 * @param {number} how.selfGlobal  the wasm global rt_self_m, 0 on the page's thread
 * @param {Again} how.again
 * @param {Entry} how.entry
 * @param {number} how.slots       slots added to the table so far
 * @returns {{ functions: import('./editor.js').NewFunction[], edits: Map<number,
 *   import('./editor.js').Edit[]> }}
 */
export function exportStubs(m, kinds, s, { selfGlobal, again, entry, slots }) {
  const refused = call(exportedFunction(m, 'rt_export_refused'));
  const pinned = globalOf(m, 'rt_link_pinned');
  const pin = (/** @type {number} */ by) => [
    ...[...globalGet(pinned), ...i32Const(by), Op.i32_add, Op.global_set, ...leb(pinned)],
  ];
  const waits = waiting(m, s);
  const needsStub = (/** @type {number} */ f) => kinds[f] !== System && s.suspending.has(f);
  const stubOf = (/** @type {number} */ index) => {
    const { params, results } = m.types[m.funcType[index]];
    const args = params.flatMap((_, n) => [Op.local_get, ...leb(n)]);
    const onPage = waits.has(index)
      ? [...i32Const(index), ...refused, Op.unreachable]
      : [...pin(1), ...args, ...call(index), ...pin(-1), Op.return];
    const { open, close } = entry(params.length + results.length, -1);
    const body = [
      ...[...globalGet(selfGlobal), Op.i32_eqz, Op.if, VOID, ...onPage, Op.end],
      ...[...open, ...again(params, results, call(index)), ...close],
    ];
    return { params, results, locals: [...results, -1, -1], body };
  };
  /** @type {import('./editor.js').NewFunction[]} */
  const functions = [];
  for (const [exported, { kind, index }] of m.exports)
    if (kind === 0 && needsStub(index)) functions.push({ ...stubOf(index), exported });
  const called = [...m.table].filter(([, f]) => needsStub(f)).sort(([a], [b]) => a - b);
  if (called.length === 0) return { functions, edits: new Map() };
  functions.push(...called.map(([, f]) => ({ ...stubOf(f), slot: true })));
  const from = called.map(([slot]) => slot);
  const slotOf = exportedFunction(m, 'rt_slot_of');
  const edit = translation(m, slotOf, from, tableLimits(m).min + slots);
  return { functions, edits: new Map([[slotOf, [edit]]]) };
}

/**
 * Functions that reach an unwind by direct calls.
 * @param {Module} m
 * @param {Suspends} s
 * @returns {Set<number>}
 */
export function waiting(m, s) {
  /** @type {Map<number, number[]>} */
  const callers = new Map();
  for (const { index, instrs } of m.bodies)
    for (const { op, a } of instrs)
      if (op === Op.call) callers.set(a, [...(callers.get(a) ?? []), index]);
  const counts = (/** @type {number} */ f) => !NO_WAIT.has(m.names.get(f) ?? '');
  const found = new Set([...s.top].filter(counts));
  for (const f of found)
    for (const by of callers.get(f) ?? []) if (s.suspending.has(by) && counts(by)) found.add(by);
  return found;
}
