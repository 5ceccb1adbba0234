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

// Binaryen would make one of them, which takes the difference as a parameter: a stack has the name of one.
test.each(['-Os', '-Oz'])('with %s functions that differ in a number stay two', async (opt) => {
  const body = (/** @type {string} */ name, /** @type {number} */ n) => `
    __attribute__((noinline)) static int ${name}(int x) {
      for (int i = 0; i < x; i++) {
        total = total * ${n} + i;
        if (total % ${n + 2} == 0) go_gosched();
        total ^= x << ${n % 7};
      }
      go_gosched();
      return total + ${n};
    }`;
  const program = await buildProgram(
    `#include <stdio.h>
    #include <worldsema.h>
    static volatile int total;
    ${body('first', 10017)} ${body('second', 20023)} ${body('third', 30029)}
    int main(void) { printf("%d\\n", first(3) != second(4) + third(5)); return 0; }`,
    { opt },
  );
  const m = readModule(readFileSync(program.wasm));
  const names = m.bodies.map(({ index }) => m.names.get(index));
  for (const name of ['first', 'second', 'third']) expect(names).toContain(name);
  expect(await runProgram(program)).toMatchObject({ stdout: '1\n', code: 0 });
});
