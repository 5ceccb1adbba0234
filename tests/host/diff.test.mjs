// @ts-check
// Two dumps compared, and dumps as JSON.

import { expect, test } from '@jest/globals';
import { diffDumps, dumpFromJson, dumpToJson, formatDump, parseDump } from '../../host/index.js';
import { startCrowd } from './start.mjs';

const earlier = parseDump(`goroutine 1 [chan receive]:
main(...)
	main.c:10 +0x1

goroutine 2 [running]:
work(...)
	work.c:5

goroutine 3 [select, 4 minutes]:
idle(...)
	idle.c:7

goroutine 4 [chan send]:
leak(...)
	leak.c:3
`);

const later = parseDump(`goroutine 1 [chan receive, 2 minutes]:
main(...)
	main.c:10 +0x1

goroutine 2 [chan send]:
leak(...)
	leak.c:3

goroutine 4 [chan send]:
leak(...)
	leak.c:3

goroutine 9 [chan send]:
leak(...)
	leak.c:3
`);

const ids = (/** @type {{ id: number }[]} */ list) => list.map(({ id }) => id);

test('who came, who went, who is somewhere else', () => {
  const diff = diffDumps(earlier, later);
  expect(ids(diff.started)).toEqual([9]);
  expect(ids(diff.ended)).toEqual([3]);
  expect(ids(diff.unchanged)).toEqual([1, 4]);
  expect(diff.changed).toEqual([{ before: earlier[1], after: later[1] }]);
  const groups = diff.groups.map(({ frames, reason, before, after }) => {
    return [frames[0].func, reason, before, after];
  });
  expect(groups).toEqual([
    ['leak', 'chan send', 1, 3],
    ['work', '', 1, 0],
    ['idle', 'select', 1, 0],
  ]);
});

test('equal dumps have no difference, and everybody is new after nobody', () => {
  expect(diffDumps(later, later)).toMatchObject({
    started: [],
    ended: [],
    changed: [],
    groups: [],
  });
  expect(diffDumps([], later).started).toEqual(later);
  expect(diffDumps(later, []).ended).toEqual(later);
  expect(diffDumps([], later).groups.map(({ after }) => after)).toEqual([3, 1]);
});

test('a dump of a running program goes through JSON, each frame once', async () => {
  const { rt } = await startCrowd();
  const goroutines = await rt.goroutines();
  const text = JSON.stringify(dumpToJson(goroutines));
  expect(dumpFromJson(text)).toEqual(goroutines);
  expect(dumpFromJson(JSON.parse(text))).toEqual(goroutines);
  expect(formatDump(dumpFromJson(text))).toBe(formatDump(goroutines));
  const { frames } = dumpToJson(goroutines);
  expect(new Set(frames.map((frame) => JSON.stringify(frame))).size).toBe(frames.length);
  expect(diffDumps(goroutines, dumpFromJson(text)).unchanged).toHaveLength(6);
});

test('other JSON is refused', () => {
  for (const bad of ['null', '{}', '{"format":"worldsema dump","version":2}']) {
    expect(() => dumpFromJson(bad)).toThrow(/expected worldsema dump, version 1/);
  }
  const json = dumpToJson(later);
  expect(() => dumpFromJson({ ...json, frames: [] })).toThrow(/no frame 0/);
  expect(() => dumpFromJson('{')).toThrow(SyntaxError);
});
