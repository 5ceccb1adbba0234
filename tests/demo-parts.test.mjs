// @ts-check
// Parts of the demo that need no page.

import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { makeDump } from '../demo/dump.js';
import { HeapLog, secondsKept } from '../demo/heap.js';
import { highlight } from '../demo/highlight.js';
import { actionOf, keys } from '../demo/keys.js';
import { most, Output } from '../demo/output.js';
import { openGroup, seeDump, stepGroup } from '../demo/look.js';
import { Picture } from '../demo/picture.js';
import { sampleType, topOf, treeOf } from '../demo/profile.js';
import { scenes, valueOf } from '../demo/scenes.js';
import { bytes, compact, duration, many, pause, percent, span } from '../demo/text.js';
import { clock, firstAfter, makeTimeline, nanos, ticksOf } from '../demo/timeline.js';
import { TimelinePicture } from '../demo/views/timeline.js';
import { boxHeight, boxWidth, picture } from '../demo/waits.js';
import { parseDump } from '../host/profile/stacktext.js';
import { root } from '../scripts/paths.mjs';

const sources = readdirSync(join(root, 'demo', 'scenes'));
const read = (/** @type {string} */ file) =>
  readFileSync(join(root, 'demo', 'scenes', file), 'utf8');

describe('scenes', () => {
  test('each has its source, each source its scene', () => {
    const names = sources.map((file) => basename(file, '.c'));
    expect(scenes.map(({ id }) => id).sort()).toEqual(names.sort());
  });

  test('each reads as many arguments as it has fields', () => {
    for (const { id, fields } of scenes) {
      const args = new Set(read(`${id}.c`).match(/argv\[\d\]/g));
      expect([id, args.size]).toEqual([id, fields.length]);
    }
  });

  test('values are kept within their limits', () => {
    const number = { name: 'n', label: '', value: '5', min: 2, max: 9 };
    expect(['7', '1', '10', '', 'x', null, '3.2'].map((given) => valueOf(number, given))).toEqual(
      ['7', '2', '9', '5', '5', '5', '3'], // prettier-ignore
    );
    /** @type {import('../demo/scenes.js').Field} */
    const choice = { name: 'c', label: '', value: 'a', choices: [['a', 'A'], ['b', 'B']] }; // prettier-ignore
    expect([valueOf(choice, 'b'), valueOf(choice, 'z')]).toEqual(['b', 'a']);
  });
});

describe('highlight', () => {
  test.each(sources)('%s loses nothing', (file) => {
    const lines = highlight(read(file)).map((words) => words.map(({ text }) => text).join(''));
    expect(`${lines.join('\n')}\n`).toBe(read(file));
  });

  test('kinds of words', () => {
    const [line] = highlight('static GoChan *c = go_chan_make(8, 0x10); // "x"\n');
    const marked = line
      .filter(({ kind }) => kind !== '')
      .map(({ text, kind }) => `${kind} ${text}`);
    expect(marked).toEqual([
      'keyword static',
      'type GoChan',
      'go go_chan_make',
      'number 8',
      'number 0x10',
      'comment // "x"',
    ]);
  });

  test('comments and strings over and beside each other', () => {
    const text = 'a /* b\n "c" */ "/* d */" \'"\' e\n#define F 1\n';
    const kinds = highlight(text).map((words) => words.map(({ kind }) => kind).filter(Boolean));
    expect(kinds).toEqual([['comment'], ['comment', 'string', 'string'], ['directive', 'number']]);
  });
});

describe('picture', () => {
  /** @param {number} y @param {number} shade */
  const row = (y, shade) => Uint8Array.of(3, 0, 2, 0, y, 0, 7, 0, shade, shade, 0);

  test.each([1, 5, 11, 22])('rows in pieces of %i bytes', (size) => {
    const bytes = Uint8Array.of(...row(1, 9), ...row(0, 200));
    const picture = new Picture();
    for (let at = 0; at < bytes.length; at += size) picture.write(bytes.subarray(at, at + size));
    expect(picture).toMatchObject({ width: 3, height: 2, rows: 2 });
    expect([...picture.painters]).toEqual([7, 7]);
    const pixels = new Uint32Array(picture.pixels.buffer);
    expect(pixels[0]).toBe(pixels[1]);
    expect(pixels[0]).not.toBe(pixels[3]);
    expect(pixels[2]).toBe(pixels[5]);
    expect(picture.pixels.filter((_, i) => i % 4 === 3)).toEqual(
      new Uint8ClampedArray(6).fill(255),
    );
  });
});

