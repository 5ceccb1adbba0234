// @ts-check
// With one worker polls count. Each look at the flag has room for the instructions that do so, and
// the host writes them.
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { findMemory, unshare } from '../../host/one/unshare.js';
import { rewrite } from '../../wasm/link/editor.js';
import { looksAt, pollRoom, SECTION } from '../../wasm/link/pollroom.js';
import { Op } from '../../wasm/link/opcodes.js';
import { readModule } from '../../wasm/link/reader.js';
import { hostProgram } from '../helpers/hostprograms.mjs';
import { moduleOf, raisedIn } from './modules.mjs';

/** @typedef {import('../../wasm/link/reader.js').Module} Module */

const opsOf = (/** @type {Module} */ m, /** @type {number} */ f) =>
  m.bodies[f - m.nimports].instrs.map(({ op }) => op);

/** Where polls look at the flag. */
function looks(/** @type {Module} */ m, /** @type {number} */ raised) {
  return m.bodies.flatMap(({ instrs }) =>
    instrs.filter((_, n) => looksAt(instrs, n, raised)).map(({ at }) => at),
  );
}

describe('the link step', () => {
  /** @param {string} code @param {number} raised @param {boolean} [unwinds] */
  const roomy = (code, raised, unwinds = true) => {
    const { m, index } = moduleOf({ user: `(func $f (param $x i32) ${code})` });
    const { edits, count } = pollRoom(m, raised, () => unwinds);
    const after = readModule(rewrite(m, { edits }).bytes);
    return { count, ops: opsOf(after, index('f')), before: opsOf(m, index('f')) };
  };

  test('a look gets room', () => {
    const { count, ops } = roomy('(if (i32.load (i32.const 8)) (then))', 8);
    expect(count).toBe(1);
    const room = new Array(5).fill(Op.nop);
    expect(ops).toEqual([Op.i32_const, Op.i32_load, ...room, Op.if, Op.end, Op.end]);
  });

  test('a look in code that cannot be unwound is told from others', () => {
    const { ops } = roomy('(if (i32.load (i32.const 8)) (then))', 8, false);
    const room = new Array(4).fill(Op.nop);
    expect(ops).toEqual([Op.nop, Op.i32_const, Op.i32_load, ...room, Op.if, Op.end, Op.end]);
  });

  test('a look whose address is in the offset too gets as much', () => {
    const { count, ops } = roomy('(if (i32.load offset=4 (i32.const 4)) (then))', 8);
    expect(count).toBe(1);
    expect(ops.filter((op) => op === Op.nop)).toHaveLength(5);
  });

  test('a far flag needs less', () => {
    const { ops } = roomy('(if (i32.load (i32.const 1200000)) (then))', 1200000);
    expect(ops.filter((op) => op === Op.nop)).toHaveLength(2);
  });

  test.each([
    ['a load of another word', '(if (i32.load offset=4 (i32.const 8)) (then))'],
    ['a look once in many turns', '(block (br_if 0 (i32.atomic.load (i32.const 8))))'],
  ])('%s stays as it is', (_, code) => {
    const { count, ops, before } = roomy(code, 8);
    expect(count).toBe(0);
    expect(ops).toEqual(before);
  });
});

describe('a program for one worker', () => {
  const read = async () => {
    const { wasm } = await hostProgram('one');
    const bytes = new Uint8Array(readFileSync(wasm));
    const m = readModule(bytes);
    const raised = raisedIn(m);
    return { bytes, m, raised, polls: looks(m, raised) };
  };

  test('is the same program, but for its memory and its polls', async () => {
    const { bytes, polls } = await read();
    expect(polls.length).toBeGreaterThan(20);
    const changed = bytes.slice();
    unshare(changed);
    const places = [...changed.keys()].filter((i) => changed[i] !== bytes[i]);
    const expected = [findMemory(bytes).at, ...polls.flatMap(placesOf)];
    expect(places.filter((at) => !expected.includes(at))).toEqual([]);
    expect(WebAssembly.validate(changed)).toBe(true);
  });

  test('counts at each poll', async () => {
    const { bytes, polls, raised } = await read();
    const changed = bytes.slice();
    unshare(changed);
    const m = readModule(changed);
    expect(looks(m, raised)).toEqual([]);
    const [unwound, inplace] = ['rt_link_polls_left', 'rt_link_inplace_left'].map((name) =>
      countsOf(m, globalIn(m, name)),
    );
    expect(unwound.length).toBeGreaterThan(3);
    expect(inplace.length).toBeGreaterThan(3);
    const within = (/** @type {number} */ at) => polls.filter((poll) => Math.abs(poll - at) < 2);
    const all = [...unwound, ...inplace].sort((x, y) => x - y);
    expect(all.flatMap(within)).toEqual(polls);
  });

  test.each([
    ['whose polls are others', (/** @type {Module} */ m) => m, 'polls, and says'],
    ['whose forms are cut', cutForms, 'the wasm ends within a section'],
  ])('one %s is refused', async (what, change, message) => {
    const { bytes, m, polls } = await read();
    const changed = bytes.slice();
    if (what.startsWith('whose polls')) changed[polls[0] + 1]++;
    change(m, changed);
    expect(() => unshare(changed)).toThrow(message);
  });

  test('one without the section keeps its polls, which all call the runtime', async () => {
    const { bytes, m, raised } = await read();
    const without = rewrite(m, { drop: ({ name }) => name === SECTION }).bytes;
    const changed = new Uint8Array(without);
    unshare(changed);
    expect(changed.length).toBeLessThan(bytes.length);
    expect(looks(readModule(changed), raised).length).toBeGreaterThan(20);
  });
});

/** The wasm global that a function returns. */
const globalIn = (/** @type {Module} */ m, /** @type {string} */ name) =>
  m.bodies.find(({ index }) => m.names.get(index) === name)?.instrs[0].a ?? -1;

/** Where code takes one from a wasm global, and asks whether it is 0. */
function countsOf(/** @type {Module} */ m, /** @type {number} */ global) {
  const ops = [Op.global_get, Op.i32_const, Op.i32_sub, Op.global_set, Op.global_get, Op.i32_eqz];
  return m.bodies.flatMap(({ instrs }) =>
    instrs
      .filter((i, n) => i.a === global && ops.every((op, k) => instrs[n + k]?.op === op))
      .map(({ at }) => at),
  );
}

const placesOf = (/** @type {number} */ at) => Array.from({ length: 11 }, (_, i) => at - 1 + i);

/** Makes the forms longer than the section. */
function cutForms(/** @type {Module} */ m, /** @type {Uint8Array} */ bytes = m.bytes) {
  const section = m.sections.find(({ name }) => name === SECTION);
  bytes[(section?.end ?? 0) - 41]++;
}
