// @ts-check
// Programs that die in Chromium. Each prints the same lines as in Node.js, gives one error, and
// leaves nothing behind. All run in one page, one after the other.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { relative } from 'node:path';
import { root } from '../../scripts/paths.mjs';
import { openBrowser } from '../helpers/browser.mjs';
import { buildProgram } from '../helpers/build.mjs';
import { argsOf, goldenPrograms, missingLine, withMain } from '../helpers/golden.mjs';
import { allTogether, moduleOf, takesTurn } from '../helpers/goldenmodule.mjs';
import { hostProgram } from '../helpers/hostprograms.mjs';

/** @typedef {import('../helpers/golden.mjs').Golden} Golden */
/**
 * @typedef {{ name: string, code: string, message: string, exitCode: number, dump: string }} Death
 */
/** @typedef {{ stdout: string, stderr: string, ends: (number | Death)[] }} Ran */

/** Where the server has a program. @param {{ wasm: string }} built */
const served = ({ wasm }) => `/${relative(root, wasm)}`;

/**
 * Runs in the page, once: what runs a program there. A module is compiled only once.
 * @typedef {{ wasm: string, args: string[], env?: Record<string, string>, kill?: number }} What
 *   kill: a worker, once the program says that it is ready
 */
async function prepare() {
  /** @type {{ worker: Worker, lock: string }[]} */
  const workers = [];
  globalThis.Worker = class extends Worker {
    /** @param {string | URL} url @param {WorkerOptions} [options] */
    constructor(url, options) {
      super(url, options);
      const known = { worker: this, lock: '' };
      workers.push(known);
      this.addEventListener(
        'message',
        ({ data }) => (known.lock = data.worldsemaLock ?? known.lock),
      );
    }
  };
  const { createRuntime } = await import(/** @type {any} */ ('/host/browser.js'));
  /** @type {Record<string, Promise<WebAssembly.Module>>} */
  const modules = {};
  const host = {
    fails(/** @type {number} */ n) {
      throw new RangeError(`not ${n}`);
    },
  };
  /** @param {What} what @returns {Promise<Ran>} */
  const run = async ({ wasm, kill, ...options }) => {
    const printed = { stdout: '', stderr: '' };
    const keep = (/** @type {'stdout' | 'stderr'} */ name) => {
      const decoder = new TextDecoder();
      return (/** @type {Uint8Array} */ bytes) => {
        printed[name] += decoder.decode(bytes, { stream: true });
      };
    };
    modules[wasm] ??= WebAssembly.compileStreaming(fetch(wasm));
    workers.length = 0;
    const rt = await createRuntime({
      ...{ wasm: await modules[wasm], glue: wasm.replace(/wasm$/, 'mjs') },
      ...{ stdout: keep('stdout'), stderr: keep('stderr'), procs: 2, host, ...options },
    });
    if (kill !== undefined) {
      // The package waits for the lock that the worker holds: so it has seen it.
      const seen = async () => {
        const { pending = [] } = await navigator.locks.query();
        return pending.some(({ name }) => name === workers[kill]?.lock);
      };
      while (!printed.stdout.includes('ready') || !(await seen()))
        await new Promise((next) => setTimeout(next, 1));
      workers[kill].worker.terminate();
    }
    /** @type {Ran['ends']} */
    const ends = [];
    await rt.done.then(
      (/** @type {number} */ code) => ends.push(code),
      (/** @type {Death} */ { name, code, message, exitCode, dump }) =>
        ends.push({ name, code, message, exitCode, dump }),
    );
    await rt.close();
    return { ...printed, ends };
  };
  Object.assign(globalThis, { run });
}

/** @type {Awaited<ReturnType<typeof openBrowser>>} */ let browser;
/** @type {import('../helpers/browser.mjs').Opened} */ let opened;

beforeAll(async () => {
  await allTogether();
  browser = await openBrowser();
  opened = await browser.open('tests/host/empty.html');
  await opened.page.evaluate(prepare);
}, 900_000);
afterAll(() => browser?.close());

/**
 * Runs a program in the page.
 * @param {What} what
 */
async function run(what) {
  const { page, errors } = opened;
  errors.length = 0;
  const { ends, ...printed } = await page.evaluate(
    (/** @type {What} */ what) => /** @type {any} */ (globalThis).run(what),
    what,
  );
  expect(ends).toHaveLength(1);
  return { ...printed, end: ends[0], errors: [...errors] };
}

/** @param {string} text @param {string} line */
const times = (text, line) => text.split('\n').filter((other) => other === line).length;

/**
 * The class that a program's death is, by what it says.
 * @param {string} said
 * @param {string} name of the program
 */
