// @ts-check
// Where the C library waits. musl's locks, conditions, semaphores, joins and sleeps come down to
// five functions, which block the thread. In the functions of the library that are goroutine code
// (kinds.js), each call of one is replaced by a call that parks the goroutine (wasm/libcwait.c).
// The new call has one more argument: what is waited for, as dumps tell it.
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

/** Exports that only this step needs. */
export const PARKING = new Set(PARKS.values());

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
    const reason = i32Const(reasonOf(m.names.get(index) ?? ''));
    const list = [];
    for (const i of instrs) {
      const to = i.op === Op.call ? parks.get(i.a) : undefined;
      if (to === undefined) continue;
      const bytes = [...(to === sleeps ? [] : reason), ...call(to)];
      list.push({ at: i.at, remove: i.end - i.at, bytes });
    }
    if (list.length > 0) edits.set(index, list);
  }
  return edits;
}
