// @ts-check
// The link step checks each assignment that may lower the stack pointer, however it is compiled.
import { expect, test } from '@jest/globals';
import { kindsOf } from '../../wasm/link/kinds.js';
import { stackChecks, verifyChecks } from '../../wasm/link/stackcheck.js';
import { rewrite } from '../../wasm/link/editor.js';
import { readModule } from '../../wasm/link/reader.js';
import { moduleOf } from './modules.mjs';

const SP = '$__stack_pointer';
const less = (/** @type {string} */ by) => `(i32.sub (global.get ${SP}) ${by})`;

const PROLOGUE = `(global.set ${SP} (local.tee $x ${less('(i32.const 64)')}))`;
const EPILOGUE = `(global.set ${SP} (i32.add (local.get $x) (i32.const 64)))`;

/**
 * @type {[string, string, number][]} the code of a function with some locals, and how many checks
 *   it gets
 */
const CASES = [
  ['a prologue', PROLOGUE, 1],
  ['... and an epilogue', PROLOGUE + EPILOGUE, 1],
  [
    'aligned',
    `(global.set ${SP} (local.tee $x (i32.and ${less('(i32.const 64)')} (i32.const -64))))`,
    1,
  ],
  ['a negative number added', `(global.set ${SP} (i32.add (global.get ${SP}) (i32.const -16)))`, 1],
  [
    '... to a local that had it',
    `(local.set $x (global.get ${SP}))
    (global.set ${SP} (i32.add (local.get $x) (i32.const -16)))`,
    1,
  ],
  [
    'not optimised',
    `(local.set $x (global.get ${SP})) (local.set $n (i32.const 64))
    (local.set $y (i32.sub (local.get $x) (local.get $n)))
    (global.set ${SP} (local.get $y))
    (local.set $z (i32.add (local.get $y) (local.get $n))) (global.set ${SP} (local.get $z))`,
    1,
  ],
  [
    '... aligned',
    `(local.set $x (i32.and ${less('(i32.const 64)')} (i32.const -64)))
    (local.set $y (local.get $x)) (global.set ${SP} (local.get $y))`,
    1,
  ],
  [
    'a variable length, and the end of its scope',
    `${PROLOGUE}
    (local.set $y (global.get ${SP}))
    (global.set ${SP} (local.tee $z (i32.sub (local.get $y) (local.get $p))))
    (global.set ${SP} (local.get $y)) ${EPILOGUE}`,
    2,
  ],
  ['what was kept in memory', `(global.set ${SP} (i32.load (i32.const 64)))`, 1],
  ['a parameter', `(global.set ${SP} (local.get $p))`, 1],
  ['a local that is assigned twice', `${PROLOGUE} (local.set $x (local.get $p)) ${EPILOGUE}`, 2],
  ['a local that is never assigned', `(global.set ${SP} (local.get $x))`, 1],
  ['a variable added', `${PROLOGUE} (global.set ${SP} (i32.add (local.get $x) (local.get $p)))`, 2],
  ['what a call gives', `(global.set ${SP} (call $rt_link_raised))`, 1],
  [
    'locals in a circle',
    `(local.set $x (local.get $y)) (local.set $y (local.get $x))
    (global.set ${SP} (local.get $x))`,
    1,
  ],
];

const { m, index } = moduleOf({
  user: CASES.map(
    ([, code], n) =>
      `(func $f${n} (param $p i32) (local $x i32) (local $y i32) (local $n i32) (local $z i32) ${code})`,
  ).join('\n'),
});
const overflow = index('rt_stack_overflow');
const stack = stackChecks(m, kindsOf(m), {
  ...{ stackPointer: 0, stackLow: 2, overflow, decl: new Map() },
});

test.each(CASES.map(([name, , count], n) => ({ name, count, n })))('$name', ({ count, n }) => {
  expect(stack.checked.get(index(`f${n}`))).toBe(count);
});

test('each check that was counted must be there', () => {
  const nameOf = (/** @type {number} */ f) => m.names.get(f) ?? '';
  const written = readModule(rewrite(m, { edits: stack.edits }).bytes);
  expect(() => verifyChecks(written, stack.checked, overflow, nameOf)).not.toThrow();
  expect(() => verifyChecks(m, stack.checked, overflow, nameOf)).toThrow(/^f0: has 0 stack checks/);
});
