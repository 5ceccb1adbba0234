// @ts-check
// The names of functions, and whether each is the user's, foreign, or the runtime's.
import { expect, test } from '@jest/globals';
import { kindsOf, System, User } from '../../wasm/link/kinds.js';
import { shortName } from '../../wasm/link/locations.js';
import { moduleOf } from './modules.mjs';

test.each([
  ['main', 'main'],
  ['deep::Worker::run()', 'deep::Worker::run'],
  ['a::B::f(int (*)(), char) const', 'a::B::f'],
  ['main::$_0::operator()(int) const', 'main::$_0::operator()'],
  ["spawn(int)::'lambda'(void*)::__invoke(void*)", "spawn(int)::'lambda'(void*)::__invoke"],
  ['(anonymous namespace)::f()', '(anonymous namespace)::f'],
  ['int a::f<int>(int)', 'a::f<int>'],
  [
    'std::pair<int, a b> C<void (int)>::operator[]<int>(int) const',
    'C<void (int)>::operator[]<int>',
  ],
  ['bool operator< <int>(A<int> const&, A<int> const&)', 'operator< <int>'],
  ['a::B::operator unsigned int() const', 'a::B::operator unsigned int'],
  ['f<main::$_0 (int)>', 'f<main::$_0 (int)>'],
])('%s is told as %s', (name, short) => {
  expect(shortName(name)).toBe(short);
});

test('what wasm-ld makes up is not the program', () => {
  const { m, index } = moduleOf({
    user: `
      (func $__wasm_call_ctors (nop))
      (func $undefined_weak:f (unreachable))
      (func $__wasm_init_memory (nop))
      (func $mine (nop))`,
  });
  const kinds = kindsOf(m);
  for (const name of ['__wasm_call_ctors', 'undefined_weak:f', '__wasm_init_memory'])
    expect(kinds[index(name)]).toBe(System);
  expect(kinds[index('mine')]).toBe(User);
});
