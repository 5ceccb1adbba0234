// @ts-check
// A new memory is zero. The start does not fill it, which would touch each of its pages.
import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { rewrite } from '../../wasm/link/editor.js';
import { Op } from '../../wasm/link/opcodes.js';
import { readModule } from '../../wasm/link/reader.js';
import { zeroFills } from '../../wasm/link/zeroed.js';
import { hostProgram } from '../helpers/hostprograms.mjs';
import { moduleOf } from './modules.mjs';

/** How many fills the start has left, behind the edits. */
const fills = (/** @type {string} */ body) => {
  const { m, index } = moduleOf({
    system: `(func $__wasm_init_memory (param $to i32) ${body}) (func $fills ${filled})`,
  });
  const after = readModule(rewrite(m, { edits: zeroFills(m) }).bytes);
  expect(fillsOf(after, index('fills'))).toBe(1); // the program's own
  return fillsOf(after, index('__wasm_init_memory'));
};

/** @param {import('../../wasm/link/reader.js').Module} m @param {number} f */
const fillsOf = (m, f) =>
  m.bodies[f - m.nimports].instrs.filter(({ op }) => op === Op.memory_fill).length;

const filled = '(memory.fill (i32.const 2000) (i32.const 0) (i32.const 100))';

test.each([
  ['zeroes', filled, 0],
  ['zeroes, twice', `${filled} (nop) ${filled}`, 0],
  ['ones', '(memory.fill (i32.const 2000) (i32.const 1) (i32.const 100))', 1],
  ['a place that is not known', '(memory.fill (local.get $to) (i32.const 0) (i32.const 100))', 1],
])('%s', (_, body, left) => {
  expect(fills(body)).toBe(left);
});

test('a program fills nothing as it starts', async () => {
  const { wasm } = await hostProgram('clock');
  const m = readModule(new Uint8Array(readFileSync(wasm)));
  const inits = m.bodies.filter(({ instrs }) => instrs.some(({ op }) => op === Op.memory_init));
  expect(inits.length).toBeGreaterThan(0);
  for (const { index } of inits) expect(fillsOf(m, index)).toBe(0);
});