test('the text of a dump is made when it is asked for', () => {
  const [goroutine] = parseDump('goroutine 7 [sleep]:\nf(...)\n\tf.c:1\n');
  let labels = 0;
  Object.defineProperty(goroutine, 'label', { get: () => (labels++, '') });
  const dump = makeDump(/** @type {any} */ ([goroutine]), { atMs: 0 });
  expect([dump.total, labels]).toEqual([1, 0]);
  expect(dump.text()).toBe('goroutine 7 [sleep]:\nf(...)\n\tf.c:1\n');
});

test('a group is open while the user has picked none, also when the first one is gone', () => {
  const dumpOf = (/** @type {string[]} */ ...funcs) =>
    makeDump(
      /** @type {any} */ (
        parseDump(funcs.map((f, i) => `goroutine ${i} [sleep]:\n${f}(...)\n\tf.c:1\n`).join('\n'))
      ),
      { atMs: 0 },
    );
  /** @type {any} */
  const state = { group: '', picked: false, frame: null };
  const open = () => /waiting,sleep,(.*?) f.c:1/.exec(state.group)?.[1];
  seeDump(state, dumpOf('starts', 'waits'));
  expect(open()).toBe('starts');
  seeDump(state, dumpOf('waits', 'starts'));
  expect(open()).toBe('starts'); // it is still there
  seeDump(state, dumpOf('waits', 'works'));
  expect(open()).toBe('waits');
  stepGroup(state, dumpOf('waits', 'works'), 1);
  seeDump(state, dumpOf('waits', 'starts'));
  expect(open()).toBe('works'); // his choice: it may come back
  openGroup(state, dumpOf('waits'), ''); // he closes it
  seeDump(state, dumpOf('waits'));
  expect(state.group).toBe('');
  seeDump(state, { ...dumpOf('dies', 'waits'), last: true });
  expect(open()).toBe('dies');
});

test('output keeps the last part', () => {
  const output = new Output();
  const line = new TextEncoder().encode(`${'x'.repeat(999)}\n`);
  for (let i = 0; i < 100; i++) output.write(i % 2 === 0 ? 1 : 2, line);
  expect(output.total).toBe(100_000);
  expect(output.pieces.length).toBe(60);
  expect(output.pieces.at(-1)).toMatchObject({ serial: 99, fd: 2 });
});

test('of output in one large piece the last part is kept, and in many small ones few pieces', () => {
  const output = new Output();
  const encode = (/** @type {string} */ text) => new TextEncoder().encode(text);
  const kept = () => output.pieces.reduce((sum, { text }) => sum + text.length, 0);
  output.write(1, encode(`${'x'.repeat(300_000)}end`));
  expect([kept(), output.total]).toEqual([most, 300_003]);
  expect(output.pieces[0].text.endsWith('xend')).toBe(true);
  for (let i = 0; i < 2 * most; i++) output.write(2, encode('e'));
  expect(output.pieces.length).toBeLessThan(20);
  for (let i = 0; i < 5000; i++) output.write(i % 2 ? 1 : 2, encode('.'));
  expect(output.pieces.length).toBe(1000);
  expect(kept()).toBeLessThanOrEqual(most);
});

test('a character that is cut between two pieces of output', () => {
  const output = new Output();
  const bytes = new TextEncoder().encode('é');
  output.write(1, bytes.subarray(0, 1));
  output.write(1, bytes.subarray(1));
  expect(output.pieces.map(({ text }) => text)).toEqual(['é']);
});

test('numbers and times', () => {
  expect([0.2, 15, 1500, 15_000, 150_000].map(duration)).toEqual(
    ['<1 ms', '15 ms', '1.5 s', '15 s', '2 m 30 s'], // prettier-ignore
  );
  expect(span({ min: 10, max: 10.2 })).toBe('10 ms');
  expect(span({ min: 10, max: 2000 })).toBe('10 ms – 2.0 s');
  expect([999, 12_345].map(compact)).toEqual(['999', '12.3K']);
  expect([many(1, 'stack'), many(1200, 'stack')]).toEqual(['1 stack', '1,200 stacks']);
});

