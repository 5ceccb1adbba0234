// @ts-check
// Where threads are made. `go` is a macro and tells its place in the source; pthread_create and
// std::thread are functions. So the program's calls of them are numbered. Around each, the number
// of the call is noted in the goroutine (rt_thread_site in wasm/thread.c), which costs less than to
// look at the stack. Dumps show the place as "created by".
//
// What stands in the headers of the C++ library belongs to its caller: std::thread's constructor is
// a part of the program's object, whether it was inlined or not.
import { locAt } from './editor.js';
import { exportedFunction, isPolled, landedOf, Library } from './kinds.js';
import { call, i32Const, Op } from './opcodes.js';

/** @typedef {import('./reader.js').Module} Module */

/** The function that notes a number; 0: none. Only this step needs the export. */
export const NOTES = 'rt_thread_site';

const CREATES = /^(__wrap_(__)?pthread_create|thrd_create)$/;

const isStandard = (/** @type {{ func: string }} */ { func }) => func.startsWith('std::');

/**
 * @param {Module} m
 * @param {Uint8Array} kinds
 * @param {Pick<import('./passes.js').Work, 'rows' | 'locations'>} located
 * @returns {{ edits: import('./plan.js').Edits, places: number[] }}  places: locations by number,
 *   from number 1 on
 */
export function creations(m, kinds, { rows, locations: { list } }) {
  const edits = new Map();
  /** @type {number[]} */
  const places = [];
  if (!m.exports.has(NOTES)) return { edits, places };
  const notes = call(exportedFunction(m, NOTES));
  /** The innermost place at a call that is not the library's; 0: none. */
  const placeOf = (/** @type {number} */ at) => {
    let loc = locAt(rows, at);
    while (loc !== 0 && isStandard(list[loc])) loc = list[loc].parent;
    return loc;
  };
  const creators = creatorsOf(m, kinds, placeOf);
  const landed = landedOf(m);
  /** Nothing may come between a call and its mark (invoked.js). */
  const behindMark = (
    /** @type {import('./reader.js').Instr[]} */ instrs,
    /** @type {number} */ n,
  ) => instrs.slice(n + 1, n + 3).find(({ op, a }) => op === Op.call && a === landed)?.end;
  for (const { index, instrs } of m.bodies) {
    if (!isPolled(kinds[index])) continue;
    const edit = instrs.flatMap(({ op, a, at, end }, n) => {
      const place = op === Op.call && creators.has(a) ? placeOf(at) : 0;
      if (place === 0) return [];
      const number = places.push(place);
      return [
        { at, remove: 0, bytes: [...i32Const(number), ...notes] },
        { at: behindMark(instrs, n) ?? end, remove: 0, bytes: [...i32Const(0), ...notes] },
      ];
    });
    if (edit.length > 0) edits.set(index, edit);
  }
  return { edits, places };
}

/**
 * The functions that make threads, and those of the C++ library's headers that call them.
 * @type {(m: Module, kinds: Uint8Array, placeOf: (at: number) => number) => Set<number>}
 */
function creatorsOf(m, kinds, placeOf) {
  const found = new Set([...m.names].filter(([, name]) => CREATES.test(name)).map(([f]) => f));
  /** @type {Map<number, number[]>} */
  const callers = new Map();
  for (const { index, instrs } of m.bodies) {
    if (!isPolled(kinds[index]) && kinds[index] !== Library) continue;
    for (const { op, a, at } of instrs) {
      if (op !== Op.call || (isPolled(kinds[index]) && placeOf(at) !== 0)) continue;
      const by = callers.get(a);
      if (by) by.push(index);
      else callers.set(a, [index]);
    }
  }
  for (const f of found) for (const by of callers.get(f) ?? []) found.add(by);
  return found;
}
