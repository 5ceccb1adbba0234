// @ts-check
// Where there is one worker nobody can raise a flag while it runs. So each poll has to count, and
// the module that runs there has another form of each look at the flag. The host writes it before
// it compiles the module (host/one/unshare.js). No code may move then, because the tables know
// where it is. So both forms have the same number of bytes:
//
//   i32.const &rt_raised; i32.load; nop; nop; nop; nop
//   rt_polls_left = rt_polls_left - 1; rt_polls_left == 0
//
// Here each look in the optimised module gets its room. The custom section "worldsema.one" tells
// the host the forms. The flag is up all the time with one worker: loops that look at it once in
// many turns do so by an atomic load (wrap.js), which stays as it is.
//
//   how many looks; bytes of a form; the form in the module; the other one
import { globalOf } from './kinds.js';
import { globalGet, i32Const, leb, Op } from './opcodes.js';

/**
 * @typedef {import('./reader.js').Module} Module
 * @typedef {import('./reader.js').Instr} Instr
 */

export const SECTION = 'worldsema.one';

/**
 * Does a look of a poll at the flag, which is at `raised`, begin at instruction n?
 * @type {(instrs: Instr[], n: number, raised: number) => boolean}
 */
export const looksAt = (instrs, n, raised) =>
  instrs[n].op === Op.i32_const &&
  instrs[n + 1]?.op === Op.i32_load &&
  instrs[n].a + instrs[n + 1].b === raised;

/**
 * @param {Module} m  optimised
 * @param {number} raised  the address of rt_raised
 * @returns {{ edits: Map<number, import('./editor.js').Edit[]>, section: Uint8Array, count: number }}
 */
export function pollRoom(m, raised) {
  const { flag, counted } = forms(raised, globalOf(m, 'rt_link_polls_left'));
  /** @type {Map<number, import('./editor.js').Edit[]>} */
  const edits = new Map();
  let count = 0;
  for (const { index, instrs } of m.bodies) {
    const list = [];
    for (const [n, { at }] of instrs.entries())
      if (looksAt(instrs, n, raised))
        list.push({ at, remove: instrs[n + 1].end - at, bytes: flag });
    if (list.length > 0) edits.set(index, list);
    count += list.length;
  }
  const section = Uint8Array.from([...leb(count), ...leb(flag.length), ...flag, ...counted]);
  return { edits, section, count };
}

/** @param {number} raised @param {number} left  the wasm global rt_polls_left */
function forms(raised, left) {
  const flag = [...i32Const(raised), Op.i32_load, 2, 0];
  const less = [...globalGet(left), ...i32Const(1), Op.i32_sub, Op.global_set, ...leb(left)];
  const counted = [...less, ...globalGet(left), Op.i32_eqz];
  const bytes = Math.max(flag.length, counted.length);
  const filled = (/** @type {number[]} */ form) =>
    form.concat(new Array(bytes - form.length).fill(Op.nop));
  return { flag: filled(flag), counted: filled(counted) };
}
