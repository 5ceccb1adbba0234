// @ts-check
// A service worker that answers debug/pprof/ below its scope, from a page of the same origin that
// runs a program (inpage.js). It is a separate script, which the site serves. It keeps no state: a
// browser may end and start it at any time.

/** @type {any} */
const worker = self;
/**
 * How long a page may take to report that it has a program: it may be busy. The answer itself may
 * take longer.
 */
const herePatienceMs = 5000;

worker.addEventListener('install', () => worker.skipWaiting());
worker.addEventListener('activate', (/** @type {any} */ event) =>
  event.waitUntil(worker.clients.claim()),
);

worker.addEventListener('fetch', (/** @type {any} */ event) => {
  const { request } = event;
  const url = new URL(request.url);
  const scope = new URL(worker.registration.scope);
  const prefix = `${scope.pathname}debug/pprof/`;
  if (url.origin !== scope.origin || !url.pathname.startsWith(prefix)) return;
  const path = url.pathname.slice(scope.pathname.length - 1);
  event.respondWith(reply(request, { path, query: url.search.slice(1) }));
});

/**
 * @param {Request} request
 * @param {{ path: string, query: string }} question
 */
async function reply(request, question) {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return new Response('Method Not Allowed\n', { status: 405, headers: { Allow: 'GET, HEAD' } });
  }
  const pages = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const { status, headers, body } = await first(pages, question, request.signal);
  return new Response(/** @type {BodyInit} */ (body), { status, headers });
}

/**
 * Asks all pages. The first one that reports a program answers.
 * @param {any[]} pages
 * @param {{ path: string, query: string }} question
 * @param {AbortSignal} signal
 * @returns {Promise<import('./answer.js').Answer>}
 */
function first(pages, question, signal) {
  return new Promise((resolve) => {
    const nobody = { status: 503, headers: {}, body: 'no page of this site runs a program\n' };
    const late = setTimeout(() => resolve(nobody), herePatienceMs);
    /** @type {MessagePort | undefined} */
    let chosen;
    for (const page of pages) {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => {
        if (data.here && !chosen) {
          chosen = port1;
          clearTimeout(late);
          port1.postMessage({ go: true });
        } else if (data.answer) resolve(data.answer);
      };
      page.postMessage({ worldsema: question }, [port2]);
    }
    signal.addEventListener('abort', () => chosen?.postMessage({ cancel: true }));
  });
}