test('bytes, parts and pauses', () => {
  expect([0, 999, 1000, 4 << 20, 12.34 * 2 ** 20, 500 * 2 ** 20, 2 ** 32].map(bytes)).toEqual(
    ['0 B', '999 B', '0.98 KiB', '4.00 MiB', '12.3 MiB', '500 MiB', '4.00 GiB'], // prettier-ignore
  );
  expect([percent(1, 8), percent(0, 0)]).toEqual(['12.5%', '0.0%']);
  expect([420_000, 25_400_000].map(pause)).toEqual(['0.42 ms', '25.4 ms']);
});

describe('the heap for the chart', () => {
  const start = 1_000_000;
  /** @param {number} number @param {number} endMs */
  const collection = (number, endMs) => ({
    ...{ number, endMs: start + endMs, pauseNs: 250e6 },
    ...{ before: 400, after: 100, nextGc: 200 + number },
  });
  /** @param {number} collected @param {ReturnType<typeof collection>[]} collections */
  const now = (collected, collections = []) => ({
    ...{ numGc: collections.at(-1)?.number ?? 0, collected, uncollected: 7 },
    ...{ nextGc: 400, collections },
  });

  test('every collection has its tooth, in order', () => {
    const heap = new HeapLog();
    heap.add(now(300), 1, start);
    heap.add(now(150, [collection(1, 1500), collection(2, 2000)]), 2.5, start);
    const shape = heap.points.map(({ seconds, collected, nextGc, ended }) => {
      return [seconds, collected, nextGc, ended?.number];
    });
    expect(shape).toEqual([
      [1, 300, 400, undefined],
      [1.25, 400, 400, undefined],
      [1.5, 100, 201, 1],
      [1.75, 400, 201, undefined],
      [2, 100, 202, 2],
      [2.5, 150, 400, undefined],
    ]);
    expect(heap).toMatchObject({ lastAt: 2, last: { number: 2 } });
  });

  test('time does not run backwards, and the past is forgotten', () => {
    const heap = new HeapLog();
    heap.add(now(1), 5, start);
    heap.add(now(2, [collection(1, 4000)]), 5.1, start);
    expect(heap.points.map(({ seconds }) => seconds)).toEqual([5, 5, 5, 5.1]);
    for (let second = 6; second < 100; second++) heap.add(now(second), second, start);
    expect(heap.points[0].seconds).toBe(99 - secondsKept - 1);
    for (let n = 0; n < 10_000; n++) heap.add(now(n), 100, start);
    expect(heap.points.length).toBe(6000);
  });
});

describe('the heap profile', () => {
  /**
   * @param {string} place func file:line
   * @param {'user' | 'runtime' | 'system' | 'foreign'} kind
   */
  const frame = (place, kind = 'user') => {
    const [func, file, line] = place.split(/[ :]/);
    return { func, file, line: Number(line), kind, inlined: false, pc: 0, offset: 0 };
  };
  const allocator = frame('rt_new worldsema/runtime/mem/malloc.c:5', 'runtime');
  /** @param {number} n @param {ReturnType<typeof frame>[]} frames */
  const record = (n, frames) => {
    const counts = { inuseObjects: n, inuseBytes: 8 * n, allocObjects: 2 * n, allocBytes: 16 * n };
    return { ...counts, sampled: counts, pcs: [], frames };
  };
  const [a1, a2, b, main] = ['a x.c:1', 'a x.c:2', 'b x.c:9', 'main x.c:20'].map((at) => frame(at));
  const under = frame('main0 worldsema/wasm/main.c:3', 'runtime');
  const records = [
    record(5, [allocator, a1, main, under]),
    record(2, [allocator, a2, b, main, under]),
    record(1, [allocator, b, b, main, under]),
    record(1, [allocator, frame('thread worldsema/wasm/os_wasm.c:7', 'runtime')]),
    record(0, [allocator, frame('gone x.c:30'), main]),
  ];
  /** @type {import('../host/index.js').HeapProfile} */
  const profile = { kind: 'heap', rate: 1, total: record(9, []), records };

  test('as a table', () => {
    const { rows, total } = topOf(profile, sampleType('inuse_space'));
    expect(total).toBe(72);
    expect(rows.map(({ func, line, flat, cum }) => [func, line, flat, cum])).toEqual([
      ['a', 1, 56, 56],
      ['b', 9, 8, 24],
      ['thread', 7, 8, 8],
      ['main', 20, 0, 64],
    ]);
    expect(topOf(profile, sampleType('alloc_objects')).rows[0].flat).toBe(14);
    expect(topOf({ ...profile, records: [] }, sampleType('inuse_space'))).toEqual(
      { rows: [], total: 0 }, // prettier-ignore
    );
  });

  test('as a tree, in which what calls itself is drawn once', () => {
    /** @param {import('../demo/profile.js').Node} node @returns {unknown[]} */
    const plain = (node) => [...[node.name, node.value], ...node.children.map(plain)];
    expect(plain(treeOf(profile, sampleType('inuse_objects')))).toEqual(
      ['all', 9, ['main', 8, ['a', 5], ['b', 3, ['a', 2]]], ['thread', 1]], // prettier-ignore
    );
  });

  test('an unknown sample type is the first one', () => {
    expect(sampleType('nothing').name).toBe('inuse_space');
  });
});

