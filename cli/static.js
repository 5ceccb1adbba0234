// @ts-check
// A static server, for this machine only. It sends the two headers that make a page cross-origin
// isolated; without them browsers give a page no shared memory. This file decides which files may
// be sent. npm's `send` and `compression` send them (types, ranges, validators, compression).

import { realpath, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, sep } from 'node:path';
import compression from 'compression';
import send from 'send';
import { refusedBecause } from '../host/pprof/guard.js';

/** The ports that are tried, one after the other, if PORT names none. */
const ports = { first: 8080, last: 8099 };

/** Types that differ from the usual ones, or that have none. @type {Record<string, string>} */
const types = {
  '.c': 'text/plain; charset=utf-8',
  '.cjs': 'text/javascript; charset=utf-8',
  '.h': 'text/plain; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
};

const compress = compression();

const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/**
 * @typedef {object} ServeOptions
 * @property {string} root        folder to serve
 * @property {string[]} [folders] the folders of it that are served, if not all; / leads to the
 *   first
 * @property {string} [host]      default 127.0.0.1
 * @property {number} [port]      0: any free port; default PORT, or the first free port from 8080
 * @property {boolean} [isolated] whether to send the isolation headers; default true
 */

/**
 * Starts a server.
 * @param {ServeOptions} options
 * @returns {Promise<{ url: string, port: number, close: () => Promise<void> }>}
 */
export async function serveFiles(options) {
  const { host = '127.0.0.1', isolated = true, folders: allowed } = options;
  const root = await realpath(options.root);
  const headers = isolated ? isolation : {};

  const server = createServer((request, response) => {
    const fail = () => {
      if (response.headersSent) response.destroy();
      else refuse(response, 500, 'Internal error', headers);
    };
    compress(/** @type {any} */ (request), /** @type {any} */ (response), () => {
      answer(request, response, { root, host, allowed, headers }).catch(fail);
    });
  });
  const port = await listen(server, host, options.port);
  return {
    url: `http://${host}:${port}/`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * @typedef {object} Site
 * @property {string} root
 * @property {string} host
 * @property {string[]} [allowed] top-level folders
 * @property {Record<string, string>} headers
 */

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {Site} site
 */
async function answer(request, response, site) {
  const { headers } = site;
  const reason = refusedBecause(withoutVisit(request.headers), site.host);
  if (reason !== '') return refuse(response, 403, reason, headers);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return refuse(response, 405, 'Method not allowed', { ...headers, Allow: 'GET, HEAD' });
  }
  const path = decodedPath(request.url ?? '/');
  if (path === undefined) return refuse(response, 400, 'Bad request', headers);
  if (path === '/' && site.allowed) return redirect(response, `/${site.allowed[0]}/`, headers);

  const found = await find(path, site);
  if (!found && path === '/favicon.ico') return response.writeHead(204, headers).end();
  if (!found) return refuse(response, 404, 'Not found', headers);
  if (found.folder) return redirect(response, `${path}/`, headers);

  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  const type = types[extname(found.file)];
  if (type !== undefined) response.setHeader('Content-Type', type);
  send(request, encodeURIComponent(found.file), { cacheControl: false, dotfiles: 'allow' })
    .on('headers', (/** @type {import('node:http').ServerResponse} */ sent) =>
      sent.setHeader('Cache-Control', 'no-cache'),
    )
    .on('error', (/** @type {{ status: number, message: string, headers?: {} }} */ error) =>
      refuse(response, error.status, error.message, { ...headers, ...error.headers }),
    )
    .pipe(response);
}

/**
 * A visit from another site's link is allowed: the browser opens a page, and the other site reads
 * nothing.
 * @param {import('node:http').IncomingHttpHeaders} headers
 */
function withoutVisit(headers) {
  const visits =
    headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return visits ? { ...headers, 'sec-fetch-site': undefined } : headers;
}

/** The path of an address, or undefined if it is malformed. @param {string} url */
function decodedPath(url) {
  try {
    const path = decodeURIComponent(url.replace(/[?#].*$/s, ''));
    return path.startsWith('/') && !path.includes('\0') && !path.includes('\\') ? path : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The file that a path names. It must be inside the root, also after links are followed, and not
 * hidden.
 * @param {string} path
 * @param {Site} site
 * @returns {Promise<{ file: string, size: number, folder?: false } | { folder: true } | undefined>}
 */
async function find(path, { root, allowed }) {
  const parts = path.split('/').slice(1);
  if (parts.some((part) => part.startsWith('.'))) return undefined;
  if (parts.slice(0, -1).includes('')) return undefined;
  if (allowed && !allowed.includes(parts[0])) return undefined;
  if (parts.at(-1) === '') parts[parts.length - 1] = 'index.html';
  try {
    const file = await realpath(join(root, ...parts));
    if (!file.startsWith(root + sep)) return undefined;
    const info = await stat(file);
    if (info.isDirectory()) return { folder: true };
    return info.isFile() ? { file, size: info.size } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {string} location
 * @param {Record<string, string>} headers
 */
function redirect(response, location, headers) {
  response.writeHead(302, { ...headers, Location: encodeURI(location) }).end();
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {number} status
 * @param {string} text
 * @param {Record<string, string>} headers
 */
function refuse(response, status, text, headers) {
  response
    .writeHead(status, { ...headers, 'Content-Type': 'text/plain; charset=utf-8' })
    .end(`${text}\n`);
}

/**
 * @param {import('node:http').Server} server
 * @param {string} host
 * @param {number | undefined} wanted
 */
async function listen(server, host, wanted) {
  if (wanted === undefined && process.env.PORT) {
    wanted = Number(process.env.PORT);
    if (!Number.isInteger(wanted) || wanted < 0 || wanted > 65535) {
      throw new Error(`PORT is ${process.env.PORT}, which is not a port number`);
    }
  }
  if (wanted !== undefined) return listenOn(server, host, wanted);
  for (let port = ports.first; port <= ports.last; port++) {
    try {
      return await listenOn(server, host, port);
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EADDRINUSE') throw error;
    }
  }
  return listenOn(server, host, 0);
}

/**
 * @param {import('node:http').Server} server
 * @param {string} host
 * @param {number} port
 * @returns {Promise<number>} the port that it listens on
 */
function listenOn(server, host, port) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}
