// @ts-check
// From the options to a program that is ready to boot: load, check, start the workers.

import { LoadError, OptionError } from './errors.js';
import { importGlue, startProgram } from './glue.js';
import { isModule } from './options.js';
import { unshare } from './one/unshare.js';
import { Symbols } from './profile/symbols.js';
import { Team } from './team.js';
import { workersOf } from './workers.js';

/**
 * @typedef {typeof import('./platform/node.js') | typeof import('./platform/browser.js')} Platform
 */
/** @typedef {import('./options.js').Settings} Settings */

/** Workers that are started before main, besides one for each P: one for sysmon. */
const ownWorkers = 1;

/**
 * @typedef {object} ProgramFile a program that is compiled, and checked as far as that goes
 * @property {WebAssembly.Module} module
 * @property {import('./one/unshare.js').Limits} [limits] of the memory, if it was made unshared
 * @property {URL | undefined} glueUrl
 * @property {Symbols} symbols
 * @property {string} name
 * @property {string} buildId
 */

/**
 * Reads and compiles a program.
 * @param {Platform} platform
 * @param {Settings} settings
 * @param {(line: string) => void} complain takes messages
 * @param {boolean} [alone] whether its memory must not be shared
 * @returns {Promise<ProgramFile>}
 */
export async function readProgram(platform, settings, complain, alone) {
  const { wasm } = settings;
  const url = typeof wasm === 'string' || isUrl(wasm) ? toUrl(platform, wasm, 'wasm') : undefined;
  /** @type {import('./one/unshare.js').Limits | undefined} */
  let limits;
  const change = (/** @type {Uint8Array<ArrayBuffer>} */ bytes) => {
    limits = unshare(bytes);
  };
  const module = await compile(platform, wasm, url, 'wasm', alone ? change : undefined);
  const inside = new Symbols(readTables(module));
  const tables = inside.separate
    ? separateTables(platform, settings.tables, { module, url, complain })
    : undefined;
  tables?.catch(() => {}); // reported below
  const glueUrl = findGlue(platform, settings.glue, url);
  const symbols = (await tables) ?? inside;
  const buildId = readBuildId(module);
  return { module, limits, glueUrl, symbols, name: programName(url), buildId };
}

/**
 * Starts the workers of a program. Its main does not begin yet.
 * @param {Platform} platform
 * @param {Settings} settings
 * @param {ProgramFile} file
 * @param {(line: string) => void} complain takes the messages of the glue
 */
export async function startWorkers(platform, settings, file, complain) {
  const { module, glueUrl, symbols, name, buildId } = file;
  const factory =
    typeof settings.glue === 'function'
      ? settings.glue
      : await importGlue(/** @type {URL} */ (glueUrl));
  const team = new Team();
  try {
    const workers = settings.procs + ownWorkers;
    const workerClass = workersOf(platform.workerClass(team), settings.worker, glueUrl);
    const parts = { module, factory, glueUrl, team, workerClass, workers, complain };
    const { exports, memory, startSpare } = await startProgram(parts);
    if (!platform.endsLoops) team.halt = () => exports.rt_host_halt();
    const turns = /** @type {import('./one/turns.js').Turns | undefined} */ (undefined);
    return { exports, memory, startSpare, symbols, team, turns, name, buildId };
  } catch (error) {
    await team.end();
    throw error;
  }
}

/**
 * @param {unknown} value
 * @returns {value is URL}
 */
const isUrl = (value) => Object.prototype.toString.call(value) === '[object URL]';

/**
 * @param {Platform} platform
 * @param {string | URL} spec
 * @param {'wasm' | 'glue' | 'tables'} option
 */
function toUrl(platform, spec, option) {
  try {
    return platform.toUrl(spec);
  } catch (cause) {
    throw new OptionError(
      `ERR_BAD_${option.toUpperCase()}`,
      `option ${option}: ${spec} is not a URL`,
      { cause },
    );
  }
}

/**
 * @param {Platform} platform
 * @param {unknown} wasm
 * @param {URL | undefined} url
 * @param {'wasm' | 'tables'} option
 * @param {(bytes: Uint8Array<ArrayBuffer>) => void} [change] changes the bytes before they are
 *   compiled; a module that was handed in stays as it is
 * @returns {Promise<WebAssembly.Module>}
 */
