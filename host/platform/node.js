// @ts-check
// The platform layer for Node. browser.js exports the same names.

import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { isatty } from 'node:tty';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { LoadError } from '../errors.js';
import { withMapUrl } from '../mapurl.js';
import { workerUrl } from '../one/url.js';
import { madeBy } from '../workers.js';
import { fetchBytes } from './fetch.js';

/** @typedef {import('../team.js').Team} Team */

/** Whether a worker can be ended in the midst of a loop. Bun's cannot. */
export const endsLoops = !process.versions.bun;

/** How long, in ms, a worker that may be in an endless loop is waited for. */
const endMs = 1000;

const unendable =
  'worldsema: Bun cannot end a worker in a loop that has no polls, or of mode one; only ' +
  'process.exit() ends the process';

/**
 * Fulfilled when a worker is gone, or will not go.
 * @param {Promise<unknown>} gone
 * @param {() => void} giveUp
 */
async function goneOrNot(gone, giveUp) {
  if (endsLoops) return gone;
  /** @type {any} */
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, endMs, unendable)));
  const why = await Promise.race([gone, late]);
  clearTimeout(timer);
  if (why !== unendable) return;
  giveUp();
  process.emitWarning(unendable);
}

/** The number of cores that the process may use. */
export const cores = () => availableParallelism();

/**
 * What is missing for threads. Nothing is in Node.
 * @returns {import('../errors.js').PlatformError | undefined}
 */
export const lacks = () => undefined;

/** See the function of this name in browser.js. @returns {Promise<string | undefined>} */
export const isolating = async () => undefined;

/** A worker without the parent's flags: `--input-type` and loaders are not for it. */
class OneThread extends Worker {
  /** @param {string | URL} url */
  constructor(url) {
    super(url, { execArgv: [] });
  }
}

/**
 * The worker of mode one.
 * @param {import('../options.js').Settings['one']} make the user's own
 * @returns {OneWorker}
 */
export function oneWorker(make) {
  const worker = make ? madeBy(OneThread, make, 'one') : new OneThread(workerUrl());
  return {
    post: (message) => worker.postMessage(message),
    listen: (listener) => worker.on('message', listener),
    onLost(listener) {
      worker.on('error', (cause) => listener(deathOf(cause)));
      worker.on('exit', (code) => listener({ message: `it exited with code ${code}` }));
    },
    end: () => goneOrNot(worker.terminate(), () => worker.unref()),
  };
}

/**
 * @typedef {object} OneWorker
 * @property {(message: object) => void} post
 * @property {(listener: (message: any) => void) => void} listen
 * @property {(listener: (death: import('../team.js').Death) => void) => void} onLost
 * @property {() => unknown} end
 */

/**
 * Makes a URL from what the user gave: a URL, its text, or a path relative to the working
 * directory.
 * @param {string | URL} spec
 */
export function toUrl(spec) {
  // A scheme of one letter is a Windows drive.
  if (typeof spec !== 'string' || /^[a-z][a-z0-9+.-]+:/i.test(spec)) return new URL(spec);
  return pathToFileURL(resolve(spec));
}

/**
 * Reads and compiles.
 * @param {URL} url
 * @param {(bytes: Uint8Array<ArrayBuffer>) => void} [change] changes the bytes before
 * @returns {Promise<WebAssembly.Module>}
 */
export async function compile(url, change) {
  const bytes = /** @type {Uint8Array<ArrayBuffer>} */ (await read(url));
  change?.(bytes);
  return compileBytes(withMapUrl(bytes, url));
}

/** The data of a worker, by which the glue knows that it is one. */
const workerMark = 'em-pthread';

const hinting = '-experimental-wasm-branch-hinting';

/**
 * Whether branch hints (wasm/link/hints.js) need a flag: V8 before 13.7 ignores them without it.
 */
const isOptional = () => {
  const [major, minor] = process.versions.v8.split('.').map(Number);
  const asked = process.execArgv.includes(`-${hinting}`);
  return !asked && (major < 13 || (major === 13 && minor < 7));
};

/**
 * Compiles with branch hints. V8 reads the flag when a compilation begins, so the flag does not
 * affect other code.
 * @param {Uint8Array} bytes
 * @returns {Promise<WebAssembly.Module>}
 */
export function compileBytes(bytes) {
  if (!isOptional()) return WebAssembly.compile(/** @type {BufferSource} */ (bytes));
  setFlagsFromString(`-${hinting}`);
  try {
    return WebAssembly.compile(/** @type {BufferSource} */ (bytes));
  } finally {
    setFlagsFromString(`--no${hinting}`);
  }
}

