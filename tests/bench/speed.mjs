// @ts-check
// npm run bench speed: what worldsema costs C code that computes. The programs in speed/ are each
// compiled plainly by emcc, to run in a worker, and with worldsema, to run in a goroutine with one
// P; they take turns, in some processes each, and the fastest run of a kernel counts.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { buildProgram } from '../../scripts/programs.mjs';
import { HINTS } from '../../wasm/link/hints.js';
import { readModule } from '../../wasm/link/reader.js';
import { findEmcc, run } from '../../wasm/link/tools.js';
import { runAlone } from '../helpers/run.mjs';
import { sqliteSource } from '../helpers/sqlite.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(here, '../../build/bench/speed');
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const STB = '/usr/include/stb';

/**
 * @typedef {object} Program
 * @property {string} what
 * @property {string} name        speed/NAME.c
 * @property {string[]} [foreign]  sources of a library: foreign code
 * @property {string[]} [flags]
 */

/** @type {(Program & { find?: () => Partial<Program> | null })[]} */
const PROGRAMS = [
  { what: 'loops that call nothing', name: 'leaf' },
  { what: 'calls, nothing waits', name: 'calls' },
  { what: 'the same calls, some wait', name: 'suspends' },
  { what: 'malloc and free', name: 'malloc' },
  { what: 'stb_image', name: 'stb', find: stb },
  { what: 'SQLite', name: 'sqlite', find: sqlite },
];

function stb() {
  if (existsSync(STB)) return { flags: [`-I${STB}`, '-w'] };
  console.log('stb_image is not measured: apt-get install libstb-dev');
  return null;
}

/** The amalgamation, as foreign code. */
function sqlite() {
  try {
    const dir = sqliteSource();
    const flags = [`-I${dir}`, '-DSQLITE_THREADSAFE=0', '-DSQLITE_OMIT_LOAD_EXTENSION', '-w'];
    return { foreign: [path.join(dir, 'sqlite3.c')], flags };
  } catch (error) {
    console.log(`SQLite is not measured: ${/** @type {Error} */ (error).message}`);
    return null;
  }
}

/** Builds a program without worldsema. @returns {string} its script */
function buildPlain(/** @type {Program} */ { name, foreign = [], flags = [] }) {
  const emcc = findEmcc();
  const script = path.join(out, `${name}.js`);
  writeFileSync(path.join(out, 'package.json'), '{ "type": "commonjs" }\n');
  run(
    'emcc',
    [
      ...[emcc.path, '-O2', '-pthread', '-DPLAIN', ...flags],
      ...['speed.c', `${name}.c`].map((file) => path.join(here, 'speed', file)),
      ...foreign,
      ...['-sPROXY_TO_PTHREAD', '-sEXIT_RUNTIME', '-sENVIRONMENT=node,worker'],
      ...['-sINITIAL_MEMORY=67108864', '-sALLOW_MEMORY_GROWTH', '-sMAXIMUM_MEMORY=4294967296'],
      ...['-sDEFAULT_PTHREAD_STACK_SIZE=1048576', '-Wno-pthreads-mem-growth'],
      ...['--extern-pre-js', path.join(here, 'speed/plain.js'), '-o', script],
    ],
    { env: emcc.env },
  );
  return script;
}

/**
 * Keeps the best of what a program printed.
 * @param {Map<string, { ms: number, result: string }>} best
 * @param {string} text
 */
function keepBest(best, text) {
  for (const line of text.trim().split('\n')) {
    const [, kernel, ms, result] = /^(.*) ([\d.]+) (\d+)$/.exec(line) ?? [];
    if (!kernel) throw new Error(`not a result: ${line}`);
    best.set(kernel, { ms: Math.min(best.get(kernel)?.ms ?? Infinity, Number(ms)), result });
  }
}

/** A module's bytes without names and tables: of the custom sections only what engines heed. */
function stripped(/** @type {string} */ file) {
  const m = readModule(readFileSync(file));
  const parts = m.sections
    .filter(({ id, name }) => id !== 0 || name === HINTS)
    .map((s) => m.bytes.subarray(s.at, s.end));
  const bytes = Buffer.concat([m.bytes.subarray(0, 8), ...parts]);
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length };
}

async function measure(/** @type {Program} */ program) {
  const { name, foreign, flags } = program;
  const plain = buildPlain(program);
  const ours = await buildProgram(`tests/bench/speed/${name}.c`, {
    name,
    sources: [path.join(here, 'speed/speed.c')],
    foreign,
    flags,
    opt: '-O2',
  });
  const best = { plain: new Map(), ours: new Map() };
  for (let round = 0; round < ROUNDS; round++) {
    keepBest(best.plain, run(name, [process.execPath, plain, '500']));
    const { stdout, stderr, code } = await runAlone(ours, { args: ['500'], procs: 1 });
    if (code !== 0) throw new Error(`${name} failed (${code})\n${stderr}`);
    keepBest(best.ours, stdout);
  }
  console.log(`\n${program.what.padEnd(28)}   plain ms     ours ms  ours/plain`);
  for (const [kernel, { ms, result }] of best.plain) {
    const mine = best.ours.get(kernel);
    if (mine.result !== result) throw new Error(`${kernel}: ${mine.result}, plainly ${result}`);
    console.log(row(kernel, ms.toFixed(1), mine.ms.toFixed(1), mine.ms / ms));
  }
  const size = { plain: stripped(plain.replace(/js$/, 'wasm')), ours: stripped(ours.wasm) };
  for (const kind of /** @type {('raw' | 'gzip')[]} */ (['raw', 'gzip']))
    console.log(
      row(
        `${kind} bytes`,
        String(size.plain[kind]),
        String(size.ours[kind]),
        size.ours[kind] / size.plain[kind],
      ),
    );
}

/** @type {(name: string, plain: string, ours: string, ratio: number) => string} */
const row = (name, plain, ours, ratio) =>
  `  ${name.padEnd(26)} ${plain.padStart(10)} ${ours.padStart(11)} ${ratio.toFixed(2).padStart(11)}`;

/** @param {string[]} wanted names of programs; none: all */
export async function speed(wanted) {
  mkdirSync(out, { recursive: true });
  console.log(`what worldsema costs; Node.js ${process.version}, best of ${ROUNDS} processes`);
  for (const { find, ...program } of PROGRAMS) {
    if (wanted.length > 0 && !wanted.includes(program.name)) continue;
    const found = find ? find() : {};
    if (found) await measure({ ...program, ...found });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await speed(process.argv.slice(2));
