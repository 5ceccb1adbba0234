// @ts-check
// What stands behind the runtime is taken for the system's: libc, and what comes with Emscripten. Is it?
// Functions of the program come to be there if the linker compiles them, and then nothing would be
// instrumented, nor have polls.
import path from 'node:path';
import { insist } from './error.js';
import { Runtime, System } from './kinds.js';
import { Op } from './opcodes.js';

const MAIN = /^(main|__original_main|__main_argc_argv|__main_void)$/;
const WHY =
  'stands behind the runtime, where the link step sees only the system: a part of the program was compiled with ' +
  '-flto, or linked behind the runtime';

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
    if (kinds[index] !== System) continue;
    const name = m.names.get(index) ?? `function ${index}`;
    insist(!MAIN.test(name), name, WHY);
    const uses = instrs.some(({ op, a }) => op === Op.call && isApi(a));
    insist(!uses, name, `${WHY} (it calls a function of worldsema.h)`);
    const file = locations.list[decl.get(index) ?? 0].file;
    insist(!isInRoot(file), name, `${WHY} (it is from ${file})`);
  }
}

/** Files in the folder of the program's sources are told relative to it, and so is the system's own `system`. */
const isInRoot = (/** @type {string} */ file) =>
  file !== '' && !path.isAbsolute(file) && !/(^|\/)(system|sysroot|worldsema)\//.test(file);
