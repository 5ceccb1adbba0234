// @ts-check
// The helpers for Jest, with the real expect.

import { expect, test } from '@jest/globals';
import { join } from 'node:path';
import { GoPanic } from '../../host/index.js';
import { matchers, runProgram } from '../../host/jest/index.js';
import { root } from '../../scripts/paths.mjs';
import { hostProgram } from '../helpers/hostprograms.mjs';
import { start } from './start.mjs';

expect.extend(/** @type {any} */ (matchers));
/** @type {(value: unknown) => any} */
const expected = expect;

/** @param {string} what */
async function started(what) {
  const { wasm } = await hostProgram('jest');
  return start([what], { wasm });
}
const wasm = async () => (await hostProgram('jest')).wasm;

test('goroutines that stay are told, with their stacks', async () => {
  const { rt, saw } = await started('leak');
  await saw('leaked');
  const waiting = async () =>
    (await rt.goroutines()).filter(({ reason }) => reason === 'chan receive').length;
  while ((await waiting()) < 3);
  await expected(rt).not.toHaveNoLeakedGoroutines({ timeoutMs: 0 });
  await expected(rt).toHaveNoLeakedGoroutines({ ignore: ['leaked'], timeoutMs: 0 });
  await expected(rt).toHaveNoLeakedGoroutines({ ignore: [/^host_jest$/], timeoutMs: 0 });
  await expected(rt).not.toHaveNoLeakedGoroutines({ ignore: ['leak', /x/], timeoutMs: 0 });
  const failure = expected(rt).toHaveNoLeakedGoroutines({ timeoutMs: 0 });
  await expect(failure).rejects.toThrow(
    /no goroutine beside main, and there are 3:\n\n3 with this stack:\ngoroutine \d+ \[chan receive.*\]:\nleaked\(/,
  );
});

test('those that are about to end are waited for', async () => {
  const { rt, saw } = await started('clean');
  await saw('clean');
  await expected(rt).toHaveNoLeakedGoroutines({ timeoutMs: 60_000 });
  const failure = expected(rt).not.toHaveNoLeakedGoroutines();
  await expect(failure).rejects.toThrow(/there are none/);
});

test('a deadlock, of a runtime and of a program that was run', async () => {
  await expected((await started('deadlock')).rt).toDeadlock();
  const ran = await runProgram(await wasm(), { args: ['deadlock'] });
  await expected(ran).toDeadlock();
  await expected(ran).toDeadlock('chan receive');
  await expected(ran).toDeadlock(/^leaked\(/m);
  await expected(ran).not.toDeadlock('semacquire');
  await expect(expected(ran).toDeadlock('semacquire')).rejects.toThrow(
    /with semacquire in its stacks/,
  );
  await expect(expected(ran).not.toDeadlock()).rejects.toThrow(/expected no deadlock/);
});

test('other ends are no deadlock', async () => {
  await expected((await started('')).rt).not.toDeadlock();
  const ran = await runProgram(await wasm(), { args: ['panic'] });
  await expected(ran).not.toDeadlock();
  await expect(expected(ran).toDeadlock()).rejects.toThrow(
    /a deadlock; panic: as asked\n\ngoroutine 1/,
  );
  await expect(expected({}).toDeadlock()).rejects.toThrow(/expected a Runtime/);
  await expect(expected(null).toHaveNoLeakedGoroutines()).rejects.toThrow(/expected a Runtime/);
});

test('a program is run to its end', async () => {
  expect(await runProgram(await wasm(), { args: ['', 'three'], procs: 1 })).toEqual({
    ...{ code: 3, stdout: 'hello\n', stderr: '', error: null },
  });
  const { code, stderr, error } = await runProgram(await wasm(), { args: ['panic'] });
  expect(code).toBe(2);
  expect(stderr).toContain('panic: as asked');
  expect(error).toBeInstanceOf(GoPanic);
});

test('sources are built, once', async () => {
  const source = join(root, 'tests/host/jest.c');
  const buildArgs = { compileArgs: [`-I${join(root, 'runtime')}`] };
  const first = await runProgram([source], { buildArgs });
  expect(first).toMatchObject({ code: 0, stdout: 'hello\n' });
  expect(await runProgram([source], { buildArgs, args: ['', 'x'] })).toMatchObject({ code: 3 });
  await expect(runProgram(join(root, 'gone.c'))).rejects.toThrow(/gone\.c: no such file/);
});
