// @ts-check
import { expect, test } from '@jest/globals';
import { abiVersion, DumpFlag, DumpG, DumpHead, dumpMagic, Gstatus } from '../../host/layout.js';
import { decodeDump, groupStacks } from '../../host/profile/dump.js';
import { formatDump, parseDump } from '../../host/profile/stacktext.js';
import { Symbols } from '../../host/profile/symbols.js';
import { record } from '../helpers/words.mjs';
import { sample } from './tables.mjs';

const symbols = new Symbols(sample);
const minute = 60_000_000_000;

/**
 * The words of one goroutine.
 * @param {Partial<Record<keyof typeof DumpG, number | bigint>>} fields
 * @param {number[]} pcs
 */
const goroutine = (fields, pcs) => [
  ...record(DumpG, { id: 1n, status: Gstatus.waiting, ...fields, npcs: pcs.length }),
  ...pcs,
];

/** @param {number[][]} goroutines */
const dumpOf = (goroutines) => {
  const times = { stoppedNs: BigInt(2e6), totalNs: BigInt(5e6) };
  const head = { magic: dumpMagic, version: abiVersion, n: goroutines.length, ...times };
  return Uint32Array.from([...record(DumpHead, head), ...goroutines.flat()]);
};

/** @type {Record<number, string>} */
const texts = { 0: '', 10: 'worker', 11: 'src/main.c', 12: 'conn 4', 13: 'start' };

/** @param {number[][]} goroutines */
const decode = (...goroutines) => {
  return decodeDump(dumpOf(goroutines), {
    cstring: (ptr) => texts[ptr],
    words: (ptr) => (ptr === 500 ? [13, 11, 33] : [0, 0, 0]),
    reason: (i) => ['', 'chan send', 'sleep', 'chan receive', 'host call'][i],
    frames: (pc) => symbols.frames(pc),
  });
};

const main = goroutine({ status: Gstatus.running, thread: 3 }, [2]);
const parked = goroutine(
  {
    ...{ id: 2n ** 32n + 7n, reason: 3, flags: DumpFlag.locked, waitNs: BigInt(2.5 * minute) },
    ...{ parent: 1n, site: 500, label: 12 },
  },
  [6, 3],
);

test('words become plain data', () => {
  const { goroutines, stoppedMs, totalMs } = decode(main, parked);
  expect([stoppedMs, totalMs]).toEqual([2, 5]);
  expect(goroutines[0]).toMatchObject({ id: 1, state: 'running', reason: '', thread: 2 });
  expect(goroutines[1]).toMatchObject({
    ...{ id: 2 ** 32 + 7, state: 'waiting', reason: 'chan receive', waitMs: 150_000 },
    ...{ locked: true, system: false, leaked: false, thread: null, label: 'conn 4' },
    createdBy: { func: 'start', file: 'src/main.c', line: 33, goroutine: 1 },
  });
  expect(goroutines[1].frames.map(({ func }) => func)).toEqual(['rt_park', 'helper', 'main']);
  expect(JSON.parse(JSON.stringify(goroutines))).toEqual(goroutines);
});

test('what goroutines have in common is asked once', () => {
  const calls = { cstring: 0, words: 0, reason: 0, frames: 0 };
  const many = Array.from({ length: 1000 }, (_, i) =>
    goroutine({ id: BigInt(i + 1), reason: 3, site: 500, label: 12, parent: BigInt(i) }, [6, 3]),
  );
  const { goroutines } = decodeDump(dumpOf(many), {
    cstring: (ptr) => (calls.cstring++, texts[ptr]),
    words: () => (calls.words++, [13, 11, 33]),
    reason: () => (calls.reason++, 'chan receive'),
    frames: (pc) => (calls.frames++, symbols.frames(pc)),
  });
  expect(calls).toEqual({ cstring: 3, words: 1, reason: 1, frames: 2 });
  expect(goroutines[7].createdBy).toEqual({
    ...{ func: 'start', file: 'src/main.c', line: 33, goroutine: 7 },
  });
  expect(goroutines[9].frames[0]).toBe(goroutines[8].frames[0]);
  expect(Object.isFrozen(goroutines[9].frames[0])).toBe(true);
  expect(goroutines[9].frames).not.toBe(goroutines[8].frames);
});

