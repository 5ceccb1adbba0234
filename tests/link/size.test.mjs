// @ts-check
// What is asked to be small has one body a function.
import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { buildProgram } from '../helpers/build.mjs';
import { runProgram } from '../helpers/run.mjs';
import { readModule } from '../../wasm/link/reader.js';

/** @param {string} opt */
async function built(opt) {
  const program = await buildProgram('tests/c/philosophers.c', { opt });
  const m = readModule(readFileSync(program.wasm));
  const bodies = m.bodies.filter(({ index }) => m.names.get(index) === 'with_channels').length;
  const { stdout, code } = await runProgram(program);
  return { bodies, stdout, code };
}

test.each([
  ['-O2', 2],
  ['-Os', 1],
  ['-Oz', 1],
])('with %s a function that may wait has %i', async (opt, bodies) => {
  const stdout = readFileSync(new URL('../c/philosophers.txt', import.meta.url), 'utf8');
  expect(await built(opt)).toEqual({ bodies, stdout, code: 0 });
});
