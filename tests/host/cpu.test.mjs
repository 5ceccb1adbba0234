// @ts-check
// The CPU profile: its words, its text, and what it shows of running programs.

import { describe, expect, test } from '@jest/globals';
import { RuntimeClosed, toText } from '../../host/index.js';
import { decodeCpuLog, makeCpuProfile } from '../../host/profile/cpu.js';
import { Symbols } from '../../host/profile/symbols.js';
import { buildProgram } from '../helpers/build.mjs';
import { hostProgram } from '../helpers/hostprograms.mjs';
import { start, testWorkers } from './start.mjs';
import { sample } from './tables.mjs';

/** @typedef {import('../../host/index.js').CpuProfile} CpuProfile */

const symbols = new Symbols(sample);
const frames = (/** @type {number} */ pc) => symbols.frames(pc);
const names = new Map([
  [0x20000002, 'runtime.scheduler'],
  [0x20000004, 'red'],
]);
const text = (/** @type {number} */ pc) => names.get(pc) ?? '';
const header = [0, 3, 0, 10_000, 0];
const words = (/** @type {number[]} */ ...rest) => Uint32Array.from([...header, ...rest]);
const lost = 0x20000000;

describe('the words', () => {
  test('are a header, records, and perhaps an end', () => {
    const samples = [
      { count: 7, pcs: [6, 3] },
      { count: 1, pcs: [] },
    ];
    const list = [7, 2, 6, 3, 1, 0];
    expect(decodeCpuLog(words(...list, 0, 1, 0))).toEqual({ periodUs: 10_000, samples });
    expect(decodeCpuLog(words(...list))).toEqual({ periodUs: 10_000, samples });
    expect(decodeCpuLog(words(0, 1, 0)).samples).toEqual([]);
    expect(decodeCpuLog(words()).samples).toEqual([]);
  });

  test.each([
    ['no header', []],
    ['another header', [0, 3, 1, 10_000, 0]],
    ['a record that is cut off', [...header, 1, 2, 6]],
    ['a record without pcs', [...header, 1]],
    ['a count of 0', [...header, 0, 2, 1, 1]],
    ['more behind the end', [...header, 0, 1, 0, 1, 0]],
  ])('that are none: %s', (_, list) => {
    expect(() => decodeCpuLog(Uint32Array.from(list))).toThrow(TypeError);
  });
});

const profile = makeCpuProfile(
  {
    ...{ hz: 100, durationNs: 1e9 },
    samples: [
      { count: 2, pcs: [6, 3] },
      { count: 5, pcs: [lost] },
      { count: 4, pcs: [2, 0x20000004] },
      { count: 1, pcs: [0x20000002] },
      { count: 9, pcs: [0x20000001] },
      { count: 1, pcs: [6, 3] },
    ],
  },
  frames,
  text,
);

test('equal stacks are merged; labels, lost samples and idle processors are told apart', () => {
  expect(profile).toMatchObject({
    kind: 'cpu',
    hz: 100,
    durationNs: 1e9,
    total: 8,
    lost: 5,
    idle: 9,
  });
  expect(profile.records.map(({ count, label, pcs }) => [count, label, pcs])).toEqual([
    [4, 'red', [2]],
    [3, '', [6, 3]],
    [1, '', [0x20000002]],
  ]);
  expect(profile.records[2].frames).toMatchObject([{ func: 'runtime.scheduler', kind: 'runtime' }]);
  expect(JSON.parse(JSON.stringify(profile))).toEqual(profile);
});

test('as text', () => {
  expect(toText(profile)).toBe(
    `cpu profile: total 8
4 @ 0x2
# labels: {"label":"red"}
#	0x2	main+0x1	src/main.c:12

3 @ 0x6 0x3
#	0x3	helper+0x2	src/helper.c:3
#	0x3	main+0x2	src/main.c:15

1 @ 0x20000002
#	0x20000002	runtime.scheduler+0x0	?:0

`,
  );
});

// --- running programs ---

/** @param {string[]} args @param {number} procs */
async function work(args, procs, build = () => buildProgram('tests/host/cpu.c')) {
  const { wasm } = await build();
  const { rt, saw } = await start(args, { wasm, procs });
  await saw('ready');
  return rt;
}

