// @ts-check
// From C sources to a program: compile, link with the runtime by emcc, then the link step.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { compile, runtimeObjects } from './compile.js';
import { insist, LinkError } from './error.js';
import { linkByEmcc } from './emcc.js';
import { COMPILE } from './flags.js';
import { writeGlue, makeRoom, removeOutputs } from './glue.js';
import { link } from './link.js';
import { readInput } from './objects.js';
import { checkSources, MARK_FOREIGN, MARK_RUNTIME, MARK_USER, ROOT, SOURCES } from './sources.js';
import { THREADS_WORKERS } from './sources.js';
import { findEmcc, findSymbolizer, wasmOpt } from './tools.js';

/**
 * @typedef {object} BuildOptions
 * @property {string[]} sources   C and C++ sources, objects and archives, in link order
 * @property {string[]} [foreign] more of these, which are foreign code: it runs at full speed, and
 *   stops in place
 * @property {string[]} [goroutine]  archives that are goroutine code although they call no go_
 *   function
 * @property {string} out         path of the program without a suffix; makes out.wasm, out.mjs, ...
 * @property {string} [opt]       -O0 ... -O3, -Os, -Oz for the program's own code; default -O2
 * @property {string[]} [compileArgs]  for the program's sources (-I, -D, -W...)
 * @property {string[]} [emccArgs]     for emcc's link (-l, -L, -s...)
 * @property {import('./polls.js').PollMode | 'unwind'} [polls]
 * @property {'inside' | 'separate'} [tables]  where names and lines go: into the module, or into
 *   out.tables.wasm beside it
 * @property {'goroutines' | 'workers'} [threads]  what pthread_create makes
 * @property {number} [threadStack]  bytes of C stack of each worker's scheduler (not of goroutines)
 * @property {boolean} [assert]   compile the runtime with its own checks
 * @property {string[]} [runtimeArgs]  more flags for the runtime's sources
 * @property {boolean} [sourceMap]  write a source map beside the module, for debuggers
 * @property {string} [sourceRoot]
 * @property {string} [why]
 * @property {string} [keep]      a folder that keeps intermediate files
 * @property {(line: string) => void} [log]   gets a line for each step: what it did
 * @property {(text: string) => void} [warn]  gets the compiler's messages
 * @property {(text: string) => void} [progress]  reports what takes long, before it begins
 * @property {RuntimeFiles} [runtime]  another runtime, for tests
 *
 * @typedef {object} RuntimeFiles
 * @property {string} root
 * @property {string[]} sources
 * @property {string} markUser
 * @property {string} markForeign
 * @property {string} markRuntime
 * @property {string} imports
 * @property {string} exports
 */

/** The reason why an archive is foreign code if the user did not say so. */
const PLAIN = 'uses nothing of worldsema.h';

/** Emcc's files are called NAME.SUFFIX, with suffixes of up to 82 bytes; folders take 255. */
const NAME = 160;

const C_SOURCE = /\.(c|cc|cpp|cxx|c\+\+|C|m|s|S)$/;

/** @returns {RuntimeFiles} */
function worldsema(/** @type {BuildOptions} */ { threads }) {
  checkSources();
  return {
    root: ROOT,
    sources: threads === 'workers' ? [...SOURCES, THREADS_WORKERS] : SOURCES,
    markUser: MARK_USER,
    markForeign: MARK_FOREIGN,
    markRuntime: MARK_RUNTIME,
    imports: 'wasm/imports.js',
    exports: 'wasm/exports.txt',
  };
}

/**
 * Builds a program. If it fails it throws a LinkError with a sentence for the user, and leaves no
 * output.
 *
 * @example
 * await build({ sources: ['main.c'], out: 'build/app', opt: '-O3' });
 * @param {BuildOptions} options
 */
export async function build(options) {
  const { opt = '-O2', warn = console.error, log } = options;
  const start = performance.now();
  const named = namedInputs(options);
  insist(/^-O([0-3sz])$/.test(opt), opt, 'unknown level: one of -O0 -O1 -O2 -O3 -Os -Oz');
  const base = options.out.replace(/\.(wasm|mjs)$/, '');
  checkOutput(named, base, options.out);
  const emcc = findEmcc();
  findSymbolizer(emcc.path); // say what is missing before the work, not after
  wasmOpt();
  const runtime = options.runtime ?? worldsema(options);
  const dir = options.keep ?? mkdtempSync(path.join(tmpdir(), 'worldsema-'));
  mkdirSync(dir, { recursive: true });
  makeRoom(base);
  const lap = stopwatch(log);
  try {
    const { objects, compiled } = await runtimeObjects(emcc, {
      root: runtime.root,
      sources: [...runtime.sources, runtime.markUser, runtime.markForeign, runtime.markRuntime],
      flags: [...(options.assert ? ['-DRT_ASSERT'] : []), ...(options.runtimeArgs ?? [])],
      ...{ warn, progress: options.progress },
    });
    lap(`runtime: ${compiled} of ${objects.size} objects compiled, emcc ${emcc.version}`);
    const include = path.join(runtime.root, 'runtime');
    const files = await userObjects(emcc, { ...options, sources: named }, opt, dir, warn, include);
    lap(`compile: ${files.length} inputs ${opt}`);
    const inputs = parted(named, files, options);
    for (const { name, why } of inputs.foreign)
      log?.(`          foreign: ${path.basename(name)} (${why})`);
    const raw = path.join(dir, path.basename(base));
    linkByEmcc(emcc, { raw, runtime, objects, inputs }, { ...options, warn });
    lap('emcc link');
    const done = link({
      ...linkOptions(options),
      raw: `${raw}.wasm`,
      out: `${base}.wasm`,
      emcc: emcc.path,
    });
    writeGlue(raw, base);
    log?.(`${((performance.now() - start) / 1000).toFixed(2).padStart(6)} s  in all`);
    return { ...done, foreign: inputs.foreign };
  } catch (error) {
    removeOutputs(base);
    throw error;
  } finally {
    if (!options.keep) rmSync(dir, { recursive: true, force: true });
  }
}

