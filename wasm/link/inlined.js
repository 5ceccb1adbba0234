// @ts-check
// Functions that the optimiser may inline. Binaryen leaves no trace of inlining: in a stack that
// only the engine knows (of code that stops in place, of a trap) the frame would be missing. But a
// function that is called at one place only must have been called from there. So its locations get
// that call as their caller, as locations have that clang has inlined. This holds for functions of
// the program; in libc and the runtime anything may be inlined. All other functions of the program,
// and those they call, are not inlined.
//
// Code that may be suspended is not inlined: its frames are Asyncify's.
import { locAt } from './editor.js';
import { isPolled, MARK } from './kinds.js';
import { movesMuch } from './loops.js';
import { isCall, Op } from './opcodes.js';

/**
 * @typedef {import('./reader.js').Module} Module
 * @typedef {import('./locations.js').Locations} Locations
 * @typedef {import('./editor.js').Row} Row
 *
 * @typedef {object} Inlined
 * @property {Set<number>} once    functions that may be inlined into their only caller
 * @property {Set<number>} leaves  those of them that contain neither calls nor loops
 * @property {(loc: number, f: number) => number} adopt  for a location found in the body of f: the
 *   same with its callers
 */

/**
 * @param {Module} m
 * @param {Uint8Array} kinds
 * @param {(f: number) => boolean} isPlain  is this function neither suspending nor a part of the
 *   switch?
 * @param {Row[]} rows
 * @param {Locations} locations
 * @param {Map<number, number>} [decl]  where each function is declared
 * @returns {Inlined}
 */
export function inlined(m, kinds, isPlain, rows, locations, decl = new Map()) {
  const owners = ownersOf(m, rows, locations, decl);
  /** @type {Map<number, { by: number, loc: number }>} */
  const once = new Map();
  for (const [f, { by, at }] of onlyCalls(m)) {
    if (!isPolled(kinds[f]) || !isPolled(kinds[by]) || !isPlain(f) || !isPlain(by)) continue;
    if (f === by) continue;
    if (owners.shared.has(f)) continue;
    once.set(f, { by, loc: locAt(rows, at) });
  }
  const leaves = new Set(
    [...once.keys()].filter((f) => {
      const { instrs } = m.bodies[f - m.nimports];
      return !instrs.some(({ op }, n) => isCall(op) || op === Op.loop || movesMuch(instrs, n));
    }),
  );
  /** @type {(loc: number, under: number) => number} loc with `under` as the outermost caller */
  const graft = (loc, under) => {
    if (loc === 0) return under;
    const { parent, ...own } = locations.list[loc];
    return locations.add({ ...own, parent: graft(parent, under) });
  };
  /** @type {Map<string, number>} */
  const known = new Map();
  /** @type {(loc: number, f: number) => number} 0 if loc was not inlined into f */
  const via = (loc, f) => {
    const key = `${loc}|${f}`;
    let found = known.get(key);
    if (found === undefined) {
      const owner = owners.of.get(rootOf(locations, loc));
      const call = once.get(owner ?? -1);
      known.set(key, 0); // two functions may be called by each other only
      found = owner === f ? loc : 0;
      if (!found && call) {
        const from = via(call.loc, f);
        if (from) found = graft(loc, from);
      }
      known.set(key, found);
    }
    return found;
  };
  return { once: new Set(once.keys()), leaves, adopt: (loc, f) => via(loc, f) || loc };
}

/** Functions that one call reaches, and nothing else. */
function onlyCalls(/** @type {Module} */ m) {
  /** @type {Map<number, { by: number, at: number }>} */
  const calls = new Map();
  const others = new Set(m.addressTaken);
  for (const [name, { kind, index }] of m.exports)
    if (kind === 0 && !name.startsWith(MARK)) others.add(index);
  for (const { index, instrs } of m.bodies)
    for (const { op, a, at } of instrs) {
      if (op === Op.return_call || (op === Op.call && calls.has(a))) others.add(a);
      else if (op === Op.call) calls.set(a, { by: index, at });
    }
  for (const f of others) calls.delete(f);
  return calls;
}

/**
 * The function of each outermost location, and functions that share one. A function in a header may
 * be in the module twice.
 */
function ownersOf(
  /** @type {Module} */ m,
  /** @type {Row[]} */ rows,
  /** @type {Locations} */ locations,
  /** @type {Map<number, number>} */ decl,
) {
  /** @type {Map<number, number>} */
  const of = new Map();
  const shared = new Set();
  const owns = (/** @type {number} */ index, /** @type {number} */ loc) => {
    const root = rootOf(locations, loc);
    const owner = of.get(root) ?? index;
    of.set(root, owner);
    if (owner !== index) shared.add(owner).add(index);
  };
  let n = 0;
  for (const { index, end } of m.bodies) {
    const declared = decl.get(index);
    if (declared) owns(index, declared);
    for (; n < rows.length && rows[n].at < end; n++) owns(index, rows[n].loc);
  }
  return { of, shared };
}

function rootOf(/** @type {Locations} */ { list }, /** @type {number} */ loc) {
  while (list[loc].parent) loc = list[loc].parent;
  return loc;
}
