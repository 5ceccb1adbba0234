// @ts-check
// The profiles of a program as a handler, for a server that is there already: Node's http, Express
// and the like, or servers that pass a Request and take a Response.

import { OptionError } from '../errors.js';
import { optionsOf } from '../options.js';
import { answer, prefix } from './answer.js';
import { always, handle, parted } from './asked.js';
import { respond } from './node.js';

/**
 * @param {import('../index.d.ts').Runtime} rt
 * @param {{ host?: string }} [options]
 * @returns {any} see index.d.ts
 */
export function pprofHandler(rt, options) {
  const given = /** @type {{ host?: string }} */ (optionsOf('pprofHandler', options));
  const { host = 'localhost' } = given;
  if (typeof host !== 'string' || host === '') {
    throw new OptionError('ERR_BAD_HOST', 'option host: expected a name or an address');
  }
  /**
   * @param {any} request
   * @param {any} [response]
   * @param {() => unknown} [next]
   */
  return (request, response, next) => {
    const given = request.originalUrl ?? request.url;
    const isFetch = typeof request.headers?.get === 'function';
    const url = isFetch ? given.slice(new URL(given).origin.length) : given;
    const mount = mountOf(parted(url).path);
    if (mount === undefined && next) return next();
    const own = url.slice(mount?.length ?? 0);
    const answerer = (/** @type {import('./answer.js').Question} */ question) =>
      answer(rt, question).then((given) => moved(given, mount ?? ''));
    if (isFetch) return answerRequest(answerer, host, request, own);
    return respond(answerer, host, { request, response, url: own });
  };
}

/**
 * What stands before /debug/pprof/ in a path; undefined if that is not in it.
 * @param {string} path
 */
function mountOf(path) {
  const at = `${path}/`.lastIndexOf(prefix);
  return at < 0 ? undefined : path.slice(0, at);
}

/**
 * A redirection leads below the same mount.
 * @param {import('./answer.js').Answer} given
 * @param {string} mount
 */
function moved(given, mount) {
  const { Location } = given.headers;
  return Location ? { ...given, headers: { ...given.headers, Location: mount + Location } } : given;
}

/**
 * @param {import('./asked.js').Answerer} answerer
 * @param {string} host
 * @param {Request} request
 * @param {string} url
 * @returns {Promise<Response>}
 */
async function answerRequest(answerer, host, request, url) {
  const { status, headers, body } = await handle(answerer, host, {
    ...parted(url),
    method: request.method,
    // Where the server leaves it out, the address has it.
    headers: { host: new URL(request.url).host, ...Object.fromEntries(request.headers) },
    body: piecesOf(request),
    signal: request.signal,
  });
  const init = { status, headers: { ...headers, ...always } };
  return new Response(request.method === 'HEAD' ? null : /** @type {BodyInit} */ (body), init);
}

/** @param {Request} request */
async function* piecesOf(request) {
  const decoder = new TextDecoder('latin1');
  const reader = request.body?.getReader();
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read())
    yield decoder.decode(part.value, { stream: true });
}
