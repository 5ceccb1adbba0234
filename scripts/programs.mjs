// @ts-check
// Builds programs of this repository, each at most once. A built program is kept under a hash of
// everything that goes into it. For the tests see tests/README.md.

import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { cp, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, parse, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { root } from './paths.mjs';
import { ExpectedError, tools } from './tools.mjs';
import { build } from '../wasm/link/build.js';
import { compile } from '../wasm/link/compile.js';
import { COMPILE } from '../wasm/link/flags.js';
import { findEmcc } from '../wasm/link/tools.js';

const folder = join(root, 'build', 'programs');

/** A program may include the runtime's own headers, and those include headers of the machine. */
const machine = ['-I', join(root, 'wasm')];

/**
 * @typedef {object} ProgramOptions
 * @property {string} [name]        for messages and the output's file name
 * @property {string[]} [sources]   further C files and objects
 * @property {string[]} [foreign]   the same, which are foreign code
 * @property {string} [opt]         -O0 ... -Oz; default -O2
 * @property {string[]} [flags]     for the compiler
 * @property {string[]} [emccArgs]  for emcc's link
 * @property {boolean} [sourceMap]
 * @property {'none' | 'calls' | 'loops' | 'unwind'} [polls]
 * @property {'inside' | 'separate'} [tables]
 * @property {'goroutines' | 'workers'} [threads]
 * @property {boolean} [assert]     with the runtime's own checks
 */

/**
 * @typedef {object} Program
 * @property {string} name
 * @property {string} wasm path of the module
 * @property {string} glue path of the .mjs beside it
 */

/**
 * Builds a program, or finds it built.
 * @param {string} source a C file, by its path from the repository's root, or C text
 * @param {ProgramOptions} [options]
 * @returns {Promise<Program>}
 */
export async function buildProgram(source, options = {}) {
  const { isText, name, files, foreign, key } = identify(source, options);
  const { opt, flags = [], emccArgs, polls, tables, threads, assert, sourceMap } = options;
  const dir = await makeOnce(key, async (dir) => {
    const text = join(dir, `${name}.c`);
    if (isText) await writeFile(text, source);
    await build({
      sources: isText ? [text, ...files] : files,
      foreign,
      out: join(dir, name),
      opt,
      compileArgs: [...madeRelative(isText ? dir : root), ...machine, ...flags],
      emccArgs,
      polls,
      tables,
      threads,
      assert,
      sourceMap,
      sourceRoot: root,
    });
  });
  return { name, wasm: join(dir, `${name}.wasm`), glue: join(dir, `${name}.mjs`) };
}

/**
 * A copy of a built program, whose module is not quite the same.
 * @param {Program} program
 * @param {string} name     of the copy, for messages
 * @param {(module: Buffer) => Buffer} change
 * @returns {Promise<Program>}
 */
export async function changedProgram({ wasm, glue }, name, change) {
  const from = dirname(wasm);
  const dir = await makeOnce(`${basename(from)}-${name}`, async (dir) => {
    await cp(from, dir, { recursive: true });
    await writeFile(join(dir, basename(wasm)), change(readFileSync(wasm)));
  });
  return { name, wasm: join(dir, basename(wasm)), glue: join(dir, basename(glue)) };
}

/**
 * True if the program is built already.
 * @param {string} source
 * @param {ProgramOptions} [options]
 */
export function isBuilt(source, options = {}) {
  return existsSync(join(folder, identify(source, options).key));
}

/**
 * @param {string} source
 * @param {ProgramOptions} options
 */
function identify(source, options) {
  const isText = source.includes('\n');
  const name = options.name ?? (isText ? 'program' : basename(source).replace(/\.\w+$/, ''));
  const sources = [...(isText ? [] : [source]), ...(options.sources ?? [])];
  const files = sources.map((file) => resolve(root, file));
  const foreign = (options.foreign ?? []).map((file) => resolve(root, file));
  const settings = { ...options, name, text: isText ? source : '' };
  const hash = hashOf(settings, [
    ...files,
    ...foreign,
    ...files.flatMap(headersBeside),
    ...shared(),
  ]);
  return { isText, name, files, foreign, key: `${name}-${hash}` };
}

/**
 * Compiles one C or C++ file, to be linked with others by buildProgram.
 * @param {string} source path from the repository's root
 * @param {object} [options]
 * @param {string} [options.opt]
 * @param {string[]} [options.flags] what they name is absolute
 * @param {string} [options.main] what main is called. In the flags it would be as good, but one
 *   emcc compiles several files only if their flags are the same.
 * @returns {Promise<string>} the object's path
 */
export async function compileObject(source, { opt = '-O2', flags = [], main } = {}) {
  const { name, ext } = parse(source);
  const file = join(root, source);
  const settings = { source, opt, flags, main };
  const own = ['worldsema.h', 'worldsema.hpp', 'worldsema_context.h', 'worldsema_host.h'];
  own.push('worldsema_convert.h');
  const headers = [...own.map((name) => join(root, 'runtime', name)), ...headersBeside(file)];
  if (readFileSync(file, 'utf8').includes('#include "../'))
    headers.push(...shared().filter((header) => header.endsWith('.h')));

  const dir = await makeOnce(`${name}.o-${hashOf(settings, [file, ...headers])}`, async (dir) => {
    const include = ['-I', join(root, 'runtime')];
    const all = [...COMPILE, opt, ...include, ...machine, ...madeRelative(root), ...flags];
    const renamed = join(dir, `${name}${ext}`);
    if (main) await writeFile(renamed, `#define main ${main}\n#include "${file}"\n`);
    const object = join(dir, `${name}.o`);
    await compileSoon({ source: main ? renamed : file, object, flags: all, together: true });
  });
  return join(dir, `${name}.o`);
}

/** @typedef {import('../wasm/link/compile.js').Job} Job */

/** @type {{ job: Job, done: (error?: unknown) => void }[]} */
const wanted = [];
let compiling = false;

/**
 * Compiles a file, together with others that are asked for at the same time.
 * @param {Job} job
 * @returns {Promise<void>}
 */
function compileSoon(job) {
  const done = new Promise((resolve, reject) => {
    wanted.push({ job, done: (error) => (error ? reject(error) : resolve(undefined)) });
  });
  if (!compiling) void compileWanted();
  return done;
}

async function compileWanted() {
  compiling = true;
  await delay(0); // until all callers of this turn have asked
  while (wanted.length > 0) {
    const batch = wanted.splice(0);
    const emcc = findEmcc();
    const some = (/** @type {Job[]} */ jobs) => compile(emcc, jobs, console.error);
    // emcc stops at the first file that does not compile. Then each missing one is compiled alone.
    await some(batch.map(({ job }) => job)).catch(() => {});
    for (const { job, done } of batch)
      await (existsSync(job.object) ? Promise.resolve() : some([job])).then(() => done(), done);
  }
  compiling = false;
}

/**
 * Has `make` fill a new folder, unless this process or another one has done so already.
 * @param {string} name unique for what is made
 * @param {(dir: string) => Promise<void>} make
 * @returns {Promise<string>} the folder, complete
 */
async function makeOnce(name, make) {
  const dir = join(folder, name);
  mkdirSync(folder, { recursive: true });
  while (!existsSync(dir)) {
    const unlock = lock(`${dir}.lock`);
    if (!unlock) {
      // Another process is filling the folder, which takes seconds.
      await delay(50);
      continue;
    }
    const partial = `${dir}.partial`;
    try {
      if (existsSync(dir)) break;
      await rm(partial, { recursive: true, force: true });
      mkdirSync(partial);
      await make(partial);
      await rename(partial, dir);
      await removeOld();
    } finally {
      await rm(partial, { recursive: true, force: true });
      unlock();
    }
  }
  return dir;
}

/**
 * Does something while no other process does the same.
 * @template T
 * @param {string} name of what is done
 * @param {() => T} work
 * @returns {Promise<Awaited<T>>}
 */
export async function oneAtATime(name, work) {
  mkdirSync(folder, { recursive: true });
  let unlock;
  while (!(unlock = lock(join(folder, `${name}.lock`)))) await delay(50);
  try {
    return await work();
  } finally {
    unlock();
  }
}

/**
 * Takes a lock between processes: a file with its owner's process id.
 * @param {string} file
 * @returns {(() => void) | undefined} gives it back; undefined when somebody else has it
 */
function lock(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return () => rmSync(file, { force: true });
  } catch {
    if (isAbandoned(file)) rmSync(file, { force: true });
    return undefined;
  }
}

