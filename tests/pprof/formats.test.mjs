// @ts-check
// The file formats by themselves: what is written is read again, and what is broken is refused.

import { expect, test } from '@jest/globals';
import { gunzipSync } from 'node:zlib';
import {
  fromCollapsed,
  fromFirefoxProfile,
  fromPprof,
  fromSpeedscope,
  subtractProfile,
  toCollapsed,
  toFirefoxProfile,
  toPprof,
  toSpeedscope,
} from '../../host/pprof/index.js';
import { toText } from '../../host/index.js';
import { frame, profileNamed, profiles, randomProfile } from './profiles.mjs';

/** @typedef {import('../../host/pprof/index.js').AnyProfile} AnyProfile */

const some = [...profiles, ...Array.from({ length: 20 }, (_, seed) => randomProfile(seed))];
const named = some.map((profile, i) => /** @type {const} */ ([`${i} (${profile.kind})`, profile]));

/** What a format without them cannot tell. @param {AnyProfile} profile */
const stacksOnly = ({ records }) =>
  records.map(({ frames, pcs: _pcs, label: _label, ...figures }) => ({
    ...figures,
    stack: frames.map(({ func, file, line }) => [func, file, line]),
  }));

test.each(named)('pprof: profile %s is read as it was written', async (_, profile) => {
  const file = await toPprof(profile);
  expect(await fromPprof(file)).toEqual(profile);
  expect(await fromPprof(gunzipSync(file))).toEqual(profile);
});

test.each(named)('speedscope: profile %s is read as it was written', (_, profile) => {
  const file = toSpeedscope(profile, { lines: true });
  const read = fromSpeedscope(JSON.stringify(file));
  expect(toSpeedscope(read, { lines: true })).toEqual(file);
  expect(read.kind).toBe(profile.kind);
  expect(read.total).toEqual(profile.total);
  expect(read.hz).toBe(profile.hz);
});

test.each(named)('Firefox: profile %s is read as it was written', (_, profile) => {
  const file = toFirefoxProfile(profile);
  const read = fromFirefoxProfile(JSON.stringify(file));
  expect(toFirefoxProfile(read)).toEqual(file);
  expect(read.kind).toBe(profile.kind);
  expect(read.total).toEqual(profile.total);
});

test.each(named)('collapsed: profile %s is read as it was written', (_, profile) => {
  const text = toCollapsed(profile);
  expect(toCollapsed(fromCollapsed(text))).toBe(text);
});

test('where no two stacks are alike, speedscope and Firefox tell each', () => {
  const heap = profileNamed('heap');
  expect(stacksOnly(fromSpeedscope(toSpeedscope(heap, { lines: true })))).toEqual(stacksOnly(heap));
  expect(stacksOnly(fromFirefoxProfile(toFirefoxProfile(heap)))).toEqual(stacksOnly(heap));
});

test('collapsed stacks are functions from the outermost, and of one figure', () => {
  expect(toCollapsed(profileNamed('goroutine'))).toBe(
    'main;work;helper 1000\nmain;work 3\nns::größe<int> 2\n? 1\n',
  );
  const heap = profileNamed('heap');
  expect(toCollapsed(heap)).toBe('main;work;helper 300\n');
  expect(toCollapsed(heap, { type: 'alloc_objects' })).toBe('main;work;helper 10\nmain;work 7\n');
  expect(() => toCollapsed(heap, { type: 'cpu' })).toThrow(/heap profile has no cpu.*alloc_space/);
  expect(fromCollapsed('a;b 2\n', { kind: 'mine' })).toMatchObject({ kind: 'mine', total: 2 });
  expect(() => fromCollapsed('a;b 2\nno number\n')).toThrow(/"no number"/);
});

test('speedscope has a box for each function, or for each line', () => {
  const names = (/** @type {object} */ options) =>
    toSpeedscope(profileNamed('cpu'), options).shared.frames.map(({ name }) => name);
  expect(names({})).toEqual(['helper', 'work', 'main']);
  expect(names({ lines: true })).toEqual(['helper', 'work', 'main', 'work', 'main']);
});

test('equal stacks are merged, unless their labels differ', async () => {
  const { frames, pcs } = profileNamed('cpu').records[0];
  const cpu = {
    ...profileNamed('cpu'),
    records: ['', 'a', 'a', ''].map((label) => ({ count: 2, label, frames, pcs })),
  };
  const { records } = await fromPprof(await toPprof(cpu));
  expect(records.map(({ count, label }) => [count, label])).toEqual([
    [4, undefined],
    [4, 'a'],
  ]);
  expect(toCollapsed(cpu, { type: 'samples' })).toBe('main;work;helper 8\n');
});

