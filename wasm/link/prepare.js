// @ts-check
// What is decided of the module that emcc linked, and written into it before Asyncify runs: whose code it is,
// what may be suspended, polls, stack checks, and what stands where code that can be unwound meets code that
// cannot.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { numberNames } from './binaryen.js';
import { borrows } from './borrow.js';
import { callbacks } from './callbacks.js';
import { rewrite } from './editor.js';
import { insist } from './error.js';
import { callersOf, guarded, guards } from './guards.js';
import { inlined } from './inlined.js';
import {
  exportedFunction,
  Foreign,
  globalOf,
  MARK,
  marked,
  Runtime,
  stackPointerOf,
  User,
} from './kinds.js';
import { lowIsFree, placeRaised } from './lowmem.js';
import { i32Const, Op } from './opcodes.js';
import { pinCalls } from './pinned.js';
import { polls } from './polls.js';
import { checkMarks, nilDies } from './promises.js';
import { readModule } from './reader.js';
import { tellConstants } from './rodata.js';
import { ROOT } from './sources.js';
import { stackChecks, verifyChecks } from './stackcheck.js';
import { explain, suspends } from './suspend.js';

// Node 20's baseline compiler loses a local around an atomic wait: os_wait holds nothing but the
// wait. And what the scheduler's endless loop calls must not become part of a frame that is entered
// once, which no engine replaces by optimised code.
const NEVER_INLINE = /^(rt_os_wait.*|rt_schedule|rt_execute)$/;

/**
 * Binaryen's inlining leaves no trace of the function that called: where the engine's own stack is
 * all there is (a trap, an abort), the program's frames would be missing. So its functions, and those
 * it calls, stay functions; clang has inlined what is worth it, and wrote that down.
 * @type {(m: import('./reader.js').Module, kinds: Uint8Array) => Set<number>}
 */
function calledByProgram(m, kinds) {
  const apart = new Set();
  for (const { index, instrs } of m.bodies) {
    if (kinds[index] !== User && kinds[index] !== Foreign) continue;
    apart.add(index);
    for (const { op, a } of instrs) if (op === Op.call) apart.add(a);
  }
  return apart;
}

/**
 * What wasm/nosuspend.txt declares, of the runtime's own functions.
 * @type {(m: import('./reader.js').Module, kinds: Uint8Array) => Set<number>}
 */
function neverSuspended(m, kinds) {
  const text = readFileSync(path.join(ROOT, 'wasm/nosuspend.txt'), 'utf8');
  const names = new Set(text.split('\n').filter((line) => line && !line.startsWith('#')));
  const found = [...m.names].filter(([f, name]) => kinds[f] === Runtime && names.has(name));
  return new Set(found.map(([f]) => f));
}

/**
 * Does the program itself ask for collected memory?
 * @type {(m: import('./reader.js').Module, kinds: Uint8Array) => boolean}
 */
function usesCollected(m, kinds) {
  const asks = new Set(
    [...m.names].filter(([, name]) => /^go_(alloc|weak_make)/.test(name)).map(([f]) => f),
  );
  if ([...asks].some((f) => m.addressTaken.has(f))) return true;
  return m.bodies.some(
    ({ index, instrs }) =>
      (kinds[index] === User || kinds[index] === Foreign) &&
      instrs.some(({ op, a }) => op === Op.call && asks.has(a)),
  );
}

/**
 * Of a program that uses collected memory: what can be suspended, and what its goroutine code has to
 * guard, which each may enlarge the other.
 * @type {(m: import('./reader.js').Module, kinds: Uint8Array, polled: number[], safepoint: number) => {
 *   s: import('./suspend.js').Suspends, g: import('./guards.js').Guarded }}
 */
function suspendsCollected(m, kinds, polled, safepoint) {
  const never = neverSuspended(m, kinds);
  const enter = exportedFunction(m, 'rt_foreign_enter');
  /** @type {[number, number][]} */
  const more = polled.filter((f) => kinds[f] === User).map((f) => [f, safepoint]);
  for (;;) {
    const s = suspends(m, kinds, never, more);
    const g = guarded(m, kinds, s, polled);
    const callers = callersOf(m, kinds, g).filter((f) => !s.suspending.has(f));
    if (callers.length === 0) return { s, g };
    more.push(...callers.map((f) => /** @type {[number, number]} */ ([f, enter])));
  }
}

/**
 * V8 may hand a worker a memory whose size is old, if another thread grows it in that very moment; then
 * memory.init, the first thing a worker does, traps. To ask for nothing more brings it up to date.
 * @type {(m: import('./reader.js').Module) => Map<number, import('./editor.js').Edit[]>}
 */
function freshMemory(m) {
  const bytes = [...i32Const(0), Op.memory_grow, 0, Op.drop];
  const inits = m.bodies.filter(({ index }) =>
    /^_?emscripten_tls_init$/.test(m.names.get(index) ?? ''),
  );
  const threads = [...m.names.values()].includes('__wasm_init_tls');
  insist(!threads || inits.length > 0, 'emscripten_tls_init', 'not found: an unknown Emscripten');
  return new Map(inits.map(({ index, code }) => [index, [{ at: code, remove: 0, bytes }]]));
}

/**
 * @param {import('./reader.js').Module} m
 * @param {Uint8Array} kinds
 * @param {ReturnType<typeof import('./locations.js').locate>} located
 * @param {{ level: string, mode: import('./polls.js').PollMode, why?: string, log?: (line: string) => void }} how
 */
