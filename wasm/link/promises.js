// @ts-check
// GO_NOSUSPEND is a promise that the call graph must keep. A null pointer that worldsema.h checks
// for is a panic, and a panic unwinds (go_nil_). In a GO_NOSUSPEND function, and in the functions
// it calls, a null pointer ends the program with the same message instead.
import { insist } from './error.js';
import { marked, User } from './kinds.js';
import { call, Op } from './opcodes.js';
import { explain } from './suspend.js';

/** @typedef {import('./reader.js').Module} Module */

/**
 * Changes the instructions in `m` too, so that later analyses see the new calls.
 * @type {(m: Module, kinds: Uint8Array) => Map<number, import('./editor.js').Edit[]>}
 */
export function nilDies(m, kinds) {
  /** @type {Map<number, import('./editor.js').Edit[]>} */
  const edits = new Map();
  const names = new Map([...m.names].map(([f, name]) => [name, f]));
  const panics = names.get('go_nil_');
  const dies = names.get('rt_nildies');
  if (panics === undefined || dies === undefined) return edits;
  const within = marked(m, 'nosuspend');
  for (const f of within) {
    const calls = (m.bodies[f - m.nimports]?.instrs ?? []).filter(({ op }) => op === Op.call);
    for (const { a } of calls) if (kinds[a] === User) within.add(a);
    const found = calls.filter(({ a }) => a === panics);
    for (const i of found) i.a = dies;
    const list = found.map(({ at, end }) => ({ at, remove: end - at, bytes: call(dies) }));
    if (list.length) edits.set(f, list);
  }
  return edits;
}

/** @type {(m: Module, s: import('./suspend.js').Suspends) => void} */
export function checkMarks(m, s) {
  for (const f of marked(m, 'nosuspend'))
    insist(
      !s.suspending.has(f),
      m.names.get(f) ?? '',
      `is marked GO_NOSUSPEND, but may be suspended:\n${explain(m, s, f)}`,
    );
}
