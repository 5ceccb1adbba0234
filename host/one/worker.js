// @ts-check
// The worker of mode one in a page.

import { serve } from './serve.js';

const { port1, port2 } = new MessageChannel();
/** @type {(() => void)[]} */
let tasks = [];
port1.onmessage = () => {
  const now = tasks;
  tasks = [];
  for (const task of now) task();
};

serve({
  post: (message) => /** @type {any} */ (globalThis).postMessage(message),
  listen: (listener) => globalThis.addEventListener('message', ({ data }) => listener(data)),
  later(call) {
    tasks.push(call);
    port2.postMessage(0);
  },
  readInput: () => new Uint8Array(),
});
