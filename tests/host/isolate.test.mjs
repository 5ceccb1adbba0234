// @ts-check
// Pages of a server that cannot send the two headers: worldsema/isolate.js makes them isolated,
// loads them once more and never twice.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { root } from '../../scripts/paths.mjs';
import { openBrowser } from '../helpers/browser.mjs';
import { program } from './start.mjs';

const folder = join(root, 'build', 'isolate');
const file = join(root, 'host', 'isolate.js');

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;

const html = (/** @type {string} */ script) => `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <link rel="icon" href="data:," />
  <title>page</title>
  ${script}
</html>
`;

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'deep'), { recursive: true });
  copyFileSync(file, join(folder, 'isolate.js'));
  writeFileSync(join(folder, 'index.html'), html('<script src="isolate.js"></script>'));
  writeFileSync(join(folder, 'module.html'), html('<script type="module" src="main.js"></script>'));
  writeFileSync(join(folder, 'main.js'), "import './bundle/isolate.js';\n");
  mkdirSync(join(folder, 'bundle'));
  copyFileSync(file, join(folder, 'bundle', 'isolate.js')); // as if bundled
  writeFileSync(join(folder, 'deep', 'below.html'), html('<script src="../isolate.js"></script>'));
  writeFileSync(
    join(folder, 'deep', 'wrong.html'),
    html('<script src="../bundle/isolate.js"></script>'),
  );
  const { wasm } = await program();
  copyFileSync(wasm, join(folder, 'program.wasm'));
  copyFileSync(wasm.replace(/wasm$/, 'mjs'), join(folder, 'program.mjs'));
  cpSync(join(root, 'host'), join(folder, 'host'), { recursive: true });
  browser = await openBrowser();
});

afterAll(() => browser.close());

const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** A static server. `worker`: what it gives as the script of a service worker, if not the file. */
async function serve({ headers = {}, worker = '' } = {}) {
  const site = {
    /** @type {Record<string, string>} */ headers,
    /** @type {string[]} */ pages: [],
    base: '',
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://x').pathname.replace(/^\/sub/, '');
    const name = path.endsWith('/') ? `${path}index.html` : path;
    const isPage = extname(name) === '.html';
    if (isPage) site.pages.push(name);
    const types = { '.html': 'text/html', '.wasm': 'application/wasm' };
    const type = /** @type {Record<string, string>} */ (types)[extname(name)] ?? 'text/javascript';
    for (const [header, value] of Object.entries(site.headers)) response.setHeader(header, value);
    response.setHeader('Content-Type', type);
    if (worker && request.headers['service-worker'] === 'script') return response.end(worker);
    try {
      response.end(readFileSync(join(folder, name)));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  site.base = `http://localhost:${port}/sub/`;
  return site;
}

/**
 * Opens a page and waits until it is isolated or knows why it is not.
 * @param {Awaited<ReturnType<typeof serve>>} site
 * @param {string} path
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
async function opened(site, path, options) {
  const context = await browser.browser.newContext(options);
  const page = await context.newPage();
  await page.goto(site.base + path);
  return { context, page, state: () => stateOf(page) };
}

/** @param {import('playwright-core').Page} page */
async function stateOf(page) {
  for (;;) {
    try {
      return await page.evaluate(async () => {
        // A page that has just been loaded once more may not have run its script yet.
        if (document.readyState !== 'complete')
          await new Promise((loaded) => addEventListener('load', loaded));
        const reason = await /** @type {any} */ (globalThis).worldsemaIsolating;
        return { isolated: crossOriginIsolated, reason };
      });
    } catch (error) {
      // The page is being loaded once more.
      if (!/context was destroyed|navigation/i.test(String(error))) throw error;
    }
  }
}

test.each([
  ['', '/index.html'],
  ['module.html', '/module.html'],
  ['deep/below.html', '/deep/below.html'],
])('page %j is loaded once more and runs a program on workers', async (path, name) => {
  const site = await serve();
  const { context, page, state } = await opened(site, path);
  try {
    expect(await state()).toEqual({ isolated: true, reason: undefined });
    expect(site.pages).toEqual([name, name]);
    const code = await page.evaluate(async () => {
      const { createRuntime } = await import(/** @type {any} */ ('/sub/host/browser.js'));
      const wasm = '/sub/program.wasm';
      const rt = await createRuntime({ wasm, procs: 2, args: ['exit', '7'] });
      return rt.done;
    });
    expect(code).toBe(7);
    await page.reload();
    expect(await state()).toEqual({ isolated: true, reason: undefined });
    expect(site.pages).toEqual([name, name, name]);
  } finally {
    await context.close();
    await site.close();
  }
});

test('it goes when the server sends the headers by itself', async () => {
  const site = await serve();
  const { context, page, state } = await opened(site, '');
  const count = () =>
    page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length);
  try {
    expect(await state()).toMatchObject({ isolated: true });
    expect(await count()).toBe(1);
    site.headers = isolation;
    await page.reload();
    expect(await state()).toMatchObject({ isolated: true });
    await page.reload();
    expect([await state(), await count()]).toEqual([{ isolated: true, reason: undefined }, 0]);
  } finally {
    await context.close();
    await site.close();
  }
});

test('a page that is isolated has no service worker', async () => {
  const site = await serve({ headers: isolation });
  const { context, page, state } = await opened(site, '');
  try {
    expect(await state()).toEqual({ isolated: true, reason: undefined });
    const registrations = () => navigator.serviceWorker.getRegistrations();
    expect((await page.evaluate(registrations)).length).toBe(0);
    expect(site.pages).toHaveLength(1);
  } finally {
    await context.close();
    await site.close();
  }
});

test.each([
  ['whose service worker does not help', '', { worker: '// nothing' }, {}, /did not help/, 2],
  ['without service workers', '', {}, { serviceWorkers: 'block' }, /service worker/i, 1],
  ['that the file does not lie above', 'deep/wrong.html', {}, {}, /not above the page/, 1],
])('a page %s goes on', async (_what, path, options, context, reason, loads) => {
  const site = await serve(options);
  const one = await opened(site, path, /** @type {any} */ (context));
  try {
    expect(await one.state()).toEqual({ isolated: false, reason: expect.stringMatching(reason) });
    expect(site.pages).toHaveLength(loads);
    await one.page.goto(site.base + path);
    expect(await one.state()).toEqual({ isolated: false, reason: expect.stringMatching(reason) });
    expect(site.pages).toHaveLength(loads + 1);
  } finally {
    await one.context.close();
    await site.close();
  }
});

test('the service worker of somebody else stays', async () => {
  const site = await serve();
  writeFileSync(join(folder, 'other.js'), '// somebody else');
  writeFileSync(join(folder, 'plain.html'), html(''));
  const { context, page, state } = await opened(site, 'plain.html');
  try {
    await page.evaluate(async () => {
      await navigator.serviceWorker.register('other.js');
      await navigator.serviceWorker.ready;
    });
    await page.goto(site.base);
    const reason = expect.stringContaining('/sub/other.js is the service worker of');
    expect(await state()).toEqual({ isolated: false, reason });
    expect(site.pages).toEqual(['/plain.html', '/index.html']);
  } finally {
    await context.close();
    await site.close();
  }
});
