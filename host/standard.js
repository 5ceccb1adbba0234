// @ts-check
// The host functions that every program has, under reserved names. go_host_fetch and similar
// functions in worldsema_host.h call them.

import { FetchHead } from './layout.js';
import { reserved } from './calls.js';

/** @typedef {import('./calls.js').HostFunction} HostFunction */

/** The longest time that one timer can wait, in ms. */
const longestMs = 2 ** 31 - 1;

/** The most bytes that one call of crypto gives. */
const randomBytes = 65536;

const levels = ['log', 'info', 'warn', 'error', 'debug'];
const encoder = new TextEncoder();

/**
 * The functions by name. The names have the reserved prefix.
 * @param {import('./program.js').Platform} platform
 * @returns {[string, HostFunction][]}
 */
export function standardFunctions(platform) {
  /** @type {Record<string, HostFunction>} */
  const functions = {
    /** Returns a FetchHead, the headers and the body. @param {unknown} url */
    async fetch(url) {
      const response = await fetch(text(url, 'the URL'), { signal: this.signal });
      const lines = [...response.headers].map(([name, value]) => `${name}: ${value}\n`);
      const headers = encoder.encode(`${lines.join('')}\0`);
      const body = new Uint8Array(await response.arrayBuffer());
      const start = FetchHead.words * 4;
      const answer = new Uint8Array(start + headers.length + body.length);
      const head = new Uint32Array(answer.buffer, 0, FetchHead.words);
      head[FetchHead.status] = response.status;
      head[FetchHead.headerBytes] = headers.length;
      answer.set(headers, start);
      answer.set(body, start + headers.length);
      return answer;
    },

    /** @param {unknown} path */
    read(path) {
      return platform.readBytes(text(path, 'the path'), this.signal);
    },

    /** Main waits here for calls from the host. */
    serve: () => new Promise(() => {}),

    /** @param {number} ms */
    async sleep(ms) {
      const { signal } = this;
      for (let left = ms; left > 0 && !signal.aborted; left -= longestMs) {
        await pause(Math.min(left, longestMs), signal);
      }
    },

    /** @param {number} n */
    random(n) {
      const bytes = new Uint8Array(n);
      for (let at = 0; at < n; at += randomBytes) {
        crypto.getRandomValues(bytes.subarray(at, at + randomBytes));
      }
      return bytes;
    },

    /**
     * @param {unknown} level
     * @param {unknown} line
     */
    console(level, line) {
      const { console } = globalThis;
      if (!levels.includes(/** @type {string} */ (level))) {
        throw new TypeError(`the level is one of ${levels.join(', ')}, not ${level}`);
      }
      /** @type {any} */ (console)[/** @type {string} */ (level)](text(line, 'the text'));
    },
  };
  return Object.entries(functions).map(([name, call]) => [`${reserved}${name}`, call]);
}

/**
 * @param {unknown} value
 * @param {string} what
 */
function text(value, what) {
  if (typeof value === 'string' && value !== '') return value;
  throw new TypeError(`${what} is ${value === '' ? 'empty' : value}, expected text`);
}

/**
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>} fulfilled early when aborted
 */
const pause = (ms, signal) =>
  new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
