// @ts-check
// Polls must change nothing but where a goroutine can stop.
import { expect, test } from '@jest/globals';
import { rewrite } from '../../wasm/link/editor.js';
import { kindsOf } from '../../wasm/link/kinds.js';
import { onCycles, polls } from '../../wasm/link/polls.js';
import { moduleOf } from './modules.mjs';

// Loops of every shape, each a function of one number.
const LOOPS = `
  (func $down (export "down") (param $n i32) (result i32) (local $s i32)
    (loop $l
      (local.set $s (i32.add (i32.mul (local.get $s) (i32.const 3)) (local.get $n)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s))
  (func $twoBacks (export "twoBacks") (param $n i32) (result i32) (local $s i32)
    (block $out
      (loop $l
        (br_if $out (i32.le_s (local.get $n) (i32.const 0)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (if (i32.and (local.get $n) (i32.const 1))
          (then (local.set $s (i32.add (local.get $s) (i32.const 7))) (br $l)))
        (local.set $s (i32.xor (local.get $s) (local.get $n)))
        (br $l)))
    (local.get $s))
  (func $value (export "value") (param $n i32) (result i32)
    (i32.add (i32.const 1000)
      (loop $l (result i32)
        (local.set $n (i32.sub (local.get $n) (i32.const 3)))
        (br_if $l (i32.gt_s (local.get $n) (i32.const 0)))
        (i32.mul (local.get $n) (i32.const 5)))))
  (func $returns (export "returns") (param $n i32) (result i32)
    (loop $l
      (if (i32.eqz (i32.rem_u (local.get $n) (i32.const 7))) (then (return (local.get $n))))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br $l))
    (unreachable))
  (func $nested (export "nested") (param $n i32) (result i32) (local $i i32) (local $s i32)
    (loop $outer
      (local.set $i (local.get $n))
      (block $done
        (loop $inner
          (local.set $s (i32.add (local.get $s) (local.get $i)))
          (br_if $done (i32.eq (local.get $s) (i32.const 40)))
          (br_if $inner (i32.gt_s (local.tee $i (i32.sub (local.get $i) (i32.const 1))) (i32.const 0)))))
      (br_if $outer (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 0))))
    (local.get $s))
  (func $table (export "table") (param $n i32) (result i32) (local $s i32)
    (block $out
      (loop $l
        (local.set $s (i32.add (local.get $s) (i32.const 1)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br_table $l $l $out (i32.lt_s (local.get $n) (i32.const 0)))
      ))
    (local.get $s))
  (func $fib (export "fib") (param $n i32) (result i32)
    (if (i32.lt_u (local.get $n) (i32.const 2)) (then (return (local.get $n))))
    (i32.add (call $fib (i32.sub (local.get $n) (i32.const 1)))
             (call $fib (i32.sub (local.get $n) (i32.const 2)))))`;
const NAMES = ['down', 'twoBacks', 'value', 'returns', 'nested', 'fib'];

// Counts, and lowers the flag every other time so that both ways of each poll are taken.
const COUNT = `(global.set $parks (i32.add (global.get $parks) (i32.const 1)))
  (i32.store (i32.const 8) (i32.and (global.get $parks) (i32.load (i32.const 12))))`;

/** @param {import('../../wasm/link/polls.js').PollMode} mode */
function polled(mode) {
  const { m, index } = moduleOf({ user: LOOPS, safepoint: COUNT });
  const kinds = kindsOf(m);
  const { edits, counts } = polls(m, kinds, {
    mode,
    selfGlobal: 1,
    safepoint: index('rt_safepoint'),
    rows: [],
    decl: new Map(),
  });
  return { m, counts, bytes: rewrite(m, { edits }).bytes };
}

/** @param {Uint8Array} bytes @returns {any} */
function run(bytes) {
  const nothing = () => {};
  const asyncify = { start_unwind: nothing, stop_unwind: nothing };
  const more = { start_rewind: nothing, stop_rewind: nothing };
  const module = new WebAssembly.Module(/** @type {BufferSource} */ (bytes));
  return new WebAssembly.Instance(module, { asyncify: { ...asyncify, ...more } }).exports;
}

test('modes decide what is polled', () => {
  expect(polled('none').counts).toEqual({ plain: 0, wrapped: 0, entry: 0 });
  expect(polled('calls').counts).toEqual({ plain: 0, wrapped: 0, entry: 1 });
  // wrapped: down, twoBacks, value, returns, inner; plain: outer and the one with a br_table
  expect(polled('loops').counts).toEqual({ plain: 2, wrapped: 5, entry: 1 });
});

test('a module without polls is left as it was', () => {
  const { m, bytes } = polled('none');
  expect(Buffer.from(bytes).equals(m.bytes)).toBe(true);
});

test.each(['flag down', 'flag up', 'flag toggling'])('loops compute the same: %s', (how) => {
  const { m, bytes } = polled('loops');
  const before = run(m.bytes);
  const after = run(bytes);
  const words = new Uint32Array(after.memory.buffer);
  for (const name of NAMES)
    for (let n = 1; n < 12; n++) {
      words[2] = how === 'flag down' ? 0 : 1;
      words[3] = how === 'flag toggling' ? 1 : 0xffffffff;
      expect([name, n, after[name](n)]).toEqual([name, n, before[name](n)]);
    }
  if (how === 'flag down') expect(after.parks.value).toBe(0);
  else expect(after.parks.value).toBeGreaterThan(50);
});

test('an entry poll stands in every function on a cycle, also through the table', () => {
  const { m, index } = moduleOf({
    top: '(type $t (func (param i32))) (table 3 funcref) (elem (i32.const 1) $even)',
    user: `
      (func $even (param i32) (call $odd (local.get 0)))
      (func $odd (param i32) (call $even (local.get 0)))
      (func $leaf (param i32))
      (func $caller (param i32) (call $even (local.get 0)) (call $leaf (local.get 0)))
      (func $other (param i32) (call_indirect (type $t) (local.get 0) (i32.const 1)))`,
  });
  expect([...onCycles(m, kindsOf(m))].sort()).toEqual([index('even'), index('odd')].sort());
});
