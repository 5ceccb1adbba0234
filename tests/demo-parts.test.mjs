// @ts-check
// Parts of the demo that need no page.

import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { highlight } from '../demo/highlight.js';
import { actionOf, keys } from '../demo/keys.js';
import { Output } from '../demo/output.js';
import { Picture } from '../demo/picture.js';
import { scenes, valueOf } from '../demo/scenes.js';
import { compact, duration, many, span } from '../demo/text.js';
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

test('output keeps the last part', () => {
  const output = new Output();
  const line = new TextEncoder().encode(`${'x'.repeat(999)}\n`);
  for (let i = 0; i < 100; i++) output.write(i % 2 === 0 ? 1 : 2, line);
  expect(output.total).toBe(100_000);
  expect(output.pieces.length).toBe(60);
  expect(output.pieces.at(-1)).toMatchObject({ serial: 99, fd: 2 });
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

test('no key means two things', () => {
  const all = keys.flatMap(({ keys }) => keys);
  expect(new Set(all).size).toBe(all.length);
  const press = (/** @type {object} */ event) =>
    actionOf(/** @type {any} */ ({ target: null, ...event }));
  expect(press({ key: 'd' })).toEqual({ action: 'dump', value: 'd' });
  expect(press({ key: '3' })).toEqual({ action: 'number', value: '3' });
  expect(press({ key: 'd', ctrlKey: true })).toBeUndefined();
  expect(press({ key: 'x' })).toBeUndefined();
});
