// @ts-check
// Beginning and end of a runtime: closing, aborting, several at once, and how the process ends.

import { expect, test } from '@jest/globals';
import { RuntimeClosed, createRuntime } from '../../host/index.js';
import { hostProgram } from '../helpers/hostprograms.mjs';
import { runNode, runProgram } from '../helpers/run.mjs';
import { program, start, startCrowd, testWorkers } from './start.mjs';

test('close ends everything that is pending, once', async () => {
  const { rt } = await startCrowd();
  // In mode one, 1 is no question.
  const last = rt.mode === 'one' ? rt.gc() : rt.setMaxProcs(1);
  const pending = [rt.done, rt.stack(), rt.goroutines(), last];
  const settled = Promise.allSettled(pending);
  const closed = rt.close();
  expect(rt.close()).toBe(closed);
  await closed;
  for (const { reason } of /** @type {any[]} */ (await settled)) {
    expect(reason).toBeInstanceOf(RuntimeClosed);
  }
  await expect(rt.stack()).rejects.toHaveProperty('code', 'ERR_CLOSED');
});

test('closing after the end changes nothing', async () => {
  const { rt } = await start(['exit', '0']);
  expect(await rt.done).toBe(0);
  await rt.close();
  expect(await rt.done).toBe(0);
});

test('aborting the signal is closing, with its reason', async () => {
  const controller = new AbortController();
  const { rt } = await startCrowd({ signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(rt.done).rejects.toThrow('enough');

  await expect(start(['crowd'], { signal: controller.signal })).rejects.toThrow('enough');
});

test('where the engine has no Atomics.waitAsync, a timer looks', async () => {
  const atomics = /** @type {any} */ (Atomics);
  const { waitAsync } = atomics;
  atomics.waitAsync = undefined;
  try {
    const { rt, printed } = await start(['flood', '3000']);
    expect(await rt.done).toBe(0);
    expect(printed.stdout.split('\n')).toHaveLength(3001);
  } finally {
    atomics.waitAsync = waitAsync;
  }
});

test('a sink that throws ends the program, and done has its error', async () => {
  const stdout = () => {
    throw new Error('disk full');
  };
  const { rt } = await start(['flood', '1000'], { stdout });
  await expect(rt.done).rejects.toThrow('disk full');
});

test('several runtimes at once do not meet', async () => {
  const all = await Promise.all(
    [1, 2, 3].map((i) => start(['echo', `number ${i}`], { procs: 1, env: { COLOUR: `${i}` } })),
  );
  expect(await Promise.all(all.map(({ rt }) => rt.done))).toEqual([0, 0, 0]);
  expect(all.map(({ printed }) => printed.stdout)).toEqual(
    [1, 2, 3].map((i) => `echo\nnumber ${i}\n${i} alone\n`),
  );
});

test('nothing is left on globalThis, nor on the process', async () => {
  const look = () => [
    ...Object.getOwnPropertyNames(globalThis),
    ...process.eventNames().map((name) => [name, process.listenerCount(name)].join(' ')),
  ];
  const before = look();
  const [one, two] = await Promise.all([start(['exit', '0']), start(['exit', '0'])]);
  await Promise.all([one.rt.done, two.rt.done]);
  expect(look()).toEqual(before);
});

test('the wasm may be bytes or a module, the glue a function', async () => {
  const { wasm, glue } = await program();
  const { readFile } = await import('node:fs/promises');
  const bytes = await readFile(wasm);
  const module = await WebAssembly.compile(bytes);
  const { default: factory } = await import(glue);
  for (const given of [
    { wasm: bytes, glue },
    { wasm: module, glue: factory },
  ]) {
    const rt = await createRuntime({ ...given, args: ['exit', '5'], procs: 1 });
    expect(await rt.done).toBe(5);
  }
});

/** @param {string} code what the process does with `options` and `createRuntime` */
async function inProcess(code) {
  const { wasm } = await program();
  const index = new URL('../../host/index.js', import.meta.url).href;
  const text = `import { createRuntime } from '${index}'; const wasm = ${JSON.stringify(wasm)}; ${code}`;
  return runNode([`--input-type=module`, '-e', text], { name: 'a process' });
}

test('the process lives as long as main, and no longer', async () => {
  const code = `await createRuntime({ wasm, args: ['echo'], env: { COLOUR: 'red' } });`;
  expect(await inProcess(code)).toEqual({
    stdout: 'echo\nred alone\n',
    stderr: 'to stderr',
    code: 0,
  });
});

test('after close the process ends by itself', async () => {
  const code = `const rt = await createRuntime({ wasm, args: ['crowd'] });
    while (!(await rt.stack()).includes('crowd('));
    await rt.close();`;
  expect(await inProcess(code)).toMatchObject({ code: 0, stderr: '' });
});

test('a failure that nobody looks at is printed, not thrown at the process', async () => {
  const ran = await inProcess(`await createRuntime({ wasm, args: ['deadlock'] });`);
  expect(ran.code).toBe(0);
  expect(ran.stderr).toContain('fatal error: all goroutines are asleep - deadlock!');
});

testWorkers(
  "what a call of C throws on the host's thread ends the program, not the process",
  async () => {
    const failures = await hostProgram('failures');
    const { stderr, code } = await runProgram(failures, { args: ['page'], env: {} });
    expect(stderr).toMatch(
      /^WorkerDied: a worker ended unexpectedly: RangeError: from the page \(/,
    );
    expect(code).toBe(2);
  },
);
