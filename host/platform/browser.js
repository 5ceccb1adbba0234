// @ts-check
// The platform layer for browsers. node.js exports the same names.

import { LoadError, PlatformError, ProgramError } from '../errors.js';
import { withMapUrl } from '../mapurl.js';
import { workerUrl } from '../one/url.js';
import { madeBy } from '../workers.js';
import { fetchBytes } from './fetch.js';

/** @typedef {import('../team.js').Team} Team */

/** The time in ms between two checks whether a worker has taken its lock, and the most checks. */
const lookMs = 100;
const mostLooks = 100;

/** The name of a worker, by which the glue knows that it is one. */
const workerName = 'em-pthread';

/** The name of the policy for addresses of workers, in pages that require trusted types. */
const policyName = 'worldsema';

/** Whether a worker can be ended in the midst of a loop. */
export const endsLoops = true;

/** The number of cores of the machine, as far as the browser reports it. */
export const cores = () => globalThis.navigator?.hardwareConcurrency || 2;

/**
 * Waits until isolate.js is through, if the page has it. While it loads the page once
 * more, no program should begin.
 * @returns {Promise<string | undefined>} why it cannot isolate the page
 */
export const isolating = async () => /** @type {any} */ (globalThis).worldsemaIsolating;

/** What is missing for threads. */
export function lacks() {
  if (globalThis.crossOriginIsolated && typeof SharedArrayBuffer === 'function') return undefined;
  if (globalThis.crossOriginIsolated) {
    return new PlatformError(
      'ERR_NO_SHARED_MEMORY',
      'the page is cross-origin isolated, but this browser gives it no SharedArrayBuffer: it is ' +
        'too old, or its settings switch shared memory off',
    );
  }
  return new PlatformError(
    'ERR_NO_ISOLATION',
    'the page is not cross-origin isolated, so it has no shared memory: serve it over https or ' +
      'from localhost with the headers "Cross-Origin-Opener-Policy: same-origin" and ' +
      '"Cross-Origin-Embedder-Policy: require-corp"',
  );
}

/**
 * Makes a URL from what the user gave. It is relative to the page.
 * @param {string | URL} spec
 */
export function toUrl(spec) {
  return new URL(spec, globalThis.document?.baseURI ?? globalThis.location?.href);
}

/** @type {WeakMap<Worker, string>} the scripts of workers of mode one */
const scripts = new WeakMap();

/**
 * The worker of mode one.
 * @param {import('../options.js').Settings['one']} make the user's own
 * @returns {import('./node.js').OneWorker}
 */
export function oneWorker(make) {
  /** A worker at the address that this page may use. */
  class OneWorker extends Worker {
    /**
     * @param {string | URL} url
     * @param {WorkerOptions} [options]
     */
    constructor(url, options = {}) {
      super(ownAddress(toUrl(url), options), options);
      scripts.set(this, toUrl(url).href);
    }
  }
  const worker = make
    ? madeBy(OneWorker, make, 'one')
    : new OneWorker(workerUrl(), { type: 'module' });
  return {
    post: (message) => worker.postMessage(message),
    listen: (listener) => worker.addEventListener('message', ({ data }) => listener(data)),
    onLost: (listener) => hearDeath(worker, scripts.get(worker), listener),
    end: () => worker.terminate(),
  };
}

/**
 * @param {Worker} worker
 * @param {string | undefined} script
 * @param {(death: import('../team.js').Death) => void} listener
 */
function hearDeath(worker, script, listener) {
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    const where = event.filename ? ` (${event.filename}:${event.lineno})` : '';
    if (event.message) return listener({ message: event.message + where });
    const name = script ? ` ${script}` : '';
    listener({ message: `its script${name} could not be loaded or run`, script });
  });
  worker.addEventListener('messageerror', () => {
    listener({ message: 'a message could not be read' });
  });
}

/**
 * Fetches and compiles.
 * @param {URL} url
 * @param {(bytes: Uint8Array<ArrayBuffer>) => void} [change] changes the bytes before
 * @returns {Promise<WebAssembly.Module>}
 */
export async function compile(url, change) {
  const response = await fetch(url, { credentials: 'same-origin' }).catch((cause) => {
    throw new LoadError('ERR_WASM_NOT_FOUND', `cannot fetch ${url}: ${cause.message}`, { cause });
  });
  if (!response.ok) {
    throw new LoadError('ERR_WASM_NOT_FOUND', `cannot fetch ${url}: status ${response.status}`);
  }
  const type = response.headers.get('content-type') ?? '';
  if (/^application\/wasm\b/i.test(type) && !change) return WebAssembly.compileStreaming(response);
  const bytes = new Uint8Array(await response.arrayBuffer());
  change?.(bytes);
  return WebAssembly.compile(withMapUrl(bytes, url));
}

/** @param {Uint8Array} bytes */
export const compileBytes = (bytes) => WebAssembly.compile(/** @type {BufferSource} */ (bytes));

/**
 * Reads a file for the program by its URL.
 * @param {string} spec
 * @param {AbortSignal} signal
 */
export async function readBytes(spec, signal) {
  return fetchBytes(toUrl(spec), signal);
}

/**
 * What the page's Content Security Policy has blocked since the package was loaded.
 * @type {SecurityPolicyViolationEvent[]}
 */
const violations = [];
globalThis.document?.addEventListener('securitypolicyviolation', (event) => violations.push(event));

/**
 * A better error for a failed start, if the page's Content Security Policy is the reason.
 * @param {any} error
 * @param {number} before the number of violations before the start
 */
