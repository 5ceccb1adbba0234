// @ts-check
// Exported C functions, called by JavaScript on this thread and on a worker. In mode one the module
// is on the worker only.

import { expect } from '@jest/globals';
import { buildProgram } from '../helpers/build.mjs';
import { start, testWorkers } from './start.mjs';

const refusal =
  'wait_for_number() may wait for other goroutines, so this thread cannot call it: ' +
  'let it call a function that starts it with go(), and returns';

/** @param {string[]} [args] */
async function startExported(args = []) {
  const { wasm, glue: file } = await buildProgram('tests/host/exported.c');
  const { default: factory } = await import(file);
  /** @type {any} */
  let module;
  const glue = async (/** @type {object} */ options) => (module = await factory(options));
  const started = await start(args, { wasm, glue, procs: 1 });
  return { ...started, module };
}

testWorkers('on a worker, below a goroutine, they run like any others, and may wait', async () => {
  const { printed, saw } = await startExported();
  await saw('ready\n');
  expect(printed.stdout).toBe('10000000.0\n4\n5\n7\nready\n');
});

testWorkers(
  "on the page's thread, one that may wait is refused; it may start goroutines",
  async () => {
    const { rt, saw, module } = await startExported();
    await saw('ready\n');
    expect(() => module._wait_for_number(1)).toThrow(refusal);
    expect(module._count(1000, 0.25)).toBe(250);
    module._start(77);
    await saw('got 77');
    expect((await rt.goroutines()).length).toBe(2);
  },
);

testWorkers("a wait that nothing showed ends the program, on the page's thread", async () => {
  const { rt, saw, module } = await startExported();
  await saw('ready\n');
  // Nobody receives: so the callback has to wait.
  module._start(1);
  await saw('got 1');
  const error = rt.done.catch((reason) => reason);
  expect(() => {
    for (;;) module._call_back(2);
  }).toThrow('the program has ended');
  expect(await error).toMatchObject({
    code: 'ERR_THROW',
    message: expect.stringMatching(/a function that the page called may not wait/),
  });
});
