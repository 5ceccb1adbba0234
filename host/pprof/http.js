// @ts-check
// The HTTP server for /debug/pprof/: it checks requests, and handles clients that go away. Node
// only.

import { createServer } from 'node:http';
import { isIPv6 } from 'node:net';
import { OptionError } from '../errors.js';
import { posted, prefix, refusal } from './answer.js';
import { refusedBecause } from './guard.js';

/** @typedef {import('node:http').IncomingMessage} IncomingMessage */
/** @typedef {import('node:http').ServerResponse} ServerResponse */
/** @typedef {import('./answer.js').Answer} Answer */
/** @typedef {(question: import('./answer.js').Question) => Promise<Answer>} Answerer */

const defaultPort = 6060;
const maxBody = 1 << 20;
/** How long a client may take to read the last answers. */
const lastWordsMs = 2000;

/**
 * Listens, and passes requests to `answer`. Closing the server aborts open requests.
 * @param {Answerer} answer
 * @param {{ port?: number, host?: string }} options
 */
export async function openServer(answer, { port = defaultPort, host = '127.0.0.1' }) {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new OptionError('ERR_BAD_PORT', `option port: expected 0 to 65535, got ${port}`);
  }
  if (typeof host !== 'string' || host === '') {
    throw new OptionError('ERR_BAD_HOST', `option host: expected a name or an address`);
  }
  /** @type {Set<Promise<void>>} */
  const open = new Set();
  const closing = new AbortController();
  const server = createServer((request, response) => {
    const done = respond(answer, host, { request, response, closing: closing.signal });
    open.add(done);
    done.finally(() => open.delete(done));
  });
  /** @type {Promise<void> | undefined} */
  let closed;
  const close = () => {
    closed ??= new Promise((resolve) => {
      server.close(() => resolve());
      closing.abort();
      const late = setTimeout(() => server.closeAllConnections(), lastWordsMs);
      Promise.all(open).then(() => {
        clearTimeout(late);
        server.closeAllConnections();
      });
    });
    return closed;
  };
  const got = await listen(server, port, host);
  const name = isIPv6(host) ? `[${host}]` : host;
  return { server, url: `http://${name}:${got}${prefix}`, host, port: got, close };
}

/**
 * @param {import('node:http').Server} server
 * @param {number} port
 * @param {string} host
 * @returns {Promise<number>} the port it got
 */
function listen(server, port, host) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve(/** @type {import('node:net').AddressInfo} */ (server.address()).port);
    });
  });
}

/**
 * Fulfilled when the answer is sent, or when nobody waits for it any more.
 * @param {Answerer} answer
 * @param {string} host
 * @param {{ request: IncomingMessage, response: ServerResponse, closing: AbortSignal }} call
 * @returns {Promise<void>}
 */
async function respond(answer, host, { request, response, closing }) {
  const gone = new AbortController();
  const over = new Promise((resolve) => {
    response.on('close', () => {
      gone.abort();
      resolve(undefined);
    });
  });
  const signal = AbortSignal.any([gone.signal, closing]);
  const { status, headers, body } = await handle(answer, host, request, signal);
  if (response.destroyed) return;
  response.writeHead(status, {
    ...headers,
    'Content-Length': typeof body === 'string' ? Buffer.byteLength(body) : body.length,
    'Cache-Control': 'no-store',
    'Cross-Origin-Resource-Policy': 'same-origin',
    ...(closing.aborted && { Connection: 'close' }),
  });
  response.end(body);
  await over;
}

/**
 * @param {Answerer} answer
 * @param {string} host
 * @param {IncomingMessage} request
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
async function handle(answer, host, request, signal) {
  const refused = refusedBecause(request.headers, host);
  if (refused) return refusal(403, refused);
  const [path, query = ''] = (request.url ?? '').split(/\?(.*)/s);
  const { method } = request;
  const methods = path === posted ? ['GET', 'HEAD', 'POST'] : ['GET', 'HEAD'];
  if (method === undefined || !methods.includes(method)) {
    const { headers, ...rest } = refusal(405, 'Method Not Allowed');
    return { ...rest, headers: { ...headers, Allow: methods.join(', ') } };
  }
  if (method !== 'POST') return answer({ path, query, signal });
  const body = await readBody(request);
  if (body === undefined) return refusal(413, `at most ${maxBody} bytes can be asked for`);
  return answer({ path, query, body, signal });
}

/**
 * @param {IncomingMessage} request
 * @returns {Promise<string | undefined>} undefined if the body is too long
 */
async function readBody(request) {
  let text = '';
  try {
    for await (const part of request.setEncoding('latin1')) {
      text += part;
      if (text.length > maxBody) return undefined;
    }
  } catch {
    return ''; // the client is gone
  }
  return text;
}
