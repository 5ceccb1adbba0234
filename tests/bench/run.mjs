// @ts-check
// npm run bench [-- NAME ...]: each benchmark in C on worldsema and, where Go is installed, in Go,
// taking turns in one run, with one P and with two; the best of some processes each. Also Go's own
// js/wasm port for the programs. Prints figures and ratios, and judges nothing. `npm run bench
// speed` runs only speed.mjs: C code with worldsema and without; `shares` tells how fairly loops
// are preempted, `calls` what calls of JavaScript take, `flightrec` what the flight recorder costs,
// `profiling` what profiles cost; `turns` compares with another tree of the project, `one` mode one
// with workers; `page` tells how long a page's thread is kept; `threads` and
// `exceptions` compare pthreads and C++ exceptions with Emscripten's own.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRuntime } from '../../host/index.js';
import { build } from '../../wasm/link/build.js';
import { exceptions, threads } from './against.mjs';
import { one } from './one.mjs';
import { page } from './page.mjs';
import { speed } from './speed.mjs';
import { buildIn, turns } from './turns.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(here, '../../build/bench');
const ROUNDS = Number(process.env.ROUNDS ?? 3);
// Go's wrapper wants a deep stack, and older ones define globalThis.crypto themselves.
const GO_NODE = ['--stack-size=8192', '--no-experimental-global-webcrypto'];
const PORTED = new Set([
  'yield',
  'chan_sync',
  'go_create',
  'sieve',
  'skynet',
  'alloc_16',
  'alloc_64',
  'alloc_1024',
  'binary_trees',
  'gc_live',
]);

// Where a program uses collected memory all its polls unwind.
const MODULES = [
  { name: 'bench', sources: ['switch.c', 'sync.c', 'programs.c', 'look.c', 'stop.c'] },
  { name: 'bench-mem', sources: ['mem.c'], compileArgs: ['-DBENCH_MEM'] },
];

/** @type {Map<string, string>} the module a benchmark is in */
const moduleOf = new Map();

/** @returns {Promise<string>} what the benchmark printed */
async function ours(
  /** @type {string[]} */ args,
  /** @type {number} */ procs,
  module = moduleOf.get(args[0]) ?? MODULES[0].name,
) {
  let text = '';
  const rt = await createRuntime({
    wasm: path.join(out, `${module}.wasm`),
    procs,
    args,
    stdout: (chunk) => (text += new TextDecoder().decode(chunk)),
  });
  await rt.done;
  return text;
}

const lastNumber = (/** @type {string} */ text) => Number(text.trim().split(/\s+/).pop());

