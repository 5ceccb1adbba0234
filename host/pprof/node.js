// @ts-check
// Node's requests and responses, without its server.

import { always, handle, parted } from './asked.js';

/** @typedef {import('node:http').IncomingMessage} IncomingMessage */
/** @typedef {import('node:http').ServerResponse} ServerResponse */

const encoder = new TextEncoder();

/**
 * Fulfilled when the answer is sent, or when nobody waits for it any more.
 * @param {import('./asked.js').Answerer} answer
 * @param {string} host
 * @param {object} call
 * @param {IncomingMessage} call.request
 * @param {ServerResponse} call.response
 * @param {AbortSignal} [call.closing]
 * @param {string} [call.url] if it is not the request's
 * @returns {Promise<void>}
 */
export async function respond(answer, host, { request, response, closing, url }) {
  const gone = new AbortController();
  const over = new Promise((resolve) => {
    response.on('close', () => {
      gone.abort();
      resolve(undefined);
    });
  });
  const { status, headers, body } = await handle(answer, host, {
    ...parted(url ?? request.url ?? ''),
    method: request.method ?? '',
    headers: request.headers,
    body: request.setEncoding('latin1'),
    signal: closing ? AbortSignal.any([gone.signal, closing]) : gone.signal,
  });
  if (response.destroyed) return;
  const bytes = typeof body === 'string' ? encoder.encode(body) : body;
  response.writeHead(status, {
    ...headers,
    'Content-Length': bytes.length,
    ...always,
    ...(closing?.aborted && { Connection: 'close' }),
  });
  response.end(bytes);
  await over;
}
