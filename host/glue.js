// @ts-check
// Emscripten's glue, made harmless: it starts the workers and nothing else. The glue uses our own
// Worker class, which the link step arranges. Its exit paths are cut off. What it leaves on
// globalThis is removed.

import { LoadError, PlatformError, WorldsemaError } from './errors.js';
import { Memory } from './memory.js';
import { refusal } from './platform/fetch.js';

/** The exports that the host calls, without the optional ones. */
const requiredExports = Object.freeze([
  'rt_host_alloc',
  'rt_host_free',
  'rt_host_symtab',
  'rt_host_setenv',
  'rt_host_box',
  'rt_host_boot',
  'rt_host_start_threads',
  'rt_host_halt',
  'rt_host_request',
  'rt_host_request_free',
  'rt_host_counts',
  'rt_host_heap',
  'rt_host_trace',
  'rt_host_trace_room',
  'rt_host_trace_exact',
  'rt_host_entries',
  'rt_host_reason',
  'rt_host_take',
  'rt_host_claim',
  'rt_host_settle',
  'rt_host_giveback',
  'rt_host_exports',
  'rt_host_profile_name',
  'rt_host_text',
  'rt_host_last_waits',
  'rt_host_last_cpu',
  'rt_host_last_heap',
  'rt_host_last_delays',
  'rt_host_last_user',
]);

/** @typedef {import('./team.js').Team} Team */
/** @typedef {Record<string, (...args: number[]) => number>} Exports */
/** @typedef {{ exports: Exports, memory: Memory, startSpare?: () => void }} Program */

/**
 * @typedef {object} Alone what a program without workers needs (mode one)
 * @property {WebAssembly.Memory} [memory] default: one that the glue makes
 * @property {() => void} drain takes the output that the program has written
 * @property {(room: number) => Uint8Array} input gives input to the program, nothing at its end
 */

/** How long workers may be silent during their start, in ms. */
const silenceMs = 30_000;

/**
 * The factory that a glue file exports.
 * @param {URL} url
 * @returns {Promise<Function>}
 */
export async function importGlue(url) {
  let glue;
  try {
    glue = await import(
      /* @vite-ignore */ /* webpackIgnore: true */ /* turbopackIgnore: true */ url.href
    );
  } catch (cause) {
    const { message } = /** @type {Error} */ (cause);
    throw new LoadError(
      'ERR_GLUE_NOT_FOUND',
      `cannot import the glue ${url} (option glue; by default the wasm's name with .mjs; with a bundler, import the program's .js): ` +
        message +
        (await refusal(url.href)),
      { cause },
    );
  }
  if (typeof glue.default === 'function') return glue.default;
  throw new LoadError('ERR_BAD_GLUE', `${url} is not the glue of a program: no default export`);
}

/**
 * The number of starts under way. On platforms without a global Worker the glue defines one; that
 * is undone when the last start ends.
 */
let starting = 0;
/** @type {PropertyDescriptor | undefined} */
let workerBefore;

function beginStart() {
  if (starting++ === 0) workerBefore = Object.getOwnPropertyDescriptor(globalThis, 'Worker');
}

function endStart() {
  if (--starting > 0) return;
  if (workerBefore) Object.defineProperty(globalThis, 'Worker', workerBefore);
  else delete (/** @type {any} */ (globalThis).Worker);
}

/**
 * Instantiates the module on this thread and starts the workers.
 * @param {object} parts
 * @param {WebAssembly.Module} parts.module
 * @param {Function} parts.factory
 * @param {URL | undefined} parts.glueUrl
 * @param {Team} parts.team
 * @param {unknown} parts.workerClass
 * @param {number} parts.workers how many to start in advance
 * @param {(line: string) => void} parts.complain
 * @param {Alone} [parts.alone] if the program is to run on this thread
 * @returns {Promise<Program>}
 */
