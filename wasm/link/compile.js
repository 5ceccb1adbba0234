// @ts-check
// C sources to objects. The user's sources are compiled each time. Objects of the runtime come from
// a cache, whose key is made of everything that goes into them.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { availableParallelism, homedir } from 'node:os';
import path from 'node:path';
import { LinkError } from './error.js';
import { COMPILE } from './flags.js';
import { FAST, MUSL } from './sources.js';
import { listFolder, muslHeaders, tidy } from './tools.js';

/**
 * @typedef {import('./tools.js').Emcc} Emcc
 *
 * @typedef {object} Job
 * @property {string} source
 * @property {string} object
 * @property {string[]} flags
 * @property {boolean} [together]  all paths are absolute, so one emcc may compile several such jobs
 *   with the same flags. To start an emcc takes longer than to compile a file.
 */

/** The most files that one emcc compiles. */
const MOST = 16;

/** Runs emcc on each job, several at a time. Warnings go to `warn`. */
export async function compile(
  /** @type {Emcc} */ emcc,
  /** @type {Job[]} */ jobs,
  /** @type {(text: string) => void} */ warn,
) {
  const workers = Math.min(availableParallelism(), 8);
  const queue = batches(jobs, Math.min(MOST, Math.ceil(jobs.length / workers)));
  const worker = async () => {
    for (let batch = queue.shift(); batch; batch = queue.shift()) {
      try {
        if (batch.length === 1) await compileOne(emcc, batch[0], warn);
        else await compileBatch(emcc, batch, warn);
      } catch (error) {
        queue.length = 0;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
}

/**
 * Groups of jobs that one emcc can do: their flags are equal, and the names of their objects
 * differ.
 */
function batches(/** @type {Job[]} */ jobs, /** @type {number} */ most) {
  /** @type {Job[][]} */
  const all = [];
  /** The batches that have room, by flags. @type {Map<string, Job[][]>} */
  const open = new Map();
  for (const job of jobs) {
    const flags = job.flags.join('\0');
    const alike = open.get(flags) ?? [];
    const fits = (/** @type {Job[]} */ batch) =>
      batch.length < most && batch.every(({ source }) => stem(source) !== stem(job.source));
    const found = job.together && alike.find(fits);
    if (found) found.push(job);
    else {
      all.push([job]);
      if (job.together) open.set(flags, [...alike, all[all.length - 1]]);
    }
  }
  return all;
}

const stem = (/** @type {string} */ source) => path.parse(source).name;

/**
 * Compiles several files with one emcc. If that fails, each is compiled alone, to say which one
 * does not compile.
 */
async function compileBatch(
  /** @type {Emcc} */ emcc,
  /** @type {Job[]} */ jobs,
  /** @type {(text: string) => void} */ warn,
) {
  // emcc writes the objects into its working folder. Debug information names the usual one.
  const cwd = mkdtempSync(path.join(path.dirname(jobs[0].object), 'compile-'));
  const flags = [...jobs[0].flags, `-fdebug-compilation-dir=${process.cwd()}`];
  try {
    const { code, text } = await runEmcc(emcc, [...flags, '-c', ...jobs.map((j) => j.source)], cwd);
    if (code !== 0) {
      for (const job of jobs) await compileOne(emcc, job, warn);
      return;
    }
    if (text) warn(text);
    for (const { source, object } of jobs) renameSync(path.join(cwd, `${stem(source)}.o`), object);
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

async function compileOne(
  /** @type {Emcc} */ emcc,
  /** @type {Job} */ { source, object, flags },
  /** @type {(text: string) => void} */ warn,
) {
  // The object gets its name only when it is complete, because another build may look for it.
  const partial = `${object}.${process.pid}.o`;
  const { code, text } = await runEmcc(emcc, [...flags, '-c', source, '-o', partial]);
  if (code !== 0) throw new LinkError(source, `does not compile\n${text}`);
  if (text) warn(text);
  renameSync(partial, object);
}

/** @returns {Promise<{ code: number | null, text: string }>} */
function runEmcc(
  /** @type {Emcc} */ emcc,
  /** @type {string[]} */ argv,
  /** @type {string | undefined} */ cwd = undefined,
) {
  return new Promise((resolve, reject) => {
    const shell = process.platform === 'win32';
    const child = spawn(emcc.path, argv, { env: emcc.env, shell, cwd });
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (part) => (text += part));
    child.stdout.setEncoding('utf8').on('data', (part) => (text += part));
    child.on('error', ({ message }) =>
      reject(new LinkError('emcc', `cannot run ${emcc.path}: ${message}`)),
    );
    child.on('close', (code) => resolve({ code, text: tidy(text) }));
  });
}

/**
 * The objects of the runtime. Those that the cache lacks are compiled.
 * @param {Emcc} emcc
 * @param {object} how
 * @param {string} how.root       folder the sources are relative to
 * @param {string[]} how.sources
 * @param {string[]} how.flags    in addition to the common ones
 * @param {(text: string) => void} how.warn
 * @param {(text: string) => void} [how.progress]  reports what takes long
 * @returns {Promise<{ objects: Map<string, string>, compiled: number }>} object by source
 */
export async function runtimeObjects(emcc, { root, sources, flags, warn, progress }) {
  const all = [...COMPILE, '-std=gnu17'];
  // File names do not depend on where the package is. The name for debuggers must be absolute, or
  // clang puts the current folder before it.
  all.push(`-fdebug-prefix-map=${root}=/worldsema`, `-fmacro-prefix-map=${root}=worldsema`);
  all.push('-I', path.join(root, 'wasm'), ...flags);
  const anywhere = all.map((flag) => flag.replace(root, ''));
  const common = createHash('sha256').update(`${emcc.version}\0${anywhere.join('\0')}\0`);
  const folders = new Set(['runtime', ...sources.map((s) => path.dirname(s))]);
  for (const folder of [...folders].sort())
    for (const file of listFolder(path.join(root, folder)))
      if (/\.(h|def)$/.test(file)) {
        common.update(`${folder}/${file}\0`);
        common.update(readFileSync(path.join(root, folder, file)));
      }
  const cache = cacheFolder(root, emcc.version);
  const objects = new Map();
  /** @type {Job[]} */
  const jobs = [];
  for (const source of sources) {
    const file = path.join(root, source);
    const opt = FAST.has(source) ? '-O3' : '-Os';
    const more = () => (MUSL.has(source) ? muslHeaders(emcc) : []);
    const key = common
      .copy()
      .update(`${source}\0${opt}\0`)
      .update(readFileSync(file))
      .digest('hex');
    const object = path.join(cache, `${source.replace(/[\\/]/g, '_')}-${key.slice(0, 20)}.o`);
    objects.set(source, object);
    if (!existsSync(object))
      jobs.push({ source: file, object, flags: [...all, opt, ...more()], together: true });
  }
  if (jobs.length > 1)
    progress?.(`compiling the runtime: ${jobs.length} files, once for each Emscripten`);
  await compile(emcc, jobs, warn);
  return { objects, compiled: jobs.length };
}

/**
 * The folder of the runtime's objects: WORLDSEMA_CACHE, the package's build folder, or the user's
 * own cache. A folder that somebody else can write to is not used: whoever writes an object there
 * decides what programs do.
 */
export function cacheFolder(/** @type {string} */ root, /** @type {string} */ version) {
  const name = `runtime-${version}`;
  const { WORLDSEMA_CACHE: asked, XDG_CACHE_HOME: caches } = process.env;
  const own = path.join(caches || path.join(homedir(), '.cache'), 'worldsema');
  const places = [...(asked ? [asked] : []), path.join(root, 'build'), own];
  const refused = [];
  for (const place of places) {
    const folder = path.join(place, name);
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      accessSync(folder, constants.W_OK);
      const problem = notOurs(folder);
      if (!problem) return folder;
      refused.push(`${folder} ${problem}`);
    } catch (error) {
      // The package is read-only, or there is no home: try the next place.
      refused.push(/** @type {Error} */ (error).message);
    }
  }
  throw new LinkError(
    'WORLDSEMA_CACHE',
    `name a folder of your own for the runtime's objects: ${refused.join('; ')}`,
  );
}

/** Why others can decide what is in a folder; '' if they cannot. */
function notOurs(/** @type {string} */ folder) {
  if (!process.getuid) return ''; // Windows has no such owners
  const me = process.getuid();
  const { uid, mode } = statSync(folder);
  if (uid !== me && uid !== 0) return `belongs to user ${uid}`;
  return mode & 0o022 ? 'can be written to by others (chmod go-w)' : '';
}
