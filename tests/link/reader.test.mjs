// @ts-check
// The reader, where its parser needs help.
import { expect, test } from '@jest/globals';
import { rewrite } from '../../wasm/link/editor.js';
import { Op } from '../../wasm/link/opcodes.js';
import { readModule } from '../../wasm/link/reader.js';
import { moduleOf } from './modules.mjs';

test('the table of an indirect call may be told in five bytes, as newer clangs do', () => {
  const { m, index } = moduleOf({
    top: '(type $v (func)) (table 1 funcref)',
    user: '(func $f (call_indirect (type $v) (i32.const 0)) (call $f))',
  });
  const f = index('f');
  const short = m.bodies[f - m.nimports].instrs;
  const indirect = short.findIndex((i) => i.op === Op.call_indirect);
  const at = short[indirect].end - 1;
  const edits = new Map([[f, [{ at, remove: 1, bytes: [0x80, 0x80, 0x80, 0x80, 0] }]]]);
  const long = readModule(rewrite(m, { edits }).bytes).bodies[f - m.nimports].instrs;
  expect(long.map(({ op, a, b }) => [op, a, b])).toEqual(short.map(({ op, a, b }) => [op, a, b]));
  expect(long[indirect].end).toBe(short[indirect].end + 4);
  expect(long[indirect + 1].at).toBe(long[indirect].end);
});
