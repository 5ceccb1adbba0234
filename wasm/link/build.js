// @ts-check
// From C sources to a program: compile, link with the runtime by emcc, then the link step.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { compile, runtimeObjects } from './compile.js';
import { insist, LinkError } from './error.js';
import { COMPILE, linkFlags } from './flags.js';
import { copyGlue, makeRoom, removeOutputs } from './glue.js';
import { link } from './link.js';
import { readInput } from './objects.js';
import { checkSources, MARK_FOREIGN, MARK_RUNTIME, MARK_USER, ROOT, SOURCES } from './sources.js';
import { findEmcc, findSymbolizer, run, wasmOpt } from './tools.js';
import { linkerSays } from './warnings.js';

/**
 * @typedef {object} BuildOptions
 * @property {string[]} sources   C and C++ sources, objects and archives, in link order
 * @property {string[]} [foreign] more of these, which are foreign code: full speed, stopped in place
 * @property {string[]} [goroutine]  archives that are goroutine code although they use no go_ function
 * @property {string} out         path of the program without a suffix: out.wasm, out.mjs, ... appear
 * @property {string} [opt]       -O0 ... -O3, -Os, -Oz for the program's own code; default -O2
 * @property {string[]} [compileArgs]  for the program's sources (-I, -D, -W...)
 * @property {string[]} [emccArgs]     for emcc's link (-l, -L, -s...)
 * @property {import('./polls.js').PollMode} [polls]
 * @property {'inside' | 'separate'} [tables]  names and lines: in the module, or in out.tables.wasm beside it
 * @property {number} [threadStack]  bytes of C stack of a worker's own (not of a goroutine)
 * @property {boolean} [assert]   compile the runtime's own checks in
 * @property {string[]} [runtimeArgs]  further flags for the runtime's sources
 * @property {string} [sourceRoot]
 * @property {string} [why]
 * @property {string} [keep]      a folder to keep everything between in
 * @property {(line: string) => void} [log]   what each step did
 * @property {(text: string) => void} [warn]  what the compiler says
 * @property {(text: string) => void} [progress]  what takes long, before it is done
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

/** Why an archive is foreign code though nobody said so. */
const PLAIN = 'uses nothing of worldsema.h';

const C_SOURCE = /\.(c|cc|cpp|cxx|c\+\+|C|m|s|S)$/;

/** @returns {RuntimeFiles} */
function worldsema() {
  checkSources();
  return {
    root: ROOT,
    sources: SOURCES,
    markUser: MARK_USER,
    markForeign: MARK_FOREIGN,
    markRuntime: MARK_RUNTIME,
    imports: 'wasm/imports.js',
    exports: 'wasm/exports.txt',
  };
}

/**
 * Builds a program. Throws a LinkError with a sentence for the user, and leaves no output then.
 *
 * @example
 * await build({ sources: ['main.c'], out: 'build/app', opt: '-O3' });
 * @param {BuildOptions} options
 */