test('equal stacks are known without a look at their frames; a changed copy stands for itself', () => {
  let looked = 0;
  const frame = { get func() { return looked++, 'f'; }, file: 'f.c', line: 1, kind: 'user' }; // prettier-ignore
  const many = Array.from({ length: 1000 }, (_, id) =>
    goroutine({ id: BigInt(id), reason: 3 }, [2, 3]),
  );
  const { goroutines } = decodeDump(dumpOf(many), {
    ...{ cstring: () => '', words: () => [0, 0, 0], reason: () => 'sleep' },
    frames: () => /** @type {any} */ ([frame]),
  });
  expect(groupStacks(goroutines)).toMatchObject([{ count: 1000 }]);
  expect(looked).toBe(2);
  goroutines[7].frames.pop();
  expect(groupStacks(goroutines).map(({ count }) => count)).toEqual([999, 1]);
  expect(formatDump(goroutines.slice(7, 8)).split('\n')).toHaveLength(4);
});

test('a reason counts only while it waits or is in a host call', () => {
  const states = [1, 3, 4].map((status) => goroutine({ status, reason: 4 }, []));
  expect(decode(...states).goroutines.map(({ state, reason }) => [state, reason])).toEqual([
    ['runnable', ''],
    ['syscall', 'host call'],
    ['waiting', 'host call'],
  ]);
});

test('a site without a function is nobody', () => {
  expect(decode(goroutine({ site: 600 }, [])).goroutines[0].createdBy).toBeNull();
});

test('words of anything else are refused', () => {
  expect(() => decodeDump(new Uint32Array(8), /** @type {any} */ ({}))).toThrow(TypeError);
});

test('a goroutine that waits in place tells on which worker', () => {
  const { goroutines } = decode(
    goroutine({ id: 4n, reason: 3, flags: 4, thread: 3, label: 12 }, []),
    goroutine({ id: 5n, status: 2, flags: 4, thread: 1 }, []),
  );
  const text = formatDump(goroutines);
  expect(text).toBe(
    'goroutine 4 [chan receive, on worker 2, label: "conn 4"]:\n\ngoroutine 5 [running]:\n',
  );
  expect(goroutines.map(({ inPlace, thread }) => [inPlace, thread])).toEqual([
    [true, 2],
    [true, 0],
  ]);
  expect(parseDump(text)[0]).toMatchObject({ inPlace: true, thread: 2, label: 'conn 4' });
});

test('the text is what the program prints', () => {
  const { goroutines } = decode(main, parked);
  expect(formatDump(goroutines)).toBe(
    `goroutine 1 [running]:
main(...)
	src/main.c:12 +0x1

goroutine 4294967303 [chan receive, 2 minutes, locked to thread, label: "conn 4"]:
helper(...)
	src/helper.c:3 +0x2
main(...)
	src/main.c:15 +0x2
created by start in goroutine 1
	src/main.c:33
`,
  );
});

test('runtime frames and service goroutines are shown when asked for', () => {
  const service = goroutine({ id: 3n, flags: 2, reason: 2 }, [6]);
  const { goroutines } = decode(service);
  expect(formatDump(goroutines)).toBe('');
  expect(formatDump(goroutines, { system: true })).toBe('goroutine 3 [sleep]:\n');
  expect(formatDump(goroutines, { system: true, runtime: true })).toBe(
    'goroutine 3 [sleep]:\nrt_park(...)\n\tsched.c:95 +0x2\n',
  );
});

test('the middle of a long stack is left out, as the program does', () => {
  const { goroutines } = decode(goroutine({}, Array(150).fill(2)));
  const lines = formatDump(goroutines).split('\n');
  expect(lines.filter((line) => line === 'main(...)')).toHaveLength(100);
  expect(lines[1 + 2 * 50]).toBe('...50 frames elided...');
});

test('text is read back', () => {
  const { goroutines } = decode(main, parked);
  const text = formatDump(goroutines);
  const read = parseDump(
    `fatal error: all goroutines are asleep - deadlock!\n\n${text}exit status 2\n`,
  );
  expect(formatDump(read)).toBe(text);
  expect(read[1]).toMatchObject({
    ...{ id: 4294967303, state: 'waiting', reason: 'chan receive', waitMs: 120_000 },
    ...{ locked: true, label: 'conn 4', createdBy: goroutines[1].createdBy },
  });
});

