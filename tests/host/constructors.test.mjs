// @ts-check
// Constructors of global objects run as part of the start. They may wait. If one dies,
// createRuntime rejects.

import { beforeAll, expect, jest, test } from '@jest/globals';
import { beginMs } from '../../host/base.js';
import { root } from '../../scripts/paths.mjs';
import { runNode } from '../helpers/run.mjs';
import { constructors, failure, patiently, start } from './start.mjs';

/** @type {string} */ let wasm;
beforeAll(async () => {
  ({ wasm } = await constructors());
});

/** @param {string} WHAT @param {Partial<import('../../host/index.js').RuntimeOptions>} [options] */
const startWhich = (WHAT, options) => start([], { wasm, env: { WHAT }, ...options });

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
  ['a deadlock', 'deadlocks', 'Deadlock', 'all goroutines are asleep - deadlock!'],
  ['a trap', 'traps', 'RuntimeTrap', 'unreachable'],
  ['a stack overflow', 'overflows', 'StackOverflow', 'stack overflow'],
  ['the loss of a worker', 'loses a worker', 'WorkerDied', 'it exited with code 7'],
])(
  'createRuntime rejects with %s in it, and all that was printed is there',
  async (_, what, name, message) => {
    const printed = { stdout: '', stderr: '' };
    const decoder = new TextDecoder();
    const error = await failure(
      patiently(() =>
        startWhich(what, {
          stdout: (chunk) => void (printed.stdout += decoder.decode(chunk)),
          stderr: (chunk) => void (printed.stderr += decoder.decode(chunk)),
        }),
      ),
    );
    expect(error).toMatchObject({ name, message: expect.stringContaining(message), exitCode: 2 });
    expect(printed.stdout).toBe(what === 'panics' ? 'about to' : '');
    if (what === 'loses a worker') return;
    const func = what === 'overflows' ? 'deep' : 'Global::Global';
    const stack = new RegExp(`goroutine 1 \\[[^\\n]*\\]:\\n${func}\\(`);
    expect(printed.stderr).toMatch(stack);
    expect(error.dump).toMatch(stack);
  },
);

test('a start that is called off rejects with the reason', async () => {
  const controller = new AbortController();
  const host = { answer: () => controller.abort(new Error('enough')) };
  const starting = patiently(() => startWhich('asks', { host, signal: controller.signal }));
  await expect(starting).rejects.toThrow('enough');
});

test('beforeExit has the runtime of a program that exits in it', async () => {
  /** @type {unknown} */ let seen;
  const { rt } = await startWhich('exits', {
    beforeExit: async (given, code) => {
      seen = [code, (await given.goroutines()).length];
    },
  });
  expect(await rt.done).toBe(5);
  expect(seen).toEqual([5, 1]);
});

test('who takes long can be looked at all the same, and closed', async () => {
  const host = { answer: () => new Promise(() => {}) };
  await Promise.all(
    ['loops', 'sleeps', 'asks'].map(async (what) => {
      const { rt } = await startWhich(what, { host });
      while (!/^Global::Global\(/m.test(await rt.stack()));
      // What C exports is known at once.
      if (what === 'loops') expect(await rt.go('twice', 21)).toBe(42);
      await rt.close();
    }),
  );
});

test('in mode one they can be looked at by a page that waits less than the worker', async () => {
  const real = setTimeout;
  const timers = jest
    .spyOn(globalThis, 'setTimeout')
    .mockImplementation((call, ms, ...args) => real(call, ms === beginMs ? 0 : ms, ...args));
  const { rt } = await startWhich('sleeps', { mode: 'one' });
  timers.mockRestore();
  expect(await rt.stack()).toMatch(/^Global::Global\(/m);
  await rt.close();
});

test('a process whose createRuntime has rejected ends by itself', async () => {
  const index = new URL('../../host/index.js', import.meta.url).href;
  const text = `import { createRuntime } from '${index}';
    await createRuntime({ wasm: ${JSON.stringify(wasm)}, env: { WHAT: 'panics' }, stderr() {} })
      .then((rt) => rt.done) // if it took long to begin
      .catch(({ message }) => console.log(message));`;
  const ran = await runNode(['--input-type=module', '-e', text], { name: 'a process' });
  expect(ran).toEqual({ stdout: 'about tono configuration\n', stderr: '', code: 0 });
});

test('worldsema run ends as the program does', async () => {
  const command = ['cli/main.js', 'run', '--env'];
  for (const [what, code, stdout, stderr] of /** @type {const} */ ([
    ['panics', 2, 'about to', /^panic: no configuration\n\ngoroutine 1 \[running\]:\n/],
    ['exits', 5, 'leaving early\n', /^$/],
  ])) {
    const ran = await runNode([...command, `WHAT=${what}`, wasm], { name: what, cwd: root });
    expect({ ...ran, stderr: '' }).toEqual({ code, stdout, stderr: '' });
    expect(ran.stderr).toMatch(stderr);
  }
  const file = ['--cpuprofile', 'build/never.pb.gz'];
  const args = [...command.slice(0, 2), ...file, '--env', 'WHAT=aborts', wasm];
  const { stderr } = await runNode(args, { name: 'aborts', cwd: root });
  expect(stderr).toContain('worldsema: --cpuprofile: it ended before a profile could be taken\n');
});
