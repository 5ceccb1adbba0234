// @ts-check
// The programs of tests/host/ that can share a module, because a link takes seconds. A copy of the
// module differs from another one only in the text that says which program its main calls.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { changedProgram } from '../../scripts/programs.mjs';
import { root } from '../../scripts/paths.mjs';
import { buildProgram, compileObject } from './build.mjs';

/**
 * The modules. In one with collected memory a poll is an unwind, so that there are two. Other
 * programs are alone: they have other options, JavaScript or files in their glue, or a test that
 * wants main to be the outermost frame.
 */
const modules = {
  hosts: ['clock', 'env', 'failures', 'hostcalls', 'input', 'jest', 'leak', 'one', 'waits'],
  collecting: ['asking', 'cpu', 'exit', 'heap', 'trace'],
};

/** For the compiler. Without this one tests/host/cpu.c collects nothing, and is alone. */
const flags = new Map([['cpu', ['-DCOLLECTS']]]);

/** In the module: behind it stands the name of the program, in the place of the dots. */
const MARK = 'this module is ';
const DOTS = '................';

/** The main of a module, in C. @param {string[]} names */
function chooser(names) {
  const programs = names.map((name) => {
    const text = readFileSync(join(root, `tests/host/${name}.c`), 'utf8');
    return { name, takesArgs: !/^main\(void\)/m.test(text) };
  });
  return [
    '#include <string.h>',
    ...programs.map(
      ({ name, takesArgs }) => `int host_${name}(${takesArgs ? 'int, char **' : 'void'});`,
    ),
    `char chosen[] = "${MARK}${DOTS}";`, // not const, or the compiler reads it
    'int',
    'main(int argc, char **argv)',
    '{',
    `\tconst char *name = chosen + ${MARK.length};`,
    ...programs.map(
      ({ name, takesArgs }) =>
        `\tif (strcmp(name, "${name}") == 0)\n` +
        `\t\treturn host_${name}(${takesArgs ? 'argc, argv' : ''});`,
    ),
    '\treturn 99;',
    '}',
    '',
  ].join('\n');
}

/** @type {Map<string, ReturnType<typeof linkModule>>} */
const linked = new Map();

/** @param {string} module @param {string[]} names */
async function linkModule(module, names) {
  // tests/host/waits.c needs it: with -O1 more of what is over stays on the stacks.
  const opt = '-O2';
  const sources = await Promise.all(
    names.map((name) =>
      compileObject(`tests/host/${name}.c`, {
        ...{ opt, main: `host_${name}`, flags: flags.get(name) },
      }),
    ),
  );
  return buildProgram(chooser(names), { name: module, sources, opt });
}

/**
 * A program of tests/host/ that shares its module with others. A stack has the frame of the
 * module's main below that of the program's, which is called host_NAME.
 * @param {string} name
 */
export async function hostProgram(name) {
  const found = Object.entries(modules).find(([, names]) => names.includes(name));
  if (!found) throw new Error(`tests/host/${name}.c shares no module`);
  const [module, names] = found;
  const built = linked.get(module) ?? linkModule(module, names);
  linked.set(module, built);
  return changedProgram(await built, name, (bytes) => {
    const at = bytes.indexOf(MARK + DOTS);
    if (at < 0) throw new Error('the module has no place for the name of a program');
    bytes.write(`${name}\0`, at + MARK.length, 'latin1');
    return bytes;
  });
}
