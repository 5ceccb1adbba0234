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
  readFileSync,
  renameSync,
  statSync,
} from 'node:fs';
import { availableParallelism, homedir } from 'node:os';
import path from 'node:path';
import { LinkError } from './error.js';
import { COMPILE } from './flags.js';
import { FAST } from './sources.js';
import { listFolder, tidy } from './tools.js';

/**
 * @typedef {import('./tools.js').Emcc} Emcc
 * @typedef {{ source: string, object: string, flags: string[] }} Job
 */

/** Runs emcc on each job, several at a time. Warnings go to `warn`. */
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
  // The object gets its name only when it is complete, because another build may look for it.
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