describe('timeline', () => {
  const about = { thread: 0, proc: 0 };
  /** @type {import('worldsema').Trace} */
  const trace = {
    ...{ startMs: 0, fromNs: 1000, toNs: 9000, exact: true },
    threads: [
      { thread: 0, sysmon: false, lost: 0, running: null },
      { thread: 1, sysmon: true, lost: 0, running: null },
    ],
    goroutines: [{ id: 1, func: 'main', system: false }],
    events: [
      { thread: 1, proc: null, time: 1000, kind: 'timer' },
      { ...about, time: 2000, kind: 'run', goroutine: 1 },
      { ...about, time: 3000, kind: 'go', goroutine: 2, by: 1 },
      { ...about, time: 4000, kind: 'park', goroutine: 1, inPlace: false, reason: 'sleep' },
      { ...about, time: 5000, kind: 'run', goroutine: 2 },
      { ...about, time: 6000, kind: 'world-stop' },
      { ...about, time: 7000, kind: 'world-stopped', latencyNs: 1000 },
      { ...about, time: 8000, kind: 'world-start' },
    ],
  };
  const bar = { thread: 0, reason: '', left: '', woken: null };

  test('a lane for each P, a bar for each run, and what concerns all', () => {
    const { lanes, world, from, to } = makeTimeline(trace, 2);
    expect({ from, to }).toEqual({ from: 2000, to: 9000 }); // of thread 0 nothing before is known
    expect(lanes.map(({ name }) => name)).toEqual(['P0', 'P1']);
    expect(lanes[0].bars).toEqual([
      {
        ...{ ...bar, from: 2000, to: 4000, name: 'main #1', goroutine: 1 },
        ...{ left: 'park', reason: 'sleep' },
      },
      {
        ...{ ...bar, from: 5000, to: 9000, name: 'goroutine #2', goroutine: 2 },
        woken: { by: 'main #1', at: 3000 },
      },
    ]);
    expect(lanes[1].bars).toEqual([]);
    expect(world.bars.map(({ name, from, to }) => [name, from, to])).toEqual([
      ['stopping', 6000, 7000],
      ['stopped', 7000, 8000],
    ]);
  });

  test('keys pass over the lane of a P that has run nobody', () => {
    const canvas = /** @type {HTMLCanvasElement} */ ({ clientWidth: 646 });
    const picture = new TimelinePicture(canvas, () => '');
    const go = (/** @type {number} */ across, /** @type {number} */ along) => {
      picture.step(across, along);
      return picture.tell().replace(/,.*/, '');
    };
    const { lanes, ...others } = makeTimeline(trace, 3);
    const [busy, idle] = lanes;
    picture.timeline = { lanes: [idle, idle], ...others };
    expect(go(0, 1)).toBe('');
    picture.timeline = { lanes: [idle, busy, idle, { ...busy, name: 'P3' }, idle], ...others };
    expect(go(0, 1)).toBe('goroutine #2 on P0'); // the middle of what is shown
    expect(go(1, 0)).toBe('goroutine #2 on P3');
    expect(go(1, 0)).toBe('goroutine #2 on P3');
    expect(go(0, -1)).toBe('main #1 on P3');
    expect(go(-1, 0)).toBe('main #1 on P0');
    expect(go(-1, 0)).toBe('main #1 on P0');
  });

  test('the bar at a time', () => {
    const { bars } = makeTimeline(trace, 1).lanes[0];
    expect([0, 3999, 4000, 8999, 9000].map((at) => firstAfter(bars, at))).toEqual([0, 0, 1, 1, 2]);
  });

  test('lines across and their times', () => {
    expect(ticksOf(1.1e9, 2e9, 5)).toEqual({ step: 2e8, ticks: [1.2e9, 1.4e9, 1.6e9, 1.8e9, 2e9] });
    expect(ticksOf(0, 100, 10).ticks).toHaveLength(11);
    expect([clock(1.2e9, 2e8), clock(1.2e9, 1e9), clock(1234567, 500)]).toEqual(
      ['1.2 s', '1 s', '0.0012346 s'], // prettier-ignore
    );
    expect([12, 3400, 56e5, 7.8e10].map(nanos)).toEqual(['12 ns', '3.40 µs', '5.60 ms', '78.0 s']);
  });
});

