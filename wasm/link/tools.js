// @ts-check
// The programs that the link step starts: how they are found, and what is said if one is missing.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { LinkError } from './error.js';

/** The file of an executable's name, or null. */
export function which(/** @type {string} */ name) {
  if (name.includes('/') || name.includes('\\')) return existsSync(name) ? name : null;
  const suffixes = process.platform === 'win32' ? ['.exe', '.bat', '.cmd'] : [''];
  for (const dir of (process.env.PATH ?? '').split(path.delimiter)) {
    for (const suffix of suffixes) {
      const file = path.join(dir || '.', name + suffix);
      if (existsSync(file)) return file;
    }
  }
  return null;
}

/** The compiler's messages, without emcc's line that repeats the whole command. */
export const tidy = (/** @type {string} */ text) =>
  text.replace(/^emcc: error: '.*' failed \(.*\)$/m, '').trimEnd();

/**
 * Runs a program to its end.
 * @param {string} step its name in errors
 * @param {string[]} argv
 * @param {{ input?: string, env?: NodeJS.ProcessEnv, cwd?: string, says?: (text: string, failed:
 *   boolean) => string }} [how] `says` makes the text that is shown of the program's messages
 * @returns {string} its standard output
 */
export function run(step, argv, { says = (text) => text, ...how } = {}) {
  const done = spawnSync(argv[0], argv.slice(1), {
    ...how,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    shell: process.platform === 'win32' && /\.(bat|cmd)$/i.test(argv[0]),
  });
  if (done.error) throw new LinkError(step, `cannot run ${argv[0]}: ${done.error.message}`);
  if (done.status !== 0) {
    const why = done.signal ? `killed by ${done.signal}` : `exit code ${done.status}`;
    throw new LinkError(
      step,
      `${path.basename(argv[0])} failed (${why})\n${says(tidy(done.stderr || done.stdout), true)}`,
    );
  }
  says(tidy(done.stderr), false);
  return done.stdout;
}

/**
 * @typedef {object} Emcc
 * @property {string} path
 * @property {string} version
 * @property {NodeJS.ProcessEnv} env  environment to run it in
 */

/**
 * What each emcc and each wasm-opt said of its version.
 * @type {Map<string, string>}
 */
const versions = new Map();

const DEBIANS = { NODE_PATH: '/usr/share/nodejs', EMSDK_PYTHON: '/usr/bin/python3' };

/** Finds emcc (EMCC, then PATH) and asks its version, once. @returns {Emcc} */
export function findEmcc() {
  const wanted = process.env.EMCC || 'emcc';
  const found = which(wanted);
  if (!found) {
    throw new LinkError(
      'emcc',
      `${process.env.EMCC ? `EMCC=${wanted} does not exist` : 'not found on PATH'}. Install ` +
        'Emscripten 3.1.6 or newer (Debian: apt install emscripten; elsewhere: the emsdk, then ' +
        'source its emsdk_env.sh), or set EMCC to the path of emcc.',
    );
  }
  const env = { ...process.env };
  // Debian's Emscripten is made for Debian's Python and node modules. Another Node does not look
  // there by itself, and another Python may be a script that takes as long as emcc itself.
  if (realpathSync(found).startsWith('/usr/'))
    for (const [name, path] of Object.entries(DEBIANS)) if (existsSync(path)) env[name] ||= path;
  const version = versions.get(found) ?? versionOf(found, env);
  versions.set(found, version);
  return { path: found, version, env };
}

/** A file beside emcc says it, too, and to run emcc takes as long as to compile a file. */
function versionOf(/** @type {string} */ emcc, /** @type {NodeJS.ProcessEnv} */ env) {
  const file = path.join(path.dirname(realpathSync(emcc)), 'emscripten-version.txt');
  const says = existsSync(file)
    ? readFileSync(file, 'utf8')
    : run('emcc', [emcc, '--version'], { env }).split('\n')[0];
  const version = /\b(\d+\.\d+\.\d+)\b/.exec(says)?.[1];
  if (!version) throw new LinkError('emcc', `cannot tell the version from "${says}"`);
  return version;
}

/**
 * Flags for a file that includes headers of Emscripten's C library that are not for programs.
 * @param {Emcc} emcc
 */