export async function build(options) {
  const { opt = '-O2', warn = console.error, log } = options;
  const start = performance.now();
  const { goroutine = [], foreign = [] } = options;
  const sources = [...options.sources, ...goroutine];
  insist(sources.length > 0, '', 'no input: name at least one C file');
  for (const file of [...sources, ...foreign]) insist(existsSync(file), file, 'no such file');
  insist(/^-O([0-3sz])$/.test(opt), opt, 'unknown level: one of -O0 -O1 -O2 -O3 -Os -Oz');
  const base = options.out.replace(/\.(wasm|mjs)$/, '');
  for (const file of [...sources, ...foreign])
    insist(
      path.resolve(file) !== path.resolve(base),
      options.out,
      'the output is one of the inputs',
    );
  const emcc = findEmcc();
  findSymbolizer(emcc.path); // say what is missing before the work, not after
  wasmOpt();
  const runtime = options.runtime ?? worldsema();
  const dir = options.keep ?? mkdtempSync(path.join(tmpdir(), 'worldsema-'));
  mkdirSync(dir, { recursive: true });
  makeRoom(base);
  const lap = stopwatch(log);
  try {
    const { objects, compiled } = await runtimeObjects(emcc, {
      root: runtime.root,
      sources: [...runtime.sources, runtime.markUser, runtime.markForeign, runtime.markRuntime],
      flags: [...(options.assert ? ['-DRT_ASSERT'] : []), ...(options.runtimeArgs ?? [])],
      warn,
      progress: options.progress,
    });
    lap(`runtime: ${compiled} of ${objects.size} objects compiled, emcc ${emcc.version}`);
    const inputs = await userObjects(
      emcc,
      { ...options, sources: [...sources, ...foreign] },
      opt,
      dir,
      warn,
      path.join(runtime.root, 'runtime'),
    );
    lap(`compile: ${inputs.length} inputs ${opt}`);
    const nameOf = new Map(inputs.map((input, n) => [input, [...sources, ...foreign][n]]));
    for (const [source, object] of objects) nameOf.set(object, `worldsema/${source}`);
    const plain = inputs.map((input, n) => isPlain(input, [...sources, ...foreign][n]));
    const isForeign = (/** @type {string} */ input, /** @type {number} */ n) =>
      n >= sources.length || (!goroutine.includes(input) && plain[n]);
    const mine = inputs.filter((input, n) => !isForeign(input, n));
    const theirs = inputs.filter(isForeign);
    const libraries = (options.emccArgs ?? []).filter((arg) => arg.startsWith('-l'));
    for (const file of libraryFiles(options.emccArgs ?? [])) readInput(file);
    const foreignInputs = [
      ...[...sources, ...foreign]
        .map((name, n) => ({ name, n, why: n < sources.length ? PLAIN : '--foreign' }))
        .filter(({ n }) => isForeign(inputs[n], n)),
      ...libraries.map((name) => ({ name, why: 'a library' })),
    ];
    for (const { name, why } of foreignInputs)
      log?.(`          foreign: ${path.basename(name)} (${why})`);

    const at = (/** @type {string} */ source) => /** @type {string} */ (objects.get(source));
    const raw = path.join(dir, path.basename(base));
    const { flags, rest } = settings(
      emcc.version,
      options.emccArgs ?? [],
      runtime,
      options.threadStack,
    );
    const isLibrary = (/** @type {string} */ arg) => /^-[lL]/.test(arg);
    run(
      'emcc',
      [
        ...[emcc.path, ...mine, at(runtime.markUser)],
        ...[...theirs, ...rest.filter(isLibrary), at(runtime.markForeign)],
        ...[...runtime.sources.map(at), at(runtime.markRuntime)],
        ...['-o', `${raw}.mjs`, ...flags, ...rest.filter((arg) => !isLibrary(arg))],
      ],
      { env: emcc.env, says: (text, failed) => linkerSays(text, { nameOf, warn, failed }) },
    );
    lap('emcc link');

    const done = link({
      raw: `${raw}.wasm`,
      out: `${base}.wasm`,
      level: opt,
      polls: options.polls,
      tables: options.tables,
      sourceRoot: options.sourceRoot,
      emcc: emcc.path,
      why: options.why,
      assert: options.assert,
      keep: options.keep,
      log,
      progress: options.progress,
    });
    copyGlue(raw, base);
    log?.(`${((performance.now() - start) / 1000).toFixed(2).padStart(6)} s  in all`);
    return { ...done, foreign: foreignInputs.map(({ name, why }) => ({ name, why })) };
  } catch (error) {
    removeOutputs(base);
    throw error;
  } finally {
    if (!options.keep) rmSync(dir, { recursive: true, force: true });
  }
}

/**
 * Looks at an input. An archive that calls no go_ function is a library like any other: foreign code.
 * @param {string} file
 * @param {string} name  what the caller named
 */
function isPlain(file, name) {
  const uses = readInput(file, name).some(({ needs }) =>
    needs.some((name) => name.startsWith('go_')),
  );
  return /\.a$/.test(file) && !uses;
}

/** The archives that -l means, as far as they are in folders given by -L: the others come with emcc. */
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
      // "created by" tells __FILE__, in the words of the tracebacks
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

/** The link flags, with exports that the caller asked for added to ours. */
function settings(
  /** @type {string} */ version,
  /** @type {string[]} */ args,
  /** @type {RuntimeFiles} */ { root, imports, exports },
  /** @type {number} */ threadStack = 262144,
) {
  const names = new Set(['main', 'malloc', 'free']);
  for (const line of readFileSync(path.join(root, exports), 'utf8').split('\n')) {
    const name = line.replace(/#.*/, '').trim();
    if (name) names.add(name.replace(/^_/, ''));
  }
  const rest = [];
  // Older ones export it always, and take the name for a typing error.
  const methods = new Set(parseInt(version) < 4 ? ['wasmMemory'] : ['HEAPU8', 'wasmMemory']);
  for (const arg of args) {
    // Ours as well, and the last one would count.
    const [, list, more] =
      /^-s(?:EXPORTED_(FUNCTIONS|RUNTIME_METHODS))=\[?([^\]]*)\]?$/.exec(arg) ?? [];
    if (list === undefined) rest.push(arg);
    else
      for (const name of more.split(',').map((name) => name.replace(/["' ]/g, '')))
        if (list === 'FUNCTIONS') names.add(name.replace(/^_/, ''));
        else methods.add(name);
  }
  insist(
    Number.isInteger(threadStack) && threadStack >= 65536 && threadStack % 16 === 0,
    `--thread-stack ${threadStack}`,
    'must be at least 65536 bytes and a multiple of 16',
  );
  const flags = linkFlags({
    exports: [...names],
    methods: [...methods],
    threadStack,
    imports: path.join(root, imports),
    shim: path.join(ROOT, 'wasm/link/es6shim.js'),
    hook: path.join(ROOT, 'wasm/pre.js'),
  });
  return { flags, rest };
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
