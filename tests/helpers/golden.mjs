// @ts-check
// Golden programs: NAME.c beside NAME.txt, what it must print. The rules are in tests/README.md.
//
// Linking takes seconds, so all programs of a run are linked into one module: each `main` is
// compiled under the name golden_NAME. The runner's main calls the one that argv[1] names.

import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from '../../scripts/paths.mjs';

/**
 * @typedef {object} Golden
 * @property {string} name     such as c/sieve
 * @property {string} symbol   golden_c_sieve: what main is called in the common module
 * @property {number} number   of the program in its folder: it says whose turn it is
 * @property {string} source   path from the repository's root
 * @property {string} expected what the .txt file says
 * @property {boolean} takesArgs main has argc and argv
 * @property {Header} header
 * @property {string} [problem] why it cannot be a test
 */

/**
 * @typedef {object} Header
 * @property {number} exit
 * @property {string[]} args
 * @property {Record<string, string>} env
 * @property {string[]} stderr   texts it must print there; without any it must print nothing
 * @property {number[]} procs    run once for each GOMAXPROCS; empty: the default ways
 * @property {string[]} flags    for the compiler
 * @property {boolean} alone     not linked with the others
 * @property {boolean} counts    it counts collections: none are forced
 * @property {boolean} deep      its stack is so deep that it is not preempted at every poll
 * @property {string} workers    why it cannot run in mode one; empty: it can
 * @property {string} skip       why it is not run; empty: it is
 */

const words = /\s+/;

/** @type {Record<string, (header: Header, value: string) => void>} */
const keys = {
  exit: (header, value) => void (header.exit = Number(value)),
  args: (header, value) => void header.args.push(...value.split(words)),
  env: (header, value) => {
    for (const pair of value.split(words)) {
      const at = pair.indexOf('=');
      if (at < 1) throw new Error(`env: ${pair} is not NAME=VALUE`);
      header.env[pair.slice(0, at)] = pair.slice(at + 1);
    }
  },
  stderr: (header, value) => void header.stderr.push(value),
  procs: (header, value) => void header.procs.push(...value.split(words).map(Number)),
  flags: (header, value) => void header.flags.push(...value.split(words)),
  alone: (header) => void (header.alone = true),
  counts: (header) => void (header.counts = true),
  deep: (header) => void (header.deep = true),
  workers: (header, value) => void (header.workers = value || 'no reason given'),
  skip: (header, value) => void (header.skip = value || 'no reason given'),
};

/**
 * Reads the header lines of a program: `// key: value` or `// key`, among the comment lines that
 * begin the file. A comment that only looks like a header line is an error: it is a typing error.
 * @param {string} text
 * @param {{ exit: number }} defaults
 * @returns {Header}
 */
export function readHeader(text, { exit }) {
  /** @type {Header} */
  const header = {
    exit,
    args: [],
    env: {},
    stderr: [],
    procs: [],
    flags: [],
    alone: false,
    counts: false,
    deep: false,
    workers: '',
    skip: '',
  };
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const comment = /^\/\/ ?(.*)$/.exec(line);
    if (!comment) break;
    const [, key, value = ''] = /^([a-z]+)(?::\s*(.*?))?\s*$/.exec(comment[1]) ?? [];
    if (key === undefined) continue;
    if (!Object.hasOwn(keys, key)) {
      throw new Error(`unknown header line "${line}"; there are ${Object.keys(keys).join(', ')}`);
    }
    keys[key](header, value);
  }
  const numbers = [header.exit, ...header.procs];
  if (!numbers.every((n) => Number.isInteger(n) && n >= 0)) {
    throw new Error('exit and procs are whole numbers');
  }
  return header;
}

/**
 * The programs of a folder under tests/, in order.
 * @param {string} folder
 * @param {{ exit: number }} defaults
 * @returns {Golden[]}
 */
export function goldenPrograms(folder, defaults) {
  return list(join(root, 'tests', folder))
    .filter((file) => file.endsWith('.c'))
    .map((file, number) => ({ ...readProgram(folder, basename(file, '.c'), defaults), number }));
}

