// @ts-check
// Which functions may be suspended in the middle, and so must be instrumented by Asyncify. One
// function too few silently corrupts the program; one too many costs time. So the answer follows
// from the code alone:
//
// - *Top-most* functions start an unwind (they call asyncify.start_unwind). Whoever calls one may
//   be suspended.
// - *Bottom-most* functions stop an unwind or start a rewind (the scheduler's loop). An unwind
//   never passes them, so their callers are not affected.
// - A function of the program or the runtime is *suspending* if it can reach a top-most function:
//   by a call, or by an indirect call of the type of a suspending function whose address is taken.
//
// Polls do not count: a function that only computes stops at its polls in place (polls.js), and
// costs nothing else. They do count in a program that uses collected memory, because the collector
// cannot see the locals of a goroutine that stops in place. There a call of code that can come to
// wait in place counts too (guards.js). Foreign code and libc are never suspended. The functions
// that they call may be suspended, and then wait in place (callbacks.js).
import { insist } from './error.js';
import { isOutside } from './kinds.js';
import { isTailCall, Op } from './opcodes.js';
import { typeKey } from './cycles.js';

/** @typedef {import('./reader.js').Module} Module */

/**
 * @typedef {object} Suspends
 * @property {Set<number>} top
 * @property {Set<number>} bottom
 * @property {Set<number>} suspending  functions to instrument: neither top nor bottom
 * @property {Map<number, { to: number, how: string }>} why  for each of them, the call that makes
 *   it suspending
 * @property {Set<string>} types  signatures (typeKey) by which an indirect call may suspend
 */

/**
 * @param {Module} m
 * @param {Uint8Array} kinds
 * @param {Set<number>} never    functions that are declared never to be suspended
 *   (wasm/nosuspend.txt)
 * @param {Iterable<[number, number]>} [more]  calls that the link step will add: caller and callee
 * @returns {Suspends}
 */
export function suspends(m, kinds, never, more = []) {
  const calls = callsOf(m);
  for (const [f, to] of more) add(calls.callers, to, f);
  checkUnwinds(m, calls);
  /** @type {Suspends} */
  const s = {
    ...{ top: calls.top, bottom: calls.bottom },
    ...{ suspending: new Set(), why: new Map(), types: new Set() },
  };
  const stays = (/** @type {number} */ f) => s.bottom.has(f) || never.has(f) || isOutside(kinds[f]);
  spread(m, s, calls, stays);
  for (const { index, instrs } of m.bodies)
    insist(
      !s.suspending.has(index) || !instrs.some(({ op }) => isTailCall(op)),
      nameOf(m, index),
      'makes a tail call, which cannot be suspended: compile without -mtail-call',
    );
  return s;
}

/**
 * @typedef {object} Calls
 * @property {Set<number>} top     functions that start an unwind
 * @property {Set<number>} bottom  functions that stop one, or start a rewind
 * @property {Map<number, number[]>} callers   of a function
 * @property {Map<string, number[]>} indirect  callers by the signature of an indirect call
 */

/** The calls of the module, and the callers of Asyncify's imports. @returns {Calls} */
function callsOf(/** @type {Module} */ m) {
  /** @type {Calls} */
  const calls = { top: new Set(), bottom: new Set(), callers: new Map(), indirect: new Map() };
  const fields = m.imports.filter((i) => i.kind === 0);
  for (const { index, instrs } of m.bodies)
    for (const { op, a } of instrs) {
      if (op === Op.call || op === Op.return_call) {
        const to = a < m.nimports ? fields[a] : null;
        if (to?.module !== 'asyncify') add(calls.callers, a, index);
        else if (to.field === 'start_unwind') calls.top.add(index);
        else if (to.field === 'stop_unwind' || to.field === 'start_rewind') calls.bottom.add(index);
      } else if (op === Op.call_indirect || op === Op.return_call_indirect) {
        add(calls.indirect, typeKey(m, a), index);
      }
    }
  return calls;
}

/** @type {<Key>(map: Map<Key, number[]>, key: Key, f: number) => void} */
function add(map, key, f) {
  const list = map.get(key);
  if (list) list.push(f);
  else map.set(key, [f]);
}

function checkUnwinds(/** @type {Module} */ m, /** @type {Calls} */ { top, bottom }) {
  insist(
    top.size > 0 && bottom.size > 0,
    'asyncify',
    'no function of the program calls the imports asyncify.start_unwind and stop_unwind: is the ' +
      'worldsema runtime linked in, and was emcc linked at -O1 so that import names survive?',
  );
  for (const f of top)
    insist(
      !bottom.has(f),
      nameOf(m, f),
      'both starts and stops an unwind; keep these in two functions',
    );
}

/** Walks from the top-most functions to all functions that can reach one. */
function spread(
  /** @type {Module} */ m,
  /** @type {Suspends} */ s,
  /** @type {Calls} */ { top, callers, indirect },
  /** @type {(f: number) => boolean} */ stays,
) {
  const work = [...top];
  const reached = new Set(work);
  const reach = (/** @type {number} */ f, /** @type {number} */ to, /** @type {string} */ how) => {
    if (reached.has(f) || stays(f)) return;
    reached.add(f);
    s.suspending.add(f);
    s.why.set(f, { to, how });
    work.push(f);
  };
  for (let f = work.pop(); f !== undefined; f = work.pop()) {
    for (const by of callers.get(f) ?? []) reach(by, f, 'calls');
    if (!m.addressTaken.has(f)) continue;
    const key = typeKey(m, m.funcType[f]);
    if (s.types.has(key)) continue;
    s.types.add(key);
    for (const by of indirect.get(key) ?? []) reach(by, f, 'may call indirectly');
  }
}

const nameOf = (/** @type {Module} */ m, /** @type {number} */ f) =>
  m.names.get(f) ?? `function ${f}`;

/** What calls atexit's functions. It holds no lock then, so they may wait. */
const AT_END = '__funcs_on_exit';

/**
 * Does this indirect call take its target from memory? That is certain only if the target is loaded
 * right before the call, or before every assignment of the local that has it.
 * @param {Module} m
 * @param {import('./reader.js').Body} body
 * @param {import('./reader.js').Instr} call
 */
export function isKept(m, { index, instrs }, call) {
  if (m.names.get(index) === AT_END) return false;
  const n = instrs.indexOf(call);
  const from = instrs[n - 1];
  const loadBefore = (/** @type {number} */ k) => instrs[k - 1]?.op === Op.i32_load;
  if (from.op === Op.i32_load) return true;
  if (from.op === Op.local_tee && loadBefore(n - 1)) return true;
  if (from.op !== Op.local_get) return false;
  let sets = 0;
  for (const [k, i] of instrs.entries()) {
    if ((i.op !== Op.local_set && i.op !== Op.local_tee) || i.a !== from.a) continue;
    if (!loadBefore(k)) return false;
    sets++;
  }
  return sets > 0; // a parameter that is never assigned was passed by the caller
}

/**
 * Explains why a function is suspending: a chain of names down to the function that unwinds.
 * @param {Module} m
 * @param {Suspends} s
 * @param {number} f
 */
export function explain(m, s, f) {
  let text = nameOf(m, f);
  for (let step = s.why.get(f); step; step = s.why.get(step.to))
    text += `\n  ${step.how} ${nameOf(m, step.to)}`;
  if (s.top.has(f)) return `${text} unwinds by itself`;
  return s.suspending.has(f) ? text : `${text} cannot suspend`;
}
