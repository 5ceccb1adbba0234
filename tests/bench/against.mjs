// @ts-check
// The same C or C++ file on worldsema and on Emscripten's own, in turns, ROUNDS times: medians and
// their ratio, below 1 where worldsema is faster. The file prints a name and a figure for each
// thing that it measures.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildProgram } from '../../scripts/programs.mjs';
import { findEmcc } from '../../wasm/link/tools.js';
import { runAlone } from '../helpers/run.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const folder = path.join(here, '../../build/bench/emscripten');
const ROUNDS = Number(process.env.ROUNDS ?? 5);

const median = (/** @type {number[]} */ all) => all.toSorted((a, b) => a - b)[all.length >> 1];

/**
 * Emscripten's own.
 * @param {string} file
 * @param {string[]} flags
 * @returns {() => string}
 */
function theirs(file, flags) {
  const emcc = findEmcc();
  const out = path.join(folder, `${path.parse(file).name}.js`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{"type":"commonjs"}\n'); // its glue is that
  // Its loader would fetch the module from a path.
  const more = ['-sSINGLE_FILE', '-sEXIT_RUNTIME'];
  const source = path.join(here, file);
  execFileSync(emcc.path, [source, ...flags, ...more, '-o', out], { env: emcc.env });
  return () => execFileSync(process.execPath, [out], { encoding: 'utf8', timeout: 120_000 });
}

/** @param {string} text @returns {[string, number][]} */
const figures = (text) =>
  [...text.matchAll(/^(.*) ([\d.]+)$/gm)].map(([, name, value]) => [name, Number(value)]);

/**
 * What it prints, by GOMAXPROCS.
 * @param {string} file     in this folder
 * @param {string[]} flags  Emscripten's
 * @param {number[]} all    GOMAXPROCS
 * @param {import('../../scripts/programs.mjs').ProgramOptions} [options]
 */
export async function against(file, flags, all, options = {}) {
  const { name } = path.parse(file);
  const { wasm } = await buildProgram(`tests/bench/${file}`, { name, ...options });
  const other = theirs(file, flags);
  console.log(`medians of ${ROUNDS}, in turns\n`);
  console.log(`${'benchmark'.padEnd(28)} P   worldsema  Emscripten       ratio`);
  for (const procs of all) {
    /** @type {Map<string, number[][]>} */
    const rows = new Map();
    for (let round = 0; round < ROUNDS; round++) {
      const { stdout, stderr, code } = await runAlone(
        { name, wasm },
        { procs, timeoutMs: 120_000 },
      );
      if (code !== 0) throw new Error(`${name} failed (${code})\n${stderr}`);
      [stdout, other()].forEach((text, n) => {
        for (const [what, value] of figures(text)) {
          const row = rows.get(what) ?? [[], []];
          row[n].push(value);
          rows.set(what, row);
        }
      });
    }
    for (const [what, row] of rows) {
      const [mine, its] = row.map(median);
      const shown = [mine.toFixed(1), its.toFixed(1), (mine / its).toFixed(3)];
      console.log(what.padEnd(28), procs, ...shown.map((figure) => figure.padStart(11)));
    }
  }
}

/**
 * npm run bench threads. Emscripten's program has a pool of eight workers, and its main is a worker
 * too: without these it hangs.
 */
export const threads = () =>
  against(
    'threads.c',
    [
      ...['-O2', '-pthread', '-sPROXY_TO_PTHREAD', '-sPTHREAD_POOL_SIZE=8'],
      ...['-sINITIAL_MEMORY=268435456', '-sENVIRONMENT=node,worker'],
    ],
    [1, 2],
  );

/** npm run bench exceptions. */
export const exceptions = () =>
  against(
    'exceptions.cc',
    ['-O2', '-g2', '-fexceptions', '-sDISABLE_EXCEPTION_CATCHING=0', '-sENVIRONMENT=node'],
    [1],
    { opt: '-O2', flags: ['-fexceptions'], emccArgs: ['-sDISABLE_EXCEPTION_CATCHING=0'] },
  );
