// @ts-check
// What the link step finds out about a program before it changes anything. Each analysis has a file
// of its own. Here they run in the order in which they need each other, and their answers become
// one record, the plan.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { insist } from './error.js';
import { NOTES } from './createdby.js';
import { callersOf, guarded } from './guards.js';
import { inlined } from './inlined.js';
import {
  exportedFunction,
  Foreign,
  globalOf,
  landedOf,
  marked,
  Runtime,
  stackPointerOf,
  User,
} from './kinds.js';
import { PARKING } from './libcwait.js';
import { lowIsFree, placeRaised } from './lowmem.js';
import { Op } from './opcodes.js';
import { polls } from './polls.js';
import { checkMarks, nilDies } from './promises.js';
import { HANDLING } from './shapes.js';
import { ROOT } from './sources.js';
import { explain, suspends } from './suspend.js';

/**
 * @typedef {import('./reader.js').Module} Module
 * @typedef {Map<number, import('./editor.js').Edit[]>} Edits  by function index
 *
 * @typedef {object} Plan
 * @property {boolean} small     is the program to be small (-Os, -Oz)?
 * @property {number} stackPointer  wasm global
 * @property {number} self          wasm global rt_self_m
 * @property {boolean} lowIsFree    the first 1,024 bytes of memory are unused
 * @property {number} raised        address of rt_raised
 * @property {Edits} placing        edits that put rt_raised there
 * @property {Edits} promised       edits: GO_NOSUSPEND functions end the program instead of
 *   panicking
 * @property {Omit<import('./polls.js').How, 'canWait' | 'safepoint'>} polling  how polls are
 *   inserted
 * @property {import('./suspend.js').Suspends} suspends  which functions may be suspended
 * @property {import('./guards.js').Guarded | null} guarded  null if the program uses no collected
 *   memory
 * @property {string} [leaves]      why polls unwind though nobody asked for that
 * @property {(f: number) => boolean} isPlain  is this function neither suspending nor a part of the
 *   switch?
 * @property {import('./inlined.js').Inlined} inlined  functions that the optimiser may inline
 */

/**
 * @param {Module} m  as emcc linked it; nilDies changes some of its instructions
 * @param {Uint8Array} kinds
 * @param {import('./passes.js').Located} located
 * @param {import('./link.js').LinkOptions} options
 * @returns {Plan}
 */
export function plan(m, kinds, { locations, rows, decl }, options) {
  const { level = '-O2', why, log } = options;
  const leaves = options.polls ? undefined : leavesAtPolls(m, kinds);
  const wanted = options.polls ?? (leaves ? 'unwind' : 'loops');
  const mode = wanted === 'unwind' ? 'loops' : wanted;
  const small = level === '-Os' || level === '-Oz';
  const stackPointer = stackPointerOf(m);
  const isLowFree = lowIsFree(m);
  const { raised, edits: placing } = placeRaised(m, isLowFree);
  const polling = { mode, small, raised, rows, decl, without: marked(m, 'nopoll'), stackPointer };
  const promised = nilDies(m, kinds);
  const { s, g } = usesCollected(m, kinds)
    ? suspendsCollected(m, kinds, polling)
    : { s: suspendsPlain(m, kinds, polling, wanted === 'unwind'), g: null };
  checkMarks(m, s);
  if (why) for (const line of reasons(m, s, why)) log?.(line);
  const isPlain = (/** @type {number} */ f) =>
    !s.suspending.has(f) && !s.top.has(f) && !s.bottom.has(f);
  return {
    ...{ small, stackPointer, self: globalOf(m, 'rt_link_self_m'), lowIsFree: isLowFree },
    ...{ raised, placing, promised, polling, suspends: s, guarded: g, leaves, isPlain },
    inlined: inlined(m, kinds, isPlain, rows, locations, decl),
  };
}

/** What sends a signal to a thread that may compute. */
const SENDS = new Map([
  ['__wrap_alarm', 'alarm'],
  ['__wrap_setitimer', 'setitimer'],
  ['timer_create', 'timer_create'],
  ['__wrap_pthread_kill', 'pthread_kill'],
  ['__wrap_kill', 'kill'],
  ['sigqueue', 'sigqueue'],
]);

/** By what a handler leaves the code that it interrupts. */
const LEAVES = new Map([
  ['emscripten_longjmp', 'longjmp'],
  ['__wrap_pthread_exit', 'pthread_exit'],
]);

/** By this a thread may be ended where it computes. */
const ENDS = new Map([['pthread_setcanceltype', 'pthread_setcanceltype']]);

/**
 * May a thread have to leave where it only computes? Then its polls must unwind. The answer says
 * which functions the program uses.
 * @type {(m: Module, kinds: Uint8Array) => string | undefined}
 */
function leavesAtPolls(m, kinds) {
  const used = (/** @type {Map<string, string>} */ names) => {
    const asked = new Set([...m.names].filter(([, name]) => names.has(name)).map(([f]) => f));
    const found = usedBy(m, kinds, asked, [User]);
    return found === undefined ? found : names.get(m.names.get(found) ?? '');
  };
  const sends = used(SENDS);
  const leaves = sends && used(LEAVES);
  return leaves ? `${sends} and ${leaves}` : used(ENDS);
}

