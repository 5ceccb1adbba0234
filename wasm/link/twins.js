// @ts-check
// Two bodies for each function of the program that may be suspended. What Asyncify leaves asks at
// every step in which state it is (S, the global __asyncify_state), so that it can be entered again
// in the middle.
// But that is needed only while a stack is rewound. So there is a *straight* one, which runs from the
// start and asks only after a call whether to leave, and a *resumed* one, which is as Asyncify made
// it. They hand over to one another:
//
//   straight:  if (S == 2) return resumed(parameters)
//              ... call straight; N; S == 1; br_if PUSH ...     elsewhere S is read as 0
//              PUSH: the same push of index and locals
//   resumed:   if (S == 0) return straight(parameters)
//              ... S == 0 || index == N; call resumed; N; S == 1; br_if PUSH ...
//
// Both push the same frame, so it does not matter which one left it. A straight function that is
// called by straight ones only, and by no pointer, is never entered in a rewind and does not ask. The
// optimisation that follows throws out of the straight one what can no longer happen. The runtime's
// functions wait whenever they are called, or nearly so, and have one body.
import { call, globalGet, i32Const, isCall, leb, Op, VOID } from './opcodes.js';
import { locAt } from './editor.js';
import { rawIndex } from './binaryen.js';

/**
 * @typedef {import('./reader.js').Module} Module
 * @typedef {import('./editor.js').Edit} Edit
 */

const NORMAL = 0;
const REWINDING = 2;

/** The name of the resumed copy of a function, between our own steps. */
export const resumedName = (/** @type {number} */ raw) => `s${raw}`;
export const isResumed = (/** @type {string | undefined} */ name) => /^s\d+$/.test(name ?? '');

/**
 * @param {Module} m  as Asyncify left it, functions named after raw indices
 * @param {Map<number, Edit[]>} edits  of the instrumented functions, for both bodies
 * @param {(raw: number) => boolean} wanted  which get a twin
 * @param {import('./editor.js').Row[]} rows
 * @param {number} state  the global __asyncify_state
 * @returns {{ edits: Map<number, Edit[]>, copies: import('./editor.js').Copy[], names: Map<number, string> }}
 */
export function twins(m, edits, wanted, rows, state) {
  /** @type {Map<number, number>} */
  const resumed = new Map();
  const names = new Map(m.names);
  for (const f of edits.keys()) {
    const name = m.names.get(f);
    if (!wanted(rawIndex(name))) continue;
    const index = m.funcType.length + resumed.size;
    resumed.set(f, index);
    names.set(index, resumedName(rawIndex(name)));
  }
  const entered = enteredInRewind(m, resumed);
  /** @type {Map<number, Edit[]>} */
  const straight = new Map(edits);
  /** @type {import('./editor.js').Copy[]} */
  const copies = [];
  for (const [f, index] of resumed) {
    const { code, instrs } = m.bodies[f - m.nimports];
    const own = /** @type {Edit[]} */ (edits.get(f));
    const handOver = (/** @type {number} */ when, /** @type {number} */ to) => {
      const bytes = [...globalGet(state), ...i32Const(when), Op.i32_eq, Op.if, VOID];
      const params = m.types[m.funcType[f]].params.length;
      for (let p = 0; p < params; p++) bytes.push(Op.local_get, ...leb(p));
      bytes.push(...call(to), Op.return, Op.end);
      return { at: code, remove: 0, bytes, loc: 0 };
    };
    const there = entered.has(f) ? [handOver(REWINDING, index)] : [];
    const back = [handOver(NORMAL, f)];
    instrs.forEach((i, n) => {
      const like = { at: i.at, remove: i.end - i.at, loc: locAt(rows, i.at) };
      if (i.op === Op.global_get && i.a === state && !leavesAfterCall(instrs, n))
        there.push({ ...like, bytes: i32Const(NORMAL) });
      const twin = i.op === Op.call ? resumed.get(i.a) : undefined;
      if (twin !== undefined) back.push({ ...like, bytes: call(twin) });
    });
    straight.set(f, [...there, ...own]);
    copies.push({ of: f, edits: [...back, ...own] });
  }
  return { edits: straight, copies, names };
}

/** Functions that others than twins can call. */
function enteredInRewind(/** @type {Module} */ m, /** @type {Map<number, number>} */ twins) {
  const entered = new Set(m.addressTaken);
  for (const { kind, index } of m.exports.values()) if (kind === 0) entered.add(index);
  for (const body of m.bodies)
    if (!twins.has(body.index)) for (const i of body.instrs) if (isCall(i.op)) entered.add(i.a);
  return entered;
}

/** Is the state read at instruction n to leave after a call: `const N; S; 1; eq; br_if`? */
function leavesAfterCall(/** @type {import('./reader.js').Instr[]} */ i, /** @type {number} */ n) {
  return (
    i[n - 1]?.op === Op.i32_const &&
    i[n + 1]?.op === Op.i32_const &&
    i[n + 1].a === 1 &&
    i[n + 2]?.op === Op.i32_eq &&
    i[n + 3]?.op === Op.br_if
  );
}
