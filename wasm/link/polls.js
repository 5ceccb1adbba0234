// @ts-check
// Polls: the places where a goroutine that computes notices that it should stop. A poll is one load
// and one branch, on the number of Ms that are wanted (runtime/sched/preempt.h):
//
//   i32.const &rt_raised; i32.load; if; call $rt_safepoint; end
//
// Only the program's functions get them and the foreign ones. Where the function cannot be suspended
// (suspend.js) the poll calls rt_safepoint_inplace instead, and the goroutine stops where it is.
//
// Between two polls only so much can happen as stands in the code, since each cycle of it has one:
//
// - Of each cycle of calls a function has an *entry* poll, behind the early exits that call nobody on
//   the cycle (cycles.js; `lastBefore` in loops.js). A run of it that takes such an exit has no poll,
//   but then it is a leaf. Where all calls of the cycle stand in one loop, that loop's poll is it.
// - Each loop has a *plain* poll that each way to one of its back edges passes. A loop that is not gone
//   around has none to pay for. It is left out if each turn first calls a function whose poll stands
//   at its very start, which the functions that such loops of their own cycle call keep there.
//
// - A loop whose turns each pass an inner loop has a plain poll behind that one instead, which counts as the inner
//   one's, and another before it if there is much else in a turn. And each loop that does not look in every
//   turn has one behind it, where it is left. So a goroutine is found in the loop in which it was when it was
//   wanted, and not where a loop further out happened to look next.
//
// The call in a poll keeps engines from taking the load out of the loop. Where a turn is brief, since it
// reaches neither code without polls nor another loop, and adds a constant to a local, bits of that local
// say when it is time to look: (x & MASK) == 0. Other loops that call nothing are *counted*: the flag is looked at in
// every 256th turn, by a counter, which is a register that all loops in one another share.
//
// A function that can be suspended is taken apart by Asyncify, though, and so a hot loop with a call in
// it would become slow. There innermost loops without a call are *wrapped* (wrap.js). A small body of
// either kind is written several times, and only the last copy counts. One that dispatches, an
// interpreter's, is written twice: its turns are so short that a look in each is felt.
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
 * @property {(f: number) => number} safepoint  the function that a poll in this one calls
 * @property {(f: number) => boolean} canWait   may this one be suspended?
 * @property {Set<number>} without  functions that get none
 * @property {number} stackPointer  wasm global
 * @property {Row[]} rows
 * @property {Map<number, number>} decl
 * @property {Set<number>} [laid]  functions that will be laid into their callers, and call nothing
 * @property {boolean} [small]    write no loop twice
 * @property {number} [turns]     TURNS, for tests
 */

/** @typedef {{ plain: number, counted: number, wrapped: number, behind: number, entry: number }} PollCounts */

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
 * Where the heads of cycles have their entry polls.
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
 * Tells of a loop whether a turn is brief, whatever it calls: it reaches only functions that may have polls,
 * and no other loop, which may be too short to look even once.
 * @param {Module} m
 * @param {Body[]} bodies  of those
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
  for (const f of long) for (const by of callers.get(f) ?? []) long.add(by); // and theirs
  return (/** @type {Body} */ { instrs }, /** @type {Loop} */ { first, last }) => {
    for (let n = first + 1; n < last; n++)
      if (isLong(instrs, n) || (instrs[n].op === Op.call && long.has(instrs[n].a))) return false;
    return true;
  };
}
