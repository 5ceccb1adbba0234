// @ts-check
// The real reader: `go tool pprof` opens what toPprof writes, of every kind, and says the same.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromPprof, subtractProfile, toPprof } from '../../host/pprof/index.js';
import { kindOf } from '../../host/pprof/kinds.js';
import { samplesOf } from '../../host/pprof/samples.js';
import { haveGo, pprof, topTable } from '../helpers/go.mjs';
import { profileNamed, profiles, randomProfile } from './profiles.mjs';

/** @typedef {import('../../host/pprof/index.js').AnyProfile} AnyProfile */

/** @type {string} */
let dir;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'worldsema-pprof-'));
  mkdirSync(join(dir, 'src'));
  const lines = (/** @type {string} */ name) =>
    Array.from({ length: 30 }, (_, i) => `${name} line ${i + 1}\n`).join('');
  for (const name of ['main.c', 'work.c', 'helper.h']) {
    writeFileSync(join(dir, 'src', name), lines(name));
  }
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** @param {AnyProfile} profile @param {string} name @returns {Promise<string>} the file */
async function store(profile, name) {
  const file = join(dir, name);
  writeFileSync(file, await toPprof(profile));
  return file;
}

/**
 * What `pprof -raw` should print of the samples: figures, then the frames, innermost first.
 * @param {AnyProfile} profile
 */
const expectedSamples = (profile) =>
  samplesOf(profile)
    .filter(({ frames }) => frames.length > 0)
    .map(({ values, frames }) => ({
      values,
      frames: frames.map(({ func, file, line }) => `${func} ${file}:${line}`),
    }));

