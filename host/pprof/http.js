// @ts-check
// The HTTP server for /debug/pprof/: where it listens, and how it ends. Node only.

import { createServer } from 'node:http';
import { isIPv6 } from 'node:net';
import { OptionError } from '../errors.js';
import { prefix } from './answer.js';
import { respond } from './node.js';

const defaultPort = 6060;
/** How long a client may take to read the last answers. */
const lastWordsMs = 2000;

/**
 * Listens, and passes requests to `answer`. Closing the server aborts open requests.
 * @param {import('./asked.js').Answerer} answer
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
