// @ts-check
// The rules of the house that a program can check. What they are for is in runtime/README.md and
// tests/README.md.
import { expect, test } from '@jest/globals';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Lowest first. A file includes headers of its own floor and of those below. */
const FLOORS = ['base', 'trace', 'mem', 'sched', 'sync', 'gc', 'look', 'host', 'prof', 'ask'];

/** Longest function, in lines. */
const LONGEST = 60;

const FOLDERS = ['runtime', 'wasm', 'host', 'cli', 'scripts', 'demo', 'tests'];
const ALL = [
  ...readdirSync(ROOT),
  ...FOLDERS.flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      path.join(folder, file),
    ),
  ),
];

/** @param {string[]} folders @param {RegExp} kind */
const files = (folders, kind) =>
  ALL.filter((file) => folders.includes(file.split('/')[0]) && kind.test(file));
const read = (/** @type {string} */ file) => readFileSync(path.join(ROOT, file), 'utf8');

/** The lowest folder of runtime/ comes last. @param {string} file */
const floorOf = (file) => {
  const [top, folder] = file.split('/');
  if (top !== 'runtime') return FLOORS.length + 1;
  const floor = FLOORS.indexOf(folder);
  return floor < 0 ? FLOORS.length : floor;
};

/** runtime's own headers that every floor may have: they name nothing of a floor. */
const PUBLIC = ['runtime/worldsema.h', 'runtime/ask/words.h'];