test("Go's own dumps are read", () => {
  const read = parseDump(`panic: oh

goroutine 1 gp=0xc000002380 m=0 mp=0x55 [select (no cases), 12 minutes]:
main.(*Server).run(0xc0000140a0, {0x4b, 0x3})
	/src/main.go:10 +0x1d fp=0xc1 sp=0xc2 pc=0x4
main.main()
	/src/main.go:20 +0x2f

goroutine 18 [chan receive]:
main.main.func1(...)
	/src/main.go:15
created by main.main in goroutine 1
	/src/main.go:14 +0x5a
exit status 2
`);
  expect(read).toHaveLength(2);
  expect(read[0]).toMatchObject({ id: 1, reason: 'select (no cases)', waitMs: 720_000 });
  expect(read[0].frames).toEqual([
    expect.objectContaining({
      func: 'main.(*Server).run',
      file: '/src/main.go',
      line: 10,
      offset: 0x1d,
    }),
    expect.objectContaining({ func: 'main.main', line: 20, offset: 0x2f }),
  ]);
  expect(read[1].createdBy).toEqual({
    func: 'main.main',
    file: '/src/main.go',
    line: 14,
    goroutine: 1,
  });
});

test('text that ends anywhere is read as far as it goes', () => {
  const text = formatDump(decode(main, parked).goroutines);
  for (let end = 0; end <= text.length; end++) {
    expect(parseDump(text.slice(0, end)).length).toBeLessThanOrEqual(2);
  }
});

test('equal stacks are one group', () => {
  const waiting = (/** @type {number} */ id, /** @type {number} */ ns) =>
    goroutine({ id: BigInt(id), reason: 1, waitNs: BigInt(ns) }, [2]);
  const groups = groupStacks(decode(parked, waiting(5, 3e6), main, waiting(6, 9e6)).goroutines);
  expect(groups.map(({ count, ids, reason, waitMs }) => ({ count, ids, reason, waitMs }))).toEqual([
    { count: 2, ids: [5, 6], reason: 'chan send', waitMs: { min: 3, max: 9 } },
    { count: 1, ids: [1], reason: '', waitMs: { min: 0, max: 0 } },
    {
      count: 1,
      ids: [2 ** 32 + 7],
      reason: 'chan receive',
      waitMs: { min: 150_000, max: 150_000 },
    },
  ]);
});

test('a label cannot forge a dump', () => {
  const evil =
    'x]:\nfake(...)\n\tfake.c:1\n\ngoroutine 99 [running]:\nmore \\ "quoted", label: \x01\x7f';
  const goroutines = parseDump('goroutine 7 [chan receive]:\nf(...)\n\tf.c:1\n');
  goroutines[0].label = evil;
  const text = formatDump(goroutines);
  expect(text.split('\n')).toHaveLength(4);
  expect(parseDump(text)).toEqual(goroutines);
});

test('labels of older dumps, and of Go, are read', () => {
  const heads = [
    ['goroutine 1 [running, label: a, b]:', { label: 'a, b', state: 'running' }],
    [
      'goroutine 2 gp=0xc000006380 m=0 mp=0x5 [select, 3 minutes, locked to thread]:',
      { locked: true },
    ],
    ['goroutine 3 [IO wait] {"request": "[x] {y}:"}:', { reason: 'IO wait' }],
    ['goroutine 4 [host call: title]:', { reason: 'host call: title' }],
  ];
  for (const [head, told] of heads)
    expect(parseDump(`${head}\nf(...)\n\tf.c:1\n`)).toMatchObject([told]);
});

test('a dump with the line ends of Windows is read', () => {
  const text =
    'goroutine 7 [chan receive]:\nf(...)\n\tf.c:1\n\ngoroutine 8 [running]:\ng(...)\n\tg.c:2\n';
  expect(parseDump(text.replaceAll('\n', '\r\n'))).toEqual(parseDump(text));
  expect(() => parseDump(/** @type {any} */ (null))).toThrow('expected the text of a dump');
});

test('a long line takes time in proportion to its length', () => {
  // Each took minutes or hours while the time grew with the square or the cube.
  for (const part of [
    ', label: ',
    ', label: ] {}',
    ' [',
    '"',
    '\\"',
    ': "',
    '] {',
    ' in goroutine 1',
    '(',
    ':1',
  ])
    for (const [before, after] of [
      ['goroutine 1 [', ''],
      ['goroutine 1 [', ']:\n'],
      ['goroutine 1 [x]:\ncreated by ', 'x\n\tf:1\n'],
      ['goroutine 1 [x]:\nf', '\n\tf:1\n'],
      ['goroutine 1 [x]:\nf()\n\t', '\n'],
    ])
      parseDump(before + part.repeat(500_000) + after);
});
