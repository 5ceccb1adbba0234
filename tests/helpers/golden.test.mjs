// @ts-check
// The rules of golden programs themselves: header lines, the common main, crash expectations.

import { describe, expect, test } from '@jest/globals';
import { dispatcher, missingLine, readHeader, withMain } from './golden.mjs';

describe('header', () => {
  test('is empty by default', () => {
    expect(readHeader('#include <stdio.h>\n// exit: 3\n', { exit: 2 })).toEqual({
      exit: 2,
      args: [],
      env: {},
      stderr: [],
      procs: [],
      flags: [],
      alone: false,
      counts: false,
      deep: false,
      skip: '',
      workers: '',
    });
  });

  test('has keys among prose', () => {
    const text = [
      '// Two goroutines meet. Note: this line is prose.',
      '//',
      '// exit: 3',
      '// env: GOMAXPROCS=4 GODEBUG=a=1,b=2',
      '// procs: 1 2 8',
      '// args: x y',
      '// stderr: fatal error: all goroutines',
      '// stderr: goroutine 1',
      '',
      '// alone',
      'int x;',
    ].join('\n');
    expect(readHeader(text, { exit: 0 })).toEqual({
      exit: 3,
      args: ['x', 'y'],
      env: { GOMAXPROCS: '4', GODEBUG: 'a=1,b=2' },
      stderr: ['fatal error: all goroutines', 'goroutine 1'],
      procs: [1, 2, 8],
      flags: [],
      alone: true,
      counts: false,
      deep: false,
      skip: '',
      workers: '',
    });
  });

  test('own flags need no module of their own', () => {
    expect(readHeader('// flags: -O0 -DX\n', { exit: 0 })).toMatchObject({
      flags: ['-O0', '-DX'],
      alone: false,
      counts: false,
    });
  });

  test('the frame that calls a program in the common module is left out', () => {
    const frames = (/** @type {string[]} */ ...names) =>
      names
        .map((name) => `${name}(...)\n\t${name === 'main' ? 'golden.c' : 'x.c'}:3 +0x1\n`)
        .join('');
    const program = /** @type {any} */ ({ symbol: 'golden_c_x' });
    expect(withMain(program, frames('f', 'golden_c_x', 'main'))).toBe(
      frames('f', 'golden_c_x').replace('golden_c_x', 'main'),
    );
  });

  test.each([
    ['// proc: 1', 'unknown header line'],
    ['// exit: two', 'whole numbers'],
    ['// procs: 1 -2', 'whole numbers'],
    ['// env: GOMAXPROCS', 'NAME=VALUE'],
  ])('%s is refused', (line, message) => {
    expect(() => readHeader(line, { exit: 0 })).toThrow(message);
  });
});

test('the common main calls each program by name', () => {
  const base = { number: 0, source: '', expected: '', header: readHeader('', { exit: 0 }) };
  const text = dispatcher([
    { ...base, name: 'c/a', symbol: 'golden_c_a', takesArgs: false },
    { ...base, name: 'c/b', symbol: 'golden_c_b', takesArgs: true },
  ]);
  expect(text).toContain('int golden_c_a(void);');
  expect(text).toContain('int golden_c_b(int, char **);');
  expect(text).toContain(
    'if (strcmp(name, "c/b") == 0)\n\t\treturn golden_c_b(argc - 1, argv + 1);',
  );
});

describe('what a dying program says', () => {
  const said = 'noise\nfatal error: x (y)\n\ngoroutine 1 [chan receive]:\nmain.main()\n\ta.c:7\n';

  test.each([
    'fatal error: x (y)\na.c:7\n',
    'goroutine * [chan receive]:\n\n\ta.c:*\n! panic*\n',
    'noise',
    '',
  ])('%j is in it', (expected) => {
    expect(missingLine(said, expected)).toBeUndefined();
  });

  test.each([
    ['fatal error: x y', 'not said: fatal error: x y'],
    ['a.c:7\nfatal error: x (y)', 'said, but not in this order: fatal error: x (y)'],
    ['noise\nnoise', 'said, but not in this order: noise'],
    ['fatal error', 'not said: fatal error'],
    ['! goroutine*', 'must not be said: goroutine*'],
  ])('%j is not', (expected, wrong) => {
    expect(missingLine(said, expected)).toBe(wrong);
  });
});
