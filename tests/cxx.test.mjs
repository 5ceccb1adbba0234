// @ts-check
// C++ programs.
import { expect, test } from '@jest/globals';
import { buildProgram } from './helpers/build.mjs';
import { runProgram } from './helpers/run.mjs';

/** @type {(source: string, procs: number, GODEBUG: string) => Promise<void>} */
async function rightIn(source, procs, GODEBUG) {
  const program = await buildProgram(source, {
    flags: ['-fexceptions', '-std=c++17'],
    emccArgs: ['-sDISABLE_EXCEPTION_CATCHING=0'],
  });
  const ran = await runProgram(program, { procs, env: { GODEBUG } });
  expect(ran).toEqual({ code: 0, stdout: '0 wrong\n', stderr: '' });
}

test.each([1, 2, 8])(
  'exceptions pass through frames that waited, GOMAXPROCS=%i',
  (procs) => rightIn('tests/cxx/exceptions.cc', procs, ''),
  120_000,
);

test.each([1, 2, 8])(
  'exceptions pass through foreign code that was handed collected memory, GOMAXPROCS=%i',
  (procs) => rightIn('tests/cxx/collected.cc', procs, 'gcstress=10,heapcheck=1'),
  120_000,
);

test.each([1, 2])(
  'a loop that dispatches to what waits, within try, GOMAXPROCS=%i',
  (procs) => rightIn('tests/cxx/dispatch.cc', procs, ''),
  120_000,
);
