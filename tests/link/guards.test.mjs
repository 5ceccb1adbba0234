// @ts-check
// Calls of functions that may wait in place are guarded, and no other calls.
import { expect, test } from '@jest/globals';
import { callbacks } from '../../wasm/link/callbacks.js';
import { rewrite } from '../../wasm/link/editor.js';
import { callersOf, guarded, guards } from '../../wasm/link/guards.js';
import { kindsOf } from '../../wasm/link/kinds.js';
import { HIDDEN_OFFSET, KEPT_OFFSET } from '../../wasm/link/machine.js';
import { suspends } from '../../wasm/link/suspend.js';
import { moduleOf } from './modules.mjs';

// M.kept and M.hidden stand at 20 and 24, self being 0.
const { m, index } = moduleOf({
  imports: `(import "env" "other" (func $other))`,
  top: `(type $v (func)) (type $f (func (param i32 i64) (result i32)))
    (global $hidden (export "hidden") (mut i32) (i32.const -1))
    (table 12 funcref)
    (elem (i32.const 1) $leaf2 $polled $polled2 $own $polled $callback)`,
  user: `
    (func $callback (call $park))
    (func $own (param i32 i64) (result i32) (i32.const 1))
    (func $direct (export "direct") (param i32) (result i32)
      (call $polled (local.get 0) (i64.const 7)))
    (func $byTable (export "byTable") (param i32) (result i32)
      (call_indirect (type $f) (i32.const 5) (i64.const 7) (local.get 0)))
    (func $deeper (drop (call $reaches)))
    (func $sorts (call $qsort (i32.const 6)))
    (func $calls (drop (call $leaf)) (call $other) (call $exits))`,
  foreign: `
    (func $leaf (result i32) (i32.const 1))
    (func $leaf2 (param i32 i64) (result i32) (i32.const 2))
    (func $polled (param i32 i64) (result i32)
      (global.set $hidden (i32.load (i32.const ${HIDDEN_OFFSET})))
      (i32.store (i32.const ${KEPT_OFFSET}) (i32.const 77))
      (i32.store (i32.const ${HIDDEN_OFFSET}) (i32.const 77))
      (local.get 0))
    (func $polled2 (param i32 i64) (result i32) (i32.const 3))
    (func $reaches (result i32) (call $polled (i32.const 1) (i64.const 7)))`,
  runtime: `
    (func $rt_guard_of (export "rt_guard_of") (param i32) (result i32) (local.get 0))
    (func $rt_foreign_enter (export "rt_foreign_enter")
      (i32.store (i32.const ${KEPT_OFFSET}) (i32.const 100))
      (i32.store (i32.const ${HIDDEN_OFFSET}) (i32.sub (i32.load (i32.const ${HIDDEN_OFFSET})) (i32.const 1)))
      (if (global.get $suspended) (then (call $mcall))))
    (func $rt_link_set (export "set") (param i32)
      (i32.store (i32.const ${KEPT_OFFSET}) (local.get 0)) (i32.store (i32.const ${HIDDEN_OFFSET}) (local.get 0)))
    (func $rt_link_sum (export "sum") (result i32)
      (i32.add (i32.load (i32.const ${KEPT_OFFSET})) (i32.load (i32.const ${HIDDEN_OFFSET}))))`,
  // What libc has kept is called with the worker pinned, so nothing waits there.
  system: `
    (func $qsort (param $f i32) (call_indirect (type $v) (local.get $f)))
    (func $exits (call_indirect (type $v) (i32.load (i32.const 68))))`,
});
const kinds = kindsOf(m);
const polled = ['polled', 'polled2'].map(index);
const names = (/** @type {Iterable<number>} */ all) => [...all].map((f) => m.names.get(f)).sort();

test('what polls or calls back, and who calls it', () => {
  const s = suspends(m, kinds, new Set());
  const g = guarded(m, kinds, s, polled);
  expect(names(g.callees)).toEqual(['polled', 'polled2', 'qsort', 'reaches']);
  const callers = ['byTable', 'deeper', 'direct', 'sorts'];
  expect(names(callersOf(m, kinds, g))).toEqual(callers);
  expect(callers.filter((name) => s.suspending.has(index(name)))).toEqual([]);
});

test('a guard restores what the call has left; pointers lead to guards', () => {
  const enter = index('rt_foreign_enter');
  const g0 = guarded(m, kinds, suspends(m, kinds, new Set()), polled);
  const more = callersOf(m, kinds, g0).map((f) => /** @type {[number, number]} */ ([f, enter]));
  const s = suspends(m, kinds, new Set(), more);
  const g = guarded(m, kinds, s, polled);
  const guardOf = index('rt_guard_of');
  const how = { selfGlobal: 1, left: index('rt_callback_left'), guardOf };
  const back = callbacks(m, kinds, s, how);
  const slots = back.functions.filter(({ slot }) => slot).length;
  const { edits, functions } = guards(m, kinds, s, g, {
    ...{ selfGlobal: 1, enter, guardOf, slots, rows: [] },
    first: m.funcType.length + back.functions.length,
  });
  expect(functions).toHaveLength(5); // three slots, and reaches, qsort

  const all = new Map([...back.edits, ...edits]);
  const { bytes } = rewrite(m, { edits: all, add: [...back.functions, ...functions] });
  const nothing = () => {};
  const asyncify = { start_unwind: nothing, stop_unwind: nothing };
  const module = new WebAssembly.Module(/** @type {BufferSource} */ (bytes));
  const { exports } = /** @type {{ exports: any }} */ (
    new WebAssembly.Instance(module, {
      asyncify: { ...asyncify, start_rewind: nothing, stop_rewind: nothing },
      env: { other: nothing },
    })
  );
  const guardsOf = Array.from({ length: 8 }, (_, slot) => exports.rt_guard_of(slot));
  const [first, second, third] = [12 + slots, 13 + slots, 14 + slots];
  expect(guardsOf).toEqual([0, 1, first, second, 4, third, 6, 7]);
  for (const [name, arg, result, seen] of /** @type {[string, number, number, number][]} */ ([
    ['direct', 5, 5, 3],
    ['byTable', 1, 2, -1],
    ['byTable', 2, 5, 3],
    ['byTable', 4, 1, -1],
    ['byTable', 5, 5, 3],
  ])) {
    exports.hidden.value = -1;
    exports.set(4);
    expect([name, arg, exports[name](arg)]).toEqual([name, arg, result]);
    expect([exports.hidden.value, exports.sum()]).toEqual([seen, 8]);
  }
});
