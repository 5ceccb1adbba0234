// @ts-check
// npm run bench turns TREE [NAME ...]: this tree against another one of the project (a clone of an
// older version, set up by `npm ci`), the same benchmarks, in turns: each runs in a process of its
// own, once in the one tree and once in the other, ROUNDS times. Prints medians and their ratio,
// below 1: this tree is faster.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const own = path.join(here, '../..');
const ROUNDS = Number(process.env.ROUNDS ?? 5);

/** @typedef {{ name: string, sources: string[], compileArgs?: string[] }} Bench  a module */

/** Builds this tree's benchmarks with the runtime and the link step of a tree. */
export async function buildIn(/** @type {string} */ tree, /** @type {Bench[]} */ modules) {
  const file = path.join(tree, 'wasm/link/build.js');
  if (!existsSync(file)) throw new Error(`${tree} is no tree of the project: it has no ${file}`);
  const { build } = await import(pathToFileURL(file).href);
  const out = path.join(tree, 'build/bench');
  mkdirSync(out, { recursive: true });
  for (const { name, sources, compileArgs } of modules)
    await build({
      sources: ['main.c', ...sources].map((source) => path.join(here, source)),
      out: path.join(out, name),
      opt: '-O3',
      compileArgs,
    });
}

const RUN = `
const [tree, module, procs, ...args] = process.argv.slice(1);
const { createRuntime } = await import(tree + '/host/index.js');
const rt = await createRuntime({ wasm: tree + '/build/bench/' + module + '.wasm', procs: Number(procs), args });
await rt.done;`;

/** @returns {string} what the benchmarks of a tree print */
function run(
  /** @type {string} */ tree,
  /** @type {string} */ module,
  /** @type {number} */ procs,
  /** @type {string[]} */ args,
) {
  const argv = ['--input-type=module', '-e', RUN, '--', tree, module, String(procs), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`${args[0] ?? module} in ${tree}: exit code ${status}\n${stderr}`);
  return stdout;
}

const median = (/** @type {number[]} */ all) => all.toSorted((a, b) => a - b)[all.length >> 1];

/**
 * @param {string[]} args  the other tree, and names of benchmarks; none: all
 * @param {Bench[]} modules
 */
export async function turns([other, ...wanted], modules) {
  if (!other) throw new Error('npm run bench turns TREE [NAME ...]: which tree?');
  const trees = [own, path.resolve(other)];
  for (const tree of trees) await buildIn(tree, modules);
  console.log(
    `medians of ${ROUNDS}, in turns\n\nbenchmark            P          this         other    this/other`,
  );
  for (const { name: module } of modules)
    for (const name of run(own, module, 1, []).trim().split('\n')) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      for (const procs of [1, 2]) {
        /** @type {number[][]} */
        const took = [[], []];
        for (let round = 0; round < ROUNDS; round++)
          trees.forEach((tree, n) =>
            took[n].push(Number(run(tree, module, procs, [name]).trim().split(/\s+/).pop())),
          );
        const [mine, theirs] = took.map(median);
        const row = [
          name.padEnd(20),
          String(procs),
          mine.toFixed(1).padStart(13),
          theirs.toFixed(1).padStart(13),
        ];
        console.log(...row, (mine / theirs).toFixed(2).padStart(13));
      }
    }
}
