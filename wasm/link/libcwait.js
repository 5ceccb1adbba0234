// @ts-check
// Where the C library waits. musl's locks, conditions, semaphores, joins and sleeps come down to
// five functions, which block the thread. In the functions of the library that are goroutine code
// (kinds.js), each call of one is replaced by a call that parks the goroutine (wasm/libcwait.c).
// The new call has one more argument: what is waited for, as dumps tell it.
//
// A locked mutex of the simplest type contains EBUSY, so nobody knows who holds it. Here it
// contains the number of its holder, which has the bits of EBUSY too (wasm/thread.c).
import { WaitReason } from '../../host/layout.js';
import { exportedFunction, Library } from './kinds.js';
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

/** The function that tells what a locked mutex of the simplest type contains. */
const LOCKED_BY = 'rt_thread_word';

/** Exports that only this step needs. */
export const PARKING = new Set([...PARKS.values(), LOCKED_BY]);

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

/** @type {(m: Module, kinds: Uint8Array) => import('./plan.js').Edits} */
export function parkingCalls(m, kinds) {
  const edits = new Map();
  // A runtime without these leaves the library as it is.
  if (!m.exports.has('rt_libc_wait')) return edits;
  const parks = new Map();
  for (const [f, name] of m.names) {
    const park = PARKS.get(name);
    if (park) parks.set(f, exportedFunction(m, park));
  }
  const sleeps = exportedFunction(m, 'rt_libc_sleep');
  for (const { index, instrs } of m.bodies) {
    if (kinds[index] !== Library) continue;
    const name = m.names.get(index) ?? '';
    const reason = i32Const(reasonOf(name));
    const list = [];
    for (const i of instrs) {
      const to = i.op === Op.call ? parks.get(i.a) : undefined;
      if (to === undefined) continue;
      const bytes = [...(to === sleeps ? [] : reason), ...call(to)];
      list.push({ at: i.at, remove: i.end - i.at, bytes });
    }
    if (list.length > 0) edits.set(index, list);
  }
  for (const [f, list] of holders(m, kinds)) edits.set(f, [...(edits.get(f) ?? []), ...list]);
  return edits;
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
