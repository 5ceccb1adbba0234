// @ts-check
// Figures about memory, and collections on demand.

import { expect, test } from '@jest/globals';
import { GoMemStats, GoSizeStats } from '../../host/layout.js';
import { decodeMemStats } from '../../host/profile/memstats.js';
import { record } from '../helpers/words.mjs';
import { startHeap, testWorkers } from './start.mjs';

/** @typedef {import('../../host/index.js').MemStats} MemStats */

/** What holds between the figures, always. @param {MemStats} s */
function holds(s) {
  expect(s.heapObjects).toBe(s.mallocs - s.frees);
  expect(s.heapInuse + s.heapIdle).toBe(s.heapSys);
  expect(s.heapAlloc).toBeLessThanOrEqual(s.heapInuse);
  expect(s.heapAlloc).toBe(s.alloc);
  expect(s.mallocBytes + s.collectedBytes).toBe(s.alloc);
  expect(s.mallocBlocks + s.collectedBlocks).toBe(s.heapObjects);
  const records = s.mspanSys + s.mcacheSys + s.buckHashSys + s.gcSys;
  expect(s.heapSys + s.stackSys + records + s.otherSys).toBe(s.sys);
  expect(s.mspanInuse).toBeLessThanOrEqual(s.mspanSys);
  expect(s.mcacheInuse).toBeLessThanOrEqual(s.mcacheSys);
  expect(s.frames).toBeLessThanOrEqual(s.stackInuse);
  expect(s.stackInuse).toBeLessThanOrEqual(s.stackSys);
  expect(s.pauseNs).toHaveLength(Math.min(s.numGc, 256));
  for (const { mallocs, frees } of s.bySize) expect(frees).toBeLessThanOrEqual(mallocs);
  expect(JSON.parse(JSON.stringify(s))).toEqual(s);
}

testWorkers('what is dropped is in use until it is collected', async () => {
  const cells = 20_000;
  const { rt, saw } = await startHeap(['leave', String(cells)]);
  const before = await rt.memStats();
  holds(before);
  expect(before.collectedBlocks).toBeGreaterThanOrEqual(cells);
  expect(before.collectedBytes).toBeGreaterThanOrEqual(cells * 96);
  expect(before.bySize.find(({ size }) => size === 96)?.mallocs).toBeGreaterThanOrEqual(cells);
  expect(before).toMatchObject({ enableGc: true, debugGc: false, lookups: 0, heapReleased: 0 });
  expect(before.nextGc).toBeGreaterThanOrEqual(4 << 20);

  await rt.gc();
  const kept = await rt.memStats();
  expect(kept.collectedBlocks).toBeGreaterThanOrEqual(cells);

  await rt.setMaxProcs(3);
  await saw('dropped');
  await rt.gc();
  const after = await rt.memStats();
  holds(after);
  expect(after.collectedBlocks).toBeLessThan(before.collectedBlocks - cells * 0.99);
  expect(after.numGc).toBe(before.numGc + 2);
  expect(after.mallocs).toBeGreaterThanOrEqual(before.mallocs);
  expect(after.pauseTotalNs).toBe(before.pauseTotalNs + after.pauseNs[0] + after.pauseNs[1]);
  expect(Math.abs(after.lastGc - Date.now())).toBeLessThan(60_000);
});

test('collections asked for at once are all answered, also while all workers are busy', async () => {
  const { rt } = await startHeap(['spin'], { procs: 1 });
  await Promise.all([rt.gc(), rt.stack(), rt.gc(), rt.memStats(), rt.gc()]);
  const { numGc } = await rt.memStats();
  expect(numGc).toBeGreaterThan(0);
  expect(numGc).toBeLessThanOrEqual(3);
  expect(rt.numGoroutine()).toBe(3);
  await rt.close();
  await expect(rt.gc()).rejects.toHaveProperty('code', 'ERR_CLOSED');
  await expect(rt.memStats()).rejects.toHaveProperty('code', 'ERR_CLOSED');
});

test('without a limit and with GOGC=off none begins by itself', async () => {
  const { rt } = await startHeap(['spin'], { env: { GOGC: 'off', GOMEMLIMIT: 'off' } });
  expect(await rt.memStats()).toMatchObject({ enableGc: false, nextGc: null, lastGc: 0 });
});

