// @ts-check
// A program that was built with -g, in a debugger: breakpoints in C sources, frames, steps; also in
// a function that has waited, and goes on in its other body.

import { beforeAll, describe, expect, test } from '@jest/globals';
import { decodedMappings, sourceContentFor, TraceMap } from '@jridgewell/trace-mapping';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../../scripts/paths.mjs';
import { withBrowser } from '../helpers/browser.mjs';
import { buildProgram } from '../helpers/build.mjs';
import { debugNode, debugPage } from '../helpers/debugger.mjs';

const source = readFileSync(join(root, 'tests/host/debugged.c'), 'utf8');

/** The line that contains a text. @param {string} text */
const lineOf = (text) => source.split('\n').findIndex((line) => line.includes(text)) + 1;

/** A frame, as the debugger shows it. @param {string} func @param {string} text */
const at = (func, text) => `$${func} debugged.c:${lineOf(text)}`;

/** @type {{ wasm: string }} */
let built;

beforeAll(async () => {
  const polls = 'loops'; // in both modes: with other polls more functions have two bodies
  built = await buildProgram('tests/host/debugged.c', { opt: '-O0', sourceMap: true, polls });
});

/**
 * Stops before the wait, behind it, and in a function that is called there.
 * @param {import('../helpers/debugger.mjs').Debugger} debug
 * @param {() => Promise<unknown>} begin  calls `begin` in C
 */
async function look(debug, begin) {
  expect(await debug.breakAt('debugged.c', lineOf('before the wait'))).toBe(1);
  expect(await debug.breakAt('debugged.c', lineOf('after the wait'))).toBe(2); // two bodies
  expect(await debug.breakAt('debugged.c', lineOf('int twofold'))).toBe(1);
  const result = begin();

  const before = await debug.paused();
  expect(before.frames.slice(0, 2)).toEqual([
    at('add_later', 'before the wait'),
    at('begin', 'add_later(i)'),
  ]);
  const waits = await before.stepOver();
  expect(waits.frames[0]).toBe(at('add_later', 'go_gosched'));
  await waits.resume();

  const after = await debug.paused();
  expect(after.frames[0]).toBe(at('add_later', 'after the wait'));
  expect(after.frames[1]).toMatch(/^\$rt_os_run_ ctx\.c:\d+$/);
  const calls = await after.stepOver();
  expect(calls.frames[0]).toBe(at('add_later', 'twice(sum)'));
  await calls.resume();

  const inside = await debug.paused();
  expect(inside.frames.slice(0, 2)).toEqual([at('twice', 'int twofold'), calls.frames[0]]);
  const next = await inside.stepOver();
  expect(next.frames[0]).toBe(at('twice', 'twofold += n'));
  await next.resume();
  expect(await result).toBe(42);
}

describe('in Node.js', () => {
  test.each(
    /** @type {const} */ ([
      ['workers', 2], // a P's and sysmon's
      ['one', 1],
    ]),
  )('mode %s', async (mode, workers) => {
    const script = `
      import { createRuntime } from ${JSON.stringify(pathToFileURL(join(root, 'host/index.js')).href)};
      const rt = await createRuntime(${JSON.stringify({ wasm: built.wasm, procs: 1, mode })});
      globalThis.begin = () => rt.go('begin', 1);`;
    const { debug, evaluate, end } = await debugNode(script);
    try {
      const map = await debug.mapOf(workers);
      expect(sourceContentFor(map, /** @type {string} */ (map.sources[1]))).toBe(source);
      await look(debug, () => evaluate('begin()'));
    } finally {
      end();
    }
  });
});

test('in Chromium', async () => {
  await withBrowser(async ({ open }) => {
    const { page } = await open('tests/host/empty.html');
    const debug = await debugPage(page);
    const begin = await page.evaluateHandle(
      async (wasm) => {
        const { createRuntime } = await import(/** @type {any} */ ('/host/browser.js'));
        const rt = await createRuntime({ wasm, procs: 1 });
        return () => rt.go('begin', 1);
      },
      `/${relative(root, built.wasm)}`,
    );
    await debug.mapOf(2);
    await look(debug, () => begin.evaluate((call) => call()));
  });
});

test('a line begins where its code does: what is added to a loop begins none', () => {
  const map = new TraceMap(readFileSync(`${built.wasm}.map`, 'utf8'));
  const source = map.sources.findIndex((name) => name?.endsWith('debugged.c'));
  const begins = (/** @type {string} */ text) => {
    const lines = decodedMappings(map)[0].map(([, of, line = -2]) =>
      of === source ? line + 1 : 0,
    );
    return lines.filter((line) => line === lineOf(text)).length;
  };
  expect(begins('begins the loop')).toBe(2); // and the next turn
  expect(begins('behind the inner loop')).toBe(1);
});

test('the map has the sources, and debuggers pass over all that is not the program', () => {
  const map = JSON.parse(readFileSync(`${built.wasm}.map`, 'utf8'));
  const number = map.sources.findIndex((/** @type {string} */ name) => /debugged\.c$/.test(name));
  expect(join(built.wasm, '..', map.sources[number])).toBe(join(root, 'tests/host/debugged.c'));
  expect(map.sourcesContent[number]).toBe(source);
  const others = map.sources
    .map((/** @type {string} */ _name, /** @type {number} */ n) => n)
    .filter((/** @type {number} */ n) => n !== number);
  expect(map.ignoreList).toEqual(others);
  expect(map.sources.filter((/** @type {string} */ name) => name.startsWith('/'))).toEqual([]);
});