function deathOf(said, name) {
  if (/^panic: /m.test(said)) return { name: 'GoPanic', code: 'ERR_PANIC' };
  if (/^fatal error: .*deadlock!$/m.test(said)) return { name: 'Deadlock', code: 'ERR_DEADLOCK' };
  if (/stack_overflow/.test(name)) return { name: 'StackOverflow', code: 'ERR_STACK_OVERFLOW' };
  if (/trap_(?!abort)/.test(name)) return { name: 'RuntimeTrap', code: 'ERR_TRAP' };
  return { name: 'RuntimeThrow', code: 'ERR_THROW' };
}

// Half of them; Node.js runs all (golden.test.mjs).
const dying = goldenPrograms('crash', { exit: 2 })
  .filter(({ header }) => !header.skip)
  .filter(takesTurn);

test.each(dying)('$name', async (program) => {
  const { name, header, expected } = program;
  const wasm = served(await moduleOf(program));
  const { stderr, end, errors } = await run({ wasm, args: argsOf(program), env: header.env });
  expect(errors).toEqual([]);
  const said = withMain(program, stderr);
  for (const text of header.stderr) expect(said).toContain(text);
  const wrong = missingLine(said, expected);
  if (wrong !== undefined) throw new Error(`${wrong}\n--- stderr\n${said}`);
  if (typeof end === 'number') throw new Error(`it ended with ${end}`);
  expect(end).toMatchObject({ ...deathOf(said, name), exitCode: header.exit });
  expect(stderr).toContain(end.dump);
  const [first] = end.dump
    .split('\n')
    .filter((/** @type {string} */ line) => /^(fatal error|panic): /.test(line));
  expect(times(stderr, first)).toBe(1);
  for (const line of end.message.split('\n')) expect(stderr).toContain(line);
});

const exiting = goldenPrograms('c', { exit: 0 })
  .filter(({ name }) => /\/exit/.test(name))
  .filter(takesTurn);

test.each(exiting)('$name', async (program) => {
  const wasm = served(await moduleOf(program));
  expect(await run({ wasm, args: argsOf(program) })).toEqual({
    ...{ stdout: program.expected, stderr: '', end: program.header.exit, errors: [] },
  });
});

const failures = async () => served(await hostProgram('failures'));

test('what a function of the host throws, and nobody catches, is a panic', async () => {
  const { stderr, end, errors } = await run({ wasm: await failures(), args: ['host'] });
  expect(errors).toEqual([]);
  expect(end).toMatchObject({ name: 'GoPanic', code: 'ERR_PANIC', exitCode: 2 });
  expect(stderr).toMatch(/^panic: .*not 5.*\n\ngoroutine \d+ \[running\]:\n/);
});

test('what JavaScript throws below C is told with every stack', async () => {
  const { stderr, end, errors } = await run({ wasm: await failures(), args: ['throw'] });
  expect(errors).toEqual([]);
  expect(end).toMatchObject({ name: 'RuntimeTrap', code: 'ERR_TRAP', exitCode: 2 });
  expect(stderr).toMatch(/^fatal error: RangeError: from C\n\ngoroutine 1 \[running\]:\n.*main\(/s);
});

test("what a call of C throws on the page's thread is told", async () => {
  const { end, errors } = await run({ wasm: await failures(), args: ['page'] });
  expect(errors).toEqual([]);
  expect(end).toMatchObject({ name: 'WorkerDied', code: 'ERR_WORKER_DIED', exitCode: 2 });
  expect(end).toHaveProperty('message', expect.stringContaining('RangeError: from the page ('));
});

test('a worker that dies without a report is told', async () => {
  const { stderr, end } = await run({ wasm: await failures(), args: ['mute'] });
  expect(end).toMatchObject({ name: 'WorkerDied', code: 'ERR_WORKER_DIED', exitCode: 2 });
  expect(end).toHaveProperty('message', expect.stringMatching(/TextEncoder is not a constructor/));
  expect(stderr).toBe('');
});

test.each([0, 2])('a worker that somebody terminates is told: number %i', async (kill) => {
  const wasm = served(await buildProgram('tests/host/program.c'));
  expect(await run({ wasm, args: ['crowd'], kill })).toMatchObject({
    end: {
      ...{ name: 'WorkerDied', code: 'ERR_WORKER_DIED', exitCode: 2 },
      message: 'a worker ended unexpectedly: it was terminated',
    },
    errors: [],
  });
});

test('a heap in ruins is a death too, though the report may fail', async () => {
  const wasm = served(await buildProgram('tests/host/program.c'));
  const { end } = await run({ wasm, args: ['heap'] });
  expect(end).toMatchObject({ name: 'RuntimeTrap', code: 'ERR_TRAP', exitCode: 2 });
  expect(end).toHaveProperty('message', expect.stringMatching(/out of bounds/));
});

// Chromium gives a worker that never looks up two seconds.
test('no worker is left of all these', async () => {
  const { page } = opened;
  const one = () => page.workers()[0];
  for (let worker; (worker = one());) {
    const gone = worker.waitForEvent('close');
    if (page.workers().includes(worker)) await gone;
  }
  expect(page.workers()).toEqual([]);
});
