// @ts-check
// Answers each path of Go's net/http/pprof from a running program. The transport does not matter
// here (serve.js has HTTP). The texts are Go's, except where they are about Go.

import { OptionError, RuntimeClosed, WorldsemaError } from '../errors.js';
import { toText } from '../profile/text.js';
import { toChromeTrace } from '../trace/chrome.js';
import { subtractProfile } from './delta.js';
import { indexPage } from './page.js';
import { toPprof } from './pprof.js';

/** @typedef {import('../index.d.ts').Runtime} Runtime */
/**
 * @typedef {object} Question
 * @property {string} path
 * @property {string} query without the question mark
 * @property {string} [body] of a POST
 * @property {AbortSignal} signal aborted when nobody waits for the answer any more
 */
/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {Record<string, string>} headers
 * @property {string | Uint8Array} body
 */

export const prefix = '/debug/pprof/';
/** The path for which a POST is treated like a GET. */
export const posted = `${prefix}symbol`;

/** Go's profiles that show a single moment. */
const names = ['allocs', 'block', 'goroutine', 'heap', 'mutex', 'threadcreate'];
const maxSeconds = 86_400;

/** @param {string} type */
const content = (type) => ({ 'Content-Type': type, 'X-Content-Type-Options': 'nosniff' });
const plain = content('text/plain; charset=utf-8');

/** @param {string} text @returns {Answer} */
const textAnswer = (text) => ({ status: 200, headers: plain, body: text });

/**
 * @param {Uint8Array} body
 * @param {string} name
 * @returns {Answer}
 */
const fileAnswer = (body, name) => ({
  status: 200,
  headers: {
    ...content('application/octet-stream'),
    'Content-Disposition': `attachment; filename="${name}"`,
  },
  body,
});

/** A refusal in Go's form. @param {number} status @param {string} text @returns {Answer} */
export const refusal = (status, text) => ({
  status,
  headers: { ...plain, 'X-Go-Pprof': '1' },
  body: `${text}\n`,
});

/** Thrown by a handler to refuse a request. */
class Refused extends Error {
  /** @param {number} status @param {string} text */
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

/**
 * Answers one question. Never rejects.
 * @param {Runtime} rt
 * @param {Question} question
 * @returns {Promise<Answer>}
 */
export async function answer(rt, question) {
  const { path } = question;
  if (path === prefix.slice(0, -1)) return { status: 301, headers: { Location: prefix }, body: '' };
  if (!path.startsWith(prefix)) return { ...refusal(404, '404 page not found'), headers: plain };
  const name = path.slice(prefix.length);
  const handler = Object.hasOwn(handlers, name) ? handlers[name] : namedProfile;
  try {
    return await handler(rt, question, name);
  } catch (error) {
    return failure(error);
  }
}

/** @param {unknown} error @returns {Answer} */
function failure(error) {
  if (error instanceof Refused) return refusal(error.status, error.message);
  if (error instanceof RuntimeClosed) return refusal(503, error.message);
  const { message } = /** @type {Error} */ (error);
  const busy = error instanceof WorldsemaError && error.code === 'ERR_BUSY';
  return refusal(busy ? 503 : 500, message);
}

/** @type {Record<string, (rt: Runtime, question: Question, name: string) => Promise<Answer>>} */
const handlers = {
  '': index,
  cmdline: async (rt) => textAnswer(rt.args.join('\0')),
  symbol: async (rt, { query, body }) => textAnswer(symbols(rt, body ?? query)),
  profile: cpuProfile,
  trace,
};

/** @param {Runtime} rt @returns {Promise<Answer>} */
async function index(rt) {
  const taken = await Promise.all(names.map((name) => takeProfile(rt, name).catch(unlessUnknown)));
  const rows = taken.filter((profile) => profile !== undefined);
  return { status: 200, headers: content('text/html; charset=utf-8'), body: indexPage(rows) };
}

/** @param {unknown} error */
function unlessUnknown(error) {
  if (error instanceof Refused) return undefined;
  throw error;
}

/**
 * @param {Runtime} rt
 * @param {string} name
 * @param {1 | 2} [debug]
 * @returns {Promise<any>}
 */
async function takeProfile(rt, name, debug) {
  try {
    return await rt.profile(/** @type {any} */ (name), debug && { debug });
  } catch (error) {
    if (error instanceof OptionError) throw new Refused(404, 'Unknown profile');
    throw error;
  }
}

/**
 * @param {Runtime} rt
 * @param {Question} question
 * @param {string} name
 */
async function namedProfile(rt, { query, signal }, name) {
  const form = new URLSearchParams(query);
  const debug = number(form.get('debug'));
  const seconds = form.get('seconds');
  if (seconds) {
    const wait = readSeconds(seconds);
    if (debug !== 0) throw new Refused(400, 'seconds and debug params are incompatible');
    return delta(rt, name, wait, signal);
  }
  if (name === 'heap' && number(form.get('gc')) > 0) await rt.gc();
  if (debug === 0) return fileAnswer(await toPprof(await takeProfile(rt, name)), name);
  const level = debug === 1 ? 1 : 2;
  return textAnswer(toText(await takeProfile(rt, name, level), level));
}

/**
 * @param {Runtime} rt
 * @param {string} name
 * @param {number} seconds
 * @param {AbortSignal} signal
 */
async function delta(rt, name, seconds, signal) {
  const before = await takeProfile(rt, name);
  await delay(rt, seconds * 1000, signal);
  const after = await takeProfile(rt, name);
  return fileAnswer(await toPprof(subtractProfile(before, after)), `${name}-delta`);
}

/**
 * Fulfilled after so many ms. Throws if the program ends before, or if the request is cancelled.
 * @param {Runtime} rt
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
async function delay(rt, ms, signal) {
  /** @type {(value: void) => void} */ let wake = () => {};
  /** @type {Promise<void>} */ const woken = new Promise((resolve) => (wake = resolve));
  let ended = false;
  const onEnd = () => {
    ended = true;
    wake();
  };
  const onAbort = () => wake();
  const timer = setTimeout(wake, ms);
  signal.addEventListener('abort', onAbort);
  rt.done.then(onEnd, onEnd);
  await woken;
  clearTimeout(timer);
  signal.removeEventListener('abort', onAbort);
  // A server that closes with the program also aborts its open requests. The end of the program is
  // the reason to report.
  if (ended) throw new RuntimeClosed('the program has ended');
  if (signal.aborted) throw new Refused(500, 'context canceled');
}

