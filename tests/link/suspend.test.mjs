// @ts-check
// What may suspend follows from the code: through calls, polls and the function table.
import { expect, test } from '@jest/globals';
import { rewrite } from '../../wasm/link/editor.js';
import { kindsOf } from '../../wasm/link/kinds.js';
import { pinCalls } from '../../wasm/link/pinned.js';
import { explain, suspends } from '../../wasm/link/suspend.js';
import { moduleOf } from './modules.mjs';

const TOP = `(type $v (func)) (type $i (func (param i32))) (type $l (func (param i64)))
  (table 8 funcref) (elem (i32.const 1) $callback $plain)`;
const USER = `
  (func $callback (call $park))
  (func $plain (param i64))
  (func $direct (call $park))
  (func $byTable (call_indirect (type $v) (i32.load (i32.const 64))))
  (func $otherType (call_indirect (type $l) (i64.const 1) (i32.const 2)))
  (func $callsQsort (call $qsort (i32.const 1)))
  (func $callsExit (call $atexit))
  (func $starts (call $rt_run))
  (func $none (drop (i32.const 1)))`;
// qsort calls what it is passed, the exit functions what they have kept in memory.
const SYSTEM = `
  (func $qsort (param $f i32) (call_indirect (type $v) (local.get $f)))
  (func $atexit (local $f i32)
    (local.set $f (i32.load (i32.const 72)))
    (call_indirect (type $v) (i32.load (i32.const 68)))
    (call_indirect (type $v) (local.get $f)))`;

/** @param {string[]} polled */
function analyse(polled = []) {
  const { m, index } = moduleOf({
    top: TOP,
    user: USER,
    system: SYSTEM,
    entry: '(call_indirect (type $v) (i32.const 1))',
  });
  const kinds = kindsOf(m);
  const safepoint = index('rt_safepoint');
  const s = suspends(
    m,
    kinds,
    new Set(polled.map(index)),
    safepoint,
    new Set([index('rt_stack_overflow')]),
  );
  const names = (/** @type {Set<number>} */ set) => [...set].map((f) => m.names.get(f)).sort();
  return { m, s, index, names };
}

test('callers of a suspending function suspend, by call and by table', () => {
  const { s, names } = analyse();
  expect(names(s.top)).toEqual(['mcall']);
  expect(names(s.bottom)).toEqual(['rt_run']);
  expect(names(s.suspending)).toEqual(
    ['byTable', 'callback', 'callsQsort', 'direct', 'park', 'qsort'].sort(),
  );
});

test('a callback that libc keeps is not followed, one that it is passed is', () => {
  const { s, index } = analyse();
  expect(s.suspending.has(index('qsort'))).toBe(true);
  expect(s.suspending.has(index('atexit'))).toBe(false);
  expect(s.suspending.has(index('callsExit'))).toBe(false);
});

test('a callback that libc keeps is called with the worker pinned', () => {
  const { m, s, index } = analyse();
  const { edits, count } = pinCalls(m, kindsOf(m), s, 1);
  expect(count).toBe(2);
  expect([...edits.keys()]).toEqual([index('atexit')]);
  const pinned = rewrite(m, { edits }).bytes;
  expect(WebAssembly.validate(/** @type {BufferSource} */ (pinned))).toBe(true);
});

test('an unwind stops at the scheduler', () => {
  const { s, index } = analyse();
  expect(s.suspending.has(index('starts'))).toBe(false);
});

test('the chain of reasons can be told', () => {
  const { m, s, index } = analyse();
  expect(explain(m, s, index('callsQsort'))).toBe(
    'callsQsort\n  calls qsort\n  may call indirectly callback\n  calls park\n  calls mcall',
  );
  expect(explain(m, s, index('none'))).toBe('none cannot suspend');
});

test('a program without the runtime is refused', () => {
  const { m, index } = moduleOf({});
  for (const i of m.imports) i.field = 'a';
  const empty = new Set();
  expect(() =>
    suspends(m, kindsOf(m), /** @type {Set<number>} */ (empty), index('rt_safepoint'), new Set()),
  ).toThrow(/asyncify: .*linked at -O1/);
});