/** Samples with this function. @param {CpuProfile} p @param {string} func */
function samplesIn({ records }, func) {
  const with_ = records.filter((record) => record.frames.some((frame) => frame.func === func));
  return with_.reduce((sum, { count }) => sum + count, 0);
}

/**
 * Profiles until a profile is as wanted: a worker or sysmon may have had no time to run in one.
 * @param {import('../../host/index.js').Runtime} rt
 * @param {import('../../host/index.js').CpuOptions} options
 * @param {(p: CpuProfile) => unknown} wanted
 */
async function profileUntil(rt, options, wanted) {
  for (;;) {
    const cpu = await rt.cpuProfile(options);
    if (wanted(cpu)) return cpu;
  }
}

test('goroutines that leave before they poll are told by their frames', async () => {
  const rt = await work(['yields', '2'], 1);
  const told = (/** @type {CpuProfile} */ p) => samplesIn(p, 'yields') > 0;
  const cpu = await profileUntil(rt, { seconds: 0.5, hz: 1000 }, told);
  // They work for a part of the time, the scheduler for the rest: nothing is charged elsewhere. How
  // large their part is depends on what the engine has optimised by then.
  const theirs = samplesIn(cpu, 'yields');
  expect(theirs + samplesIn(cpu, 'runtime.scheduler')).toBeGreaterThan(0.95 * cpu.total);
});

test('a label is inherited, and told', async () => {
  const rt = await work(['labelled'], 1);
  const told = (/** @type {CpuProfile} */ p) => samplesIn(p, 'child') > 0;
  const cpu = await profileUntil(rt, { seconds: 0.3 }, told);
  const record = cpu.records.find((r) => r.frames.some(({ func }) => func === 'child'));
  expect(record?.label).toBe('a label');
});

testWorkers('the collector has a frame of its own', async () => {
  const rt = await work(['collects'], 1, () => hostProgram('cpu'));
  await profileUntil(rt, { seconds: 1, hz: 1000 }, (p) => samplesIn(p, 'runtime.gc') > 0);
});

testWorkers('who is idle is counted apart', async () => {
  const rt = await work([], 2);
  // What was due when sysmon got no time at the end of the profile is told by nobody.
  await profileUntil(rt, { seconds: 0.5, hz: 1000 }, ({ total, idle, durationNs }) => {
    const due = ((1000 * durationNs) / 1e9) * 2;
    return total + idle > 0.9 * due && idle > 9 * total;
  });
});

// --- misuse, and the end ---

test.each([
  [undefined, /options/],
  [{}, /seconds/],
  [{ seconds: 0 }, /seconds/],
  [{ seconds: NaN }, /seconds/],
  [{ seconds: '1' }, /seconds/],
  [{ seconds: 1e9 }, /seconds/],
  [{ seconds: 1, hz: 0 }, /hz/],
  [{ seconds: 1, hz: 1.5 }, /hz/],
  [{ seconds: 1, hz: 1_000_001 }, /hz/],
  [{ seconds: 1, signal: {} }, /signal/],
])('%j is refused', async (options, message) => {
  const rt = await work([], 1);
  await expect(rt.cpuProfile(/** @type {any} */ (options))).rejects.toThrow(message);
});

test('one at a time; a signal ends it, and then there may be another', async () => {
  const rt = await work(['in_place'], 1);
  const controller = new AbortController();
  const first = rt.cpuProfile({ seconds: 1000, signal: controller.signal });
  await expect(rt.cpuProfile({ seconds: 1 })).rejects.toMatchObject({
    code: 'ERR_PROFILING',
    message: 'cpu profiling already in use',
  });
  controller.abort(new Error('enough'));
  await expect(first).rejects.toThrow('enough');
  const aborted = AbortSignal.abort(new Error('before'));
  await expect(rt.cpuProfile({ seconds: 1000, signal: aborted })).rejects.toThrow('before');
  expect((await rt.cpuProfile({ seconds: 0.1 })).kind).toBe('cpu');
});

test('close() rejects one that runs', async () => {
  const rt = await work(['in_place'], 1);
  const cpu = rt.cpuProfile({ seconds: 1000 });
  await rt.stack(); // it runs
  const [result] = await Promise.allSettled([cpu, rt.close()]);
  expect(/** @type {any} */ (result).reason).toBeInstanceOf(RuntimeClosed);
  await expect(rt.cpuProfile({ seconds: 1 })).rejects.toBeInstanceOf(RuntimeClosed);
});
