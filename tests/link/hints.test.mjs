// @ts-check
// Branch hints: which branches have one, and that each hint of a linked program stands at a branch.
import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { hostProgram } from '../helpers/hostprograms.mjs';
import { hints, HINTS } from '../../wasm/link/hints.js';
import { Op } from '../../wasm/link/opcodes.js';
import { readLeb, readModule } from '../../wasm/link/reader.js';
import { moduleOf, raisedIn } from './modules.mjs';

/**
 * The hints of a section, by function: the number of the instruction and whether it is likely.
 * @param {import('../../wasm/link/reader.js').Module} m
 * @param {Uint8Array} bytes
 * @returns {Map<number, [number, number][]>}
 */
function decode(m, bytes) {
  let at = 0;
  const word = () => {
    const { value, at: next } = readLeb(bytes, at);
    at = next;
    return value;
  };
  /** @type {Map<number, [number, number][]>} */
  const found = new Map();
  for (let n = word(); n > 0; n--) {
    const index = word();
    const { start, instrs } = m.bodies[index - m.nimports];
    const list = Array.from({ length: word() }, () => {
      const offset = word();
      expect(word()).toBe(1); // byte
      const nth = instrs.findIndex((i) => i.at === start + offset);
      return /** @type {[number, number]} */ ([nth, word()]);
    });
    found.set(index, list);
  }
  expect(at).toBe(bytes.length);
  return found;
}

const FLAG = '(i32.load (i32.const 8))';
const ATOMIC = '(i32.atomic.load offset=4 (i32.const 4))';
const STOP = '(call $rt_safepoint)';

test.each([
  ['a poll', `(if ${FLAG} (then ${STOP}))`, [0]],
  ['a poll whose word is kept', `(if (local.tee $x ${FLAG}) (then ${STOP}))`, [0]],
  ['a poll with room', `i32.const 8 i32.load nop nop local.tee $x nop if ${STOP} end`, [0]],
  ['a counted poll with room', `local.get $x if nop i32.const 8 i32.load nop if end end`, [0, 0]],
  ['a look with room that stays', `block i32.const 8 i32.load nop i32.eqz br_if 0 end`, [1]],
  ['a look that leaves', `(block (br_if 0 ${ATOMIC}))`, [0]],
  ['a look that stays', `(block (br_if 0 (i32.eqz ${FLAG})) ${STOP})`, [1]],
  [
    'a counted look',
    `(if (i32.lt_s (local.get $x) (i32.const 0)) (then (if ${FLAG} (then))))`,
    [0, 0],
  ],
  ['a stack check', '(if (local.get $x) (then (call $rt_stack_overflow (i32.const 7))))', [0]],
  ['... of a local', '(if (local.get $x) (then (call $rt_stack_overflow (local.get $x))))', [0]],
  ['an unwind', '(block (br_if 0 (i32.eq (global.get $state) (i32.const 1))))', [0]],
  ['no unwind', '(block (br_if 0 (i32.eqz (global.get $state))))', [1]],
  ['another word', '(if (i32.load offset=4 (i32.const 8)) (then))', null],
  ['a word somewhere', '(if (i32.load offset=8 (local.get $x)) (then))', null],
  ['another global', '(if (global.get $low) (then))', null],
  ['another call', '(if (local.get $x) (then (call $rt_run)))', null],
])('%s', (_, code, ways) => {
  const { m, index } = moduleOf({
    top: '(global $state (mut i32) (i32.const 0))',
    user: `(func $f (param $x i32) ${code})`,
  });
  const seldom = new Set([index('rt_safepoint'), index('rt_stack_overflow')]);
  const { bytes, count } = hints(m, { raised: 8, state: 5, seldom });
  const f = decode(m, bytes).get(index('f'));
  expect(f?.map(([, way]) => way) ?? null).toEqual(ways);
  expect(count).toBe(ways?.length ?? 0);
});

test('in a program every look at the flag has one, and every hint is at a branch', async () => {
  const { wasm } = await hostProgram('trace');
  const file = readFileSync(wasm);
  const m = readModule(file);
  const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(file), HINTS);
  const found = decode(m, new Uint8Array(section));
  const raised = raisedIn(m);
  let looks = 0;
  for (const { index, instrs } of m.bodies) {
    const hinted = new Set(found.get(index)?.map(([nth]) => nth));
    for (const nth of hinted) expect([Op.if, Op.br_if]).toContain(instrs[nth]?.op);
    instrs.forEach((i, n) => {
      if (i.op !== Op.i32_const || i.a !== raised) return;
      const [load, next, after] = instrs.slice(n + 1).filter(({ op }) => op !== Op.nop);
      if (load.op !== Op.i32_load && load.op !== Op.i32_atomic_load) return;
      const branch = next.op === Op.local_tee ? after : next;
      if (branch.op !== Op.if && branch.op !== Op.br_if) return;
      looks++;
      expect([m.names.get(index), [...hinted]]).toEqual([
        m.names.get(index),
        expect.arrayContaining([instrs.indexOf(branch)]),
      ]);
    });
  }
  expect(looks).toBeGreaterThan(5);
  const ahead = m.sections.findIndex(({ name }) => name === HINTS);
  expect(ahead).toBeLessThan(m.sections.findIndex(({ id }) => id === 10));
});
