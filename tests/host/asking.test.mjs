// @ts-check
// C and JavaScript ask questions of every kind at the same time. Each answer is right.

import { expect, test } from '@jest/globals';
import { toText } from '../../host/index.js';
import { hostProgram } from '../helpers/hostprograms.mjs';
import { start } from './start.mjs';

const rounds = process.env.WORLDSEMA_STRESS === '1' ? 100 : 5;
/** As many goroutines as tests/host/asking.c loses, and as ask there. */
const lost = 7;
const askers = 10;

/** @typedef {import('../../host/index.js').Runtime} Runtime */

/** @param {Runtime} rt */
async function checkGoroutines(rt) {
  const goroutines = await rt.goroutines();
  const losers = goroutines.filter(({ createdBy }) => createdBy?.func === 'lose');
  expect(losers).toHaveLength(lost);
  expect(goroutines).toHaveLength(1 + lost + askers);
}

/** @param {Runtime} rt */
async function checkLeaks(rt) {
  const leaks = await rt.leaks();
  expect(leaks.length).toBeLessThanOrEqual(lost);
  expect(leaks.filter(({ createdBy }) => createdBy?.func !== 'lose')).toEqual([]);
}

/** @param {Runtime} rt */
async function checkWaits(rt) {
  const { nodes, cycles } = await rt.waitGraph();
  expect(nodes.filter(({ createdBy }) => createdBy?.func === 'lose')).toHaveLength(lost);
  expect(cycles).toEqual([]);
}

/** @param {Runtime} rt */
async function checkProfiles(rt) {
  expect(await rt.profile('goroutine')).toMatchObject({ total: 1 + lost + askers });
  for (const kind of ['threadcreate', 'heap', 'allocs', 'block', 'mutex'])
    expect(toText(await rt.profile(kind))).toMatch(kind === 'threadcreate' ? /threadcreate/ : /./);
}

/** @param {Runtime} rt */
async function checkMemory(rt) {
  await rt.gc();
  expect((await rt.memStats()).mallocBytes).toBeGreaterThan(0);
  expect(await rt.stack()).toMatch(/^goroutine 1 \[/);
}

/** @param {Runtime} rt */
async function checkTimes(rt) {
  const profile = async () => {
    const { kind } = await rt.cpuProfile({ seconds: 0.02 }).catch(({ code }) => ({ kind: code }));
    return kind;
  };
  const record = async () => {
    // On a busy machine a fiftieth of a second can pass without an event.
    while ((await rt.trace({ seconds: 0.02 })).events.length === 0);
    return true;
  };
  const told = await Promise.all([profile(), profile(), record(), record()]);
  expect(told).toEqual(['cpu', 'ERR_PROFILING', true, true]); // one CPU profile at a time
}

test.each([1, 2, 4])('all kinds of questions at once, GOMAXPROCS=%s', async (procs) => {
  const { wasm } = await hostProgram('asking');
  const { rt, saw, printed } = await start([], { wasm, procs });
  await saw('made');
  const kinds = [checkGoroutines, checkLeaks, checkWaits, checkProfiles, checkMemory];
  for (let round = 0; round < rounds; round++)
    await Promise.all([...kinds, ...kinds, checkTimes].map((check) => check(rt)));
  rt.go('finish').catch(() => {}); // main may return before it does
  expect(await rt.done).toBe(0);
  expect(printed).toEqual({ stdout: 'made\n', stderr: '' });
});