export function muslHeaders(emcc) {
  const beside = path.dirname(realpathSync(emcc.path));
  const config = path.join(beside, 'em-config');
  const root = existsSync(path.join(beside, 'system/lib'))
    ? beside
    : run('em-config', [existsSync(config) ? config : 'em-config', 'EMSCRIPTEN_ROOT'], {
        env: emcc.env,
      }).trim();
  const lib = path.join(root, 'system/lib');
  const musl = path.join(lib, 'libc/musl');
  if (!existsSync(path.join(musl, 'src/internal/pthread_impl.h')))
    throw new LinkError(
      'emcc',
      `the sources of its C library are not in ${lib}: install Emscripten with its folder system`,
    );
  const folders = ['src/internal', 'src/include', 'arch/emscripten', 'arch/generic'];
  return [
    ...folders.flatMap((folder) => ['-I', path.join(musl, folder)]),
    ...[
      '-I',
      path.join(lib, 'pthread'),
      '-D_XOPEN_SOURCE=700',
      '-Wno-macro-redefined',
      '-Werror=implicit-function-declaration',
    ],
  ];
}

/**
 * Finds llvm-symbolizer: WORLDSEMA_SYMBOLIZER, beside emcc's clang, or on PATH, also with a
 * version.
 */
export function findSymbolizer(/** @type {string | undefined} */ emcc) {
  const wanted = process.env.WORLDSEMA_SYMBOLIZER;
  if (wanted) {
    const found = which(wanted);
    if (!found)
      throw new LinkError('llvm-symbolizer', `WORLDSEMA_SYMBOLIZER=${wanted} does not exist`);
    return found;
  }
  const beside = [];
  if (emcc)
    beside.push(path.join(path.dirname(realpathSync(emcc)), '..', 'bin', 'llvm-symbolizer'));
  for (const file of [...beside, 'llvm-symbolizer']) {
    const found = which(file);
    if (found) return found;
  }
  for (let n = 40; n >= 13; n--) {
    const found = which(`llvm-symbolizer-${n}`);
    if (found) return found;
  }
  throw new LinkError(
    'llvm-symbolizer',
    'not found. Tracebacks need it to know lines and inlined calls: install LLVM 13 or newer ' +
      '(Debian: apt install llvm; macOS: brew install llvm), or set WORLDSEMA_SYMBOLIZER to its ' +
      'path.',
  );
}

/** The oldest wasm-opt that does, and the npm package that is known to. */
const oldestWasmOpt = 131;
const knownBinaryen = 'binaryen@132.0.0';

/** The package.json of the npm package binaryen. Who only runs programs does not need it. */
function binaryen() {
  const install = `npm install --save-dev ${knownBinaryen}`;
  let entry;
  try {
    entry = createRequire(import.meta.url).resolve('binaryen/package.json');
  } catch {
    throw new LinkError(
      'wasm-opt',
      `building needs the npm package binaryen, which is not installed. Type: ${install}\n` +
        'Or set WORLDSEMA_WASM_OPT to the path of a wasm-opt.',
    );
  }
  const { version } = JSON.parse(readFileSync(entry, 'utf8'));
  if (parseInt(version) < oldestWasmOpt)
    throw new LinkError(
      'wasm-opt',
      `${path.dirname(entry)} is version ${version}; ${oldestWasmOpt} or newer is needed. ` +
        `Type: ${install}`,
    );
  return entry;
}

/**
 * The command that starts wasm-opt: WORLDSEMA_WASM_OPT (131 or newer), or the npm package's, which
 * is wasm itself. With a small module V8 spends more time on optimising wasm-opt than wasm-opt
 * spends on the module. `quick` tells V8 not to optimise, which halves the time.
 */
export function wasmOpt(quick = false) {
  const wanted = process.env.WORLDSEMA_WASM_OPT;
  if (wanted) {
    const found = which(wanted);
    if (!found) throw new LinkError('wasm-opt', `WORLDSEMA_WASM_OPT=${wanted} does not exist`);
    const version = versions.get(found) ?? run('wasm-opt', [found, '--version']);
    versions.set(found, version);
    const number = /version (\d+)/.exec(version)?.[1];
    if (!(Number(number) >= oldestWasmOpt))
      throw new LinkError(
        'wasm-opt',
        `${found} is ${number ? `version ${number}` : 'no wasm-opt'}; ${oldestWasmOpt} or newer is needed`,
      );
    return [found];
  }
  const entry = binaryen();
  const program = path.join(path.dirname(entry), 'bin', 'wasm-opt');
  return [process.execPath, ...(quick ? ['--liftoff-only'] : []), program];
}

/** The bytes of a file. */
export function contentsOf(/** @type {string} */ file) {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (error) {
    throw new LinkError(file, `cannot be read: ${/** @type {Error} */ (error).message}`);
  }
}

/** The names in a folder; none if there is no such folder. */
export function listFolder(/** @type {string} */ dir) {
  return existsSync(dir) ? readdirSync(dir).sort() : [];
}