test('of memory the frames of the runtime that allocated are not told', async () => {
  const heap = profileNamed('heap');
  const inner = frame({ func: 'rt_malloc', pc: 99, kind: 'runtime' });
  const records = heap.records.map((record) => ({ ...record, frames: [inner, ...record.frames] }));
  expect(await fromPprof(await toPprof({ ...heap, records }))).toEqual(heap);
  expect(
    toCollapsed({
      ...profileNamed('block'),
      records: [{ count: 1, delayNs: 5, pcs: [99], frames: [inner] }],
    }),
  ).toBe('rt_malloc 5\n');
});

test('a difference is what changed, and may be negative', async () => {
  const after = profileNamed('goroutine');
  const [deep, twice, ...rest] = after.records;
  const before = {
    ...after,
    timeMs: /** @type {number} */ (after.timeMs) - 1500,
    records: [{ ...deep, count: 900 }, { ...twice, count: 10 }, ...rest],
  };
  const delta = subtractProfile(before, after);
  expect(delta.records.map(({ count }) => count)).toEqual([100, -7]);
  expect(delta).toMatchObject({ total: 93, durationNs: 1.5e9, timeMs: after.timeMs });
  expect(await fromPprof(await toPprof(delta))).toEqual(delta);
  expect(() => toSpeedscope(delta)).toThrow(/negative/);
  expect(() => subtractProfile(profileNamed('heap'), after)).toThrow(/heap/);

  const [heap, cpu] = [profileNamed('heap'), profileNamed('cpu')];
  expect(subtractProfile(heap, heap)).toMatchObject({ rate: heap.rate, records: [] });
  expect(subtractProfile({ ...cpu, records: [] }, cpu).records).toEqual(cpu.records);
});

test('a heap profile that was read is text again', async () => {
  const heap = profileNamed('heap');
  expect(toText(/** @type {any} */ (await fromPprof(await toPprof(heap))))).toBe(
    toText(/** @type {any} */ (heap)),
  );
});

test('what is no profile is not written', async () => {
  await expect(toPprof(/** @type {any} */ ({}))).rejects.toThrow(/no records/);
  const record = { count: 0.5, frames: [], pcs: [] };
  await expect(toPprof({ kind: 'goroutine', records: [record] })).rejects.toThrow(/count is 0.5/);
});

test('every broken pprof file is refused, or is a profile', async () => {
  const whole = gunzipSync(await toPprof(profileNamed('cpu')));
  const refused = (/** @type {Uint8Array} */ bytes) =>
    fromPprof(bytes).then(
      () => false,
      (error) => {
        if (!(error instanceof TypeError)) throw error;
        return /^this is not a p/.test(error.message);
      },
    );
  let count = 0;
  for (let length = 0; length < whole.length; length++) {
    count += Number(await refused(whole.subarray(0, length)));
  }
  expect(count).toBeGreaterThan(whole.length / 2);
  for (let at = 0; at < whole.length; at++) {
    for (const flip of [1, 0x80, 0xff]) {
      await refused(whole.map((byte, i) => (i === at ? byte ^ flip : byte)));
    }
  }
  const file = await toPprof(profileNamed('cpu'));
  await expect(fromPprof(file.subarray(0, file.length - 9))).rejects.toThrow(/gzip is broken/);
  await expect(fromPprof(new Uint8Array())).rejects.toThrow(/it counts nothing/);
  await expect(fromPprof(new TextEncoder().encode('<html>'))).rejects.toThrow(TypeError);
});

test('files of others are refused', () => {
  expect(() => fromSpeedscope('{')).toThrow(/not a speedscope file/);
  expect(() => fromSpeedscope('{}')).toThrow(/not a speedscope file/);
  expect(() => fromSpeedscope({ ...toSpeedscope(profileNamed('heap')), name: 'cpu' })).toThrow(
    /cpu/,
  );
  expect(() => fromSpeedscope('null')).toThrow(/not a speedscope file/);
  const { meta } = /** @type {any} */ (toFirefoxProfile(profileNamed('heap')));
  expect(() => fromFirefoxProfile({ meta })).toThrow(/no threads/);
  expect(() => fromFirefoxProfile('null')).toThrow(/not a Firefox profile/);
  expect(() => fromFirefoxProfile({ meta: { importedFrom: 'dhat' } })).toThrow(/Firefox profile/);
});
