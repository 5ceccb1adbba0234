// @ts-check
// What may suspend follows from the code: through calls, polls and the function table.
import { expect, test } from '@jest/globals';
import { rewrite } from '../../wasm/link/editor.js';
import { kindsOf } from '../../wasm/link/kinds.js';
import { callbacks } from '../../wasm/link/callbacks.js';
import { pinCalls } from '../../wasm/link/pinned.js';
import { explain, suspends } from '../../wasm/link/suspend.js';
import { readModule } from '../../wasm/link/reader.js';
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
  (func $callsStream (call $close))
  (func $callsLib (call $lib (i32.const 1)) (call $libDirect))
  (func $starts (call $rt_run))
  (func $none (drop (i32.const 1)))`;
const FOREIGN = `
  (func $lib (param $f i32) (call_indirect (type $v) (local.get $f)))
  (func $libDirect (call $direct))`;
// qsort calls what it is passed, a stream what it has kept in memory.
const SYSTEM = `
  (func $qsort (param $f i32) (call_indirect (type $v) (local.get $f)))
  (func $close (local $f i32)
    (local.set $f (i32.load (i32.const 72)))
    (call_indirect (type $v) (i32.load (i32.const 68)))
    (call_indirect (type $v) (local.get $f)))
  (func $__funcs_on_exit (call_indirect (type $v) (i32.load (i32.const 68))))`;

function analyse(safepoint = '') {
  const { m, index } = moduleOf({
    top: TOP,
    user: USER,
    foreign: FOREIGN,
    system: SYSTEM,
    safepoint,
    entry: '(call_indirect (type $v) (i32.const 1))',
  });
  const kinds = kindsOf(m);
  const s = suspends(m, kinds, new Set([index('rt_stack_overflow')]));
  const names = (/** @type {Set<number>} */ set) => [...set].map((f) => m.names.get(f)).sort();
  return { m, kinds, s, index, names };
}

test('callers of a suspending function suspend, by call and by table', () => {
  const { s, names } = analyse();
  expect(names(s.top)).toEqual(['mcall']);
  expect(names(s.bottom)).toEqual(['goon', 'rt_callback_left', 'rt_run']);
  expect(names(s.suspending)).toEqual(['byTable', 'callback', 'direct', 'park']);
});

test('libc and foreign code are never suspended, nor is who only calls them', () => {
  const { s, index } = analyse();
  for (const name of [
    'qsort',
    'close',
    'lib',
    'libDirect',
    'callsQsort',
    'callsStream',
    'callsLib',
  ])
    expect([name, s.suspending.has(index(name))]).toEqual([name, false]);
});

test('a callback that libc keeps is called with the worker pinned', () => {
  const { m, kinds, s, index } = analyse();
  const { edits, count } = pinCalls(m, kinds, s, 1);
  expect(count).toBe(2);
  expect([...edits.keys()]).toEqual([index('close')]);
  const pinned = rewrite(m, { edits }).bytes;
  expect(WebAssembly.validate(/** @type {BufferSource} */ (pinned))).toBe(true);
});

test('calls from foreign code to what suspends go through a function in between', () => {
  const { m, kinds, s, index } = analyse();
  const left = index('rt_callback_left');
  const { edits, functions, count } = callbacks(m, kinds, s, { selfGlobal: 1, left });
  const callers = ['qsort', '__funcs_on_exit', 'lib', 'libDirect'];
  expect([...edits.keys()].sort()).toEqual(callers.map(index).sort());
  expect([count, functions.length]).toEqual([4, 2]); // all but libDirect share a signature
  const { bytes } = rewrite(m, { edits, add: functions });
  expect(WebAssembly.validate(/** @type {BufferSource} */ (bytes))).toBe(true);
  expect(readModule(bytes).bodies.length).toBe(m.bodies.length + 2);
});

test('a tail call of what suspends is refused by name, whoever makes it', () => {
  const by = (/** @type {'user' | 'foreign'} */ part, /** @type {string} */ code) => () => {
    const waits = '(func $waits (call $park)) (elem (i32.const 0) $waits)';
    const { m, index } = moduleOf({
      top: '(type $v (func)) (table 1 funcref)',
      ...{ user: waits, [part]: `${part === 'user' ? waits : ''} (func $tail ${code})` },
    });
    const kinds = kindsOf(m);
    const s = suspends(m, kinds, new Set([index('rt_stack_overflow')]));
    callbacks(m, kinds, s, { selfGlobal: 1, left: index('rt_callback_left') });
  };
  const direct = '(return_call $waits)';
  const indirect = '(return_call_indirect (type $v) (i32.const 0))';
  for (const code of [direct, indirect])
    for (const part of /** @type {const} */ (['user', 'foreign']))
      expect(by(part, code)).toThrow(/^tail: makes a tail call.*compile without -mtail-call/);
  expect(by('foreign', '(return_call $tail)')).not.toThrow();
});

test('an unwind stops at the scheduler', () => {
  const { s, index } = analyse();
  expect(s.suspending.has(index('starts'))).toBe(false);
});

test('the chain of reasons can be told', () => {
  const { m, s, index } = analyse();
  expect(explain(m, s, index('byTable'))).toBe(
    'byTable\n  may call indirectly callback\n  calls park\n  calls mcall',
  );
  expect(explain(m, s, index('none'))).toBe('none cannot suspend');
});

test('a program without the runtime is refused', () => {
  const { m } = moduleOf({});
  for (const i of m.imports) i.field = 'a';
  expect(() => suspends(m, kindsOf(m), new Set())).toThrow(/asyncify: .*linked at -O1/);
});

test('calls that the link step will add count', () => {
  const { m, kinds, index } = analyse('(call $mcall)');
  const s = suspends(m, kinds, new Set([index('rt_stack_overflow')]), [
    [index('none'), index('rt_safepoint')],
  ]);
  expect(s.suspending.has(index('none'))).toBe(true);
  expect(explain(m, s, index('none'))).toMatch(/^none\n {2}calls rt_safepoint/);
});
