// @ts-check
// Mode one: all goroutines on one worker, without shared memory. The programs of c/ and crash/ and
// the tests of this folder run in it too: see tests/README.md.

import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { createRuntime } from '../../host/index.js';
import { findMemory, unshare } from '../../host/one/unshare.js';
import { hostProgram } from '../helpers/hostprograms.mjs';
import { failure, program, start, told } from './start.mjs';

const build = () => hostProgram('one');

/**
 * @param {string[]} args
 * @param {Partial<import('../../host/index.js').RuntimeOptions>} [options]
 */
async function startOne(args, options) {
  const { wasm } = await build();
  return start(args, { wasm, mode: 'one', procs: undefined, ...options });
}

/**
 * @param {string[]} args
 * @param {Partial<import('../../host/index.js').RuntimeOptions>} [options]
 */
async function output(args, options) {
  const { rt, printed } = await startOne(args, options);
  expect(await rt.done).toBe(0);
  return printed.stdout;
}

describe('the choice', () => {
  test('the same file runs with workers and with one worker', async () => {
    const { wasm } = await program();
    const before = readFileSync(wasm);
    const ran = [];
    for (const mode of /** @type {const} */ (['workers', 'one'])) {
      const { rt, printed } = await start(['echo', 'a', 'b'], { mode, env: { COLOUR: 'red' } });
      ran.push({ mode: rt.mode, reason: rt.modeReason, code: await rt.done, ...printed });
    }
    const same = { code: 0, stdout: 'echo\na\nb\nred alone\n', stderr: 'to stderr' };
    expect(ran).toEqual([
      { mode: 'workers', reason: 'option mode says workers', ...same },
      { mode: 'one', reason: 'option mode says one', ...same },
    ]);
    expect(readFileSync(wasm)).toEqual(before);
  });

  test('with shared memory, auto means workers', async () => {
    const { rt } = await start(['crowd'], { mode: 'auto' });
    expect([rt.mode, rt.modeReason]).toEqual(['workers', 'there is shared memory']);
  });

  test('another mode is refused', async () => {
    expect(await told(start(['echo'], { mode: /** @type {any} */ ('two') }))).toEqual([
      'OptionError',
      'ERR_BAD_MODE',
      'option mode: expected auto, workers, one, got "two"',
    ]);
  });

  test('GOMAXPROCS is 1, and setMaxProcs says why it stays', async () => {
    expect(await output(['procs'])).toBe('1 1\n');
    const { rt } = await startOne(['spins']);
    expect(await rt.setMaxProcs(1)).toBe(1);
    expect(await told(rt.setMaxProcs(2))).toEqual([
      'PlatformError',
      'ERR_ONE_WORKER',
      'setMaxProcs: GOMAXPROCS stays 1 in mode one (option mode says one)',
    ]);
  });

  test('a module that was compiled already runs too', async () => {
    const { wasm } = await build();
    const module = await WebAssembly.compile(readFileSync(wasm));
    const glue = wasm.replace(/wasm$/, 'mjs');
    expect(await output(['procs'], { wasm: module, glue })).toBe('1 1\n');
  });

  test.each(['workers', 'one'])('bytes are taken at the call, mode %s', async (mode) => {
    const { wasm } = await build();
    const bytes = readFileSync(wasm);
    const glue = wasm.replace(/wasm$/, 'mjs');
    const rt = createRuntime({ wasm: bytes, glue, mode: /** @type {any} */ (mode), stdout() {} });
    bytes.fill(0);
    expect(await (await rt).done).toBe(0);
  });

  test('a glue that is a function needs a worker', async () => {
    const { wasm } = await build();
    expect((await told(createRuntime({ wasm, mode: 'one', glue: () => {} })))[1]).toBe(
      'ERR_BAD_GLUE',
    );
  });
});

describe('a program that computes', () => {
  test('is dumped, profiled and counted in a loop that calls nothing', async () => {
    const { rt, saw } = await startOne(['spins']);
    await saw('ready');
    let stack = '';
    while (!stack.startsWith('goroutine 1 [running]:')) stack = await rt.stack();
    expect(stack).toMatch(/^goroutine 1 \[running\]:\nspins\(\.\.\.\)/);
    // The worker may get no time in so short a while.
    while ((await rt.cpuProfile({ seconds: 0.1, hz: 500 })).total === 0);
    while (rt.counts().preemptions === 0) await rt.goroutines();
    while ((await rt.trace({ seconds: 0.05 })).events.length === 0);
  });

  test('ends by close() in a loop that calls nothing', async () => {
    const { rt, saw } = await startOne(['spins']);
    await saw('ready');
    const asked = told(rt.stack());
    await rt.close();
    expect(await told(rt.done)).toEqual(['RuntimeClosed', 'ERR_CLOSED', 'the runtime is closed']);
    expect((await asked)[1]).toBe('ERR_CLOSED');
  });

  test('answers between two calls of foreign code', async () => {
    const { rt, saw } = await startOne(['foreign']);
    await saw('ready');
    while (!(await rt.stack()).startsWith('goroutine 1 [running]:\n'));
  });

  test('lets others run soon, though its polls are far apart', async () => {
    expect(await output(['seldom'])).toBe('woken\n');
  });

  test('a profile is aborted with the reason of its signal', async () => {
    const { rt } = await startOne(['spins']);
    const aborted = new AbortController();
    const profile = rt.cpuProfile({ seconds: 60, signal: aborted.signal });
    await rt.stack();
    const reason = new Error('enough');
    aborted.abort(reason);
    expect(await failure(profile)).toBe(reason);
  });
});

