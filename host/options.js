// @ts-check
// Checks what the user gave to createRuntime, once, and fills in what was left out.

import { reserved } from './calls.js';
import { OptionError } from './errors.js';
import { maxProcs } from './layout.js';

/** @typedef {(chunk: Uint8Array) => unknown} Sink */
/** @typedef {(room: number) => unknown} Source bytes, or a promise of them; null at the end */
/**
 * @typedef {object} Settings
 * @property {string | URL | Uint8Array | WebAssembly.Module} wasm
 * @property {string | URL | Function | undefined} glue
 * @property {string | URL | Uint8Array | WebAssembly.Module | false | undefined} tables
 * @property {string | URL | Function | undefined} worker
 * @property {number} procs
 * @property {string[]} args
 * @property {Record<string, string>} env
 * @property {'inherit' | Sink} stdout
 * @property {'inherit' | Sink} stderr
 * @property {AbortSignal | undefined} signal
 * @property {'inherit' | Source | undefined} stdin
 * @property {Map<string, import('./calls.js').HostFunction>} host
 * @property {((rt: any, exitCode: number) => unknown) | undefined} beforeExit
 * @property {number} beforeExitMs
 * @property {'auto' | 'workers' | 'one'} mode
 * @property {(() => unknown) | undefined} one makes the worker of mode one
 * @property {string} [modeReason] why the mode was chosen
 * @property {number} [terminals] a bit for each of the descriptors 0 to 2 that is a terminal
 */

const known = [
  ...[
    'wasm',
    'glue',
    'tables',
    'worker',
    'procs',
    'args',
    'env',
    'stdin',
    'stdout',
    'stderr',
    'signal',
    'host',
    'mode',
    'one',
  ],
  ...['beforeExit', 'beforeExitMs'],
];

const beforeExitMs = 10_000;

/**
 * The class of a platform object, also if the object is from another realm.
 * @param {unknown} value
 */
const tag = (value) => Object.prototype.toString.call(value).slice(8, -1);

/** @param {unknown} value */
const show = (value) =>
  typeof value === 'string' ? JSON.stringify(value) : value === null ? 'null' : typeof value;

/** @param {unknown} value */
export const isModule = (value) => tag(value) === 'WebAssembly.Module';

/** @param {unknown} value */
const isUrl = (value) => tag(value) === 'URL';

/**
 * Bytes are copied now: the caller may use the buffer again before they are compiled.
 * @param {unknown} wasm
 * @param {'wasm' | 'tables'} option
 */
function readWasm(wasm, option) {
  if (typeof wasm === 'string' && wasm !== '') return wasm;
  if (isUrl(wasm) || isModule(wasm)) return wasm;
  if (ArrayBuffer.isView(wasm)) {
    return new Uint8Array(new Uint8Array(wasm.buffer, wasm.byteOffset, wasm.byteLength));
  }
  if (tag(wasm) === 'ArrayBuffer' || tag(wasm) === 'SharedArrayBuffer') {
    return new Uint8Array(new Uint8Array(/** @type {ArrayBuffer} */ (wasm)));
  }
  throw new OptionError(
    option === 'wasm' ? 'ERR_BAD_WASM' : 'ERR_BAD_TABLES',
    `option ${option}: expected a URL, a path, bytes or a WebAssembly.Module` +
      `${option === 'tables' ? ', or false' : ''}, got ${show(wasm)}`,
  );
}

/**
 * @param {unknown} tables
 * @returns {Settings['tables']}
 */
const readTables = (tables) =>
  tables === undefined || tables === false
    ? tables
    : /** @type {Settings['wasm']} */ (readWasm(tables, 'tables'));

/**
 * @param {unknown} glue
 * @param {boolean} needed
 */
function readGlue(glue, needed) {
  if (glue === undefined && !needed) return undefined;
  if ((typeof glue === 'string' && glue !== '') || isUrl(glue) || typeof glue === 'function') {
    return glue;
  }
  const got = glue === undefined ? '' : `, got ${show(glue)}`;
  throw new OptionError(
    'ERR_BAD_GLUE',
    needed && glue === undefined
      ? 'option glue: with wasm given as bytes or a module, name the .mjs file that was linked with it'
      : `option glue: expected the URL or path of the .mjs file, or its default export${got}`,
  );
}

