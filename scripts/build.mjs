// @ts-check
// `npm run build` builds the demo's programs, demo/scenes/NAME.c, as build/demo/NAME/NAME.wasm with
// the files that belong to it. It also bundles the page's libraries as build/page/NAME.js.

import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { root } from './paths.mjs';
import { step } from './progress.mjs';
import { setup } from './setup.mjs';
import { ExpectedError } from './tools.mjs';

const scenes = 'demo/scenes';
const folder = join(root, 'build', 'demo');

/** @param {string[]} args names of scenes; none: all */
export async function main(args) {
  await setup(['emcc']);
  await buildDemo(args.length > 0 ? args : undefined);
}

/**
 * Packages that the page imports, by their names in its import map. A page has no node_modules.
 */
const libraries = {
  'd3-flame-graph': 'd3-flame-graph',
  'd3-selection': 'd3-selection',
  'd3-timer': 'd3-timer',
  uplot: 'uplot',
  'uplot.css': 'uplot/dist/uPlot.min.css',
};

async function buildPage() {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    write: false,
    entryPoints: Object.entries(libraries).map(([out, from]) => ({
      in: from,
      out: out.replace(/\.css$/, ''),
    })),
    outdir: join(root, 'build', 'page'),
    absWorkingDir: root,
    ...{ bundle: true, splitting: true, format: 'esm', minify: true, target: 'es2022' },
    ...{ legalComments: 'inline', logLevel: 'silent' },
    // Style sheets that modules import would be written beside them, but never loaded.
    plugins: [{ name: 'sheets', setup: leaveOutSheets }],
  });
  for (const { path, contents } of outputFiles) put(path, contents);
}

/**
 * Writes a file, unless it is there already: another process may be reading it.
 * @param {string} path
 * @param {Uint8Array} contents
 */
export function put(path, contents) {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}`;
  writeFileSync(partial, contents);
  renameSync(partial, path);
}

/** @param {import('esbuild').PluginBuild} build */
function leaveOutSheets(build) {
  build.onResolve({ filter: /\.css$/ }, ({ path, kind }) =>
    kind === 'import-statement' ? { path, namespace: 'none' } : undefined,
  );
  build.onLoad({ filter: /./, namespace: 'none' }, () => ({ contents: '' }));
}

/** On one worker, a loop that only computes must let the worker answer. */
const polling = { polls: /** @type {const} */ ('unwind') };

/**
 * Builds what is not up to date: the programs of the demo, and its page's libraries.
 * @param {string[]} [only] names of scenes alone; default everything
 */
export async function buildDemo(only) {
  // Not at the head of this file: it needs node_modules, which `npm run build` itself installs.
  const { buildProgram, isBuilt, oneAtATime } = await import('./programs.mjs');
  if (!only) await buildPage();
  const known = sceneNames();
  const names = only ?? known;
  const stranger = names.find((name) => !known.includes(name));
  if (stranger) throw new ExpectedError(`There is no ${stranger}; there are ${known.join(', ')}.`);
  const source = (/** @type {string} */ name) => `${scenes}/${name}.c`;
  const old = names.filter((name) => !isBuilt(source(name), polling));
  if (old.length > 1) await buildEach(old);
  for (const name of names) {
    const program = await buildProgram(source(name), polling).catch((error) => {
      throw error.code === 'WORLDSEMA_LINK' ? new ExpectedError(error.message) : error;
    });
    await oneAtATime(`demo-${name}`, () => publish(program));
  }
}

/**
 * Builds each program in a process of its own, because the link step blocks while it waits for its
 * tools. As many run at a time as there are cores.
 * @param {string[]} names
 */
async function buildEach(names) {
  const queue = [...names];
  let done = 0;
  await step('Building the programs of the demo', async (update) => {
    const next = async () => {
      await buildAlone(/** @type {string} */ (queue.shift()));
      update(`${++done} of ${names.length}`);
    };
    const worker = async () => {
      while (queue.length > 0) await next();
    };
    await next(); // this also compiles the runtime, for all programs
    await Promise.all(Array.from({ length: availableParallelism() }, worker));
  });
}

/**
 * @param {string} name
 * @returns {Promise<void>}
 */
function buildAlone(name) {
  return new Promise((resolve, reject) => {
    const args = [join(root, 'scripts', 'run.mjs'), 'build', name];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (complaint += text));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new ExpectedError(`${name}: ${complaint.trim()}`));
    });
  });
}

function sceneNames() {
  return readdirSync(join(root, scenes))
    .filter((file) => file.endsWith('.c'))
    .map((file) => basename(file, '.c'));
}

/** This file in a program's folder says what the program was copied from. */
const MADE_FROM = 'made-from';

/**
 * Copies a program to the folder where the page looks, unless it is there already.
 * @param {import('./programs.mjs').Program} program
 */
function publish({ name, wasm }) {
  const made = dirname(wasm);
  const out = join(folder, name);
  const mark = join(out, MADE_FROM);
  if (existsSync(mark) && readFileSync(mark, 'utf8') === basename(made)) return;
  const partial = join(folder, `.${name}`);
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  for (const file of readdirSync(made)) copyFileSync(join(made, file), join(partial, file));
  writeFileSync(join(partial, MADE_FROM), basename(made));
  rmSync(out, { recursive: true, force: true });
  renameSync(partial, out);
}