describe('goroutines that wait in place', () => {
  test('others run while one sleeps in libc', async () => {
    expect(await output(['sleeps'])).toBe('the other one worked\n');
  });

  test('a callback from libc waits for another goroutine', async () => {
    expect(await output(['callback'])).toBe('1 2\n');
  });

  test('one below another is told to be stuck', async () => {
    const { rt } = await startOne(['below']);
    const { name, message, dump } = await failure(rt.done);
    expect([name, message]).toEqual([
      'Deadlock',
      'all goroutines wait for one that waits in place, below another: with one worker the other ' +
        'has to end first - deadlock!',
    ]);
    expect(dump).toContain('sorts_first(...)');
  });

  test('a callback from libc cannot wait for the host', async () => {
    const { rt } = await startOne(['asks'], { host: { answer: () => 1 } });
    expect((await failure(rt.done)).message).toContain('what only the event loop can bring');
  });
});

describe('input and output', () => {
  test('all of the input is there when main begins', async () => {
    const lines = ['one\ntwo\n', 'three\n'].map((text) => new TextEncoder().encode(text));
    const stdin = async () => lines.shift() ?? null;
    expect(await output(['reads'], { stdin })).toBe('3 lines\n');
    expect(await output(['reads'])).toBe('0 lines\n');
  });

  test('input that comes in the same Buffer again and again is kept', async () => {
    const buffer = Buffer.alloc(4);
    const parts = ['a\nb\n', 'c\nd\n', 'eee\n'];
    const stdin = async () => (buffer.write(parts.shift() ?? '') ? buffer : null);
    expect(await output(['reads'], { stdin })).toBe('5 lines\n');
  });

  test('a slow reader holds the program, and loses nothing', async () => {
    const { wasm } = await program();
    let bytes = 0;
    /** @type {Promise<void>[]} */
    const written = [];
    const write = async (/** @type {Uint8Array} */ chunk) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      bytes += chunk.length;
    };
    const rt = await createRuntime({
      ...{ wasm, mode: 'one', args: ['flood', '100000'] },
      stdout(chunk) {
        written.push(write(chunk));
        return written.at(-1);
      },
    });
    expect(await rt.done).toBe(0);
    const line = (/** @type {number} */ n) =>
      `line ${n} of some length, so that the ring is full often\n`.length;
    let expected = 0;
    for (let n = 0; n < 100_000; n++) expected += line(n);
    await Promise.all(written);
    expect(bytes).toBe(expected);
  });

  test('a sink that throws ends the program', async () => {
    const stdout = () => {
      throw new Error('no more');
    };
    const ended = startOne(['spins'], { stdout }).then(({ rt }) => rt.done);
    expect((await failure(ended)).message).toBe('no more');
  });
});

describe('the end', () => {
  test('what was known of the program is kept', async () => {
    const { rt } = await startOne(['deadlock']);
    const error = await failure(rt.done);
    expect(error.message).toBe('all goroutines are asleep - deadlock!');
    expect(error.events.length).toBeGreaterThan(0);
    const { nodes, cycles } = /** @type {any} */ (await rt.waitGraph());
    expect([nodes.length > 0, cycles]).toEqual([true, []]);
    expect((await rt.profile('heap')).kind).toBe('heap');
    expect(rt.counts().goroutines).toBe(1);
    expect((await told(rt.stack()))[1]).toBe('ERR_CLOSED');
  });

  test('beforeExit can ask everything', async () => {
    const seen = /** @type {unknown[]} */ ([]);
    const { rt } = await startOne(['procs'], {
      async beforeExit(rt, code) {
        await rt.gc();
        seen.push(code, (await rt.profile('heap')).kind, (await rt.stack()).slice(0, 11));
      },
    });
    expect(await rt.done).toBe(0);
    expect(seen).toEqual([0, 'heap', 'goroutine 1']);
  });

  test('many runtimes come and go', async () => {
    const { wasm } = await build();
    const n = process.env.WORLDSEMA_STRESS === '1' ? 200 : 10;
    const before = process.getActiveResourcesInfo().length;
    for (let i = 0; i < n; i++) {
      const rt = await createRuntime({ wasm, mode: 'one', args: ['spins'], stdout: () => {} });
      await rt.close();
    }
    // What belongs to a worker goes a moment after it.
    while (process.getActiveResourcesInfo().length > before) await setImmediate();
  });
});

describe('making the memory unshared', () => {
  const header = [0, 97, 115, 109, 1, 0, 0, 0];

  test('one bit of the imports changes', async () => {
    const { wasm } = await build();
    const bytes = new Uint8Array(readFileSync(wasm));
    const changed = bytes.slice();
    const limits = unshare(changed);
    const { at } = findMemory(bytes);
    expect([bytes[at], changed[at]]).toEqual([3, 1]);
    expect(limits).toEqual(findMemory(bytes).limits);
  });

  test.each([
    ['no module', [1, 2, 3, 4], 'the wasm does not begin as a wasm file does'],
    ['cut', [...header, 2, 9, 1], 'the wasm ends within its imports'],
    ['full of one byte', [...header, 1, ...new Array(999).fill(128), 0], 'ends within its imports'],
    ['without imports', [...header, 3, 0], 'the wasm imports nothing'],
    [
      'of a new kind',
      [...header, 2, 5, 1, 0, 0, 9, 0],
      'the wasm has an import of the unknown kind 9',
    ],
  ])('a file that is %s is refused', (_what, bytes, message) => {
    expect(() => unshare(new Uint8Array(bytes))).toThrow(message);
  });
});