function goBuild(/** @type {string} */ file, /** @type {Record<string, string>} */ env = {}) {
  const target = path.join(out, file);
  const result = spawnSync('go', ['build', '-o', target, 'main.go'], {
    cwd: path.join(here, 'go'),
    env: { ...process.env, GO111MODULE: 'off', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return result.status === 0 ? target : null;
}

const time = (/** @type {number} */ ns) =>
  ns >= 1e6
    ? `${(ns / 1e6).toFixed(1)} ms`
    : ns >= 1e4
      ? `${(ns / 1e3).toFixed(1)} µs`
      : `${ns.toFixed(1)} ns`;

/** Resident bytes for each goroutine: of a process with many, less that of one with few. */
function memory(
  /** @type {string} */ command,
  /** @type {string[]} */ args,
  /** @type {number} */ n,
) {
  const kilobytes = (/** @type {number} */ count) => {
    const text = spawnSync('/usr/bin/time', ['-f', '%M', command, ...args, String(count)], {
      encoding: 'utf8',
    }).stderr;
    return lastNumber(text ?? '');
  };
  return ((kilobytes(n) - kilobytes(10)) * 1024) / n;
}

function memories(/** @type {string | null} */ native) {
  if (!existsSync('/usr/bin/time')) return console.log('\nno memory figures: apt-get install time');
  console.log('\nresident bytes of a parked goroutine');
  for (const [name, n] of /** @type {[string, number][]} */ ([
    ['parked_default', 100_000],
    ['parked_2k', 1_000_000],
  ])) {
    const mine = memory(process.execPath, [fileURLToPath(import.meta.url), '--one', name], n);
    const theirs = native ? memory(native, [name], n) : NaN;
    console.log(`${name.padEnd(20)} ${n} ${mine.toFixed(0)}, Go ${theirs.toFixed(0)}`);
  }
}

/** Benchmarks that print what they found themselves. */
const SPECIAL = {
  shares: { sources: ['shares.c'], procs: 2 },
  profiling: { sources: ['profiling.c'], procs: 2 },
  flightrec: { sources: ['flightrec.c', 'switch.c', 'sync.c'], procs: 1 },
};

async function special(/** @type {keyof typeof SPECIAL} */ name, /** @type {string[]} */ args) {
  const { sources, procs } = SPECIAL[name];
  mkdirSync(out, { recursive: true });
  const base = path.join(out, name);
  await build({
    sources: sources.map((file) => path.join(here, file)),
    out: base,
    opt: '-O3',
    compileArgs: [`-I${path.join(here, '../../wasm')}`],
  });
  const rt = await createRuntime({ wasm: `${base}.wasm`, procs, args });
  await rt.done;
}

/** Calls of JavaScript and back, with one P and with two. */
async function calls() {
  mkdirSync(out, { recursive: true });
  const base = path.join(out, 'calls');
  await build({ sources: [path.join(here, 'calls.c')], out: base, opt: '-O3' });
  const host = {
    plain: (/** @type {number} */ x) => x + 1,
    promised: async (/** @type {number} */ x) => x + 1,
  };
  for (const procs of [1, 2]) {
    console.log(`GOMAXPROCS=${procs}`);
    const rt = await createRuntime({ wasm: `${base}.wasm`, procs, host });
    await rt.done;
  }
}

/** @param {string[]} wanted names; none: all */
export async function main(wanted) {
  if (wanted[0] === 'speed') return speed(wanted.slice(1));
  if (wanted[0] in SPECIAL)
    return special(/** @type {keyof typeof SPECIAL} */ (wanted[0]), wanted.slice(1));
  if (wanted[0] === 'calls') return calls();
  if (wanted[0] === 'one') return one(wanted.slice(1), MODULES);
  if (wanted[0] === 'page') return page();
  if (wanted[0] === 'threads') return threads();
  if (wanted[0] === 'exceptions') return exceptions();
  if (wanted[0] === 'turns') return turns(wanted.slice(1), MODULES);
  mkdirSync(out, { recursive: true });
  console.log('building the benchmarks');
  await buildIn(path.join(here, '../..'), MODULES);
  const hasGo = spawnSync('go', ['version'], { encoding: 'utf8' });
  const native = hasGo.status === 0 ? goBuild('bench-go') : null;
  const ported = native ? goBuild('bench-go.wasm', { GOOS: 'js', GOARCH: 'wasm' }) : null;
  const goroot = native ? execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim() : '';
  const exec = ['misc/wasm/wasm_exec_node.js', 'lib/wasm/wasm_exec_node.js']
    .map((file) => path.join(goroot, file))
    .find((file) => existsSync(file));
  console.log(native ? hasGo.stdout.trim() : 'Go is not installed: no ratios');
  console.log(`Node.js ${process.version}, best of ${ROUNDS}\n`);
  console.log('benchmark            P          ours            Go   ours/Go      Go js/wasm');

  for (const { name } of MODULES)
    for (const bench of (await ours([], 1, name)).trim().split('\n')) moduleOf.set(bench, name);
  const names = [...moduleOf.keys()];
  for (const name of names) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    for (const procs of [1, 2]) {
      let mine = Infinity;
      let theirs = Infinity;
      let port = Infinity;
      for (let round = 0; round < ROUNDS; round++) {
        mine = Math.min(mine, lastNumber(await ours([name], procs)));
        const env = { ...process.env, GOMAXPROCS: String(procs) };
        if (native)
          theirs = Math.min(
            theirs,
            lastNumber(execFileSync(native, [name], { env, encoding: 'utf8' })),
          );
        if (ported && exec && PORTED.has(name) && procs === 1 && round === 0)
          port = lastNumber(
            spawnSync(process.execPath, [...GO_NODE, exec, ported, name], {
              encoding: 'utf8',
            }).stdout,
          );
      }
      const row = [name.padEnd(20), String(procs), time(mine).padStart(13)];
      row.push(
        native ? time(theirs).padStart(13) : '',
        native ? (mine / theirs).toFixed(2).padStart(9) : '',
      );
      row.push(
        Number.isFinite(port) ? `${time(port)} (${(mine / port).toFixed(2)})`.padStart(18) : '',
      );
      console.log(row.join(' '));
    }
  }
  if (wanted.length === 0 || wanted.includes('memory')) memories(native);
  if (wanted.length === 0) {
    console.log();
    await speed([]);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] === '--one') await ours(process.argv.slice(3), 2);
  else await main(process.argv.slice(2));
}
