// @ts-check
// Polls must change nothing but where a goroutine can stop.
import { expect, test } from '@jest/globals';
import { cyclesOf } from '../../wasm/link/cycles.js';
import { rewrite } from '../../wasm/link/editor.js';
import { kindsOf } from '../../wasm/link/kinds.js';
import { polls } from '../../wasm/link/polls.js';
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
        (br_table $l $out (i32.le_s (local.get $n) (i32.const 0)))
      ))
    (local.get $s))
  (func $fib (export "fib") (param $n i32) (result i32)
    (if (i32.lt_u (local.get $n) (i32.const 2)) (then (return (local.get $n))))
    (i32.add (call $fib (i32.sub (local.get $n) (i32.const 1)))
             (call $fib (i32.sub (local.get $n) (i32.const 2)))))`;
const NAMES = ['down', 'twoBacks', 'value', 'returns', 'nested', 'table', 'fib'];

// Counts, and lowers the flag every other time so that both ways of each poll are taken.
const COUNT = `(global.set $parks (i32.add (global.get $parks) (i32.const 1)))
  (i32.store (i32.const 8) (i32.and (global.get $parks) (i32.load (i32.const 12))))`;

/**
 * @param {import('../../wasm/link/polls.js').PollMode} mode
 * @param {{ user?: string, top?: string, turns?: number, small?: boolean, waits?: boolean,
 *   laid?: string[] }} [how]  waits: as in functions that may be suspended
 */
function polled(mode, { user = LOOPS, top, waits = true, laid = [], ...how } = {}) {
  const { m, index } = moduleOf({ user, top, safepoint: COUNT });
  const kinds = kindsOf(m);
  const { edits, counts } = polls(m, kinds, {
    ...{ mode, ...how },
    raised: 8,
    laid: new Set(laid.map(index)),
    safepoint: () => index('rt_safepoint'),
    stackPointer: 0,
    canWait: () => waits,
    without: new Set(),
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
  const none = { plain: 0, counted: 0, wrapped: 0, behind: 0, entry: 0 };
  expect(polled('none').counts).toEqual(none);
  expect(polled('calls').counts).toEqual({ ...none, entry: 1 });
  // wrapped: down, twoBacks, value, returns, inner; plain: the one with a br_table; behind each
  expect(polled('loops').counts).toEqual({ ...none, plain: 1, wrapped: 5, behind: 6, entry: 1 });
  expect(polled('loops', { waits: false }).counts).toEqual({
    ...none,
    counted: 6,
    behind: 6,
    entry: 1,
  });
});

test('a module without polls is left as it was', () => {
  const { m, bytes } = polled('none');
  expect(Buffer.from(bytes).equals(m.bytes)).toBe(true);
});

test.each([
  ['flag down', false, true],
  ['flag up', false, true],
  ['flag toggling', false, true],
  ['flag up', true, true],
  ['flag down', false, false],
  ['flag up', false, false],
  ['flag toggling', false, false],
  ['flag up', true, false],
])('loops compute the same: %s, small %s, may wait %s', (how, small, waits) => {
  const { m, bytes } = polled('loops', { turns: 0, small, waits });
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
  else expect(after.parks.value).toBeGreaterThan(40);
});

test.each([
  ['is small', 7, { small: true }],
  ['has eight copies', 1, {}],
  ['is small and cannot wait', 7, { small: true, waits: false }],
  ['has eight copies and cannot wait', 1, { waits: false }],
])(
  'a loop that calls nothing looks at the flag once in 256 turns and behind it: it %s',
  (_, looks, how) => {
    const { bytes } = polled('loops', how);
    const { memory, parks, down } = run(bytes);
    new Uint32Array(memory.buffer).set([1, 0xffffffff], 2);
    down(8 * 256 - 10);
    expect(parks.value).toBe(looks + 1);
  },
);

const NESTS = `
  (func $fill (export "fill") (param $n i32)
    (loop $l
      (memory.fill (i32.const 1024) (i32.const 0) (local.get $n))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func $clear (export "clear") (param $n i32)
    (loop $l
      (memory.fill (i32.const 1024) (i32.const 0) (i32.const 8))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func $inner (export "inner") (param $n i32) (local $k i32)
    (loop $outer
      (local.set $k (i32.const 1))
      (loop $l (br_if $l (i32.lt_u (local.tee $k (i32.shl (local.get $k) (i32.const 1))) (i32.const 4))))
      (br_if $outer (local.tee $n (i32.shr_u (local.get $n) (i32.const 1))))))
  (func $skips (export "skips") (param $n i32)
    (loop $outer
      (if (i32.const 0) (then (loop $l (br_if $l (local.get $n)))))
      (br_if $outer (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func $table (export "table") (param $n i32)
    (block $out
      (loop $l
        (local.set $n (i32.shr_u (local.get $n) (i32.const 1)))
        (br_table $out $l $l $l $out (i32.gt_u (local.get $n) (i32.const 1))))))`;

test.each([
  ['fill', 100, 7, 99], // may take long: in each turn
  ['clear', 512, 7, 64], // where n is a multiple of 8, and behind it
  ['inner', 1 << 30, 7, 34], // behind each of 31 runs of the inner one, and in every eighth turn of all
  ['skips', 9, 7, 9], // behind the inner one, also where it is not entered
  ['table', 1 << 15, 3, 4],
])('%s(%i) in a function that cannot wait looks so often', (name, n, turns, parks) => {
  const { bytes } = polled('loops', { user: NESTS, turns, small: true, waits: false });
  const instance = run(bytes);
  new Uint32Array(instance.memory.buffer).set([1, 0xffffffff], 2);
  instance[name](n);
  expect(instance.parks.value).toBe(parks);
});

const CALLING = `
  (func $leaf)
  (func $laid)
  (func $dispatch (export "dispatch") (param $n i32)
    (block $out
      (loop $l
        (call $leaf)
        (local.set $n (i32.shr_u (local.get $n) (i32.const 1)))
        (block $odd
          (block $even
            (br_table $out $odd $even (i32.add (i32.rem_u (local.get $n) (i32.const 2))
                                               (i32.ne (local.get $n) (i32.const 0)))))
          (br $l))
        (br $l))))
  (func $calls (export "calls") (param $n i32)
    (loop $l
      (call $leaf)
      (br_if $l (local.tee $n (i32.shr_u (local.get $n) (i32.const 1))))))
  (func $around (export "around") (param $n i32) (local $k i32)
    (loop $l
      (local.set $k (i32.const 2))
      (loop $inner (call $leaf) (br_if $inner (local.tee $k (i32.sub (local.get $k) (i32.const 1)))))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func $deep (export "deep") (param $n i32)
    (loop $l
      (call $around (i32.const 1))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func $lays (export "lays") (param $n i32)
    (loop $l
      (call $laid)
      (br_if $l (local.tee $n (i32.shr_u (local.get $n) (i32.const 1))))))`;

test.each([
  ['dispatch', 1 << 9, 5], // its body is there twice, and the second one looks
  ['calls', 1 << 16, 16], // in each turn
  ['around', 8, 8], // in each turn, behind the loop in it
  ['deep', 8, 15], // ... and in what it calls
  ['lays', 1 << 16, 5], // in every fourth, and behind it
])('%s(%i) looks so often', (name, n, parks) => {
  const { bytes } = polled('loops', { user: CALLING, turns: 3, waits: false, laid: ['laid'] });
  const instance = run(bytes);
  new Uint32Array(instance.memory.buffer).set([1, 0xffffffff], 2);
  instance[name](n);
  expect(instance.parks.value).toBe(parks);
});

const TABLE = '(table 2 funcref) (elem (i32.const 1) $leaf)';
// How often each is stopped while the flag is up.
const PLACES = `
  (func $leaf)
  (func $tree (export "tree") (param $n i32)
    (block $out
      (br_if $out (i32.eqz (local.get $n)))
      (call $tree (i32.sub (local.get $n) (i32.const 1)))
      (call $tree (i32.sub (local.get $n) (i32.const 1)))))
  (func $arm (export "arm") (param $n i32)
    (if (local.get $n) (then (call $arm (i32.sub (local.get $n) (i32.const 1)))) (else (call $leaf))))
  (func $both (export "both") (param $n i32)
    (if (i32.gt_s (local.get $n) (i32.const 1))
      (then (call $both (i32.sub (local.get $n) (i32.const 1))))
      (else (if (local.get $n) (then (call $both (i32.const 0)))))))
  (func $inLoop (export "inLoop") (param $n i32)
    (block $out
      (loop $l
        (br_if $out (i32.eqz (local.get $n)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (call $inLoop (local.get $n))
        (br $l))))
  (func $behind (export "behind") (param $n i32)
    (block $out
      (loop $l
        (br_if $out (i32.eqz (local.get $n)))
        (call $behind (i32.const 0))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $l)))
    (if (local.get $n) (then (call $behind (i32.const 0)))))
  (func $first (export "first") (param $n i32)
    (if (local.get $n) (then
      (loop $l
        (call $first (i32.const 0))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))))
  (func $around (export "around") (param $n i32)
    (loop $l
      (call_indirect (i32.const 1))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func $brief (export "brief") (param $n i32)
    (loop $l
      (if (i32.eqz (local.get $n)) (then (call $leaf)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))`;

test.each([
  ['tree', 3, 7], // its 15 calls but for the leaves
  ['arm', 3, 3],
  ['both', 3, 4], // two ways to call: at its start
  ['inLoop', 3, 7], // in each turn, behind the exit
  ['behind', 1, 3], // a call behind the loop as well: at its start, and there is one way around
  ['first', 3, 4], // each turn has the poll of what it calls
  ['around', 3, 2], // at the back edge
  ['brief', 400, 4], // where n is a multiple of 128, and behind it
])('polls of %s(%i)', (name, n, parks) => {
  const { bytes } = polled('loops', { user: PLACES, top: TABLE });
  const instance = run(bytes);
  new Uint32Array(instance.memory.buffer).set([1, 0xffffffff], 2);
  instance[name](n);
  expect(instance.parks.value).toBe(parks);
});

test('an entry poll stands in one function of every cycle, also through the table', () => {
  const { m, index } = moduleOf({
    top: '(type $t (func (param i32))) (table 3 funcref) (elem (i32.const 1) $even)',
    user: `
      (func $even (param i32) (call $odd (local.get 0)))
      (func $odd (param i32) (call $even (local.get 0)))
      (func $leaf (param i32))
      (func $caller (param i32) (call $even (local.get 0)) (call $leaf (local.get 0)))
      (func $other (param i32) (call_indirect (type $t) (local.get 0) (i32.const 1)))`,
  });
  expect([...cyclesOf(m, kindsOf(m)).heads]).toEqual([index('even')]);
});

test('of a cycle, what is called in a loop is not the head', () => {
  const { m, index } = moduleOf({
    user: `
      (func $value (param i32) (if (local.get 0) (then (call $members (local.get 0)))))
      (func $members (param i32) (loop (call $value (local.get 0)) (br 0)))`,
  });
  expect([...cyclesOf(m, kindsOf(m)).heads]).toEqual([index('members')]);
});