async function explain(error, before) {
  if (error instanceof ProgramError) return error;
  await new Promise((resolve) => setTimeout(resolve, 0)); // the event comes after the error
  const refused = /\bCSP\b|content.security.policy|unsafe-eval|TrustedScriptURL|createPolicy/i;
  const violation = violations.slice(before).find((event) => event.effectiveDirective in cures);
  if (!violation && !refused.test(error?.message)) return error;
  const [directive, cure] = !violation
    ? ['script-src', cures['script-src']]
    : [violation.effectiveDirective, cures[violation.effectiveDirective]];
  return new PlatformError(
    'ERR_CSP',
    `the page's Content Security Policy does not let the program run: ` +
      `${directive}${cure ? ` must allow ${cure}` : ' blocks it'} (${error?.message})`,
    { cause: error },
  );
}

/** @type {Record<string, string>} what a directive must allow */
const cures = {
  'script-src': "'wasm-unsafe-eval', and where the glue comes from",
  'script-src-elem': 'where the glue comes from',
  'worker-src': 'where the glue comes from',
  'connect-src': 'where the wasm comes from',
  'trusted-types': policyName,
};

/**
 * Runs the start of a program.
 * @template T
 * @param {() => Promise<T>} start
 * @returns {Promise<T>}
 */
export async function starting(start) {
  const before = violations.length;
  try {
    return await start();
  } catch (error) {
    throw await explain(error, before);
  }
}

/**
 * @type {{ createScriptURL: (url: string) => any } | undefined} set if the page requires trusted
 *   types
 */
let policy;

/** @param {URL} url */
function trusted(url) {
  const { trustedTypes } = /** @type {any} */ (globalThis);
  policy ??= trustedTypes?.createPolicy(policyName, {
    createScriptURL: (/** @type {string} */ text) => text,
  });
  return policy ? policy.createScriptURL(url.href) : url;
}

/**
 * The address for a worker's script. A page may not start a worker from another origin, but a
 * script of its own may import the other one.
 * @param {URL} url
 * @param {WorkerOptions} options
 */
function ownAddress(url, options) {
  if (url.origin === globalThis.location.origin || url.origin === 'null') return trusted(url);
  const name = JSON.stringify(url.href);
  const text = options.type === 'module' ? `import ${name};` : `importScripts(${name});`;
  return trusted(new URL(URL.createObjectURL(new Blob([text], { type: 'text/javascript' }))));
}

/**
 * Reports a worker to the team as lost when its lock is free again. The worker takes the lock while
 * it loads. It cannot send a message about that, because it may never return to its event loop. So
 * this function checks until the lock is taken, and then waits for the lock.
 * @param {string} name
 * @param {Team} team
 */
async function watchLock(name, team) {
  const lost = () => team.lost({ message: 'it was terminated' });
  for (let looks = 0; looks < mostLooks && !team.ended; looks++) {
    await new Promise((resolve) => setTimeout(resolve, lookMs));
    const { held = [] } = await navigator.locks.query();
    if (held.some((lock) => lock.name === name)) return navigator.locks.request(name, lost);
  }
}

/**
 * Hears what a worker says when it begins (wasm/pre.js): the name of its lock, and questions for
 * this thread's time. The glue sees neither.
 * @param {MessageEvent} event
 * @param {Team} team
 */
function hear(event, team) {
  const { worldsemaClock: cell, worldsemaLock: lock } = event.data ?? {};
  if (cell === undefined && lock === undefined) return;
  event.stopImmediatePropagation();
  if (lock !== undefined) {
    watchLock(lock, team).catch(() => {}); // this browser has no locks
    return;
  }
  new Float64Array(cell)[1] = performance.timeOrigin + performance.now();
  const answered = new Int32Array(cell);
  Atomics.store(answered, 0, 1);
  Atomics.notify(answered, 0);
}

/**
 * The class of a program's workers. Each worker belongs to the team from its first moment, and only
 * the team learns of its death: Emscripten's own handler would throw the error at the page. A
 * browser does not report that a worker was terminated by somebody else, but its lock is free then.
 * @param {Team} team
 */
export function workerClass(team) {
  return class extends Worker {
    /**
     * @param {string | URL} url
     * @param {WorkerOptions} [options]
     */
    constructor(url, options = {}) {
      super(ownAddress(toUrl(url), options), { ...options, name: workerName });
      // These listeners must be added before the glue adds its own.
      this.addEventListener('message', (event) => hear(event, team));
      this.addEventListener('message', () => team.onNews());
      hearDeath(this, toUrl(url).href, (death) => team.lost(death));
      team.join(this);
    }

    /** @override @param {(event: any) => void} handler */
    set onmessage(handler) {
      super.onmessage = team.guarded(handler);
    }

    /** @override */
    get onmessage() {
      return /** @type {any} */ (super.onmessage);
    }

    /** @override The glue's handler is not wanted. */
    set onerror(_handler) {}

    /** @override */
    get onerror() {
      return null;
    }
  };
}

/** A page has no terminal. */
export const isTerminal = () => false;

/**
 * The input of 'inherit'. A page has none.
 * @returns {import('../input.js').Stream}
 */
export const inheritInput = () => ({ read: () => null, end: () => {} });

/**
 * The output of 'inherit': the console, in whole lines.
 * @param {1 | 2} fd
 * @returns {{ write: (chunk: Uint8Array) => void, end: () => void }}
 */
export function inherit(fd) {
  const decoder = new TextDecoder();
  // eslint-disable-next-line no-console -- what 'inherit' means in a page
  const print = fd === 1 ? console.log.bind(console) : console.error.bind(console);
  let rest = '';
  return {
    write(chunk) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = /** @type {string} */ (lines.pop());
      for (const line of lines) print(line);
    },
    end() {
      rest += decoder.decode();
      if (rest !== '') print(rest);
      rest = '';
    },
  };
}