test('no key means two things', () => {
  const all = keys.flatMap(({ keys }) => keys);
  expect(new Set(all).size).toBe(all.length);
  const press = (/** @type {object} */ event) =>
    actionOf(/** @type {any} */ ({ target: null, ...event }));
  expect(press({ key: 'd' })).toEqual({ action: 'dump', value: 'd' });
  expect(press({ key: '3' })).toEqual({ action: 'number', value: '3' });
  expect(press({ key: 'd', ctrlKey: true })).toBeUndefined();
  expect(press({ key: 'z' })).toBeUndefined();
});

describe('wait graph', () => {
  const node = (/** @type {number} */ id, stuck = false) =>
    /** @type {import('worldsema').WaitNode} */ (
      /** @type {unknown} */ ({ id, stuck, reason: 'chan receive', label: '', frames: [] })
    );
  const edge = (/** @type {number} */ from, /** @type {number | null} */ to) => ({
    ...{ from, to, object: 8, kind: /** @type {const} */ ('channel'), proven: to !== null },
  });

  test('who waits stands left of whom it waits for, what is alike is one box', () => {
    const { boxes, arrows } = picture({
      nodes: [1, 2, 3, 4].map((id) => node(id)),
      edges: [edge(1, 3), edge(2, 3), edge(3, 4), edge(3, null)],
      ...{ cycles: [], truncated: false },
    });
    expect(boxes.map(({ nodes }) => nodes.map(({ id }) => id))).toEqual([[1, 2], [3], [4], []]);
    const [both, three, four, anybody] = boxes.map(({ x }) => x);
    expect([both < three, three < four, four === anybody]).toEqual([true, true, true]);
    expect(arrows.map(({ proven, dead }) => [proven, dead])).toEqual([
      [true, false],
      [true, false],
      [false, false],
    ]);
  });

  test.each([1, 2, 3, 5, 12, 16, 40])('a ring of %d: no box lies on another', (n) => {
    const ids = Array.from({ length: n }, (_, i) => i + 1);
    const { boxes, arrows, width, height, more } = picture({
      nodes: ids.map((id) => node(id, true)),
      edges: ids.map((id) => edge(id, (id % n) + 1)),
      ...{ cycles: [ids], truncated: false },
    });
    expect([boxes.length, arrows.filter(({ dead }) => dead).length, more]).toEqual([n, n, 0]);
    for (const [i, a] of boxes.entries()) {
      expect(a.x).toBeGreaterThanOrEqual(boxWidth / 2);
      expect(a.y).toBeGreaterThanOrEqual(boxHeight / 2);
      expect(a.x).toBeLessThanOrEqual(width - boxWidth / 2);
      expect(a.y).toBeLessThanOrEqual(height - boxHeight / 2);
      for (const b of boxes.slice(0, i)) {
        const apart = Math.abs(a.x - b.x) >= boxWidth || Math.abs(a.y - b.y) >= boxHeight;
        expect([i, apart]).toEqual([i, true]);
      }
    }
  });
});