/**
 * The functions of the runtime that wasm/nosuspend.txt lists, and those that nobody calls in this
 * program.
 * @type {(m: Module, kinds: Uint8Array) => Set<number>}
 */
function neverSuspended(m, kinds) {
  const lands = callsOf(m, landedOf(m)) > 0;
  const text = readFileSync(path.join(ROOT, 'wasm/nosuspend.txt'), 'utf8');
  const names = new Set(text.split('\n').filter((line) => line && !line.startsWith('#')));
  if (!lands) names.add('rt_throw_on'); // it ends the program then
  const dead = unused(m);
  const found = [...m.names].filter(
    ([f, name]) => dead.has(f) || (kinds[f] === Runtime && names.has(name)),
  );
  return new Set(found.map(([f]) => f));
}

const callsOf = (/** @type {Module} */ m, /** @type {number} */ f) =>
  m.bodies.reduce(
    (sum, { instrs }) => sum + instrs.filter(({ op, a }) => op === Op.call && a === f).length,
    0,
  );

/** Exports that only the link step needs. */
export const PRIVATE = new Set([...PARKING, NOTES, ...HANDLING]);

/**
 * Functions that park for the C library, and what only they call, if the library does not wait for
 * the program. The optimiser removes them.
 */
function unused(/** @type {Module} */ m) {
  const live = new Set(m.addressTaken);
  for (const [name, { kind, index }] of m.exports)
    if (kind === 0 && !PRIVATE.has(name)) live.add(index);
  for (const f of live)
    for (const { op, a } of m.bodies[f - m.nimports]?.instrs ?? [])
      if (op === Op.call || op === Op.return_call) live.add(a);
  return new Set(m.bodies.map(({ index }) => index).filter((f) => !live.has(f)));
}

/**
 * Does the program itself allocate collected memory?
 * @type {(m: Module, kinds: Uint8Array) => boolean}
 */
function usesCollected(m, kinds) {
  const asks = new Set(
    [...m.names].filter(([, name]) => /^go_(alloc|weak_make)/.test(name)).map(([f]) => f),
  );
  return usedBy(m, kinds, asks, [User, Foreign]) !== undefined;
}

/**
 * One of these functions that code of these kinds calls, or whose address is taken.
 * @type {(m: Module, kinds: Uint8Array, functions: Set<number>, by: number[]) =>
 *   number | undefined}
 */
function usedBy(m, kinds, functions, by) {
  for (const f of functions) if (m.addressTaken.has(f)) return f;
  for (const { index, instrs } of m.bodies)
    if (by.includes(kinds[index]))
      for (const { op, a } of instrs) if (op === Op.call && functions.has(a)) return a;
  return undefined;
}

/**
 * The functions that get a poll, wherever it leads to.
 * @type {(m: Module, kinds: Uint8Array, polling: Plan['polling']) => number[]}
 */
function polledIn(m, kinds, polling) {
  const safepoint = exportedFunction(m, 'rt_safepoint');
  const anywhere = { canWait: () => true, safepoint: () => safepoint };
  return [...polls(m, kinds, { ...polling, ...anywhere }).edits.keys()];
}

/**
 * Functions of the program among these may be suspended at their polls.
 * @type {(m: Module, kinds: Uint8Array, polled: number[]) => [number, number][]}
 */
function atPolls(m, kinds, polled) {
  const safepoint = exportedFunction(m, 'rt_safepoint');
  return polled.filter((f) => kinds[f] === User).map((f) => [f, safepoint]);
}

/**
 * In a program without collected memory: which functions may be suspended.
 * @type {(m: Module, kinds: Uint8Array, polling: Plan['polling'], unwind: boolean) =>
 *   import('./suspend.js').Suspends}
 */
const suspendsPlain = (m, kinds, polling, unwind) =>
  suspends(
    m,
    kinds,
    neverSuspended(m, kinds),
    unwind ? atPolls(m, kinds, polledIn(m, kinds, polling)) : [],
  );

/**
 * In a program that uses collected memory: which functions may be suspended, and which calls need a
 * guard. Each answer can enlarge the other, so both are computed again until neither grows.
 * @type {(m: Module, kinds: Uint8Array, polling: Plan['polling']) => {
 *   s: import('./suspend.js').Suspends, g: import('./guards.js').Guarded }}
 */
function suspendsCollected(m, kinds, polling) {
  const enter = exportedFunction(m, 'rt_foreign_enter');
  const polled = polledIn(m, kinds, polling);
  const never = neverSuspended(m, kinds);
  const more = atPolls(m, kinds, polled);
  for (;;) {
    const s = suspends(m, kinds, never, more);
    const g = guarded(m, kinds, s, polled);
    const callers = callersOf(m, kinds, g).filter((f) => !s.suspending.has(f));
    if (callers.length === 0) return { s, g };
    more.push(...callers.map((f) => /** @type {[number, number]} */ ([f, enter])));
  }
}

/** Explains why the functions of this name may be suspended, for --why. */
function reasons(
  /** @type {Module} */ m,
  /** @type {import('./suspend.js').Suspends} */ s,
  /** @type {string} */ wanted,
) {
  const found = [...m.names].filter(([, name]) => name === wanted);
  insist(found.length > 0, wanted, 'no function of this name in the program');
  return found.map(([f]) => explain(m, s, f));
}