/**
 * Reads a file for the program by its path or URL.
 * @param {string} spec
 * @param {AbortSignal} signal
 * @returns {Promise<Uint8Array>}
 */
export async function readBytes(spec, signal) {
  const url = toUrl(spec);
  return url.protocol === 'file:' ? readFile(url, { signal }) : fetchBytes(url, signal);
}

/**
 * Runs the start of a program.
 * @template T
 * @param {() => Promise<T>} start
 * @returns {Promise<T>}
 */
export const starting = (start) => start();

/** @param {URL} url */
async function read(url) {
  if (url.protocol === 'file:') {
    const path = fileURLToPath(url);
    return readFile(path).catch((cause) => {
      const why = cause.code === 'ENOENT' ? 'there is no such file' : cause.message;
      throw new LoadError('ERR_WASM_NOT_FOUND', `cannot read ${path}: ${why}`, { cause });
    });
  }
  const response = await fetch(url).catch((cause) => {
    throw new LoadError('ERR_WASM_NOT_FOUND', `cannot fetch ${url}: ${cause.message}`, { cause });
  });
  if (!response.ok) {
    throw new LoadError('ERR_WASM_NOT_FOUND', `cannot fetch ${url}: status ${response.status}`);
  }
  return new Uint8Array(await response.arrayBuffer());
}

/** @param {Error} cause */
function deathOf(cause) {
  const { message, stack = '' } = cause;
  // An error that was copied between threads keeps its real name only in its stack.
  const name = /^(\w+): /.exec(stack)?.[1] ?? cause.name;
  return { name, message, stack, cause };
}

/**
 * The class of a program's workers. Each worker belongs to the team from its first moment,
 * and only the team learns of its death: Emscripten's own handlers would throw the error at the
 * process.
 * @param {Team} team
 */
export function workerClass(team) {
  return class extends Worker {
    #hear = (/** @type {any} */ _event) => {};

    /**
     * @param {string | URL} url
     * @param {import('node:worker_threads').WorkerOptions} [options]
     */
    constructor(url, options) {
      // Without the parent's flags: `--input-type` and loaders are not for the glue.
      super(toUrl(url), { ...options, execArgv: [], workerData: workerMark });
      super.on('message', () => team.onNews());
      super.on('error', (error) => this.onerror(error));
      super.on('exit', (code) => team.lost({ message: `it exited with code ${code}` }));
      team.join(this);
    }

    /**
     * The glue's handler is ignored. Newer glue calls this one with errors that came as messages.
     */
    set onerror(_handler) {}

    get onerror() {
      return (/** @type {Error} */ cause) => team.lost(deathOf(cause));
    }

    /** @param {(event: any) => void} handler */
    set onmessage(handler) {
      this.#hear = team.guarded(handler);
    }

    get onmessage() {
      return this.#hear;
    }

    /**
     * @override
     * @param {string} event
     * @param {(...args: any[]) => void} listener
     */
    on(event, listener) {
      return event === 'error' ? this : super.on(/** @type {any} */ (event), listener);
    }

    /** @override */
    async terminate() {
      return /** @type {any} */ (goneOrNot(super.terminate(), () => super.unref()));
    }

    /** @override A running program keeps the process alive, even if the glue calls unref. */
    unref() {}
  };
}

/** @param {number} fd */
export const isTerminal = (fd) => isatty(fd);

/**
 * The input of 'inherit'. It is read only when the program reads, and it does not keep the process
 * alive.
 * @returns {import('../input.js').Stream}
 */
export function inheritInput() {
  const { stdin } = process;
  /** @type {AsyncIterator<Uint8Array> | undefined} */
  let chunks;
  return {
    async read() {
      chunks ??= stdin[Symbol.asyncIterator]();
      const { done, value } = await chunks.next();
      return done ? null : value;
    },
    end: () => void (chunks && stdin.destroy()),
  };
}

/**
 * The output of 'inherit'.
 * @param {1 | 2} fd
 * @returns {{ write: (chunk: Uint8Array) => unknown, end: () => void }}
 */
export function inherit(fd) {
  const stream = fd === 1 ? process.stdout : process.stderr;
  /** Fulfilled when the chunk is written, or never can be. @param {Uint8Array} chunk */
  const write = (chunk) => {
    let taken = true;
    const written = new Promise((resolve) => {
      taken = stream.write(chunk, () => resolve(undefined));
    });
    return taken ? undefined : written;
  };
  return { write, end: () => {} };
}