/** The inputs, in link order: the program's, then those that are named as foreign. */
function namedInputs(/** @type {BuildOptions} */ { sources, goroutine = [], foreign = [] }) {
  const own = [...sources, ...goroutine];
  insist(own.length > 0, '', 'no input: name at least one C file');
  const named = [...own, ...foreign];
  for (const file of named) insist(existsSync(file), file, 'no such file');
  return named;
}

/** @param {string[]} named @param {string} base @param {string} out */
function checkOutput(named, base, out) {
  const { length } = new TextEncoder().encode(path.basename(base));
  insist(length <= NAME, out, `the name has ${length} bytes, and may have ${NAME}`);
  for (const file of named)
    insist(path.resolve(file) !== path.resolve(base), out, 'the output is one of the inputs');
}

/** @returns {Omit<import('./link.js').LinkOptions, 'raw' | 'out'>} */
const linkOptions = (/** @type {BuildOptions} */ options) => ({
  level: options.opt,
  polls: options.polls,
  tables: options.tables,
  sourceMap: options.sourceMap,
  sourceRoot: options.sourceRoot,
  why: options.why,
  assert: options.assert,
  keep: options.keep,
  log: options.log,
  progress: options.progress,
});

/**
 * @typedef {object} Inputs  the inputs of emcc's link, in their order
 * @property {Map<string, string>} nameOf  the caller's name of each object
 * @property {string[]} mine     goroutine code
 * @property {string[]} theirs   foreign code
 * @property {{ name: string, why: string }[]} foreign  the foreign inputs and libraries, for the
 *   report
 */

/**
 * Whose code each input is.
 * @param {string[]} named
 * @param {string[]} files  the objects, in the same order
 * @param {BuildOptions} options
 * @returns {Inputs}
 */
function parted(named, files, { sources, goroutine = [], emccArgs = [] }) {
  const own = sources.length + goroutine.length; // then come the foreign ones
  const plain = files.map((file, n) => isPlain(file, named[n]));
  const isForeign = (/** @type {string} */ file, /** @type {number} */ n) =>
    n >= own || (!goroutine.includes(file) && plain[n]);
  for (const file of libraryFiles(emccArgs)) readInput(file);
  return {
    nameOf: new Map(files.map((file, n) => [file, named[n]])),
    mine: files.filter((file, n) => !isForeign(file, n)),
    theirs: files.filter(isForeign),
    foreign: [
      ...named
        .map((name, n) => ({ name, n, why: n < own ? PLAIN : '--foreign' }))
        .filter(({ n }) => isForeign(files[n], n))
        .map(({ name, why }) => ({ name, why })),
      ...emccArgs.filter((arg) => arg.startsWith('-l')).map((name) => ({ name, why: 'a library' })),
    ],
  };
}

/**
 * Is this input an archive that calls no go_ function? Then it is a library like any other: foreign
 * code.
 * @param {string} file
 * @param {string} name  what the caller named
 */
function isPlain(file, name) {
  const uses = readInput(file, name).some(({ needs }) =>
    needs.some((name) => name.startsWith('go_')),
  );
  return /\.a$/.test(file) && !uses;
}

/**
 * The archives that -l options name, if they are in folders named by -L. The others come with emcc.
 */
function libraryFiles(/** @type {string[]} */ args) {
  const of = (/** @type {string} */ option) =>
    args.filter((arg) => arg.startsWith(option)).map((arg) => arg.slice(2));
  return of('-l').flatMap((name) => {
    const places = of('-L').map((dir) => path.join(dir, `lib${name}.a`));
    return places.filter((file) => existsSync(file)).slice(0, 1);
  });
}

/** @returns {Promise<string[]>} objects and archives, in the order given */
async function userObjects(
  /** @type {import('./tools.js').Emcc} */ emcc,
  /** @type {BuildOptions} */ { sources, compileArgs = [], assert, sourceRoot },
  /** @type {string} */ opt,
  /** @type {string} */ dir,
  /** @type {(text: string) => void} */ warn,
  /** @type {string} */ include,
) {
  /** @type {import('./compile.js').Job[]} */
  const jobs = [];
  const inputs = sources.map((source, n) => {
    if (!C_SOURCE.test(source)) {
      insist(
        /\.(o|a|obj|bc|lo|so)$/.test(source),
        source,
        'neither C or C++, nor an object or archive',
      );
      return source;
    }
    const object = path.join(dir, `${n}-${path.basename(source)}.o`);
    const flags = [
      ...COMPILE,
      opt,
      '-I',
      include,
      // "created by" lines show __FILE__, as tracebacks show files
      `-fmacro-prefix-map=${path.resolve(sourceRoot ?? '.')}/=`,
      ...(assert ? ['-DRT_ASSERT'] : []),
      ...compileArgs,
    ];
    jobs.push({ source: path.resolve(source), object, flags });
    return object;
  });
  await compile(emcc, jobs, warn);
  return inputs;
}

function stopwatch(/** @type {((line: string) => void) | undefined} */ log) {
  let before = performance.now();
  return (/** @type {string} */ what) => {
    const now = performance.now();
    log?.(`${((now - before) / 1000).toFixed(2).padStart(6)} s  ${what}`);
    before = now;
  };
}

export { LinkError };
