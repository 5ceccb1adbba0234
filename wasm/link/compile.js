// @ts-check
// C sources to objects: the user's anew each time, the runtime's out of a cache keyed by what they
// are made from.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { LinkError } from './error.js';
import { COMPILE } from './flags.js';
import { FAST } from './sources.js';
import { listFolder, tidy } from './tools.js';

/**
 * @typedef {import('./tools.js').Emcc} Emcc
 * @typedef {{ source: string, object: string, flags: string[] }} Job
 */

/** Runs emcc on each job, some at a time; warnings go to `warn`. */
export async function compile(
  /** @type {Emcc} */ emcc,
  /** @type {Job[]} */ jobs,
  /** @type {(text: string) => void} */ warn,
) {
  const queue = [...jobs];
  const worker = async () => {
    for (let job = queue.shift(); job; job = queue.shift()) {
      try {
        await compileOne(emcc, job, warn);
      } catch (error) {
        queue.length = 0;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), 8) }, worker));
}

/** @returns {Promise<void>} */
function compileOne(
  /** @type {Emcc} */ emcc,
  /** @type {Job} */ { source, object, flags },
  /** @type {(text: string) => void} */ warn,
) {
  // Under its own name only when complete: another build may be looking.
  const partial = `${object}.${process.pid}.o`;
  const argv = [...flags, '-c', source, '-o', partial];
  return new Promise((resolve, reject) => {
    const child = spawn(emcc.path, argv, { env: emcc.env, shell: process.platform === 'win32' });
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (part) => (text += part));
    child.stdout.setEncoding('utf8').on('data', (part) => (text += part));
    child.on('error', (error) =>
      reject(new LinkError(source, `cannot run emcc: ${error.message}`)),
    );
    child.on('close', (code) => {
      if (code !== 0) return reject(new LinkError(source, `does not compile\n${tidy(text)}`));
      if (text) warn(tidy(text));
      renameSync(partial, object);
      resolve();
    });
  });
}

/**
 * Objects of the runtime, compiled where the cache lacks them.
 * @param {Emcc} emcc
 * @param {object} how
 * @param {string} how.root       folder the sources are relative to
 * @param {string[]} how.sources
 * @param {string[]} how.flags    on top of the common ones
 * @param {(text: string) => void} how.warn
 * @returns {Promise<{ objects: Map<string, string>, compiled: number }>} object by source
 */
export async function runtimeObjects(emcc, { root, sources, flags, warn }) {
  const all = [...COMPILE, '-std=gnu17'];
  // The same names wherever the package lies. An absolute one, or the folder comes before it again.
  all.push(`-fdebug-prefix-map=${root}=/worldsema`, `-fmacro-prefix-map=${root}=worldsema`);
  all.push('-I', path.join(root, 'wasm'), ...flags);
  const common = createHash('sha256').update(`${emcc.version}\0${all.join('\0')}\0`);
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
    const key = common
      .copy()
      .update(`${source}\0${opt}\0`)
      .update(readFileSync(file))
      .digest('hex');
    const object = path.join(cache, `${source.replace(/[\\/]/g, '_')}-${key.slice(0, 20)}.o`);
    objects.set(source, object);
    if (!existsSync(object)) jobs.push({ source: file, object, flags: [...all, opt] });
  }
  await compile(emcc, jobs, warn);
  return { objects, compiled: jobs.length };
}

/** Where the runtime's objects stay: WORLDSEMA_CACHE, the package's build folder, or a temporary one. */
function cacheFolder(/** @type {string} */ root, /** @type {string} */ version) {
  const name = `runtime-${version}`;
  const places = [path.join(root, 'build', name), path.join(tmpdir(), `worldsema-${name}`)];
  if (process.env.WORLDSEMA_CACHE) places.unshift(path.join(process.env.WORLDSEMA_CACHE, name));
  for (const place of places) {
    try {
      mkdirSync(place, { recursive: true });
      return place;
    } catch {
      continue; // installed read-only: the next place
    }
  }
  throw new LinkError(places[0], 'cannot make this folder, nor another, to keep the runtime in');
}
