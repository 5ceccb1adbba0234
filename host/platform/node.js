// @ts-check
// What Node does differently. browser.js exports the same names.

import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { LoadError } from '../errors.js';
import { fetchBytes } from './fetch.js';

/** @typedef {import('../team.js').Team} Team */

/** Cores the process may use. */
export const cores = () => availableParallelism();

/** Throws when threads cannot work here. Node always has them. */
export function checkSupport() {}

/**
 * A URL from what a user calls one: a URL, its text, or a path from the working directory.
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
 * @returns {Promise<WebAssembly.Module>}
 */
export async function compile(url) {
  return compileBytes(await read(url));
}

const hinting = '-experimental-wasm-branch-hinting';

/** Before 13.7 V8 heeds no branch hints (wasm/link/hints.js) unless told to. */
const isOptional = () => {
  const [major, minor] = process.versions.v8.split('.').map(Number);
  const asked = process.execArgv.includes(`-${hinting}`);
  return !asked && (major < 13 || (major === 13 && minor < 7));
};

/**
 * Compiles, with branch hints. The flag is read as a compilation begins, so no other code has it.
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
 * What a program reads by path or URL.
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

/**
 * The class that the glue takes for `Worker`: workers belong to the team from their first moment,
 * and only the team hears of their deaths. Emscripten's own handlers would throw them at the
 * process.
 * @param {Team} team
 */
export function workerClass(team) {
  return class extends Worker {
    /**
     * @param {string | URL} url
     * @param {import('node:worker_threads').WorkerOptions} [options]
     */
    constructor(url, options) {
      // Without the parent's flags: `--input-type` and loaders are not for the glue.
      super(toUrl(url), { ...options, execArgv: [] });
      super.on('message', () => team.onNews());
      super.on('error', (error) => this.onerror(error));
      super.on('exit', (code) => team.lost({ message: `it exited with code ${code}` }));
      team.join(this);
    }

    /** The glue's handler is not wanted: newer glue calls it with errors that came by message. */
    set onerror(_handler) {}

    get onerror() {
      return (/** @type {Error} */ cause) => {
        const { message, stack = '' } = cause;
        // Copied between threads, an error keeps its real name only there.
        const name = /^(\w+): /.exec(stack)?.[1] ?? cause.name;
        team.lost({ name, message, stack, cause });
      };
    }

    /**
     * @override
     * @param {string} event
     * @param {(...args: any[]) => void} listener
     */
    on(event, listener) {
      return event === 'error' ? this : super.on(/** @type {any} */ (event), listener);
    }

    /** @override A program that runs keeps the process alive, whatever the glue thinks of it. */
    unref() {}
  };
}

/**
 * Where 'inherit' comes from: read only when the program reads, and it does not keep the process.
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
 * Where 'inherit' leads.
 * @param {1 | 2} fd
 * @returns {{ write: (chunk: Uint8Array) => unknown, end: () => void }}
 */
export function inherit(fd) {
  const stream = fd === 1 ? process.stdout : process.stderr;
  // Fulfilled when the stream takes more, or never will.
  const ready = () =>
    new Promise((resolve) => {
      const events = ['drain', 'error', 'close'];
      const done = () => {
        for (const event of events) stream.off(event, done);
        resolve(undefined);
      };
      for (const event of events) stream.on(event, done);
    });
  return { write: (chunk) => (stream.write(chunk) ? undefined : ready()), end: () => {} };
}