/** @param {Runtime} rt @param {Question} question */
async function cpuProfile(rt, { query, signal }) {
  const given = new URLSearchParams(query).get('seconds');
  const seconds = given ? readSeconds(given) : 30;
  const profile = await unlessGone(signal, () => rt.cpuProfile({ seconds, signal }));
  return fileAnswer(await toPprof(profile), 'profile');
}

/**
 * A trace for ui.perfetto.dev. `go tool trace` reads another format, which only Go has.
 * @param {Runtime} rt
 * @param {Question} question
 * @returns {Promise<Answer>}
 */
async function trace(rt, { query, signal }) {
  const given = new URLSearchParams(query).get('seconds');
  const seconds = given ? readSeconds(given) : 1;
  const recorded = await unlessGone(signal, () => rt.trace({ seconds, signal }));
  const headers = {
    ...content('application/json'),
    'Content-Disposition': 'attachment; filename="trace.json"',
  };
  return { status: 200, headers, body: JSON.stringify(toChromeTrace(recorded)) };
}

/**
 * @template T
 * @param {AbortSignal} signal
 * @param {() => Promise<T>} take
 */
async function unlessGone(signal, take) {
  try {
    return await take();
  } catch (error) {
    if (signal.aborted && !(error instanceof RuntimeClosed)) {
      throw new Refused(500, 'context canceled');
    }
    throw error;
  }
}

/** @param {string} given */
function readSeconds(given) {
  const seconds = /^\d+$/.test(given) ? Number(given) : 0;
  if (seconds > 0 && seconds <= maxSeconds) return seconds;
  const limit = seconds > maxSeconds ? ` up to ${maxSeconds}` : '';
  throw new Refused(400, `invalid value for "seconds" - must be a positive integer${limit}`);
}

/** Parses as Go's Atoi does when its error is ignored. @param {string | null} text */
const number = (text) => (text !== null && /^[+-]?\d+$/.test(text) ? Number(text) : 0);

/**
 * The names of pcs, asked for as `0x1f+0x23`.
 * @param {Runtime} rt
 * @param {string} words
 */
function symbols(rt, words) {
  const pcs = words
    .split('+')
    .map((word) => (/^(0x[0-9a-f]+|\d+)$/i.test(word) ? Number(word) : 0));
  const known = pcs.flatMap((pc) => {
    const [frame] = pc > 0 && pc < 2 ** 32 ? rt.frames(pc) : [];
    return frame ? [`0x${pc.toString(16)} ${frame.func}\n`] : [];
  });
  return `num_symbols: 1\n${known.join('')}`;
}