/** @param {string} dir */
function list(dir) {
  try {
    return readdirSync(dir).sort();
  } catch {
    return [];
  }
}

/**
 * @param {string} folder
 * @param {string} base
 * @param {{ exit: number }} defaults
 * @returns {Omit<Golden, 'number'>}
 */
function readProgram(folder, base, defaults) {
  const name = `${folder}/${base}`;
  const source = `tests/${name}.c`;
  const text = readFileSync(join(root, source), 'utf8');
  const main = /^(?:int\s+)?main\(([^)]*)\)/m.exec(text);
  const golden = {
    name,
    symbol: `golden_${name.replaceAll(/\W/g, '_')}`,
    source,
    expected: '',
    takesArgs: main !== null && main[1].trim() !== 'void',
    header: readHeader('', defaults),
  };
  try {
    if (!main) throw new Error('there is no `int main(...)`');
    golden.header = readHeader(text, defaults);
    golden.expected = readFileSync(join(root, `tests/${name}.txt`), 'utf8');
    return golden;
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { ...golden, problem: `${source}: ${problem}` };
  }
}

/**
 * The main of the common module, in C.
 * @param {Golden[]} programs
 */
export function dispatcher(programs) {
  /** @param {Golden} program */
  const declare = ({ symbol, takesArgs }) =>
    `int ${symbol}(${takesArgs ? 'int, char **' : 'void'});`;
  /** @param {Golden} program */
  const call = ({ name, symbol, takesArgs }) =>
    `\tif (strcmp(name, "${name}") == 0)\n` +
    `\t\treturn ${symbol}(${takesArgs ? 'argc - 1, argv + 1' : ''});`;
  return [
    '#include <stdio.h>',
    '#include <string.h>',
    '',
    ...programs.map(declare),
    '',
    'int',
    'main(int argc, char **argv)',
    '{',
    '\tconst char *name = argc > 1 ? argv[1] : "";',
    '',
    ...programs.map(call),
    '\tfprintf(stderr, "no program %s\\n", name);',
    '\treturn 2;',
    '}',
    '',
  ].join('\n');
}

/**
 * The arguments of a program. In the common module its name comes first.
 * @param {Golden} program
 */
export const argsOf = ({ name, header }) => (header.alone ? header.args : [name, ...header.args]);

/** The frame of the common module's main, which calls that of the program. */
const outermost = /^main\(\.\.\.\)\n\s+golden\.c:\d+.*\n/gm;

/**
 * What the program printed, as if its main were the only one.
 * @param {Golden} program
 * @param {string} text
 */
export const withMain = ({ symbol }, text) =>
  text.replaceAll(outermost, '').replaceAll(symbol, 'main');

/**
 * Checks what a dying program printed. Every line of `expected` must be there, in that order; other
 * lines may stand between. In a line `*` stands for any text. A line `! TEXT` must be nowhere.
 * @param {string} said
 * @param {string} expected
 * @returns {string | undefined} what is wrong
 */
export function missingLine(said, expected) {
  const lines = said.split('\n');
  let at = 0;
  for (const want of expected.split('\n')) {
    if (want.trim() === '') continue;
    if (want.startsWith('! ')) {
      const pattern = lineLike(want.slice(2));
      if (lines.some((line) => pattern.test(line))) return `must not be said: ${want.slice(2)}`;
      continue;
    }
    const pattern = lineLike(want);
    const found = lines.findIndex((line, i) => i >= at && pattern.test(line));
    if (found < 0) {
      const early = lines.some((line) => pattern.test(line));
      return `${early ? 'said, but not in this order' : 'not said'}: ${want}`;
    }
    at = found + 1;
  }
  return undefined;
}

/** @param {string} text */
function lineLike(text) {
  const parts = text.trim().split('*');
  return new RegExp(
    `^\\s*${parts.map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&')).join('.*')}\\s*$`,
  );
}