/**
 * @param {unknown} worker
 * @returns {Settings['worker']}
 */
function readWorker(worker) {
  if (worker === undefined || typeof worker === 'function') return worker;
  if ((typeof worker === 'string' && worker !== '') || isUrl(worker)) {
    return /** @type {string | URL} */ (worker);
  }
  throw new OptionError(
    'ERR_BAD_WORKER',
    'option worker: expected a function that makes a worker, or the URL or path of its script, ' +
      `got ${show(worker)}`,
  );
}

/**
 * Checks a number of processors.
 * @param {unknown} n
 * @param {string} what
 */
export function readProcs(n, what) {
  if (
    Number.isInteger(n) &&
    /** @type {number} */ (n) >= 1 &&
    /** @type {number} */ (n) <= maxProcs
  ) {
    return /** @type {number} */ (n);
  }
  const got = typeof n === 'number' ? n : show(n);
  throw new OptionError(
    'ERR_BAD_PROCS',
    `${what}: expected a whole number from 1 to ${maxProcs}, got ${got}`,
  );
}

/** @param {unknown} args */
function readArgs(args = []) {
  if (!Array.isArray(args)) {
    throw new OptionError('ERR_BAD_ARGS', `option args: expected an array, got ${show(args)}`);
  }
  args.forEach((arg, i) => {
    if (typeof arg === 'string' && !arg.includes('\0')) return;
    const got = typeof arg === 'string' ? 'one with a NUL character' : show(arg);
    throw new OptionError('ERR_BAD_ARGS', `option args[${i}]: expected a string, got ${got}`);
  });
  return [...args];
}

/** @param {unknown} env */
function readEnv(env = {}) {
  if (env === null || typeof env !== 'object' || Array.isArray(env)) {
    throw new OptionError('ERR_BAD_ENV', `option env: expected an object, got ${show(env)}`);
  }
  for (const [key, value] of Object.entries(env)) {
    if (key === '' || /[=\0]/.test(key)) {
      throw new OptionError('ERR_BAD_ENV', `option env: ${JSON.stringify(key)} cannot be a name`);
    }
    if (value === undefined || (typeof value === 'string' && !value.includes('\0'))) continue;
    const got = typeof value === 'string' ? 'one with a NUL character' : show(value);
    throw new OptionError('ERR_BAD_ENV', `option env.${key}: expected a string, got ${got}`);
  }
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}

/** @param {unknown} source */
function readSource(source) {
  if (source === undefined || source === 'inherit') return source;
  if (typeof source === 'function') return /** @type {Source} */ (source);
  throw new OptionError(
    'ERR_BAD_STDIN',
    `option stdin: expected a function or 'inherit', got ${show(source)}`,
  );
}

/**
 * @param {unknown} sink
 * @param {string} name
 */
function readSink(sink, name) {
  if (sink === undefined || sink === 'inherit') return 'inherit';
  if (typeof sink === 'function') return /** @type {Sink} */ (sink);
  throw new OptionError(
    'ERR_BAD_OUTPUT',
    `option ${name}: expected a function or 'inherit', got ${show(sink)}`,
  );
}

/**
 * @param {unknown} n
 * @param {string} what
 * @param {number} max
 */
export function readRate(n, what, max) {
  if (typeof n === 'number' && Number.isInteger(n) && n >= 0 && n <= max) return n;
  const got = typeof n === 'number' ? n : show(n);
  throw new OptionError(
    'ERR_BAD_PROFILE',
    `${what}: expected a whole number from 0 to ${max}, got ${got}`,
  );
}

/**
 * The options of a call, if it has any.
 * @template {object} T
 * @param {string} call  for the message
 * @param {T | undefined} options
 * @returns {T | {}}
 */
export function optionsOf(call, options) {
  if (options === undefined) return {};
  if (options !== null && typeof options === 'object') return options;
  throw new OptionError(
    'ERR_BAD_OPTIONS',
    `${call}: expected an object with options, got ${show(options)}`,
  );
}