/** True when the owner of a lock has died. @param {string} file */
function isAbandoned(file) {
  try {
    const owner = readFileSync(file, 'utf8');
    if (owner === '') return Date.now() - statSync(file).mtimeMs > 5_000; // died before it wrote
    process.kill(Number(owner), 0);
    return false;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH';
  }
}

/** Removes what was made more than a week ago. If it is still wanted, it is made again. */
async function removeOld() {
  const limit = Date.now() - 7 * 24 * 3600 * 1000;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    // another process may have finished, and renamed, what was just listed
    const found = statSync(path, { throwIfNoEntry: false });
    if (found && found.mtimeMs < limit) await rm(path, { recursive: true, force: true });
  }
}

/**
 * @param {object} settings
 * @param {string[]} files
 */
function hashOf(settings, files) {
  const hash = createHash('sha256').update(JSON.stringify([settings, compilerId(), COMPILE]));
  for (const file of [...new Set(files)]) hash.update(`\0${file}\0`).update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

/** Identifies the compiler without running it, because that takes long. */
function compilerId() {
  const file = tools.emcc.find();
  if (!file) throw new ExpectedError('There is no emcc: run `npm run setup`.');
  const real = realpathSync(file);
  return [real, statSync(real).mtimeMs, process.env.WORLDSEMA_WASM_OPT ?? ''];
}

/** @type {string[] | undefined} */
let sharedFiles;

/** The files that may go into every program. */
function shared() {
  sharedFiles ??= [
    ...['runtime', 'wasm'].flatMap((dir) =>
      readdirSync(join(root, dir), { recursive: true, encoding: 'utf8' })
        .map((file) => join(root, dir, file))
        .filter((file) => !file.endsWith('.md') && statSync(file).isFile())
        .sort(),
    ),
    join(root, 'host/layout.js'), // its version goes into modules
    join(root, 'package-lock.json'),
  ];
  return sharedFiles;
}

/** @param {string} file */
function headersBeside(file) {
  const dir = dirname(file);
  return readdirSync(dir)
    .filter((name) => /\.h(pp)?$/.test(name))
    .sort()
    .map((name) => join(dir, name));
}

/** Has a source in `dir` be known by its path from there. @param {string} dir */
function madeRelative(dir) {
  return [`-ffile-prefix-map=${dir}/=`];
}
