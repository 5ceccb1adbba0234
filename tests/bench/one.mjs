// @ts-check
// npm run bench one [NAME ...]: mode one against workers with one P, the same files, in turns: each
// run is a process of its own, ROUNDS times. Prints medians and their ratio, below 1: mode one is
// faster. The names are of benchmarks, of programs in speed/, or `start`. Each benchmark runs once
// before it counts: the engine takes longer to optimise a program on its only worker.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRuntime } from '../../host/index.js';
import { buildProgram } from '../../scripts/programs.mjs';
import { runAlone } from '../helpers/run.mjs';
import { buildIn } from './turns.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const tree = path.join(here, '../..');
const ROUNDS = Number(process.env.ROUNDS ?? 5);

/** Programs that compute: what polls cost. */
const COMPUTE = ['leaf', 'calls', 'suspends', 'malloc'];

const modes = /** @type {const} */ (['one', 'workers']);

/** @typedef {(mode: 'one' | 'workers') => Promise<Map<string, number>>} Measure */

const median = (/** @type {number[]} */ all) => all.toSorted((a, b) => a - b)[all.length >> 1];

/**
 * @param {string} name
 * @param {string} wasm
 * @param {'one' | 'workers'} mode
 * @param {string[]} args
 */
async function output(name, wasm, mode, args) {
  const { stdout, stderr, code } = await runAlone(
    { name, wasm },
    { args, mode, procs: 1, timeoutMs: 300_000 },
  );
  if (code !== 0) throw new Error(`${name} failed in mode ${mode} (${code})\n${stderr}`);
  return stdout.trim();
}

/**
 * Runs both modes in turns, and prints a row for each thing that was measured.
 * @param {Measure} measure
 */
async function compare(measure) {
  /** @type {Map<string, Record<string, number[]>>} */
  const rows = new Map();
  for (let round = 0; round < ROUNDS; round++)
    for (const mode of modes)
      for (const [name, value] of await measure(mode)) {
        const row = rows.get(name) ?? { one: [], workers: [] };
        row[mode].push(value);
        rows.set(name, row);
      }
  for (const [name, row] of rows) {
    const [one, workers] = modes.map((mode) => median(row[mode]));
    const figures = [one.toFixed(1), workers.toFixed(1), (one / workers).toFixed(2)];
    console.log(name.padEnd(28), ...figures.map((figure) => figure.padStart(12)));
  }
}

/** @param {string} name @param {string} wasm @returns {Measure} */
const benchmark = (name, wasm) => async (mode) => {
  const text = await output(name, wasm, mode, [name, '0', '0']);
  return new Map([[name, Number(text.split(/\s+/).pop())]]);
};

/** @param {string} name @returns {Promise<Measure>} */
async function computing(name) {
  const { wasm } = await buildProgram(`tests/bench/speed/${name}.c`, {
    ...{ name, opt: '-O2', sources: [path.join(here, 'speed/speed.c')] },
  });
  return async (mode) => {
    const text = await output(name, wasm, mode, ['300']);
    const lines = text.split('\n').map((line) => /^(.*) ([\d.]+) \d+$/.exec(line) ?? []);
    return new Map(lines.map(([, kernel, ms]) => [`${name}: ${kernel}`, Number(ms)]));
  };
}

/** The time in ms from createRuntime to main. @param {string} wasm @returns {Measure} */
const starting = (wasm) => async (mode) => {
  const begin = performance.now();
  const rt = await createRuntime({ wasm, mode, procs: 1, args: [], stdout: () => {} });
  const ms = performance.now() - begin;
  await rt.close();
  return new Map([['start, ms', ms]]);
};

/**
 * @param {string[]} wanted
 * @param {import('./turns.mjs').Bench[]} modules
 */
export async function one(wanted, modules) {
  await buildIn(tree, modules);
  console.log(`medians of ${ROUNDS}, one P, in turns\n`);
  console.log(`${'benchmark'.padEnd(28)}     mode one      workers          one/workers`);
  const takes = (/** @type {string} */ name) => wanted.length === 0 || wanted.includes(name);
  const files = modules.map(({ name }) => path.join(tree, 'build/bench', `${name}.wasm`));
  for (const wasm of files)
    for (const name of (await output('', wasm, 'workers', [])).split('\n'))
      if (takes(name)) await compare(benchmark(name, wasm));
  for (const name of COMPUTE) if (takes(name)) await compare(await computing(name));
  if (takes('start')) await compare(starting(files[0]));
}
