// @ts-check
// The way from the worker of mode one to the page or process that made it.

/** @typedef {import('./serve.js').Port} Port */

/** So long, in ms, a pipe without data is waited for before the next try. */
const againMs = 10;

const { process } = /** @type {any} */ (globalThis);

/** Whether this is a worker of Node.js. */
export const isNode = Boolean(process?.versions?.node) && process.type !== 'renderer';

/** @param {string} name of what exists in Node.js only, so bundlers must not look for it */
const builtin = (name) =>
  import(/* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ name);

/** @returns {Port} */
export function pagePort() {
  const { port1, port2 } = new MessageChannel();
  /** @type {(() => void)[]} */
  let tasks = [];
  port1.onmessage = () => {
    const now = tasks;
    tasks = [];
    for (const task of now) task();
  };
  return {
    post: (message) => /** @type {any} */ (globalThis).postMessage(message),
    listen: (listener) => globalThis.addEventListener('message', ({ data }) => listener(data)),
    later(call) {
      tasks.push(call);
      port2.postMessage(0);
    },
    readInput: () => new Uint8Array(),
  };
}

/** @returns {Promise<Port>} */
export async function nodePort() {
  const [{ parentPort }, { readSync }, { setImmediate }] = await Promise.all(
    ['node:worker_threads', 'node:fs', 'node:timers'].map(builtin),
  );
  return {
    post: (message) => parentPort.postMessage(message),
    listen: (listener) => parentPort.on('message', listener),
    later: setImmediate,
    readInput: (room) => readInput(readSync, new Uint8Array(room)),
  };
}

/**
 * Reads the process's input.
 * @param {(fd: number, bytes: Uint8Array) => number} readSync
 * @param {Uint8Array} bytes
 */
function readInput(readSync, bytes) {
  for (;;) {
    try {
      return bytes.subarray(0, readSync(0, bytes));
    } catch (error) {
      const { code } = /** @type {{ code?: string }} */ (error);
      if (code === 'EOF') return bytes.subarray(0, 0);
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, againMs);
    }
  }
}
