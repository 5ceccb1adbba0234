// @ts-check
// Functions behind the runtime are taken for the system's: libc, and what comes with Emscripten.
// Here that is checked. Functions of the program are there if the linker compiles them. They would
// not be instrumented, and would have no polls.
import path from 'node:path';
import { insist } from './error.js';
import { Runtime, isSystem } from './kinds.js';
import { Op } from './opcodes.js';

const MAIN = /^(main|__original_main|__main_argc_argv|__main_void)$/;
const WHY =
  'stands behind the runtime, where only functions of the system are expected: a part of the ' +
  'program was compiled with -flto, or linked behind the runtime';

/**
 * @param {import('./reader.js').Module} m
 * @param {Uint8Array} kinds
 * @param {{ locations: import('./locations.js').Locations, decl: Map<number, number> }} located
 */
export function checkSeen(m, kinds, { locations, decl }) {
  const isApi = (/** @type {number} */ f) =>
    kinds[f] === Runtime && /^go_/.test(m.names.get(f) ?? '');
  for (const { index, instrs } of m.bodies) {
    const wrong = /^signature_mismatch:(.*)/.exec(m.names.get(index) ?? '')?.[1];
    insist(!wrong, wrong ?? '', 'is called with other parameters than it is defined with');
    const isByReference = instrs.some(({ op }) => op === Op.call_ref || op === Op.return_call_ref);
    insist(
      !isByReference,
      m.names.get(index) ?? '',
      'calls by a reference, which nobody can follow',
    );
    if (!isSystem(kinds[index])) continue;
    const name = m.names.get(index) ?? `function ${index}`;
    insist(!MAIN.test(name), name, WHY);
    const uses = instrs.some(({ op, a }) => op === Op.call && isApi(a));
    insist(!uses, name, `${WHY} (it calls a function of worldsema.h)`);
    const file = locations.list[decl.get(index) ?? 0].file;
    insist(!isInRoot(file), name, `${WHY} (it is from ${file})`);
  }
}

/**
 * Is a file in the folder of the program's sources? Names there are relative; so are those of the
 * system's own folder.
 */
const isInRoot = (/** @type {string} */ file) =>
  file !== '' && !path.isAbsolute(file) && !/(^|\/)(system|sysroot|worldsema)\//.test(file);