/**
 * @param {{ debug?: number } | undefined} options of profile
 * @returns {{ debug?: number }}
 */
export function readProfileOptions(options) {
  const { debug } = /** @type {{ debug?: unknown }} */ (optionsOf('profile', options));
  if (debug === undefined || debug === 0 || debug === 1 || debug === 2) return { debug };
  throw new OptionError(
    'ERR_BAD_PROFILE',
    `profile: debug: expected 0, 1 or 2, got ${String(debug)}`,
  );
}

/**
 * @param {{ since?: number } | undefined} options of heap
 * @returns {number}
 */
export function readSince(options) {
  const { since = 0 } = /** @type {{ since?: unknown }} */ (optionsOf('heap', options));
  if (typeof since === 'number' && since >= 0) return since;
  throw new OptionError(
    'ERR_BAD_OPTIONS',
    `heap: since: expected the number of a collection, got ${String(since)}`,
  );
}

const maxSeconds = 86_400;
const maxHz = 1_000_000;

/** @param {unknown} options of cpuProfile */
export function readCpuOptions(options) {
  const bad = (
    /** @type {string} */ name,
    /** @type {string} */ wanted,
    /** @type {unknown} */ got,
  ) =>
    new OptionError('ERR_BAD_PROFILE', `cpuProfile: ${name}: expected ${wanted}, got ${show(got)}`);
  if (options === null || typeof options !== 'object') throw bad('options', 'an object', options);
  const { seconds, hz = 100, signal } = /** @type {Record<string, unknown>} */ (options);
  if (typeof seconds !== 'number' || !(seconds > 0 && seconds <= maxSeconds)) {
    throw bad('seconds', `a number above 0, at most ${maxSeconds}`, `${seconds}`);
  }
  if (typeof hz !== 'number' || !Number.isInteger(hz) || hz < 1 || hz > maxHz) {
    throw bad('hz', `a whole number from 1 to ${maxHz}`, `${hz}`);
  }
  return { seconds, hz, signal: readSignal(signal) };
}

/** @param {unknown} signal */
function readSignal(signal) {
  if (signal === undefined) return undefined;
  if (tag(signal) === 'AbortSignal') return /** @type {AbortSignal} */ (signal);
  throw new OptionError(
    'ERR_BAD_SIGNAL',
    `option signal: expected an AbortSignal, got ${show(signal)}`,
  );
}

/**
 * The functions that the program can call.
 * @param {unknown} host
 * @returns {Settings['host']}
 */
function readHost(host = {}) {
  if (host === null || typeof host !== 'object' || Array.isArray(host)) {
    throw new OptionError('ERR_BAD_HOST', `option host: expected an object, got ${show(host)}`);
  }
  for (const [name, call] of Object.entries(host)) {
    const problem =
      name === '' || name.includes('\0') || new TextEncoder().encode(name).length > 255
        ? 'a name has 1 to 255 bytes, and no NUL'
        : name.startsWith(reserved)
          ? `names that begin with ${reserved} are reserved`
          : typeof call !== 'function'
            ? `expected a function, got ${show(call)}`
            : undefined;
    if (problem === undefined) continue;
    const shown = JSON.stringify(name.slice(0, 40));
    throw new OptionError('ERR_BAD_HOST', `option host[${shown}]: ${problem}`);
  }
  return new Map(Object.entries(host));
}

const modes = /** @type {const} */ (['auto', 'workers', 'one']);

/** @param {unknown} mode */
function readMode(mode = 'auto') {
  const found = modes.find((known) => known === mode);
  if (found) return found;
  const text = `option mode: expected ${modes.join(', ')}, got ${show(mode)}`;
  throw new OptionError('ERR_BAD_MODE', text);
}

/** @param {unknown} one */
function readOne(one) {
  if (one === undefined || typeof one === 'function') return /** @type {Settings['one']} */ (one);
  const text = `option one: expected a function that makes a worker, got ${show(one)}`;
  throw new OptionError('ERR_BAD_ONE', text);
}

