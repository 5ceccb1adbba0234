// @ts-check
// The package in Chromium: the same program, started by a page.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBrowser, withBrowser } from '../helpers/browser.mjs';
import { program } from './start.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** @type {Awaited<ReturnType<typeof openBrowser>>} */ let browser;
/** Where the server has the program. @type {string} */ let wasm;

beforeAll(async () => {
  wasm = `/${relative(root, (await program()).wasm)}`;
  browser = await openBrowser();
});

afterAll(() => browser?.close());

/**
 * Runs in the page: starts the program, does what the steps say, and gives plain data.
 * @param {{ wasm: string, args: string[], look?: boolean }} what
 */
async function runInPage({ wasm, args, look }) {
  const before = Object.getOwnPropertyNames(globalThis).length;
  const { createRuntime } = await import(/** @type {any} */ ('/host/browser.js'));
  const printed = { stdout: '', stderr: '' };
  const decoder = new TextDecoder();
  const keep = (/** @type {'stdout' | 'stderr'} */ name) => (/** @type {Uint8Array} */ bytes) => {
    printed[name] += decoder.decode(bytes);
  };
  const streams = { stdout: keep('stdout'), stderr: keep('stderr') };
  try {
    const rt = await createRuntime({ wasm, args, procs: 2, ...streams });
    /** @type {Record<string, unknown>} */
    const seen = {};
    if (look) {
      while (!printed.stdout.includes('ready')) await new Promise((next) => setTimeout(next, 1));
      while ((await rt.goroutines())[0].reason !== 'sleep');
      seen.stack = await rt.stack();
      seen.goroutines = await rt.goroutines();
      seen.profile = await rt.profile('goroutine');
      seen.procs = [await rt.setMaxProcs(4), rt.counts().procs];
      await rt.close();
    }
    const end = await rt.done.then(
      (/** @type {number} */ code) => ({ code }),
      (/** @type {any} */ { name, code, message, dump }) => ({ name, code, message, dump }),
    );
    const left = Object.getOwnPropertyNames(globalThis).length - before;
    return { ...printed, ...seen, end, left };
  } catch (error) {
    const { name, code, message } = /** @type {any} */ (error);
    return { end: { name, code, message } };
  }
}

/** @param {string[]} args @param {{ look?: boolean }} [options] */
async function run(args, { look } = {}) {
  const { page, errors } = await browser.open('tests/host/empty.html');
  const result = /** @type {any} */ (await page.evaluate(runInPage, { wasm, args, look }));
  await page.close();
  return { ...result, errors };
}

test('a program runs in a page', async () => {
  const { stdout, stderr, end, errors, left } = await run(['echo', 'größe']);
  expect({ stdout, stderr, end }).toEqual({
    stdout: 'echo\ngröße\n(null) alone\n',
    stderr: 'to stderr',
    end: { code: 0 },
  });
  expect(errors).toEqual([]);
  expect(left).toBe(0);
});

test('output is whole while the page thread never waits', async () => {
  const lines = 20_000;
  const { stdout, end } = await run(['flood', String(lines)]);
  expect(end).toEqual({ code: 0 });
  expect(stdout.split('\n')).toHaveLength(lines + 1);
  expect(
    stdout.endsWith(`line ${lines - 1} of some length, so that the ring is full often\n`),
  ).toBe(true);
});

test('every goroutine can be seen while all workers are busy', async () => {
  const { stack, goroutines, profile, procs, end } = await run(['crowd'], { look: true });
  expect(goroutines).toHaveLength(6);
  expect(stack).toMatch(/^goroutine 1 \[sleep\]:/);
  expect(stack.match(/waiter\(\.\.\.\)\n\ttests\/host\/program.c:\d+/g)).toHaveLength(3);
  expect(profile.total).toBe(6);
  expect(procs).toEqual([2, 4]);
  expect(end).toMatchObject({ name: 'RuntimeClosed', code: 'ERR_CLOSED' });
});

test.each([
  ['Deadlock', ['deadlock'], 'all goroutines are asleep - deadlock!'],
  ['GoPanic', ['panic'], 'what the program says'],
  ['RuntimeTrap', ['trap', '0'], 'divide by zero'],
])('death by %s', async (name, args, message) => {
  const { end, stderr, errors } = await run(args);
  expect(end.name).toBe(name);
  expect(end.message).toContain(message);
  expect(end.dump).toMatch(/^goroutine 1 \[/m);
  expect(stderr).toContain(end.dump);
  expect(errors).toEqual([]);
});

test('a page without the two headers is told which they are', async () => {
  await withBrowser(
    async ({ open }) => {
      const { page } = await open('tests/host/empty.html');
      const { end } = /** @type {any} */ (await page.evaluate(runInPage, { wasm, args: [] }));
      expect(end).toMatchObject({ name: 'PlatformError', code: 'ERR_NO_ISOLATION' });
      expect(end.message).toContain('Cross-Origin-Opener-Policy: same-origin');
      expect(end.message).toContain('Cross-Origin-Embedder-Policy: require-corp');
    },
    { isolated: false },
  );
});
