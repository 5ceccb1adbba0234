// @ts-check
// If the program leaves the beginning of memory free, the words that every poll reads lie there.
import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { buildProgram } from '../helpers/build.mjs';
import { rewrite } from '../../wasm/link/editor.js';
import { lowIsFree, placeRaised } from '../../wasm/link/lowmem.js';
import { Op } from '../../wasm/link/opcodes.js';
import { findEmcc } from '../../wasm/link/tools.js';
import { readModule } from '../../wasm/link/reader.js';
import { moduleOf, raisedIn } from './modules.mjs';

const dataAt = (/** @type {number[]} */ ...to) =>
  moduleOf({
    top: '(data $d "abcd")',
    system: `(func $__wasm_init_memory
      ${to.map((a) => `(memory.init $d (i32.const ${a}) (i32.const 0) (i32.const 4))`).join(' ')})`,
  });

test.each([
  ['data from 1,024 on', [2000, 1024], true],
  ['data below', [2000, 1023], false],
  ['data behind the stack, which ends at 32,768', [40000], false],
  ['no data that is known', [], false],
])('%s', (_, to, free) => {
  expect(lowIsFree(dataAt(...to).m)).toBe(free);
});

test('thread-locals below', () => {
  const { m } = moduleOf({
    top: '(data $d "abcd") (global $__tls_base (mut i32) (i32.const 0))',
    system: `(func $__wasm_init_memory
      (global.set $__tls_base (i32.const 1016))
      (memory.init $d (i32.const 1024) (i32.const 0) (i32.const 4)))`,
  });
  expect(lowIsFree(m)).toBe(false);
});

test.each([
  [true, 1020],
  [false, 8],
])('free: %s, so the word is at %i', (free, at) => {
  const { m, index } = dataAt(1024);
  const { raised, edits } = placeRaised(m, free);
  expect(raised).toBe(at);
  const after = readModule(rewrite(m, { edits }).bytes);
  expect(after.bodies[index('rt_link_raised') - m.nimports].instrs[0]).toMatchObject({
    op: Op.i32_const,
    a: at,
  });
});

// Newer versions put the stack there.
const testIfFree = findEmcc().version.startsWith('3.') ? test : test.skip;

testIfFree('it is free in a program', async () => {
  const { wasm } = await buildProgram('tests/c/preempt.c', { opt: '-O2' });
  expect(raisedIn(readModule(readFileSync(wasm)))).toBe(1020);
});
