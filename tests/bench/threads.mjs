// @ts-check
// npm run bench threads: the same C file on worldsema and on Emscripten's own threads, in turns,
// ROUNDS times: medians and their ratio, below 1 where worldsema is faster. Emscripten's program
// has a pool of eight workers, and its main is a worker too: without these it hangs.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildProgram } from '../../scripts/programs.mjs';
import { findEmcc } from '../../wasm/link/tools.js';
import { runProgram } from '../helpers/run.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const source = path.join(here, 'threads.c');
const folder = path.join(here, '../../build/bench/emscripten');
const ROUNDS = Number(process.env.ROUNDS ?? 5);

const median = (/** @type {number[]} */ all) => all.toSorted((a, b) => a - b)[all.length >> 1];

/** Emscripten's own. @returns {() => string} */
function theirs() {
  const emcc = findEmcc();
  const flags = ['-O2', '-pthread', '-sPROXY_TO_PTHREAD', '-sPTHREAD_POOL_SIZE=8'];
  const out = path.join(folder, 'threads.js');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{"type":"commonjs"}\n'); // its glue is that
  // Its loader would fetch the module from a path.
  const more = [
    '-sSINGLE_FILE',
    '-sEXIT_RUNTIME',
    '-sINITIAL_MEMORY=268435456',
    '-sENVIRONMENT=node,worker',
  ];
  execFileSync(emcc.path, [source, ...flags, ...more, '-o', out], { env: emcc.env });
  return () => execFileSync(process.execPath, [out], { encoding: 'utf8', timeout: 120_000 });
}

/** @param {string} text @returns {[string, number][]} */
const figures = (text) =>
  [...text.matchAll(/^(.*) ([\d.]+)$/gm)].map(([, name, value]) => [name, Number(value)]);

/** What it prints, by GOMAXPROCS. */
export async function threads() {
  const { wasm } = await buildProgram('tests/bench/threads.c', { name: 'threads' });
  const other = theirs();
  console.log(`medians of ${ROUNDS}, in turns\n`);
  console.log(`${'benchmark'.padEnd(28)} P   worldsema  Emscripten       ratio`);
  for (const procs of [1, 2]) {
    /** @type {Map<string, number[][]>} */
    const rows = new Map();
    for (let round = 0; round < ROUNDS; round++) {
      const { stdout, stderr, code } = await runProgram(
        { name: 'threads', wasm },
        { procs, timeoutMs: 120_000 },
      );
      if (code !== 0) throw new Error(`threads failed (${code})\n${stderr}`);
      [stdout, other()].forEach((text, n) => {
        for (const [name, value] of figures(text)) {
          const row = rows.get(name) ?? [[], []];
          row[n].push(value);
          rows.set(name, row);
        }
      });
    }
    for (const [name, row] of rows) {
      const [mine, its] = row.map(median);
      const shown = [mine.toFixed(1), its.toFixed(1), (mine / its).toFixed(3)];
      console.log(name.padEnd(28), procs, ...shown.map((figure) => figure.padStart(11)));
    }
  }
}
