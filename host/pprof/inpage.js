// @ts-check
// The page's end of the service worker (worker.js). With it, debug/pprof/ of the site itself shows
// the program in the page.

import { OptionError } from '../errors.js';
import { optionsOf } from '../options.js';
import { answer } from './answer.js';

/**
 * Registers the worker, and answers its requests until the program ends. Fulfilled when the worker
 * is active.
 * @param {import('../index.d.ts').Runtime} rt
 * @param {{ worker: string | URL, scope?: string }} options
 * @returns {Promise<{ url: string, close: () => void }>}
 */
export async function answerInPage(rt, options) {
  const { worker, scope } = /** @type {typeof options} */ (optionsOf('answerInPage', options));
  const container = globalThis.navigator?.serviceWorker;
  if (!container) {
    throw new OptionError(
      'ERR_NO_WORKER',
      'here are no service workers: this is no page, or not secure',
    );
  }
  await refuseOther(container, worker, scope);
  const registration = await container.register(worker, scope === undefined ? {} : { scope });
  const listen = (/** @type {MessageEvent} */ { data, ports: [port] }) => {
    if (data?.worldsema && port) converse(rt, port, data.worldsema);
  };
  const close = () => container.removeEventListener('message', listen);
  container.addEventListener('message', listen);
  container.startMessages();
  rt.done.then(close, close);
  await activated(registration);
  return { url: new URL('debug/pprof/', registration.scope).href, close };
}

/**
 * Throws if the scope has another service worker. A scope can have only one: the other worker would
 * be replaced, and the site would lose what that worker does.
 * @param {ServiceWorkerContainer} container
 * @param {string | URL} worker
 * @param {string | undefined} scope
 */
async function refuseOther(container, worker, scope) {
  const script = new URL(worker, globalThis.document.baseURI).href;
  const where = new URL(scope ?? './', scope === undefined ? script : globalThis.document.baseURI)
    .href;
  const found = (await container.getRegistrations()).find((known) => known.scope === where);
  const other = [found?.installing, found?.waiting, found?.active].find(
    (known) => known && known.scriptURL !== script,
  );
  if (!other) return;
  throw new OptionError(
    'ERR_SCOPE_TAKEN',
    `answerInPage: ${where} has a service worker already, ${other.scriptURL}: let that one importScripts ` +
      `${script}, and name it as option worker, or give another scope`,
  );
}

/**
 * Tells the worker that this page has a program. Answers the question if the worker chooses this
 * page.
 * @param {import('../index.d.ts').Runtime} rt
 * @param {MessagePort} port
 * @param {{ path: string, query: string }} question
 */
function converse(rt, port, { path, query }) {
  const gone = new AbortController();
  port.onmessage = async ({ data }) => {
    if (data.cancel) gone.abort();
    if (data.go)
      port.postMessage({ answer: await answer(rt, { path, query, signal: gone.signal }) });
  };
  port.postMessage({ here: true });
}

/** @param {ServiceWorkerRegistration} registration @returns {Promise<void>} */
function activated({ active, waiting, installing }) {
  const worker = installing ?? waiting ?? active; // the newest of the three
  return new Promise((resolve, reject) => {
    const look = () => {
      if (worker?.state === 'activated') resolve();
      if (worker?.state === 'redundant') reject(new Error('the service worker did not start'));
    };
    worker?.addEventListener('statechange', look);
    look();
  });
}
