// @ts-check
// Where there is one worker nobody can raise a flag while it runs. So each poll has to count, and
// the module that runs there has another form of each look at the flag. The host writes it before
// it compiles the module (host/one/unshare.js). No code may move then, because the tables know
// where it is. So both forms have the same number of bytes:
//
//   i32.const &rt_raised; i32.load; nop; nop; nop; nop
//   rt_polls_left = rt_polls_left - 1; rt_polls_left == 0
//
// In code that cannot be unwound one of the nops comes first, and the global is rt_inplace_left: as
// soon as a turn is over, all other polls call the runtime.
//
// Here each look in the optimised module gets its room. The custom section "worldsema.one" tells
// the host the forms. The flag is up all the time with one worker: loops that look at it once in
// many turns do so by an atomic load (wrap.js), which stays as it is.
//
//   how many looks; bytes of a form; the two forms; the two in code that cannot be unwound
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
 * @param {(f: number) => boolean} unwinds  can this function be unwound?
 * @returns {{ edits: import('./plan.js').Edits, section: Uint8Array, count: number }}
 */
export function pollRoom(m, raised, unwinds) {
  const flag = [...i32Const(raised), Op.i32_load, 2, 0];
  const left = counts(globalOf(m, 'rt_link_polls_left'));
  const inplace = counts(globalOf(m, 'rt_link_inplace_left'));
  const bytes = Math.max(flag.length + 1, left.length, inplace.length);
  const filled = (/** @type {number[]} */ form) =>
    form.concat(new Array(bytes - form.length).fill(Op.nop));
  const looks = { unwound: filled(flag), inplace: filled([Op.nop, ...flag]) };
  /** @type {import('./plan.js').Edits} */
  const edits = new Map();
  let count = 0;
  for (const { index, instrs } of m.bodies) {
    const list = [];
    const form = unwinds(index) ? looks.unwound : looks.inplace;
    for (const [n, { at }] of instrs.entries())
      if (looksAt(instrs, n, raised))
        list.push({ at, remove: instrs[n + 1].end - at, bytes: form });
    if (list.length > 0) edits.set(index, list);
    count += list.length;
  }
  const forms = [looks.unwound, filled(left), looks.inplace, filled(inplace)].flat();
  return { edits, count, section: Uint8Array.from([...leb(count), ...leb(bytes), ...forms]) };
}

/** Code that takes one from a wasm global; true if it is 0 then. */
const counts = (/** @type {number} */ left) => [
  ...[...globalGet(left), ...i32Const(1), Op.i32_sub, Op.global_set, ...leb(left)],
  ...[...globalGet(left), Op.i32_eqz],
];
