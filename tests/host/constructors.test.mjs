// @ts-check
// Constructors of global objects run as part of the program: they may wait, and their death is told.

import { expect, test } from '@jest/globals';
import { buildProgram } from '../helpers/build.mjs';
import { start } from './start.mjs';

/** @param {string} WHAT */
async function startWhich(WHAT) {
  const { wasm } = await buildProgram('tests/cxx/constructors.cc', {
    flags: ['-fexceptions', '-std=c++17'],
    emccArgs: ['-sDISABLE_EXCEPTION_CATCHING=0'],
  });
  return start([], { wasm, env: { WHAT } });
}

test.each([
  ['a timer that it made ends', 'after', 'main\n', 0],
  ['it waits, for a goroutine of its own', 'waits', '7 from goroutine 1\nmain\n', 0],
  ['it exits', 'exits', 'leaving early\n', 5],
])('%s', async (_, what, stdout, code) => {
  const { rt, printed } = await startWhich(what);
  expect(await rt.done).toBe(code);
  expect(printed).toEqual({ stdout, stderr: '' });
});

test.each([
  ['a panic', 'panics', 'GoPanic', 'no configuration'],
  ['abort', 'aborts', 'RuntimeThrow', 'abort called'],
  ['an exception', 'throws', 'RuntimeThrow', 'uncaught exception std::runtime_error: no luck'],
])('%s in it is the death of the program', async (_, what, name, message) => {
  const { rt, printed } = await startWhich(what);
  await expect(rt.done).rejects.toMatchObject({ name, message, exitCode: 2 });
  expect(printed.stdout).toBe(what === 'panics' ? 'about to' : '');
  expect(printed.stderr).toMatch(/goroutine 1 \[running\]:\nGlobal::Global\(/);
});

test('one that does not end can be looked at, and closed', async () => {
  const { rt } = await startWhich('loops');
  while (!/^Global::Global\(/m.test(await rt.stack()));
  await rt.close();
});

test('what C exports is known at once, also before a constructor is through', async () => {
  const { rt } = await startWhich('loops');
  expect(await rt.go('twice', 21)).toBe(42);
});