async function compile(platform, wasm, url, option, change) {
  if (isModule(wasm)) return /** @type {WebAssembly.Module} */ (wasm);
  try {
    if (url) return await platform.compile(url, change);
    const bytes = /** @type {Uint8Array<ArrayBuffer>} */ (wasm); // a copy of what was given
    change?.(bytes);
    return await platform.compileBytes(bytes);
  } catch (cause) {
    const { name, message } = /** @type {Error} */ (cause);
    if (name !== 'CompileError') throw cause;
    const what = url ? url.href : `what option ${option} gives`;
    throw new LoadError('ERR_NOT_WASM', `${what} is not a wasm file: ${message}`, { cause });
  }
}

/** @param {WebAssembly.Module} module */
function readTables(module) {
  const [tables] = WebAssembly.Module.customSections(module, 'worldsema');
  if (tables) return tables;
  throw new LoadError(
    'ERR_NOT_WORLDSEMA',
    'the wasm was not linked by worldsema: it has no section of that name ' +
      '(build it with `npx worldsema build` or the CMake function)',
  );
}

/**
 * Names and lines that are not in the module. They come from where the user says, or else from a
 * file beside the module. If there is no such file, the program runs without them.
 * @param {Platform} platform
 * @param {Settings['tables']} given
 * @param {{ module: WebAssembly.Module, url: URL | undefined, complain: (line: string) => void }}
 *   program
 * @returns {Promise<Symbols | undefined>}
 */
async function separateTables(platform, given, { module, url, complain }) {
  if (given === false) return undefined;
  const named = typeof given === 'string' || isUrl(given);
  const place = named ? toUrl(platform, given, 'tables') : given === undefined && tablesBeside(url);
  if (!place && given === undefined) return undefined;
  const file = await compile(platform, given, place || undefined, 'tables').catch((error) => {
    if (given !== undefined || !['ERR_WASM_NOT_FOUND', 'ERR_NOT_WASM'].includes(error.code))
      throw error;
    if (error.code === 'ERR_NOT_WASM') complain(`worldsema: no names and lines: ${error.message}`);
    return undefined;
  });
  if (file === undefined) return undefined;
  const what = place ? place.href : 'what option tables gives';
  if (readBuildId(file) !== readBuildId(module))
    throw new LoadError('ERR_OTHER_BUILD', `${what} belongs to another build of the program`);
  const symbols = new Symbols(readTables(file));
  if (!symbols.separate) return symbols;
  throw new LoadError('ERR_BAD_TABLES', `${what} is the program itself, not its names and lines`);
}

/** @param {URL | undefined} url of the module */
function tablesBeside(url) {
  if (!url?.pathname.endsWith('.wasm')) return undefined;
  const beside = new URL(url);
  beside.pathname = beside.pathname.replace(/\.wasm$/, '.tables.wasm');
  return beside;
}

/**
 * The content of the section "build_id", which the link step wrote, in hexadecimal. '' if there is
 * none.
 * @param {WebAssembly.Module} module
 */
function readBuildId(module) {
  const [section] = WebAssembly.Module.customSections(module, 'build_id');
  if (!section) return '';
  const [, ...bytes] = new Uint8Array(section); // the first byte is their number
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * The glue is beside the wasm, unless the user has named it.
 * @param {Platform} platform
 * @param {Settings['glue']} glue
 * @param {URL | undefined} url
 */
function findGlue(platform, glue, url) {
  if (typeof glue === 'function') return undefined;
  if (glue !== undefined) return toUrl(platform, /** @type {string | URL} */ (glue), 'glue');
  const beside = new URL(/** @type {URL} */ (url));
  if (!beside.pathname.endsWith('.wasm')) {
    throw new OptionError(
      'ERR_BAD_GLUE',
      `option glue: the name of ${url} does not end in .wasm, so name the .mjs file too`,
    );
  }
  beside.pathname = beside.pathname.replace(/\.wasm$/, '.mjs');
  return beside;
}

/** @param {URL | undefined} url */
function programName(url) {
  const file = url?.pathname
    .split('/')
    .at(-1)
    ?.replace(/\.wasm$/, '');
  return file ? decodeURIComponent(file) : 'main';
}
