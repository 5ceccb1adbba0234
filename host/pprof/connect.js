// @ts-check
// The page's end of a relay. It answers the relay's requests from the program that runs in the
// page.

import { optionsOf } from '../options.js';
import { answer } from './answer.js';
import { encodeAnswer, protocol } from './wire.js';

/**
 * Fulfilled when the relay has accepted it. Ends with the program.
 * @param {import('../index.d.ts').Runtime} rt
 * @param {{ url: string | URL, token: string }} relay as `worldsema relay` prints them
 * @returns {Promise<{ closed: Promise<void>, close: () => void }>}
 */
export async function connectRelay(rt, relay) {
  const { url, token } = /** @type {typeof relay} */ (optionsOf('connectRelay', relay));
  const socket = new WebSocket(url, [protocol, token]);
  /** @type {Map<number, AbortController>} */
  const open = new Map();
  socket.onmessage = async ({ data }) => {
    const { id, cancel, path, query, body } = JSON.parse(data);
    if (cancel) return open.get(id)?.abort();
    const gone = new AbortController();
    open.set(id, gone);
    const answered = await answer(rt, { path, query, body, signal: gone.signal });
    open.delete(id);
    if (socket.readyState === WebSocket.OPEN) socket.send(encodeAnswer(id, answered));
  };
  /** @type {Promise<void>} */
  const closed = new Promise((resolve) => {
    socket.onclose = () => {
      for (const gone of open.values()) gone.abort();
      resolve();
    };
  });
  const close = () => socket.close();
  await new Promise((resolve, reject) => {
    socket.onopen = () => resolve(undefined);
    closed.then(() => reject(new Error(`the relay at ${url} is not there, or refused the token`)));
  });
  rt.done.then(close, close);
  return { closed, close };
}
