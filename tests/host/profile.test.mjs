// @ts-check
import { expect, test } from '@jest/globals';
import { abiVersion, ProfileHead, profileMagic, StackRecord } from '../../host/layout.js';
import { decodeStacks, makeProfile } from '../../host/profile/records.js';
import { Symbols } from '../../host/profile/symbols.js';
import { toText } from '../../host/profile/text.js';
import { record } from '../helpers/words.mjs';
import { sample } from './tables.mjs';

const symbols = new Symbols(sample);
const frames = (/** @type {number} */ pc) => symbols.frames(pc);
const none = () => '';
const bare = (/** @type {number[][]} */ ...stacks) => stacks.map((pcs) => ({ label: '', pcs }));
test('words become stacks', () => {
  const stack = (/** @type {number} */ label, /** @type {number[]} */ ...pcs) => [
    ...record(StackRecord, { npcs: pcs.length, label }),
    ...pcs,
  ];
  const words = Uint32Array.from([
    ...record(ProfileHead, { magic: profileMagic, version: abiVersion, n: 3 }),
    ...[...stack(64, 5, 3), ...stack(0), ...stack(65, 2)],
  ]);
  expect(decodeStacks(words, none)).toEqual(bare([5, 3], [], [2]));
  const label = (/** @type {number} */ ptr) => (ptr === 0 ? '' : `at ${ptr}`);
  expect(decodeStacks(words, label)).toEqual([
    { label: 'at 64', pcs: [5, 3] },
    { label: '', pcs: [] },
    { label: 'at 65', pcs: [2] },
  ]);
  expect(() => decodeStacks(new Uint32Array(4), none)).toThrow(TypeError);
});

test('equal stacks are merged, the most frequent first, ties in a stable order', () => {
  const stacks = bare([5, 3], [2], [5, 2], [2], [5]);
  const profile = makeProfile('goroutine', stacks, frames);
  expect(profile.total).toBe(5);
  expect(profile.records.map(({ count, pcs }) => [count, pcs])).toEqual([
    [2, [2]],
    [1, [5]],
    [1, [5, 2]],
    [1, [5, 3]],
  ]);
  expect(makeProfile('goroutine', stacks.toReversed(), frames)).toEqual(profile);
  expect(JSON.parse(JSON.stringify(profile))).toEqual(profile);
});

test('stacks with different labels are different', () => {
  const stacks = ['b', '', 'a', 'b'].map((label) => ({ label, pcs: [5] }));
  const { records } = makeProfile('goroutine', stacks, frames);
  expect(records.map(({ count, label }) => [count, label])).toEqual([
    [2, 'b'],
    [1, undefined],
    [1, 'a'],
  ]);
});

test('debug=1 is the text of the pprof package', () => {
  const profile = makeProfile('goroutine', bare([6, 3], [6, 3], [2]), frames);
  expect(toText(profile)).toBe(
    `goroutine profile: total 3
2 @ 0x6 0x3
#	0x3	helper+0x2	src/helper.c:3
#	0x3	main+0x2	src/main.c:15

1 @ 0x2
#	0x2	main+0x1	src/main.c:12

`,
  );
});

test('columns are as wide as their widest cell, in tabs of 8', () => {
  const wide = { ...symbols.frames(2)[0], func: 'a_function_of_some_length' };
  const profile = makeProfile('threadcreate', bare([2, 3]), (pc) =>
    pc === 2 ? [wide] : frames(pc),
  );
  expect(toText(profile, 2).split('\n').slice(2, 5)).toEqual([
    '#\t0x2\ta_function_of_some_length+0x1\tsrc/main.c:12',
    '#\t0x3\thelper+0x2\t\t\tsrc/helper.c:3',
    '#\t0x3\tmain+0x2\t\t\tsrc/main.c:15',
  ]);
});

test('runtime frames at the top are hidden, unless there is nothing else', () => {
  const text = toText(makeProfile('goroutine', bare([6], [6, 2, 6]), frames));
  expect(text.match(/rt_park/g)).toHaveLength(2);
  expect(text).toContain('1 @ 0x6\n#\t0x6\trt_park+0x2\tsched.c:95\n');
  expect(text).toContain('1 @ 0x6 0x2 0x6\n#\t0x2\tmain+0x1\tsrc/main.c:12\n#\t0x6\trt_park');
});

test('an empty stack is a line of its own', () => {
  expect(toText(makeProfile('threadcreate', bare([]), frames))).toBe(
    'threadcreate profile: total 1\n1 @\n#\t0x0\n\n',
  );
});

test('debug=2 of goroutines is the dump, when the profile has it', () => {
  const profile = makeProfile('goroutine', bare([2]), frames);
  expect(() => toText(profile, 2)).toThrow(/debug: 2/);
  expect(toText({ ...profile, goroutines: [] }, 2)).toBe('');
  expect(() => toText(profile, /** @type {any} */ (3))).toThrow(RangeError);
});
