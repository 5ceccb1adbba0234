// @ts-check
// The two runs of wasm-opt. Between the passes, functions are named after their index in the raw
// module: `f12`, `n12` if it must never be inlined, `s12` for its resumed copy. Such names are
// unique and survive wasm-opt; the names of C are not unique.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fromMap, toMap } from './sourcemap.js';
import { run, wasmOpt } from './tools.js';

/** @typedef {import('./editor.js').Row} Row */

// The features that clang 14 to 21 use. With --all-features Binaryen would use what engines lack.
const FEATURES = [
  'threads',
  'bulk-memory',
  'mutable-globals',
  'sign-ext',
  'nontrapping-float-to-int',
  'multivalue',
  'reference-types',
  'bulk-memory-opt',
  'call-indirect-overlong',
].map((f) => `--enable-${f}`);

// Passes that leave fewer locals. Asyncify's time grows with the square of a function's locals, and
// without optimisation each value has a local.
const FEWER = ['simplify-locals-notee-nostructure', 'vacuum', 'reorder-locals']
  .concat('coalesce-locals', 'vacuum')
  .map((pass) => `--${pass}`);

/** A function with more locals than this is crowded. */
export const CROWDED = 400;

// Bytes. With smaller modules it does not pay that V8 optimises wasm-opt: Asyncify of 540 KB took
// 9 s without it, and 12 s with it, which also keeps a second core busy.
const QUICK = 1_000_000;

/** @returns {Map<number, string>} */
export function numberNames(
  /** @type {import('./reader.js').Module} */ m,
  /** @type {(index: number) => boolean} */ keepOutOfLine,
) {
  const names = new Map();
  for (let f = 0; f < m.funcType.length; f++)
    names.set(f, f < m.nimports ? `i${f}` : `${keepOutOfLine(f) ? 'n' : 'f'}${f}`);
  return names;
}

/** The raw function index behind such a name, or -1. */
export const rawIndex = (/** @type {string | undefined} */ name) =>
  name && /^[fnsi]\d+$/.test(name) ? Number(name.slice(1)) : -1;

/**
 * @param {{ bytes: Uint8Array, rows: Row[] }} input
 * @param {Set<number>} uninstrumented  functions that are never suspended
 * @param {Map<number, string>} names
 * @param {string} dir  a folder for intermediate files
 * @param {boolean} [crowded]  some function has many locals
 */
export function asyncify(input, uninstrumented, names, dir, crowded = false) {
  const list = path.join(dir, 'removelist.txt');
  writeFileSync(list, [...uninstrumented].map((f) => `${names.get(f)}\n`).join(''));
  return opt('asyncify', input, dir, [
    // The levels, without -O: Asyncify cleans up its own code, and no other pass runs.
    ...['--optimize-level=3', '--shrink-level=0', ...(crowded ? FEWER : []), '--asyncify'],
    ...['--pass-arg=asyncify-ignore-imports', `--pass-arg=asyncify-removelist@@${list}`],
  ]);
}

/**
 * @param {{ bytes: Uint8Array, rows: Row[] }} input
 * @param {string} level  -O1 ... -Os
 * @param {boolean} low  the first 1,024 bytes of memory are unused
 * @param {string} dir
 */
export function optimise(input, level, low, dir) {
  // Equal or similar functions are not merged: a stack would show the name of only one of them.
  const merging = ['duplicate-function-elimination', 'merge-similar-functions'];
  const apart = [
    ...merging.map((pass) => `--skip-pass=${pass}`),
    '--no-inline=n*',
    '--no-inline=s*',
    ...(low ? ['--low-memory-unused'] : []),
  ];
  return opt('optimise', input, dir, [...apart, level]);
}

/** @returns {{ bytes: Uint8Array, rows: Row[] }} */
function opt(
  /** @type {string} */ step,
  /** @type {{ bytes: Uint8Array, rows: Row[] }} */ input,
  /** @type {string} */ dir,
  /** @type {string[]} */ passes,
) {
  const from = path.join(dir, `${step}-in.wasm`);
  const to = path.join(dir, `${step}-out.wasm`);
  writeFileSync(from, input.bytes);
  writeFileSync(`${from}.map`, toMap(input.rows));
  run(step, [
    ...[
      ...wasmOpt(input.bytes.length < QUICK),
      from,
      '-ism',
      `${from}.map`,
      ...FEATURES,
      ...passes,
    ],
    ...['-g', '-o', to, '-osm', `${to}.map`],
  ]);
  return { bytes: readFileSync(to), rows: fromMap(readFileSync(`${to}.map`, 'utf8')) };
}
