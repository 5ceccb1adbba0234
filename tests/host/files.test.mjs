// @ts-check
// Calls of libc that the page's thread answers. The caller's stack may lie anywhere in memory.

import { expect, test } from '@jest/globals';
import { buildProgram } from '../helpers/build.mjs';
import { runProgram } from '../helpers/run.mjs';

const built = buildProgram('tests/host/files.c');
const env = { WHO: 'somebody' };

test.each([
  ['while memory grows on another worker', { procs: 4, args: [] }],
  ['from a stack above 2 GiB', { procs: 2, args: ['2300'] }],
])('every file call works %s', async (_, how) => {
  const { stdout, code } = await runProgram(await built, { ...how, env });
  expect(stdout).toBe('0 bad\n');
  expect(code).toBe(0);
});
