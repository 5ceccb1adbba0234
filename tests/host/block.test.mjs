// @ts-check
// The block and mutex profiles: their words, their text, and what they show of a running program.

import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toText } from '../../host/index.js';
import { decodeBlock, makeBlockProfile } from '../../host/profile/block.js';
import { abiVersion, BlockHead, blockMagic, GoBlockProfileRecord } from '../../host/layout.js';
import { Symbols } from '../../host/profile/symbols.js';
import { root } from '../../scripts/paths.mjs';
import { buildProgram } from '../helpers/build.mjs';
import { start } from './start.mjs';
import { record } from '../helpers/words.mjs';
import { sample } from './tables.mjs';

const source = readFileSync(join(root, 'tests/host/cpu.c'), 'utf8').split('\n');
const symbols = new Symbols(sample);
const frames = (/** @type {number} */ pc) => symbols.frames(pc);
const delay = (
  /** @type {bigint} */ count,
  /** @type {bigint} */ ns,
  /** @type {number[]} */ pcs,
) => {
  const words = record(GoBlockProfileRecord, { count, ns });
  pcs.forEach((pc, i) => (words[GoBlockProfileRecord.pcs + i] = pc));
  return words;
};
const words = Uint32Array.from([
  ...record(BlockHead, { magic: blockMagic, version: abiVersion, n: 2, rate: 7 }),
  ...delay(3n, 500n, [2]),
  ...delay(1n, 2n ** 32n + 1n, [6, 3]),
]);

test('words become records, the longest first', () => {
  const profile = makeBlockProfile('mutex', decodeBlock(words), frames);
  expect(profile).toMatchObject({
    kind: 'mutex',
    rate: 7,
    total: { count: 4, delayNs: 2 ** 32 + 501 },
  });
  expect(profile.records.map(({ count, delayNs, pcs }) => [count, delayNs, pcs])).toEqual([
    [1, 2 ** 32 + 1, [6, 3]],
    [3, 500, [2]],
  ]);
  expect(JSON.parse(JSON.stringify(profile))).toEqual(profile);
  expect(() => decodeBlock(words.slice(1))).toThrow(TypeError);
});

test.each([
  ['block', '--- contention:\ncycles/second=1000000000\n'],
  ['mutex', '--- mutex:\ncycles/second=1000000000\nsampling period=7\n'],
])('as text: %s', (kind, head) => {
  const profile = makeBlockProfile(/** @type {'block'} */ (kind), decodeBlock(words), frames);
  expect(toText(profile)).toBe(`${head}4294967297 1 @ 0x6 0x3
#	0x3	helper+0x2	src/helper.c:3
#	0x3	main+0x2	src/main.c:15

500 3 @ 0x2
#	0x2	main+0x1	src/main.c:12

`);
});

test('who waits for a mutex, and who makes others wait', async () => {
  const { wasm } = await buildProgram('tests/host/cpu.c');
  const { rt, saw } = await start(['contends', '3'], { wasm });
  await saw('ready');
  expect((await rt.profile('block')).records).toEqual([]);
  expect(await rt.setBlockProfileRate(1)).toBe(0);
  expect(await rt.setMutexProfileFraction(2)).toBe(0);
  for (const kind of /** @type {const} */ (['block', 'mutex'])) {
    let profile = await rt.profile(kind);
    while (profile.total.count < 10) profile = await rt.profile(kind);
    const { records, total, rate } = profile;
    expect(rate).toBe(kind === 'block' ? 1 : 2);
    expect(total.delayNs).toBeGreaterThan(0);
    const at = records[0].frames.find(({ func }) => func === 'contends')?.line ?? 0;
    expect(source[at - 1]).toMatch(kind === 'block' ? /go_mutex_lock/ : /go_mutex_unlock/);
  }
  expect(await rt.setBlockProfileRate(0)).toBe(1);
  expect(await rt.setMutexProfileFraction(0)).toBe(2);
});

test("a profile of the program's own", async () => {
  const { wasm } = await buildProgram('tests/host/cpu.c');
  const { rt, saw } = await start([], { wasm });
  await saw('ready');
  const doors = await rt.profile('doors');
  expect(doors).toMatchObject({ kind: 'doors', total: 4 });
  expect(doors.records.map(({ count }) => count)).toEqual([3, 1]);
  const outer = doors.records.map((r) => r.frames.find(({ kind }) => kind === 'user')?.func);
  expect(outer).toEqual(['enter', 'main']);
  expect(toText(doors)).toMatch(/^doors profile: total 4\n3 @ 0x/);
  await expect(rt.profile('windows')).rejects.toMatchObject({
    code: 'ERR_BAD_PROFILE',
    message: expect.stringMatching(/no profile is named windows; there are .* mutex, doors$/),
  });
});

test.each([-1, 1.5, 2 ** 32, '1', undefined])('a rate of %j is refused', async (n) => {
  const { rt } = await start([]);
  const bad = /** @type {any} */ (n);
  const error = { code: 'ERR_BAD_PROFILE', message: expect.stringMatching(/from 0 to/) };
  await expect(rt.setBlockProfileRate(bad)).rejects.toMatchObject(error);
  await expect(rt.setMutexProfileFraction(bad)).rejects.toMatchObject(error);
});
