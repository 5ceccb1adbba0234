// @ts-check
// The heap profile: of a running program, and as text.

import { expect, test } from '@jest/globals';
import { toText } from '../../host/index.js';
import { abiVersion, HeapHead, heapMagic } from '../../host/layout.js';
import { decodeHeap, makeHeapProfile } from '../../host/profile/heap.js';
import { Symbols } from '../../host/profile/symbols.js';
import { record } from '../helpers/words.mjs';
import { startHeap } from './start.mjs';
import { sample } from './tables.mjs';

/** @typedef {import('../../host/index.js').HeapProfile} HeapProfile */

const symbols = new Symbols(sample);
const frames = (/** @type {number} */ pc) => symbols.frames(pc);

/**
 * @param {number} rate
 * @param {{ pcs: number[], sampled: number[], estimated: number[] }[]} stacks
 */
function heapWords(rate, ...stacks) {
  const head = { magic: heapMagic, version: abiVersion, n: stacks.length, rate };
  const words = record(HeapHead, head);
  for (const { pcs, sampled, estimated } of stacks)
    words.push(
      ...new Uint32Array(BigUint64Array.from(sampled, BigInt).buffer),
      ...new Uint32Array(Float64Array.from(estimated).buffer),
      pcs.length,
      ...pcs,
    );
  return Uint32Array.from(words);
}

const two = heapWords(
  4096,
  { pcs: [6, 3], sampled: [10, 10, 160, 160], estimated: [2565, 2565, 41040, 41040] },
  { pcs: [2], sampled: [3, 1, 6000, 2000], estimated: [7.77, 2.59, 15531.2, 5177.1] },
);

test('words become records, with what was sampled and what that stands for', () => {
  const profile = makeHeapProfile('heap', decodeHeap(two), frames);
  expect(profile).toMatchObject({ kind: 'heap', rate: 4096 });
  expect(profile.records.map(({ pcs }) => pcs)).toEqual([[2], [6, 3]]);
  expect(profile.records[0]).toMatchObject({
    ...{ inuseObjects: 5, inuseBytes: 10_354, allocObjects: 8, allocBytes: 15_531 },
    sampled: { inuseObjects: 2, inuseBytes: 4000, allocObjects: 3, allocBytes: 6000 },
  });
  expect(profile.total).toEqual({
    ...{ inuseObjects: 5, inuseBytes: 10_354, allocObjects: 2573, allocBytes: 56_571 },
  });
  expect(JSON.parse(JSON.stringify(profile))).toEqual(profile);
  const allocs = makeHeapProfile('allocs', decodeHeap(two), frames);
  expect(allocs.records.map(({ pcs }) => pcs)).toEqual([[6, 3], [2]]);
  expect(() => decodeHeap(new Uint32Array(4))).toThrow(TypeError);
});

test('the text is the pprof package’s: counts of sampled blocks', () => {
  expect(toText(makeHeapProfile('heap', decodeHeap(two), frames))).toBe(
    `heap profile: 2: 4000 [13: 6160] @ heap/8192
2: 4000 [3: 6000] @ 0x2
#	0x2	main+0x1	src/main.c:12

0: 0 [10: 160] @ 0x6 0x3
#	0x3	helper+0x2	src/helper.c:3
#	0x3	main+0x2	src/main.c:15

`,
  );
});

/**
 * The one record whose innermost function of the program this is.
 * @param {HeapProfile} p
 * @param {string} func
 */
function recordOf({ records }, func) {
  const found = records.filter((r) => r.frames.find(({ kind }) => kind === 'user')?.func === func);
  expect(found).toHaveLength(1);
  return found[0];
}

test('by a rate of 1 every block is told, as of the last collection', async () => {
  const n = 5000;
  const { rt } = await startHeap(['exact', String(n)]);
  await rt.gc();
  const heap = await rt.profile('heap', { debug: 1 });
  expect(heap.rate).toBe(1);
  const wanted = { allocObjects: n, allocBytes: 96 * n };
  const halves = { ...wanted, inuseObjects: n / 2, inuseBytes: 48 * n };
  expect(recordOf(heap, 'uncollected')).toMatchObject({ ...halves, sampled: halves });
  expect(recordOf(heap, 'collected')).toMatchObject({ ...wanted, inuseObjects: n });
  expect(recordOf(heap, 'collected').frames.map(({ func }) => func)).toEqual(
    expect.arrayContaining(['collected', 'exact', 'main']),
  );

  const text = toText(heap);
  expect(text).toMatch(/^heap profile: \d+: \d+ \[\d+: \d+\] @ heap\/2\n/);
  expect(text).toContain(`\n${n / 2}: ${48 * n} [${n}: ${96 * n}] @ 0x`);
  expect(text).toMatch(/\n#\t0x\w+\tuncollected\+0x\w+\t+tests\/host\/heap.c:\d+\n/);
  expect(text).toContain(`\n# runtime.MemStats\n# Alloc = ${heap.memStats?.alloc}\n`);
  expect(heap.memStats?.buckHashSys).toBeGreaterThan(179_999 * 4);

  const allocs = await rt.profile('allocs');
  expect(allocs.memStats).toBeUndefined();
  expect(recordOf(allocs, 'uncollected')).toMatchObject(wanted);
});

test('a sample says on average what a mixture of sizes from one place is', async () => {
  const n = 200_000; // 12 MiB of small blocks, 125 MiB of large ones
  const env = { GODEBUG: 'memprofilerate=8192' };
  const { rt } = await startHeap(['sample', String(n)], { env });
  const heap = await rt.profile('heap');
  expect(heap.rate).toBe(8192);
  const { inuseObjects, inuseBytes, sampled } = recordOf(heap, 'mixed');
  expect(sampled.inuseObjects).toBeLessThan(n / 20);
  // 1546 samples of small blocks: seven standard deviations are 18 %.
  expect(Math.abs(inuseObjects / n - 1)).toBeLessThan(0.18);
  const bytes = n * 0.99 * 64 + n * 0.01 * 65_536;
  expect(Math.abs(inuseBytes / bytes - 1)).toBeLessThan(0.05);
});

test('where samples would come too fast they are fewer, and stand for more', async () => {
  const n = 10_000_000; // of 1 KiB: 19,531 samples at the default rate
  const { rt } = await startHeap(['churn', String(n)]);
  const allocs = await rt.profile('allocs');
  expect(allocs.rate).toBe(512 << 10);
  const { allocObjects, allocBytes, sampled } = recordOf(allocs, 'churned');
  expect(sampled.allocObjects).toBeLessThan(9000);
  // By themselves they would tell less than a half. Of 200 samples seven standard deviations are 50
  // %.
  expect(Math.abs(allocObjects / n - 1)).toBeLessThan(0.5);
  expect(allocBytes / allocObjects).toBeCloseTo(1024, 0);
  const [, objects] = /\[(\d+): \d+\] @ 0x/.exec(toText(allocs)) ?? [];
  expect(Math.abs(Number(objects) / (n / 512.5) - 1)).toBeLessThan(0.5);
});