test('a file includes headers of its own floor and of those below', () => {
  const wrong = [];
  for (const file of files(['runtime'], /\.[ch]$/))
    for (const [, name] of read(file).matchAll(/^#include "(.+)"/gm)) {
      const header = path.join(path.dirname(file), name);
      if (!existsSync(path.join(ROOT, header)) || PUBLIC.includes(header)) continue;
      if (floorOf(header) > floorOf(file)) wrong.push(`${file} includes ${header}`);
    }
  expect(wrong).toEqual([]);
});

/** Comments of a file in C or JavaScript, one a line. @param {string} text */
const comments = (text) => text.match(/(?<=^|\s)\/\/ .*$|^\s*\/?\*+ .*$/gm) ?? [];

/** Files that comments name and that are not the project's. */
const FOREIGN = new Set(
  'Node.js lock_futex.c mfinal.c out.mjs proc.c runtime.h stdatomic.h'.split(' '),
);

test('files that comments name exist', () => {
  const names = new Set(ALL.map((file) => path.basename(file)));
  const wrong = [];
  for (const file of files(FOLDERS.slice(0, 5), /\.(c|h|js|mjs)$/))
    for (const comment of comments(read(file)))
      for (const [name] of comment.matchAll(/(?<![\w./-])(?:[\w-]+\/)*[\w-]+\.(?:c|h|js|mjs)\b/g)) {
        if (/\bNAME\b/.test(name)) continue;
        const there = name.includes('/')
          ? ALL.some((each) => each === name || each.endsWith(`/${name}`))
          : names.has(name) || FOREIGN.has(name);
        if (!there) wrong.push(`${file}: ${name}`);
      }
  expect(wrong).toEqual([]);
});

test(`a function in C has at most ${LONGEST} lines`, () => {
  const wrong = [];
  for (const file of files(['runtime', 'wasm'], /\.c$/)) {
    let from = 0;
    for (const [at, line] of read(file).split('\n').entries()) {
      if (line === '{') from = at;
      if (line === '}' && at - from - 1 > LONGEST) wrong.push(`${file}:${from}`);
    }
  }
  expect(wrong).toEqual([]);
});

/** Goes with a line that says what for. */
const SAME = ['out of memory'];

test('a text that the runtime dies with stands at one place', () => {
  /** @type {Map<string, string[]>} */
  const where = new Map();
  for (const file of files(['runtime', 'wasm'], /\.c$/))
    for (const [, text] of read(file).matchAll(/rt_(?:throw\(|must\([^;]*?,)\s*"([^"]*)"/g))
      where.set(text, [...(where.get(text) ?? []), file]);
  const wrong = [...where].filter(([text, places]) => places.length > 1 && !SAME.includes(text));
  expect(wrong).toEqual([]);
});

/** C without comments and texts, lines kept. @param {string} text */
const bare = (text) =>
  text.replace(/\/\*[^]*?\*\/|\/\/.*|"(?:\\.|[^"\\\n])*"|^#.*(?:\\\n.*)*/gm, (found) =>
    found.replace(/[^\n]/g, ' '),
  );

/** The line of a place in a text. @param {string} text @param {number} at */
const lineOf = (text, at) => text.slice(0, at).split('\n').length;

/** May be called from anywhere: no other code runs in the caller after them. */
const NO_RETURN = ['go_panic', 'go_exit', 'rt_goexit', 'rt_protect_jump'];

/** Wait in place: the M stays the same, and no frame is unwound. */
const IN_PLACE = ['rt_handler_inplace'];

test('whoever calls what is marked MAYSWITCH is marked, too', () => {
  const sources = files(['runtime', 'wasm'], /\.[ch]$/).map((file) => {
    const code = bare(read(file));
    const marks = [...code.matchAll(/^.*\bMAYSWITCH\b[^;{}()]*?\b(\w+)\s*\(/gm)];
    const isStatic = (/** @type {RegExpMatchArray} */ [line]) => /\bstatic\b/.test(line);
    const names = (/** @type {RegExpMatchArray[]} */ some) => some.map(([, name]) => name);
    const own = names(marks.filter(isStatic));
    return { file, code, own, shared: names(marks.filter((mark) => !isStatic(mark))) };
  });
  const shared = new Set(sources.flatMap(({ shared }) => shared));
  for (const name of NO_RETURN) shared.delete(name);
  const wrong = [];
  for (const { file, code, own } of sources) {
    const switches = (/** @type {string} */ name) => shared.has(name) || own.includes(name);
    for (const [, name, body] of code.matchAll(
      /^(?![A-Z_]+\()(\w+)\([^;{}]*\)\s*\{\n([^]*?)^\}/gm,
    )) {
      if (switches(name) || [...NO_RETURN, ...IN_PLACE].includes(name)) continue;
      const calls = [...body.matchAll(/\b(\w+)\(/g)].map(([, called]) => called).filter(switches);
      for (const called of new Set(calls)) wrong.push(`${file}: ${name} calls ${called}`);
    }
  }
  expect(shared.size).toBeGreaterThan(50);
  expect(wrong).toEqual([]);
});

/**
 * Columns of a line: a tab goes on to the next multiple of 8, as in .clang-format.
 * @param {string} line
 */
const columns = (line) => [...line].reduce((at, c) => (c === '\t' ? at - (at % 8) + 8 : at + 1), 0);

/**
 * Folders whose lines end in time. The form of JavaScript is prettier's, which leaves texts whole.
 */
const NARROW = ['cli', 'demo', 'host', 'runtime', 'scripts', 'tests', 'wasm'];

test('a line of C, and a comment, has at most 100 columns', () => {
  const wrong = [];
  for (const file of files(NARROW, /\.(c|cc|h|hpp|js|mjs|ts)$/)) {
    const isC = /\.(c|cc|h|hpp)$/.test(file);
    for (const [at, line] of read(file).split('\n').entries()) {
      if (columns(line) <= 100) continue;
      const isComment = /^\s*(\/\/|\/?\*)/.test(line);
      if (isComment || (isC && !line.includes('"'))) wrong.push(`${file}:${at + 1}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('C says !p, and p where a pointer is a condition: no == NULL', () => {
  const plain = String.raw`(?<!\w)\*?[\w.>[\]-]+`;
  const bad = [
    /== NULL\b/g,
    RegExp(String.raw`(?:(?:if|while) \(|&& |\|\| |; )${plain} != NULL`, 'g'),
    RegExp(String.raw`${plain} != NULL(?: \?| &&| \|\||;[^;{}]*\) \{)`, 'g'),
  ];
  const wrong = [];
  for (const file of files(['demo', 'runtime', 'tests', 'wasm'], /\.(c|cc|h|hpp)$/)) {
    const code = bare(read(file));
    for (const form of bad)
      for (const { index } of code.matchAll(form)) wrong.push(`${file}:${lineOf(code, index)}`);
  }
  expect(wrong).toEqual([]);
});
