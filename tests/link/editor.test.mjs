// @ts-check
// Code that replaces other code has the location of that code.
import { expect, test } from '@jest/globals';
import { locAt, rewrite } from '../../wasm/link/editor.js';
import { Op } from '../../wasm/link/opcodes.js';
import { readModule } from '../../wasm/link/reader.js';
import { moduleOf } from './modules.mjs';

test.each([
  ['a call that is replaced', true, undefined, [10, 20, 30]],
  ['one whose location is told', true, 40, [10, 40, 30]],
  ['what is put before a call', false, undefined, [10, 10, 20]],
])('%s, on a line of its own', (_, replaces, loc, expected) => {
  const { m, index } = moduleOf({ user: '(func $g) (func $f (nop) (call $g) (nop))' });
  const f = index('f');
  const instrs = (/** @type {import('../../wasm/link/reader.js').Module} */ of) =>
    of.bodies[f - of.nimports].instrs;
  const [first, called, last] = instrs(m);
  const rows = [first, called, last].map(({ at }, n) => ({ at, loc: 10 * (n + 1) }));
  const remove = replaces ? called.end - called.at : 0;
  const edits = new Map([[f, [{ at: called.at, remove, bytes: [Op.nop], loc }]]]);
  const after = rewrite(m, { edits, rows });
  const locs = instrs(readModule(after.bytes)).map(({ at }) => locAt(after.rows, at));
  expect(locs.slice(0, 3)).toEqual(expected);
});
