// @ts-check
// From a request of HTTP to an answer, whatever has received the request: who may ask, by which
// method, and how much.

import { posted, refusal } from './answer.js';
import { refusedBecause } from './guard.js';

/** @typedef {import('./answer.js').Answer} Answer */
/** @typedef {(question: import('./answer.js').Question) => Promise<Answer>} Answerer */
/**
 * @typedef {object} Asked
 * @property {string} method
 * @property {string} path
 * @property {string} query  without the question mark
 * @property {Record<string, string | string[] | undefined>} headers  by names in lower case
 * @property {AsyncIterable<string>} body  in pieces, as latin1
 * @property {AbortSignal} signal  aborted when nobody waits for the answer any more
 */

const maxBody = 1 << 20;

/** What every answer says beside its own headers. */
export const always = Object.freeze({
  'Cache-Control': 'no-store',
  'Cross-Origin-Resource-Policy': 'same-origin',
});

/**
 * @param {Answerer} answer
 * @param {string} host  the name that the server is asked by, if it is not an address
 * @param {Asked} asked
 * @returns {Promise<Answer>}
 */
export async function handle(answer, host, { method, path, query, headers, body, signal }) {
  const refused = refusedBecause(headers, host);
  if (refused) return refusal(403, refused);
  const methods = path === posted ? ['GET', 'HEAD', 'POST'] : ['GET', 'HEAD'];
  if (!methods.includes(method)) {
    const { headers, ...rest } = refusal(405, 'Method Not Allowed');
    return { ...rest, headers: { ...headers, Allow: methods.join(', ') } };
  }
  if (method !== 'POST') return answer({ path, query, signal });
  const text = await readBody(body);
  if (text === undefined) return refusal(413, `at most ${maxBody} bytes can be asked for`);
  return answer({ path, query, body: text, signal });
}

/**
 * @param {AsyncIterable<string>} body
 * @returns {Promise<string | undefined>} undefined if the body is too long
 */
async function readBody(body) {
  let text = '';
  try {
    for await (const part of body) {
      text += part;
      if (text.length > maxBody) return undefined;
    }
  } catch {
    return ''; // the client is gone
  }
  return text;
}

/** The path and the query of a URL without its origin. @param {string} url */
export function parted(url) {
  const [path, query = ''] = url.split(/\?(.*)/s);
  return { path, query };
}
