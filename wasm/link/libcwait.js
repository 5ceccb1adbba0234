// @ts-check
// Where the C library waits. musl's locks, conditions, semaphores, joins and sleeps come down to
// five functions, which block the thread. In the functions of the library that are goroutine code
// (kinds.js), each call of one is replaced by a call that parks the goroutine (wasm/libcwait.c).
// The new call has one more argument: what is waited for, as dumps tell it.
//
// A program may wait for a word itself: by emscripten_futex_wait, or by an instruction of
// WebAssembly (`__builtin_wasm_memory_atomic_wait32`, emscripten_atomic_wait_u32). That is a call
// here, too. Foreign code cannot be parked, so there the call blocks the thread. A wake of the
// program serves goroutines and threads.
//
// A locked mutex of the simplest type contains EBUSY, so nobody knows who holds it. Here it
// contains the number of its holder, which has the bits of EBUSY too (wasm/thread.c).
import { WaitReason } from '../../host/layout.js';
import { exportedFunction, Foreign, isPolled, Library, User } from './kinds.js';
import { call, i32Const, Op } from './opcodes.js';

/** @typedef {import('./reader.js').Module} Module */

/** The function that parks, by the one that blocks. */
const PARKS = new Map([
  ['__wait', 'rt_libc_wait'],
  ['__timedwait', 'rt_libc_timedwait'],
  ['__timedwait_cp', 'rt_libc_timedwait_cp'],
  ['__wrap_emscripten_futex_wait', 'rt_libc_futex'],
  ['emscripten_thread_sleep', 'rt_libc_sleep'],
]);

/** The same for calls of the program itself; those of foreign code block. */
const OWN_WAKES = /** @type {const} */ (['__wrap_emscripten_futex_wake', 'rt_word_wake']);
const OWN = new Map([
  ['__wrap_emscripten_futex_wait', 'rt_libc_futex'],
  ['emscripten_thread_sleep', 'rt_libc_sleep'],
  OWN_WAKES,
]);

/** These are not told what is waited for. */
const UNTOLD = new Set(['rt_libc_sleep', 'rt_word_wake']);

/**
 * The function for an instruction: in goroutine code, and in foreign code.
 * @type {Map<number, [string, string]>}
 */
const WORDS = new Map([
  [Op.notify, ['rt_word_notify', 'rt_word_notify']],
  [Op.wait32, ['rt_word_wait', 'rt_word_block']],
  [Op.wait64, ['rt_word_wait64', 'rt_word_block64']],
]);

/** The function that tells what a locked mutex of the simplest type contains. */
const LOCKED_BY = 'rt_thread_word';

/** Exports that only this step needs. */
export const PARKING = new Set([
  ...[...PARKS.values(), ...OWN.values(), LOCKED_BY],
  ...[...WORDS.values()].flat(),
]);

/** The functions that lock a mutex. */
const LOCKS = /^(__)?pthread_mutex_((try|timed)?lock)$/;
const EBUSY = 10;
const CMPXCHG = 0xfe48; // i32.atomic.rmw.cmpxchg
/** musl's function around it, where it is not inlined. */
const CAS = /^a_cas$/;

/** What a function of the library waits for, by its name. @type {[RegExp, number][]} */
const REASONS = [
  [/_mutex_|^mtx_/, WaitReason.waitThreadMutex],
  [/_rwlock_.*rd/, WaitReason.waitThreadRead],
  [/_rwlock_/, WaitReason.waitThreadWrite],
  [/_cond_|^cnd_/, WaitReason.waitThreadCond],
  [/join|_detach|^thrd_/, WaitReason.waitThreadJoin],
  [/^sem_/, WaitReason.waitSemacquire],
];

const reasonOf = (/** @type {string} */ name) =>
  REASONS.find(([pattern]) => pattern.test(name))?.[1] ?? WaitReason.waitThreadWord;

const isBusy = (/** @type {import('./reader.js').Instr} */ { op, a }) =>
  op === Op.i32_const && a === EBUSY;

/** @typedef {import('./editor.js').Edit} Edit */
/** @typedef {(body: import('./reader.js').Body) => Edit[]} Replaces */

/** @type {(m: Module, kinds: Uint8Array) => import('./plan.js').Edits} */
export function parkingCalls(m, kinds) {
  const edits = new Map();
  // A runtime without these leaves the library as it is.
  if (!m.exports.has('rt_libc_wait')) return edits;
  const calls = callsIn(m, kinds);
  const words = wordsIn(m, kinds);
  for (const body of m.bodies) {
    const list = [...calls(body), ...words(body)];
    if (list.length > 0) edits.set(body.index, list);
  }
  for (const [f, list] of holders(m, kinds)) edits.set(f, [...(edits.get(f) ?? []), ...list]);
  return edits;
}

/** Calls of functions that wait or wake. @type {(m: Module, kinds: Uint8Array) => Replaces} */
function callsIn(m, kinds) {
  const functions = (/** @type {Map<string, string>} */ names) => {
    const found = new Map();
    for (const [f, name] of m.names) {
      const to = isPolled(kinds[f]) ? undefined : names.get(name);
      if (to) found.set(f, to);
    }
    return found;
  };
  const byKind = new Map([
    [Library, functions(PARKS)],
    [User, functions(OWN)],
    [Foreign, functions(new Map([OWN_WAKES]))],
  ]);
  return ({ index, instrs }) => {
    const kind = kinds[index];
    const name = kind === Library ? (m.names.get(index) ?? '') : '';
    return instrs.flatMap(({ op, a, at, end }) => {
      const to = op === Op.call ? byKind.get(kind)?.get(a) : undefined;
      if (!to) return [];
      const reason = UNTOLD.has(to) ? [] : i32Const(reasonOf(name));
      return [{ at, remove: end - at, bytes: [...reason, ...call(exportedFunction(m, to))] }];
    });
  };
}

/** The program's instructions. @type {(m: Module, kinds: Uint8Array) => Replaces} */
function wordsIn(m, kinds) {
  return ({ index, instrs }) =>
    instrs.flatMap(({ op, b, at, end }) => {
      const to = isPolled(kinds[index]) && WORDS.get(op);
      if (!to) return [];
      const name = to[Number(kinds[index] === Foreign)];
      const bytes = [...i32Const(b), ...call(exportedFunction(m, name))];
      return [{ at, remove: end - at, bytes }];
    });
}

/** Where a mutex of the simplest type is locked. */
function holders(/** @type {Module} */ m, /** @type {Uint8Array} */ kinds) {
  const name = (/** @type {number} */ f) => m.names.get(f) ?? '';
  const calls = (/** @type {import('./reader.js').Instr} */ { op, a }) =>
    op === Op.call && CAS.test(name(a));
  const locks = m.bodies.filter(({ index }) => kinds[index] === Library && LOCKS.test(name(index)));
  const swaps = new Set(locks.flatMap(({ instrs }) => instrs.filter(calls).map(({ a }) => a)));
  const bytes = call(exportedFunction(m, LOCKED_BY));
  /** @type {import('./plan.js').Edits} */
  const edits = new Map();
  for (const { index, instrs } of [...locks, ...m.bodies.filter(({ index }) => swaps.has(index))]) {
    const list = instrs
      .filter((i, n) => {
        const next = instrs[n + 1];
        return isBusy(i) && next && (next.op === CMPXCHG || calls(next));
      })
      .map(({ at, end }) => ({ at, remove: end - at, bytes }));
    if (list.length > 0) edits.set(index, list);
  }
  return edits;
}