export async function startProgram(parts) {
  const { module, factory, glueUrl, team, alone } = parts;
  /** @type {Program | undefined} */
  let program;
  /** @type {any[]} */
  const timers = [];
  /** @type {any} */
  let watchdog;
  beginStart();
  try {
    await new Promise((resolve, reject) => {
      const fail = (/** @type {string} */ why) =>
        reject(new LoadError('ERR_WORKER_START', `a worker did not start: ${why}`));
      team.onLost = async ({ message, script }) => fail(message + (await refusal(script)));
      team.onNews = () => {
        clearTimeout(watchdog);
        watchdog = setTimeout(fail, silenceMs, `nothing was heard for ${silenceMs / 1000} s`);
      };
      team.onNews();
      /** @type {any} */
      const options = {
        worldsemaTimers: timers,
        worldsemaPool: parts.workers,
        worldsemaWorker: parts.workerClass,
        ...(alone && loneOptions(alone)),
        noInitialRun: true,
        noExitRuntime: true, // else newer glue exits after the first file call of this thread
        print: parts.complain,
        printErr: parts.complain,
        quit,
        onAbort: (/** @type {unknown} */ why) => reject(new LoadError('ERR_ABORTED', `${why}`)),
        instantiateWasm(/** @type {any} */ imports, /** @type {Function} */ receive) {
          WebAssembly.instantiate(module, imports)
            .then((instance) => {
              program = programOf(options, module, imports, instance);
              options.worldsemaReceive(receive, instance, module);
            })
            .catch((cause) => reject(glueError(cause)));
          return {};
        },
        ...(glueUrl && { locateFile: (/** @type {string} */ file) => new URL(file, glueUrl).href }),
      };
      const start = async () => factory(options); // Parcel breaks Promise.resolve().then here
      start().then(resolve, (cause) => reject(glueError(cause)));
    });
  } catch (error) {
    timers.forEach((timer) => clearInterval(timer));
    throw error;
  } finally {
    team.onNews = () => {};
    clearTimeout(watchdog);
    endStart();
  }
  if (team.size === 0 && !alone) {
    throw new LoadError('ERR_BAD_GLUE', 'the glue does not start its workers through worldsema');
  }
  return /** @type {Program} */ (program);
}

/**
 * The glue's way out.
 * @param {number} _status
 * @param {unknown} why
 */
function quit(_status, why) {
  throw why;
}

/** @param {Alone} alone */
const loneOptions = ({ memory, drain, input }) => ({
  ...{ worldsemaDrain: drain, worldsemaInput: input },
  ...(memory && { wasmMemory: memory }),
});

/**
 * @param {any} options that the glue got, and has added to
 * @param {WebAssembly.Module} module
 * @param {Record<string, Record<string, any>>} imports
 * @param {WebAssembly.Instance} instance
 * @returns {Program}
 */
function programOf(options, module, imports, instance) {
  const exports = /** @type {Exports} */ (instance.exports);
  const absent = requiredExports.find((name) => typeof exports[name] !== 'function');
  if (absent !== undefined) {
    throw new LoadError('ERR_NOT_WORLDSEMA', `the wasm does not export ${absent}`);
  }
  const where = WebAssembly.Module.imports(module).find(({ kind }) => kind === 'memory');
  const memory = where && imports[where.module]?.[where.name];
  if (!memory) throw new LoadError('ERR_BAD_GLUE', 'the wasm does not import its memory');
  return { exports, memory: new Memory(memory), startSpare: () => options.worldsemaSpare() };
}

/**
 * The error for a failure while the glue started. It has our own message if the cause is known.
 * @param {any} cause
 */
function glueError(cause) {
  if (cause instanceof WorldsemaError) return cause;
  const message = cause?.message ?? String(cause);
  if (/WebAssembly\.Memory|out of memory|allocate memory/i.test(message)) {
    const text =
      `the program's memory is not available: ${message}; a program that was built with a smaller ` +
      '-sMAXIMUM_MEMORY and -sINITIAL_MEMORY needs less';
    return new PlatformError('ERR_NO_MEMORY', text, { cause });
  }
  if (/import/i.test(message) && cause?.name !== 'RangeError') {
    const text = `the glue does not fit the wasm (were they linked together?): ${message}`;
    return new LoadError('ERR_BAD_GLUE', text, { cause });
  }
  return new LoadError('ERR_GLUE', `the glue failed: ${message}`, { cause });
}
