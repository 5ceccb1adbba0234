// @ts-check
// Polls: the places where a running goroutine notices that it should stop. A poll is one load and
// one branch. It reads how many Ms are wanted (runtime/sched/preempt.h):
//
//   i32.const &rt_raised; i32.load; if; call $rt_safepoint; end
//
// Functions of the program and foreign functions get polls, and no others. If the function cannot
// be suspended (suspend.js), its polls call rt_safepoint_inplace, and the goroutine stops in place.
// Such a poll passes its number, because engines do not always tell where it is (told.js).
//
// Each cycle in the code has a poll, so only a bounded amount of code runs between two polls:
//
// - A cycle of calls has an *entry* poll in one of its functions. It stands behind the early exits
//   that call nobody on the cycle (cycles.js, `lastBefore` in loops.js). A run of the function that
//   takes an early exit meets no poll, but then it is a leaf. If all calls of the cycle stand in
//   one loop, that loop's poll is the entry poll.
// - A loop has a *plain* poll on every path to one of its back edges. A loop that is left in its
//   first turn does not pay for it. The poll is left out if each turn first calls a function whose
//   entry poll stands at the very start. Functions that such loops of their own cycle call keep
//   their poll there.
// - If each turn of a loop passes an inner loop, the plain poll stands behind the inner loop and
//   counts as the poll behind that one. The outer loop gets another poll before it if a turn has
//   much other code.
// - A loop that does not look in every turn has one more poll where it is left. So a goroutine is
//   found in the loop in which it was wanted, and not where an outer loop happened to look next.
//
// The call in a poll keeps engines from moving the load out of the loop. A turn is *brief* if it
// reaches neither code without polls nor another loop. If a brief turn adds a constant to a local,
// some bits of that local decide when to look: (x & MASK) == 0. Other loops that call nothing are
// *counted*: they look at the flag in every 256th turn. The counter is a local that all nested
// loops share.
//
// Asyncify rewrites functions that can be suspended, which makes a hot loop with a call slow. There
// innermost loops without a call are *wrapped* (wrap.js). A small body of either kind is written
// several times, and only the last copy counts. A loop that dispatches, as an interpreter's does,
// is written twice: its turns are so short that a look in each would be felt.
import { BodyPolls } from './bodypolls.js';
import { cyclesOf } from './cycles.js';
import { isPolled } from './kinds.js';
import { callsFirst, lastBefore, loopsOf, movesMuch } from './loops.js';
import { isCall, Op } from './opcodes.js';

/**
 * @typedef {import('./reader.js').Module} Module
 * @typedef {import('./reader.js').Body} Body
 * @typedef {import('./reader.js').Instr} Instr
 * @typedef {import('./loops.js').Loop} Loop
 * @typedef {import('./editor.js').Edit} Edit
 * @typedef {import('./editor.js').Row} Row
 * @typedef {import('./bodypolls.js').Entry} Entry
 * @typedef {'none' | 'calls' | 'loops'} PollMode
 *
 * @typedef {object} How
 * @property {PollMode} mode      none; calls: recursive functions only; loops: those and loops
 * @property {number} raised      the address of rt_raised
 * @property {(f: number) => number} safepoint  the function that a poll in this function calls
 * @property {(f: number) => number[]} [number]  code that pushes the number of a new poll
 * @property {(f: number) => boolean} canWait   may this function be suspended?
 * @property {Set<number>} without  functions that get no polls
 * @property {number} stackPointer  wasm global
 * @property {Row[]} rows
 * @property {Map<number, number>} decl
 * @property {Set<number>} [laid]  functions that will be inlined, and call nothing
 * @property {boolean} [small]    write no loop twice
 * @property {number} [turns]     TURNS, for tests
 * @property {(loc: number) => number} [pollAt]  the location of a poll at this one
 */

/**
 * @typedef {{ plain: number, counted: number, wrapped: number, behind: number, entry: number }}
 *   PollCounts
 */

/**
 * @param {Module} m
 * @param {Uint8Array} kinds
 * @param {How} how
 * @returns {{ edits: Map<number, Edit[]>, counts: PollCounts }}
 */
export function polls(m, kinds, how) {
  /** @type {Map<number, Edit[]>} */
  const edits = new Map();
  const counts = { plain: 0, counted: 0, wrapped: 0, behind: 0, entry: 0 };
  if (how.mode === 'none') return { edits, counts };
  const isAsked = (/** @type {Body} */ { index }) =>
    isPolled(kinds[index]) && !how.without.has(index);
  const bodies = m.bodies.filter(isAsked);
  const cycles = cyclesOf(m, kinds);
  const entries = entryPolls(bodies, cycles);
  const program = { m, kinds, how, cycles, entries, isBrief: briefLoops(m, bodies), counts };
  for (const body of bodies) {
    const list = new BodyPolls(program, body).edits();
    if (list.length) edits.set(body.index, list);
  }
  return { edits, counts };
}

/**
 * Where the heads of cycles get their entry polls.
 * @param {Body[]} bodies
 * @param {ReturnType<typeof cyclesOf>} cycles
 */
function entryPolls(bodies, { heads, same, callsAgain }) {
  /** @type {Map<number, Entry>} */
  const entries = new Map();
  for (const body of bodies) {
    if (!heads.has(body.index)) continue;
    const again = body.instrs.flatMap((i, n) => (callsAgain(body.index, i) ? [n] : []));
    const { at, loop } = lastBefore(body, 0, again);
    entries.set(body.index, { at, loop });
  }
  for (const body of bodies)
    for (const loop of loopsOf(body)) {
      const f = callsFirst(body, loop);
      if (entries.has(f) && same(body.index, f)) entries.set(f, { at: 0, loop: -1 });
    }
  return entries;
}

/**
 * Returns a test for loops: is a turn brief? It is if it reaches only functions that may have
 * polls, and no other loop. Another loop may be too short to look even once.
 * @param {Module} m
 * @param {Body[]} bodies  of functions that may have polls
 */
function briefLoops(m, bodies) {
  const polled = new Set(bodies.map(({ index }) => index));
  const isLong = (/** @type {Instr[]} */ instrs, /** @type {number} */ n) => {
    const { op, a } = instrs[n];
    if (op === Op.call) return !polled.has(a);
    return isCall(op) || op === Op.loop || movesMuch(instrs, n);
  };
  const long = new Set();
  /** @type {Map<number, number[]>} */
  const callers = new Map();
  for (const { index, instrs } of bodies)
    for (const [n, i] of instrs.entries()) {
      if (isLong(instrs, n)) long.add(index);
      if (i.op !== Op.call) continue;
      const by = callers.get(i.a);
      if (by) by.push(index);
      else callers.set(i.a, [index]);
    }
  for (const f of long) for (const by of callers.get(f) ?? []) long.add(by); // and their callers
  return (/** @type {Body} */ { instrs }, /** @type {Loop} */ { first, last }) => {
    for (let n = first + 1; n < last; n++)
      if (isLong(instrs, n) || (instrs[n].op === Op.call && long.has(instrs[n].a))) return false;
    return true;
  };
}
