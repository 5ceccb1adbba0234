// @ts-check
// Two functions with work of 3:1 profile at 3:1, in Node and in Chromium, on one and two Ps.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { relative } from 'node:path';
import { root } from '../../scripts/paths.mjs';
import { openBrowser } from '../helpers/browser.mjs';
import { buildProgram } from '../helpers/build.mjs';
import { isTurn, some } from '../helpers/sample.mjs';

/**
 * @typedef {object} Work
 * @property {string} lib     of the package
 * @property {string} wasm
 * @property {number} procs
 * @property {string} job     of cpu.c
 * @property {[string, string]} funcs  heavy and light
 */

const tolerance = 0.05;
const rounds = process.env.WORLDSEMA_STRESS === '1' ? 40 : 16;

/**
 * Profiles half a second at a time, until four standard errors of the ratio are less than the
 * tolerance (told by how much the parts differ), or for so many rounds. Also runs in a page.
 * @param {Work & { tolerance: number, rounds: number }} work
 */
async function measure({ lib, wasm, procs, job, funcs, tolerance: enough, rounds }) {
  const hz = 2000;
  const { createRuntime } = await import(lib);
  const ready = /** @type {(() => void)[]} */ ([]);
  const args = [job, String(procs)];
  const stdout = () => ready.splice(0).forEach((go) => go());
  const started = new Promise((resolve) => ready.push(() => resolve(undefined)));
  const rt = await createRuntime({ wasm, procs, args, stdout });
  await started;
  const shares = /** @type {number[]} */ ([]);
  const told = /** @type {number[]} */ ([]); // of the samples that were due
  const sums = { total: 0, lost: 0, both: 0 };
  const within = (/** @type {any} */ { records }, /** @type {string} */ name) =>
    records
      .filter((/** @type {any} */ r) => r.frames.some((/** @type {any} */ f) => f.func === name))
      .reduce((/** @type {number} */ sum, /** @type {any} */ { count }) => sum + count, 0);
  let ratio = 0;
  let error = Infinity;
  for (let n = 1; n <= rounds && (n <= 8 || 4 * error > enough); n++) {
    const cpu = await rt.cpuProfile({ seconds: 0.5, hz });
    const [a, b] = funcs.map((name) => within(cpu, name));
    shares.push(a / (a + b));
    sums.total += cpu.total;
    told.push(cpu.total / ((procs * hz * cpu.durationNs) / 1e9));
    sums.lost += cpu.lost;
    sums.both += a + b;
    const mean = shares.reduce((x, y) => x + y) / n;
    const spread = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / (n - 1) / n;
    ratio = mean / (1 - mean);
    error = Math.sqrt(spread) / (mean * (1 - mean)); // of its logarithm
  }
  await rt.close();
  const middle = told.sort((x, y) => x - y)[told.length >> 1];
  return { ratio, error, middle, ...sums };
}

/** @type {import('../helpers/browser.mjs').TestBrowser} */
let browser;

beforeAll(async () => void (browser = await openBrowser()));
afterAll(() => browser.close());

async function inPage(/** @type {Work & { tolerance: number, rounds: number }} */ work) {
  const { page, errors } = await browser.open('tests/host/empty.html');
  const wasm = `/${relative(root, work.wasm)}`;
  const told = await page.evaluate(measure, { ...work, lib: '/host/browser.js', wasm });
  await page.close();
  expect(errors).toEqual([]);
  return told;
}

const lib = new URL('../../host/index.js', import.meta.url).href;

const places = [
  { where: 'Node', run: measure, turn: 0 },
  { where: 'Chromium', run: inPage, turn: 1 },
].filter(({ turn }) => isTurn(turn));

describe.each(places)('in $where, work of 3:1 is told as 3:1, and all of it', ({ run, turn }) => {
  const ways = /** @type {[string, [string, string]][]} */ ([
    ['in_place', ['heavy', 'light']],
    ['unwound', ['heavy_waits', 'light_waits']],
  ]).flatMap((way, n) => some([], [1, 2], turn + n, 2).map((procs) => ({ way, procs })));
  test.each(ways)('$way, on $procs Ps', async ({ way: [job, funcs], procs }) => {
    const { wasm } = await buildProgram('tests/host/cpu.c');
    const work = { lib, wasm, procs, job, funcs };
    const { ratio, error, middle, total, lost, both } = await run({ ...work, tolerance, rounds });
    // On a machine that has much else to do each sample stands for many: then it is six errors.
    const most = 4 * error > tolerance ? 6 * error : tolerance;
    expect(Math.abs(ratio / 3 - 1)).toBeLessThan(most);
    // Most rounds: where sysmon gets no time at the end of one, that one has too few.
    expect(Math.abs(middle - 1)).toBeLessThan(0.1);
    expect(both).toBeGreaterThan(0.9 * total);
    expect(lost).toBe(0);
  });
});
