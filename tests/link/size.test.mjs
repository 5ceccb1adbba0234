// @ts-check
// With -Os and -Oz each function has one body, and the package's part of every program is small.
import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { buildProgram, compileObject } from '../helpers/build.mjs';
import { runProgram } from '../helpers/run.mjs';
import { some } from '../helpers/sample.mjs';
import { readModule } from '../../wasm/link/reader.js';
import { SECTION } from '../../wasm/link/table.js';
import { findEmcc } from '../../wasm/link/tools.js';

const numbers = { first: 10017, second: 20023, third: 30029 };

/** A function that differs from the others in a number. @param {string} name @param {number} n */
const alike = (name, n) => `
  __attribute__((noinline)) static int ${name}(int x) {
    for (int i = 0; i < x; i++) {
      total = total * ${n} + i;
      if (total % ${n + 2} == 0) go_gosched();
      total ^= x << ${n % 7};
    }
    go_gosched();
    return total + ${n};
  }`;

// Binaryen would make one of such functions, which takes the number as a parameter: a stack has the
// name of one.
const optimisations = some([], ['-Oz', '-O2', '-Os']);
test.each(optimisations)(
  'with %s what may wait stays two bodies, also where it is like others',
  async (opt) => {
    const flags = ['-Dmain=philosophers'];
    const program = await buildProgram(
      `#include <stdio.h>
    #include <worldsema.h>
    static volatile int total;
    int philosophers(void);
    ${Object.entries(numbers)
      .map(([name, n]) => alike(name, n))
      .join('')}
    int main(void) {
      printf("%d\\n", first(3) != second(4) + third(5));
      return philosophers();
    }`,
      { opt, sources: [await compileObject('tests/c/philosophers.c', { opt, flags })] },
    );
    const m = readModule(readFileSync(program.wasm));
    const all = m.bodies.map(({ index }) => m.names.get(index));
    for (const name of ['with_channels', ...Object.keys(numbers)])
      expect([name, all.filter((other) => other === name).length]).toEqual([name, 2]);
    const eaten = readFileSync(new URL('../c/philosophers.txt', import.meta.url), 'utf8');
    expect(await runProgram(program)).toEqual({ stdout: `1\n${eaten}`, stderr: '', code: 0 });
  },
);

// Measured, and some more.
test('a minimal program and its tables stay small, as they are and compressed', async () => {
  const { wasm } = await buildProgram(
    `#include <stdio.h>
    #include <worldsema.h>
    int main(void) { puts("hello"); return 0; }`,
    { opt: '-O2' },
  );
  const module = readFileSync(wasm);
  const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(module), SECTION);
  const sizes = [module, new Uint8Array(section)].map((bytes) => [
    bytes.length,
    gzipSync(bytes).length,
  ]);
  const more = findEmcc().version === '3.1.6' ? 1 : 1.18; // measured with 6.0.5: 1.13 to 1.17
  const bounds = [
    [286_000, 125_000],
    [76_500, 33_700],
  ];
  expect(sizes.map((pair, i) => pair.map((size, k) => size < more * bounds[i][k] || size))).toEqual(
    [
      [true, true],
      [true, true],
    ],
  );
});
