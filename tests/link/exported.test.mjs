// @ts-check
// Exports that may be suspended are stubs, of two kinds on the page's thread.
import { expect, test } from '@jest/globals';
import { callbacks } from '../../wasm/link/callbacks.js';
import { rewrite } from '../../wasm/link/editor.js';
import { waiting } from '../../wasm/link/exported.js';
import { kindsOf } from '../../wasm/link/kinds.js';
import { readModule } from '../../wasm/link/reader.js';
import { suspends } from '../../wasm/link/suspend.js';
import { moduleOf } from './modules.mjs';

const { m, index } = moduleOf({
  top: `(type $v (func)) (table 4 funcref) (elem (i32.const 1) $callback)
    (global $pinned (export "pinned") (mut i32) (i32.const 0))
    (global $seen (export "seen") (mut i32) (i32.const 0))`,
  user: `
    (func $callback (call $park))
    (func $waits (export "waits") (param i32) (result i32) (call $park) (i32.const 1))
    (func $viaOther (export "viaOther") (drop (call $waits (i32.const 1))))
    (func $indirect (export "indirect") (param i32 i64) (result i64)
      (global.set $seen (global.get $pinned))
      (if (local.get 0) (then (call_indirect (type $v) (local.get 0))))
      (local.get 1))
    (func $panics (export "panics") (call $go_panic))
    (func $plain (export "plain") (nop))`,
  runtime: `
    (func $go_panic (call $rt_protect_jump))
    (func $rt_protect_jump (call $mcall))
    (func $rt_slot_of (export "rt_slot_of") (param i32) (result i32) (local.get 0))
    (func $rt_export_refused (export "rt_export_refused") (param i32) (unreachable))
    (func $rt_link_pinned (export "rt_link_pinned") (result i32) (global.get $pinned))`,
});
const kinds = kindsOf(m);
const s = suspends(m, kinds, new Set());
const how = { selfGlobal: 1, left: index('rt_callback_left') };
const stubs = callbacks(m, kinds, s, how).functions.filter(({ exported }) => exported);

test('what may be suspended and is in the table has a slot for JavaScript beside it', () => {
  const { edits, functions } = callbacks(m, kinds, s, how);
  expect(functions.filter(({ slot }) => slot).length).toBe(1);
  const { bytes } = rewrite(m, { edits, add: functions });
  const nothing = () => {};
  const { exports } = /** @type {{ exports: any }} */ (
    new WebAssembly.Instance(new WebAssembly.Module(/** @type {BufferSource} */ (bytes)), {
      asyncify: Object.fromEntries(
        ['start_unwind', 'stop_unwind', 'start_rewind', 'stop_rewind'].map((f) => [f, nothing]),
      ),
    })
  );
  expect([0, 1, 2, 3, 4, 5].map((slot) => exports.rt_slot_of(slot))).toEqual([0, 4, 2, 3, 4, 5]);
});

test('what may be suspended and is exported gets a stub', () => {
  const names = stubs.map(({ exported }) => exported);
  expect(names).toEqual(['waits', 'viaOther', 'indirect', 'panics']);
});

test('what waits by its own calls is told from what may panic or call back', () => {
  const found = waiting(m, s);
  const names = ['waits', 'viaOther', 'indirect', 'panics', 'plain'];
  expect(names.filter((name) => found.has(index(name)))).toEqual(['waits', 'viaOther']);
});

test("a stub takes the place of its export; on the page's thread it refuses, or pins", () => {
  const { bytes } = rewrite(m, { add: stubs });
  const after = readModule(bytes);
  expect([...after.exports.keys()]).toEqual([...m.exports.keys()]);
  const moved = [...after.exports].filter(
    ([name, { index }]) => m.exports.get(name)?.index !== index,
  );
  expect(moved.map(([name]) => name)).toEqual(stubs.map(({ exported }) => exported));

  const nothing = () => {};
  const asyncify = { start_unwind: nothing, stop_unwind: nothing };
  const imports = { asyncify: { ...asyncify, start_rewind: nothing, stop_rewind: nothing } };
  const module = new WebAssembly.Module(/** @type {BufferSource} */ (bytes));
  const { exports } = /** @type {{ exports: any }} */ (new WebAssembly.Instance(module, imports));
  expect(() => exports.waits(1)).toThrow(WebAssembly.RuntimeError);
  expect(exports.indirect(0, 40n)).toBe(40n);
  expect([exports.seen.value, exports.pinned.value]).toEqual([1, 0]);
});
