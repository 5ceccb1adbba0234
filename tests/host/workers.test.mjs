// @ts-check
// Workers that start late or never. Those that have started do the work.
// And memory that is full of garbage: it is collected.

import { expect, test } from '@jest/globals';
import { buildProgram } from '../helpers/build.mjs';
import { start, testWorkers } from './start.mjs';

const program = () =>
  buildProgram('tests/host/workers.c', { flags: ['-sMAXIMUM_MEMORY=134217728'] });

// In mode one a busy thread hears nothing of what the worker does.
testWorkers.each([1, 2])('goroutines run while the host is busy, GOMAXPROCS=%s', async (procs) => {
  const { wasm } = await program();
  /** @type {{ rt?: import('../../host/index.js').Runtime }} */
  const running = {};
  const slices = () => running.rt?.counts().perProc.reduce((sum, { ticks }) => sum + ticks, 0) ?? 0;
  /** Holds the thread until others had so many time slices. @param {number} n */
  const busy = (n) => {
    const until = slices() + n;
    for (const limit = Date.now() + 30_000; slices() < until;)
      if (Date.now() > limit) throw new Error('nobody runs');
  };
  const started = await start(['busy'], { wasm, procs, host: { busy } });
  running.rt = started.rt;
  await started.rt.go('begin');
  expect(await started.rt.done).toBe(0);
  expect(started.printed).toEqual({ stdout: 'main ends\n', stderr: '' });
});

test.each([1, 2])(
  'goroutines run when there is no memory for a worker, GOMAXPROCS=%s',
  async (n) => {
    const { wasm } = await program();
    const { rt, printed } = await start(['full'], { wasm, procs: n });
    expect(await rt.done).toBe(0);
    expect(printed).toEqual({ stdout: 'another goroutine runs\nmain ends\n', stderr: '' });
  },
);

test.each([
  [1, '100'],
  [2, '100'],
  [2, 'off'],
])('garbage is collected before memory is out, GOMAXPROCS=%s, GOGC=%s', async (procs, GOGC) => {
  const { wasm } = await program();
  const { rt, printed } = await start(['garbage'], { wasm, procs, env: { GOGC } });
  expect(await rt.done).toBe(0);
  expect(printed).toEqual({ stdout: 'main ends\n', stderr: '' });
});

testWorkers('main does not wait for the worker that is for goroutines that block', async () => {
  const { wasm } = await program();
  const script = wasm.replace(/\.wasm$/, '.mjs');
  let made = 0;
  let onThird = () => {};
  const third = new Promise((resolve) => (onThird = () => resolve(undefined)));
  const worker = () => {
    if (++made === 3) onThird();
    return new Worker(script); // the program's class, which is global while this runs
  };
  await start(['busy'], { wasm, procs: 1, worker, host: { busy() {} } });
  expect(made).toBe(2); // one for the P, and sysmon's
  await third;
});