testWorkers('at a glance: exact after a collection, and of every collection', async () => {
  const cells = 20_000;
  const { rt, saw } = await startHeap(['leave', String(cells)]);
  expect(rt.heap()).toMatchObject({ numGc: 0, collections: [], nextGc: 4 << 20 });
  await rt.gc();
  const first = rt.heap();
  const stats = await rt.memStats();
  expect(first).toMatchObject({ numGc: 1, nextGc: stats.nextGc });
  expect(first.collected).toBeGreaterThanOrEqual(cells * 96);
  expect(first.uncollected).toBeGreaterThanOrEqual(cells * 4); // the table of cells
  expect(Math.abs(first.uncollected - stats.mallocBytes)).toBeLessThan(64 << 10);

  await rt.setMaxProcs(3);
  await saw('dropped');
  await rt.gc();
  const { collections, ...now } = rt.heap();
  expect(collections.map(({ number }) => number)).toEqual([1, 2]);
  const [one, two] = collections;
  expect(one).toEqual(first.collections[0]);
  expect(one.after).toBeGreaterThanOrEqual(cells * 96);
  expect(two.before).toBeGreaterThanOrEqual(one.after);
  expect(two.after).toBeLessThan(one.after - cells * 95);
  expect(two.nextGc).toBe(now.nextGc);
  const { pauseNs, lastGc } = await rt.memStats();
  expect([two.pauseNs, one.pauseNs]).toEqual(pauseNs);
  expect(two.endMs).toBe(lastGc);
  expect(two.endMs).toBeGreaterThanOrEqual(one.endMs);
  expect(rt.heap({ since: 1 }).collections).toEqual([two]);
  expect(rt.heap({ since: 2 }).collections).toEqual([]);
  expect(rt.heap({ since: 3 }).collections).toEqual([]);

  await rt.close();
  expect(rt.heap()).toMatchObject({ numGc: 2, collections });
});

test('the last 128 collections are told at a glance', async () => {
  const { rt } = await startHeap(['spin']);
  for (let n = 0; n < 130; n++) await rt.gc();
  const { numGc, collections } = rt.heap();
  expect(numGc).toBe(130);
  expect(collections.map(({ number }) => number)).toEqual(
    Array.from({ length: 128 }, (_, i) => i + 3),
  );
});

test('pauses are told newest first, however often the ring went round', () => {
  const words = Uint32Array.from(record(GoMemStats, { numGc: 300 }));
  for (let n = 45; n <= 300; n++) words[GoMemStats.pauseNs + 2 * ((n + 255) % 256)] = n;
  words.set(record(GoSizeStats, { size: 16, mallocs: 5n, frees: 2n }), GoMemStats.bySize);
  const { pauseNs, numGc, bySize } = decodeMemStats(new Uint8Array(words.buffer));
  expect(numGc).toBe(300);
  expect(pauseNs).toEqual(Array.from({ length: 256 }, (_, i) => 300 - i));
  expect(bySize).toEqual([{ size: 16, mallocs: 5, frees: 2 }]);
  words[GoMemStats.numGc] = 2;
  expect(decodeMemStats(new Uint8Array(words.buffer)).pauseNs).toHaveLength(2);
  expect(() => decodeMemStats(new Uint8Array(words.buffer, 0, 80))).toThrow(TypeError);
});

testWorkers('gctrace: a line for each collection, in the form of Go of 2012', async () => {
  const { rt, printed } = await startHeap(['leave', '30000'], { env: { GODEBUG: 'gctrace=1' } });
  await rt.gc();
  await rt.close();
  const lines = printed.stderr.trim().split('\n');
  const ms = String.raw`\d+\.\d{3}`;
  const form = String.raw`^gc(\d+)\(2\): ${ms}\+${ms}\+${ms} ms \d+ -> \d+ MB (\d+) -> (\d+) \((\d+)-(\d+)\) objects \d+ handoff$`;
  lines.forEach((line, i) => {
    const [, n, before, after, mallocs, frees] = new RegExp(form).exec(line)?.map(Number) ?? [];
    expect({ line, n }).toEqual({ line, n: i + 1 });
    expect(before).toBe(mallocs - frees);
    expect(after).toBeLessThanOrEqual(before);
  });
  expect(Number(/ -> (\d+) \(/.exec(lines.at(-1) ?? '')?.[1])).toBeGreaterThanOrEqual(30_000);
});

testWorkers('gctrace=2: another collection follows each that began by itself', async () => {
  const made = ['leave', '50000']; // 4.8 MB: one is due
  const { rt, printed } = await startHeap(made, { env: { GODEBUG: 'gctrace=2' } });
  while ((await rt.memStats()).numGc < 2);
  await rt.gc();
  expect((await rt.memStats()).numGc).toBe(3);
  await rt.close();
  expect(printed.stderr.match(/^gc\d\(2\): .* handoff$/gm)).toHaveLength(3);
});