/**
 * Checks the options beforeExit and beforeExitMs.
 * @param {unknown} call
 * @param {unknown} ms
 */
function readBeforeExit(call, ms = beforeExitMs) {
  if (call !== undefined && typeof call !== 'function') {
    const text = `option beforeExit: expected a function, got ${show(call)}`;
    throw new OptionError('ERR_BAD_BEFORE_EXIT', text);
  }
  if (typeof ms !== 'number' || !(ms > 0 && ms <= 0x7fffffff)) {
    const text = `option beforeExitMs: expected milliseconds, got ${typeof ms === 'number' ? ms : show(ms)}`;
    throw new OptionError('ERR_BAD_BEFORE_EXIT', text);
  }
  return { beforeExit: /** @type {Settings['beforeExit']} */ (call), beforeExitMs: ms };
}

/**
 * The two arguments of createRuntime as one: what the second one says wins.
 * @param {unknown} options
 * @param {unknown} more
 */
export function joinOptions(options, more) {
  if (more === undefined || options === null || typeof options !== 'object') return options;
  if (more !== null && typeof more === 'object') return { ...options, ...more };
  throw new OptionError('ERR_BAD_OPTIONS', `expected an object of options, got ${show(more)}`);
}

/**
 * The settings of a runtime. `procs` wins over env.GOMAXPROCS, which wins over the cores.
 * @param {unknown} options
 * @param {() => number} cores
 * @returns {Settings}
 */
export function readOptions(options, cores) {
  if (options === null || typeof options !== 'object') {
    throw new OptionError('ERR_BAD_OPTIONS', `expected an object of options, got ${show(options)}`);
  }
  const given = /** @type {Record<string, unknown>} */ (options);
  const stranger = Object.keys(given).find((key) => !known.includes(key));
  if (stranger !== undefined) {
    throw new OptionError(
      'ERR_BAD_OPTIONS',
      `no option is named ${JSON.stringify(stranger)}; there are ${known.join(', ')}`,
    );
  }
  const wasm = /** @type {Settings['wasm']} */ (readWasm(given.wasm, 'wasm'));
  const named = typeof wasm === 'string' || isUrl(wasm);
  const env = readEnv(given.env);
  const procs = chooseProcs(given.procs, env.GOMAXPROCS, cores);
  return {
    wasm,
    glue: /** @type {Settings['glue']} */ (readGlue(given.glue, !named)),
    tables: readTables(given.tables),
    worker: readWorker(given.worker),
    procs,
    args: readArgs(given.args),
    env: withProcs(env, given.procs, procs),
    stdin: readSource(given.stdin),
    stdout: readSink(given.stdout, 'stdout'),
    stderr: readSink(given.stderr, 'stderr'),
    signal: readSignal(given.signal),
    host: readHost(given.host),
    mode: readMode(given.mode),
    one: readOne(given.one),
    ...readBeforeExit(given.beforeExit, given.beforeExitMs),
  };
}

/** @param {string | undefined} fromEnv */
export const usable = (fromEnv) =>
  fromEnv !== undefined &&
  /^\+?[0-9]+$/.test(fromEnv) &&
  Number(fromEnv) >= 1 &&
  Number(fromEnv) < 2 ** 31;

/**
 * The program's environment with GOMAXPROCS set. A value that cannot be used is left as it is: the
 * program then dies with an error that names it, as for other variables.
 * @param {Record<string, string>} env
 * @param {unknown} given
 * @param {number} procs
 */
function withProcs(env, given, procs) {
  const { GOMAXPROCS } = env;
  const left = given === undefined && GOMAXPROCS && !usable(GOMAXPROCS);
  return { ...env, GOMAXPROCS: left ? GOMAXPROCS : String(procs) };
}

/**
 * @param {unknown} procs
 * @param {string | undefined} fromEnv
 * @param {() => number} cores
 */
function chooseProcs(procs, fromEnv, cores) {
  if (procs !== undefined) return readProcs(procs, 'option procs');
  if (usable(fromEnv)) return Math.min(Number(fromEnv), maxProcs);
  return Math.min(Math.max(1, cores()), maxProcs);
}