export function prepare(m, kinds, { locations, rows, decl }, { level, mode, why, log }) {
  const nameOf = (/** @type {number} */ f) => m.names.get(f) ?? `function ${f}`;
  const safepoint = exportedFunction(m, 'rt_safepoint');
  const inplace = exportedFunction(m, 'rt_safepoint_inplace');
  const left = exportedFunction(m, 'rt_callback_left');
  const overflow = exportedFunction(m, 'rt_stack_overflow');
  const small = level === '-Os' || level === '-Oz';
  const selfGlobal = globalOf(m, 'rt_link_self_m');
  const low = lowIsFree(m);
  const { raised, edits: place } = placeRaised(m, low);
  const without = marked(m, 'nopoll');
  const stackPointer = stackPointerOf(m);
  const pollsWith = (
    /** @type {(f: number) => boolean} */ canWait,
    /** @type {Set<number> | undefined} */ laid = undefined,
  ) =>
    polls(m, kinds, {
      ...{ mode, small, raised, rows, decl, without, canWait, laid, stackPointer },
      safepoint: (f) => (canWait(f) ? safepoint : inplace),
    });
  const promised = nilDies(m, kinds);
  const collected = usesCollected(m, kinds);
  const { s, g } = collected
    ? suspendsCollected(m, kinds, [...pollsWith(() => true).edits.keys()], safepoint)
    : { s: suspends(m, kinds, neverSuspended(m, kinds)), g: null };
  checkMarks(m, s);
  const isPlain = (/** @type {number} */ f) =>
    !s.suspending.has(f) && !s.top.has(f) && !s.bottom.has(f);
  const inline = inlined(m, kinds, isPlain, rows, locations, decl);
  const poll = pollsWith((f) => s.suspending.has(f), inline.leaves);
  const stack = stackChecks(m, kinds, {
    stackPointer,
    stackLow: globalOf(m, 'rt_link_stack_lo'),
    overflow,
    decl,
  });
  if (why) {
    const found = [...m.names].filter(([, name]) => name === why);
    insist(found.length > 0, why, 'no function of this name in the program');
    for (const [f] of found) log?.(explain(m, s, f));
  }
  const apart = calledByProgram(m, kinds);
  for (const f of inline.once) apart.delete(f);
  const names = numberNames(m, (f) => apart.has(f) || NEVER_INLINE.test(nameOf(f)));
  const edits = new Map(stack.edits);
  // A runtime that has no such counter must not keep callbacks in libc.
  const pins = m.exports.has('rt_link_pinned')
    ? pinCalls(m, kinds, s, globalOf(m, 'rt_link_pinned'))
    : { edits: new Map(), count: 0 };
  const guardOf = g ? exportedFunction(m, 'rt_guard_of') : -1;
  const back = callbacks(m, kinds, s, { selfGlobal, left, guardOf, guarded: g?.callees });
  const firstGuard = m.funcType.length + back.functions.length;
  const guard = g
    ? guards(m, kinds, s, g, {
        ...{ selfGlobal, enter: exportedFunction(m, 'rt_foreign_enter'), guardOf, rows },
        ...{ first: firstGuard, slots: back.functions.filter(({ slot }) => slot).length },
        before: back.before,
      })
    : { edits: new Map(), functions: [] };
  const added = [...back.functions, ...guard.functions];
  added.forEach((_, n) => names.set(m.funcType.length + n, `n${m.funcType.length + n}`));
  guard.functions.forEach((_, n) => s.suspending.add(firstGuard + n));
  const constant = tellConstants(m);
  for (const more of [
    poll.edits,
    pins.edits,
    back.edits,
    guard.edits,
    freshMemory(m),
    constant,
    place,
    promised,
  ])
    for (const [f, list] of more) edits.set(f, [...list, ...(edits.get(f) ?? [])]);
  const drop = (/** @type {{ id: number, name: string }} */ section) =>
    section.id === 0 && section.name !== 'target_features';
  const hide = (/** @type {string} */ name) => name.startsWith(MARK);
  const firstCopy = m.funcType.length + added.length;
  const large = borrows(m, kinds, s, { stackPointer, first: firstCopy, edits });
  large.copies.forEach((_, n) => names.set(firstCopy + n, `n${firstCopy + n}`));
  for (const [f, list] of large.edits) {
    edits.set(f, list);
    stack.checked.delete(f); // they are in the copy
  }
  const first = rewrite(m, { edits, rows, drop, names, hide, add: added, copies: large.copies });
  const { plain, counted, wrapped, behind, entry } = poll.counts;
  const did =
    `polls: ${wrapped} loops wrapped, ${counted} counted, ${plain} plain, ${behind} behind, ${entry} entries; ` +
    `${stack.count} stack checks; ${pins.count} pins, ${back.count} callbacks, ` +
    `${guard.functions.length} guards; ` +
    `${s.suspending.size} functions may suspend`;
  /** @type {Set<number>} */
  const never = new Set();
  for (const { index: f } of m.bodies) if (isPlain(f)) never.add(f);
  back.functions.forEach((_, n) => never.add(m.funcType.length + n));
  large.copies.forEach((_, n) => never.add(firstCopy + n));
  verifyChecks(readModule(first.bytes), stack.checked, overflow, nameOf);
  return { first, did, s, names, never, small, low, raised, inline, checked: stack.checked };
}
