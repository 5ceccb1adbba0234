// @ts-check
// Invokes become plain calls, and accesses of __THREW__ become marks.
import { expect, test } from '@jest/globals';
import { replaceInvokes } from '../../wasm/link/invoked.js';
import { Foreign, kindsOf, Library, System, User } from '../../wasm/link/kinds.js';
import { Op } from '../../wasm/link/opcodes.js';
import { takeThrowers } from '../../wasm/link/throwers.js';
import { moduleOf } from './modules.mjs';

const THREW = '(i32.add (global.get $base) (i32.const 8))';

const { m } = moduleOf({
  imports: `(import "env" "invoke_ii" (func $invoke_ii (param i32 i32) (result i32)))
    (import "env" "invoke_vf" (func $invoke_vf (param i32 f32)))`,
  top: `(type $ii (func (param i32) (result i32)))
    (global $base (mut i32) (i32.const 64)) (table 4 funcref)
    (elem (i32.const 1) $callee $callback)`,
  user: `
    (func $callee (param i32) (result i32) (call $__cxa_throw) (local.get 0))
    (func $constant (param i32) (result i32)
      (call $invoke_ii (i32.const 1) (i32.mul (local.get 0) (i32.load offset=4 (local.get 0)))))
    (func $variable (param i32) (result i32) (call $invoke_ii (local.get 0) (i32.const 5)))
    (func $nobody (call $invoke_vf (i32.const 1) (f32.const 1)))
    (func $looks (result i32) (local $at i32) (local $got i32)
      (i32.store (local.tee $at ${THREW}) (i32.const 0))
      (drop (call $invoke_ii (i32.const 1) (i32.const 5)))
      (local.set $got (i32.load (local.get $at)))
      (i32.store (local.get $at) (i32.const 0))
      (local.get $got))
    (func $reuses (param $at i32) (result i32)
      (if (i32.load (local.get $at)) (then
        (i32.store (local.tee $at ${THREW}) (i32.const 0))
        (drop (call $invoke_ii (i32.const 1) (i32.const 5)))))
      (i32.load (local.get $at)))`,
  foreign: `
    (func $callback (param i32) (result i32) (call $callee (local.get 0)))
    (func $visits (param i32) (drop (call_indirect (type $ii) (i32.const 1) (local.get 0))))
    (func $adds (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))`,
  runtime: `
    (func $rt_link_landed (export "rt_link_landed") (param i32))
    (func $rt_link_threw (export "rt_link_threw") (result i32) (unreachable))
    (func $rt_link_unthrow (export "rt_link_unthrow"))
    (func $__cxa_throw (call $park))`,
  system: `
    (func $setThrew (param i32 i32) (local $at i32)
      (if (i32.eqz (i32.load (local.tee $at ${THREW}))) (then (i32.store (local.get $at) (local.get 0)))))
    (func $qsort (param i32) (call $visits (local.get 0)))
    (func $ftw (param i32) (drop (call_indirect (type $ii) (i32.const 1) (local.get 0))))
    (func $_ZSt4sort (param i32) (call $visits (local.get 0)))`,
});

const done = replaceInvokes(m, []);
const index = (/** @type {string} */ name) =>
  [...done.m.names].find(([, one]) => one === name)?.[0] ?? -1;

/** The calls in a function, by name; "indirect" are those by the table. */
const calls = (/** @type {string} */ name) =>
  done.m.bodies[index(name) - done.m.nimports].instrs.flatMap(({ op, a }) => {
    if (op === Op.call_indirect) return ['indirect'];
    return op === Op.call ? [done.m.names.get(a)] : [];
  });

test('a call of what is known is direct, any other goes by the table', () => {
  expect(done.count).toBe(5);
  expect(calls('constant')).toEqual(['callee', 'rt_link_landed']);
  expect(calls('variable')).toEqual(['indirect', 'rt_link_landed']);
  expect(calls('nobody')).toEqual([]); // no function has that type
  expect(() => new WebAssembly.Module(/** @type {BufferSource} */ (done.m.bytes))).not.toThrow();
});

test('looks at __THREW__ are marked', () => {
  const site = ['rt_link_unthrow', 'callee', 'rt_link_landed', 'rt_link_threw', 'rt_link_unthrow'];
  expect(calls('looks')).toEqual(site);
});

test('a parameter whose local has the address of __THREW__ later is none', () => {
  expect(calls('reuses')).toEqual(['rt_link_unthrow', 'callee', 'rt_link_landed']);
});

test('what can throw is goroutine code, also in archives and in the library', () => {
  const kinds = kindsOf(done.m);
  const of = (/** @type {string} */ name) => kinds[index(name)];
  expect(['callback', 'visits', 'adds'].map(of)).toEqual([Foreign, Foreign, Foreign]);
  takeThrowers(done.m, kinds);
  expect(['callback', 'visits', 'adds'].map(of)).toEqual([User, User, Foreign]);
  expect(['qsort', 'ftw', '_ZSt4sort'].map(of)).toEqual([Library, System, Library]);
});