/** @param {string} raw */
function parseRaw(raw) {
  const [, head, samples, locations, mappings] =
    /^([\s\S]*?)Samples:\n([\s\S]*?)Locations\n([\s\S]*?)Mappings\n([\s\S]*)$/.exec(raw) ?? [];
  /** @type {Map<string, string[]>} */
  const places = new Map();
  let place = '';
  for (const line of locations.trimEnd().split('\n')) {
    const [, id, name] = /^ +(?:(\d+): 0x[0-9a-f]+ M=1 )?(.+) s=0/.exec(line) ?? [];
    place = id ?? place;
    const full = /s=0\((.*)\)$/.exec(line)?.[1]; // the name before it was shortened
    const frame = full ? `${full}${name.slice(name.lastIndexOf(' '))}` : name;
    places.set(place, [...(places.get(place) ?? []), frame]);
  }
  const [types, ...rest] = samples.trimEnd().split('\n');
  const stacks = rest.flatMap((line) => {
    const [, values, ids] = /^([ \d-]+): ([\d ]+)$/.exec(line) ?? [];
    if (ids === undefined) return [];
    const frames = ids
      .trim()
      .split(' ')
      .flatMap((id) => places.get(id) ?? [`no ${id}`]);
    return [{ values: values.trim().split(/ +/).map(Number), frames }];
  });
  const labels = rest.filter((line) => /^ +\w+:\[/.test(line)).map((line) => line.trim());
  return { head, types, stacks, labels, mappings };
}

(haveGo ? describe : describe.skip)('go tool pprof', () => {
  test.each(profiles.map((profile) => [profile.kind, profile]))(
    '%s: -raw has every sample, function, file and line',
    async (kind, profile) => {
      const file = await store(/** @type {AnyProfile} */ (profile), `${kind}.pb.gz`);
      const { stacks, types, mappings } = parseRaw(await pprof(['-raw', file]));
      expect(stacks).toEqual(expectedSamples(/** @type {AnyProfile} */ (profile)));
      const names = kindOf(`${kind}`).columns.map(({ type, unit }) => `${type}/${unit}`);
      expect(types.replace('[dflt]', '').split(' ')).toEqual(names);
      expect(mappings).toMatch(
        /^1: 0x0\/0x100000000\/0x0 made-up\.wasm [0-9a-f]{40} \[FN\]\[FL\]\[LN\]\[IN\]\n$/,
      );
    },
  );

  test.each(Array.from({ length: 7 }, (_, i) => i))('a large random profile: %i', async (seed) => {
    const profile = randomProfile(seed);
    const { stacks } = parseRaw(await pprof(['-raw', await store(profile, `random${seed}`)]));
    expect(stacks).toEqual(expectedSamples(profile));
  });

  test('heads and labels are as Go writes them', async () => {
    const head = async (/** @type {string} */ kind) =>
      parseRaw(await pprof(['-raw', await store(profileNamed(kind), kind)]));
    const time = 'Time: 2026-11-26 00:00:00 +0000 UTC\n';
    const goroutine = await head('goroutine');
    expect(goroutine.head).toMatch(`PeriodType: goroutine count\nPeriod: 1\n${time}`);
    expect(goroutine.labels).toEqual(['label:[a waiter]']);
    const heap = await head('heap');
    expect(heap.head).toMatch(`PeriodType: space bytes\nPeriod: 524288\n${time}`);
    expect(heap.labels).toEqual(['bytes:[549755813888]', 'bytes:[14]']);
    const allocs = await head('allocs');
    expect(allocs.types).toContain('alloc_space/bytes[dflt]');
    const cpu = await head('cpu');
    expect(cpu.head).toMatch(
      `PeriodType: cpu nanoseconds\nPeriod: 10000000\n${time}Duration: 2s\n`,
    );
    expect(cpu.labels).toEqual(['label:[a worker]', 'label:[größe]']);
    for (const kind of ['block', 'mutex']) {
      expect((await head(kind)).head).toMatch(`PeriodType: contentions count\nPeriod: 1\n${time}`);
    }
  });

  test.each([
    ['goroutine', 'goroutine', 1006, 1000, 1003],
    ['threadcreate', 'threadcreate', 1006, 1000, 1003],
    ['heap', 'inuse_space', 300, 300, 300],
    ['heap', 'alloc_objects', 17, 10, 17],
    ['allocs', 'alloc_space', 5 * 2 ** 40 + 100, 5 * 2 ** 40, 5 * 2 ** 40 + 100],
    ['cpu', 'cpu', 1_500_000_000, 1_400_000_000, 1_500_000_000],
    ['cpu', 'samples', 150, 140, 150],
    ['block', 'contentions', 5, 4, 5],
    ['mutex', 'delay', 35_184_372_088_845, 35_184_372_088_833, 35_184_372_088_845],
  ])('%s: -top of %s has the totals', async (kind, type, total, flat, cum) => {
    const file = await store(profileNamed(kind), `${kind}.pb.gz`);
    const args = [
      '-top',
      '-nodecount=0',
      '-nodefraction=0',
      '-unit=B',
      `-sample_index=${type}`,
      file,
    ];
    const unit = type === 'delay' || type === 'cpu' ? 'ns' : 'B';
    const text = await pprof(args.map((arg) => (arg === '-unit=B' ? `-unit=${unit}` : arg)));
    const table = topTable(text);
    expect(table.total).toBe(total);
    expect(table.rows['helper (inline)']).toEqual({ flat, cum: flat });
    expect(table.rows.main).toEqual({ flat: 0, cum });
    expect(text).toContain('File: made-up.wasm\nBuild ID: 0123456789abcdef');
  });

  test.each(['allocs', 'cpu', 'mutex', 'heap'])(
    '%s: the figure shown first is Go’s',
    async (kind) => {
      const first = { allocs: 'alloc_space', cpu: 'cpu', mutex: 'delay', heap: 'inuse_space' }[
        kind
      ];
      const text = await pprof(['-top', await store(profileNamed(kind), kind)]);
      expect(text).toContain(`Type: ${first}\n`);
    },
  );

  test.each(profiles.map(({ kind }) => kind))('%s: -list shows the lines', async (kind) => {
    const file = await store(profileNamed(kind), `${kind}.pb.gz`);
    const first = kindOf(kind).columns[0].type;
    const text = await pprof(['-list', 'work', `-sample_index=${first}`, file], { cwd: dir });
    const [deep, twice] = profileNamed(kind).records;
    const count = { cpu: 140 }[kind] ?? deep.count ?? deep.allocObjects;
    const less = { cpu: 10 }[kind] ?? twice.count ?? twice.allocObjects;
    expect(text).toContain('ROUTINE ======================== work in src/work.c\n');
    expect(text).toMatch(new RegExp(`^ +\\. +${count} +20:work.c line 20`, 'm'));
    expect(text).toMatch(new RegExp(`^ +${less} +${less} +22:work.c line 22`, 'm'));
  });

  test.each(profiles.map(({ kind }) => kind))('%s: -traces shows the stacks', async (kind) => {
    const file = await store(profileNamed(kind), `${kind}.pb.gz`);
    const text = await pprof(['-traces', file]);
    expect(text).toMatch(/\S+ {3}helper(?: \(inline\))?\n +work\n +main\n/);
  });

  test.each(profiles.map(({ kind }) => kind))('%s: -diff_base is our difference', async (kind) => {
    const after = profileNamed(kind);
    const before = { ...after, records: after.records.slice(1) };
    const files = [await store(before, 'before'), await store(after, 'after')];
    const first = kindOf(kind).columns[0].type;
    const args = ['-top', '-nodefraction=0', `-sample_index=${first}`];
    const theirs = topTable(await pprof([...args, '-diff_base', files[0], files[1]]));
    const delta = await store(subtractProfile(before, after), 'delta');
    const ours = topTable(await pprof([...args, delta]));
    const { count = after.records[0].allocObjects } = after.records[0];
    expect(ours.rows['helper (inline)'].flat).toBe(count);
    expect(theirs.rows['helper (inline)']).toEqual(ours.rows['helper (inline)']);
    expect(theirs.rows.main).toEqual(ours.rows.main);
  });

  test('what it writes itself we read', async () => {
    const file = await store(profileNamed('cpu'), 'cpu.pb.gz');
    const merged = join(dir, 'merged');
    await pprof(['-proto', `-output=${merged}`, file, file]);
    const { readFileSync } = await import('node:fs');
    const read = await fromPprof(readFileSync(merged));
    expect(read).toMatchObject({ kind: 'cpu', hz: 100, total: 300, durationNs: 4e9 });
  });
});
