// @ts-check
// The worker of mode one in Node.js.

import { readSync } from 'node:fs';
import { setImmediate } from 'node:timers';
import { parentPort } from 'node:worker_threads';
import { serve } from './serve.js';

const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
const againMs = 10;

/**
 * Reads the process's input.
 * @param {number} room
 */
function readInput(room) {
  const bytes = new Uint8Array(room);
  for (;;) {
    try {
      return bytes.subarray(0, readSync(0, bytes));
    } catch (error) {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error);
      if (code === 'EOF') return bytes.subarray(0, 0);
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, againMs);
    }
  }
}

serve({
  post: (message) => port.postMessage(message),
  listen: (listener) => port.on('message', listener),
  later: setImmediate,
  readInput,
});
