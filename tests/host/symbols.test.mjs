// @ts-check
import { expect, test } from '@jest/globals';
import { abiVersion } from '../../host/layout.js';
import { engineFrames, formatEngineStack } from '../../host/profile/trap.js';
import { Symbols } from '../../host/profile/symbols.js';
import { sample } from './tables.mjs';

const symbols = new Symbols(sample);

test('a pc is its function, file, line and offset', () => {
  expect(symbols.frames(2)).toEqual([
    {
      ...{ func: 'main', file: 'src/main.c', line: 12, inlined: false },
      ...{ pc: 2, offset: 1, kind: 'user' },
    },
  ]);
});

test('an inlined function comes before the one it was inlined into, at the same pc', () => {
  expect(symbols.frames(3)).toEqual([
    expect.objectContaining({ func: 'helper', line: 3, inlined: true, pc: 3, offset: 2 }),
    expect.objectContaining({ func: 'main', line: 15, inlined: false, pc: 3, offset: 2 }),
  ]);
});

test('a pc without a place still has its function', () => {
  expect(symbols.frames(8)).toEqual([
    expect.objectContaining({ func: 'unplaced', file: '', line: 0, offset: 1 }),
  ]);
});

test.each([0, 9, 0x3fffffff, 0x40000000 + 99, 0x80000000 + 99])('pc %d is unknown', (pc) => {
  expect(symbols.frames(pc)).toEqual([expect.objectContaining({ func: '???', pc, line: 0 })]);
});

test('a goroutine that never ran is at its entry: a slot of the function table', () => {
  const [placed] = symbols.frames(0x80000001);
  expect(placed).toMatchObject({ func: 'main', file: 'src/main.c', line: 10, offset: 0 });
  expect(symbols.frames(0x80000002)).toEqual([expect.objectContaining({ func: 'unplaced' })]);
});

test('a frame that the engine told is the number of a place', () => {
  expect(symbols.frames(0x40000003).map(({ func }) => func)).toEqual(['helper', 'main']);
});

test('an offset belongs to the last place at or before it', () => {
  const at = (/** @type {number} */ offset) =>
    symbols.framesAtOffset(offset).map(({ func, line }) => `${func}:${line}`);
  expect([99, 100, 139, 140, 5000].map(at)).toEqual([
    [],
    ['main:12'],
    ['main:12'],
    ['helper:3', 'main:15'],
    ['rt_park:95'],
  ]);
});

test('names by function index', () => {
  expect([0, 2, 3].map((i) => symbols.name(i))).toEqual(['imported', 'größe', '']);
});

test.each([
  [
    'Node',
    'at rt_park (wasm://wasm/0a:wasm-function[9]:0xc8)\n at main (wasm://x:wasm-function[1]:0x64)',
  ],
  [
    'Firefox',
    'rt_park@http://h/p.wasm:wasm-function[9]:0xc8\nmain@http://h/p.wasm:wasm-function[1]:0x64',
  ],
])('the stack that %s prints with an error', (_engine, stack) => {
  expect(engineFrames(stack, symbols).map(({ func }) => func)).toEqual(['rt_park', 'main']);
  expect(formatEngineStack(stack, symbols)).toBe(
    'goroutine running:\nmain(...)\n\tsrc/main.c:12\n',
  );
});

test('an engine stack without wasm has no text', () => {
  expect(formatEngineStack('Error: x\n  at f (file.js:1:1)', symbols)).toBe('');
});

test('tables of another version are refused, naming both', () => {
  const other = sample.slice(0);
  new Uint32Array(other, 0, 2)[1] = 7;
  expect(() => new Symbols(other)).toThrow(
    expect.objectContaining({
      ...{ code: 'ERR_ABI_VERSION', message: expect.stringContaining(`speaks ${abiVersion}`) },
    }),
  );
});

test.each([
  ['empty', new ArrayBuffer(0)],
  ['not tables', new ArrayBuffer(400)],
  ['cut off', sample.slice(0, sample.byteLength - 8)],
])('a section that is %s is refused', (_how, section) => {
  expect(() => new Symbols(section)).toThrow(expect.objectContaining({ code: 'ERR_BAD_TABLES' }));
});
