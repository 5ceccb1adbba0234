// @ts-check
// Makes a page cross-origin isolated where the server cannot send the two headers: a service worker
// adds them, and the page is loaded once more. This file is both, the page's script and the service
// worker, and imports nothing, so that it may be copied beside the page as it is.

{
  /** @type {any} */
  const scope = globalThis;

  /** What a document must say, and what the scripts of its workers must. */
  const headers = {
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
  };
  /** Other values with which a page is isolated, too. */
  const embedders = ['require-corp', 'credentialless'];

  /** The service worker answers documents and the scripts of workers, and nothing else. */
  const serve = () => {
    scope.addEventListener('install', () => scope.skipWaiting());
    scope.addEventListener('activate', (/** @type {any} */ event) =>
      event.waitUntil(scope.clients.claim()),
    );
    scope.addEventListener('fetch', (/** @type {any} */ event) => {
      const { mode, destination, url } = event.request;
      if (new URL(url).origin !== scope.location.origin) return;
      if (mode === 'navigate' || /worker$/.test(destination)) event.respondWith(answer(event));
    });
  };

  const answer = async (/** @type {any} */ { request }) => {
    const response = await fetch(request);
    if (response.status === 0) return response; // a redirection, which the browser follows
    const isOwn =
      response.headers.get('Cross-Origin-Opener-Policy') === 'same-origin' &&
      embedders.includes(response.headers.get('Cross-Origin-Embedder-Policy') ?? '');
    if (isOwn) {
      // The server does it by itself.
      if (request.mode === 'navigate') await scope.registration.unregister();
      return response;
    }
    const { body, status, statusText } = response;
    const all = new Headers(response.headers);
    for (const [name, value] of Object.entries(headers)) all.set(name, value);
    return new Response(body, { status, statusText, headers: all });
  };

  /** Remembers in this tab that the page was loaded once more. It is not done twice. */
  const mark = 'worldsema-isolate';

  /** @returns {boolean} whether the page may be loaded once more */
  const mayReload = () => {
    try {
      if (sessionStorage.getItem(mark)) return false;
      sessionStorage.setItem(mark, 'reloaded');
      return true;
    } catch {
      return false; // who cannot remember could do it for ever
    }
  };

  const forget = () => {
    try {
      sessionStorage.removeItem(mark);
    } catch {
      // There was nothing to remember.
    }
  };

  /** The address of this file, which must lie at the page's folder or above. */
  const address = () => {
    const own = /** @type {any} */ (document.currentScript)?.src ?? '';
    return /\/isolate\.js([?#]|$)/.test(own) ? own : new URL('isolate.js', document.baseURI).href;
  };

  /**
   * Registers the service worker. Resolves to the reason why that does not help, or not at all if
   * the page is being loaded once more.
   * @param {string} script
   * @returns {Promise<string>}
   */
  const register = async (script) => {
    const container = navigator.serviceWorker;
    if (!container) return 'this browser, or this page, has no service workers';
    if (scope.top !== scope.self) return 'the page is embedded, and its parent decides';
    const folder = new URL('./', script).href;
    if (!document.URL.startsWith(folder)) return `${script} is not above the page`;
    const before = await container.getRegistration(folder);
    const other = before?.scope === folder && (before.active ?? before.waiting)?.scriptURL;
    if (other && other !== script) return `${other} is the service worker of ${folder} already`;
    await container.register(script);
    const registration = await container.getRegistration(folder);
    if (!registration) return 'this browser registers no service workers';
    const { installing, waiting, active } = registration;
    const worker = /** @type {ServiceWorker} */ (active ?? waiting ?? installing);
    await new Promise((resolve) => {
      const look = () => /^activ|redundant/.test(worker.state) && resolve(undefined);
      worker.addEventListener('statechange', look);
      look();
    });
    if (!mayReload()) return 'the headers of the service worker did not help';
    location.reload();
    return new Promise(() => {});
  };

  /** @param {string} script */
  const isolate = async (script) => {
    if (scope.crossOriginIsolated) return forget();
    const reason = await register(script).catch((error) => `${script}: ${error.message}`);
    // eslint-disable-next-line no-console -- the page goes on, and this is nobody's error
    console.warn(`worldsema: the page is not cross-origin isolated: ${reason}`);
    return reason;
  };

  if (typeof document === 'object') scope.worldsemaIsolating ??= isolate(address());
  else if ('skipWaiting' in scope) serve();
}
