// @ts-check
// Go's own client reads the profiles of a program in a tab of Chromium, through a relay.

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { copyFileSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join, relative } from 'node:path';
import { WebSocket } from 'ws';
import { openRelay } from '../../host/pprof/index.js';
import { decodeAnswer, encodeAnswer, protocol } from '../../host/pprof/wire.js';
import { root } from '../../scripts/paths.mjs';
import { openBrowser } from '../helpers/browser.mjs';
import { haveGo, pprof, topTable } from '../helpers/go.mjs';
import { program } from '../host/start.mjs';

/** @typedef {import('../../host/pprof/index.js').Relay} Relay */

/** @type {Relay[]} */
const relays = [];
afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.close()));
});
/** @param {Parameters<typeof openRelay>[0]} [options] */
async function open(options) {
  const relay = await openRelay({ port: 0, ...options });
  relays.push(relay);
  return relay;
}

describe('a tab', () => {
  /** @type {import('../helpers/browser.mjs').TestBrowser} */
  let browser;
  /** @type {string} */
  let wasm;
  beforeAll(async () => {
    wasm = relative(root, (await program()).wasm);
    await build({
      stdin: {
        contents: "export * from './host/browser.js'; export * from './host/pprof/browser.js';",
        resolveDir: root,
      },
      outfile: join(root, 'build/page/relay.mjs'),
      ...{ bundle: true, format: 'esm', platform: 'browser', logLevel: 'silent' },
    });
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  /**
   * A page that runs a crowd, and is connected.
   * @param {{ socketUrl: string, token: string }} relay
   */
  async function tab({ socketUrl, token }) {
    // Closing a page that the browser made would close all others beside it.
    const context = await browser.browser.newContext();
    const page = await context.newPage();
    /** @type {string[]} */
    const errors = [];
    page.on('pageerror', ({ message }) => errors.push(message));
    await page.goto(`${browser.url}tests/host/empty.html`);
    const failed = await page.evaluate(
      async ([wasm, url, token]) => {
        const { connectRelay, createRuntime } = await import(
          `${location.origin}/build/page/relay.mjs`
        );
        let ready = () => {};
        const crowded = new Promise((resolve) => (ready = () => resolve(undefined)));
        const rt = await createRuntime({ wasm, procs: 2, args: ['crowd'], stdout: () => ready() });
        await crowded;
        const waits = (/** @type {any} */ { reason }) => /^(sleep|chan receive)$/.test(reason);
        while ((await rt.goroutines()).filter(waits).length < 4);
        Object.assign(globalThis, { rt });
        return connectRelay(rt, { url, token }).then(() => '', String);
      },
      [new URL(wasm, browser.url).href, socketUrl, token],
    );
    return { page, context, errors, failed };
  }

  test('is profiled as a program in Node is', async () => {
    const relay = await open();
    const { page, failed, errors } = await tab(relay);
    expect(failed).toBe('');
    const dump = await (await fetch(`${relay.url}goroutine?debug=2`)).text();
    expect(dump.match(/^waiter\(\.\.\.\)$/gm)).toHaveLength(3);
    const missing = await fetch(`${relay.url}nonsense`);
    expect([missing.status, await missing.text()]).toEqual([404, 'Unknown profile\n']);
    if (haveGo) {
      const args = ['-top', '-nodefraction=0'];
      const two = [
        pprof([...args, `${relay.url}goroutine`]),
        pprof([...args, `${relay.url}goroutine`]),
      ];
      for (const text of await Promise.all(two)) {
        const { total, rows } = topTable(text);
        expect(total).toBe(6);
        expect(rows.waiter.cum).toBe(3);
      }
      expect(await pprof(['-raw', `${relay.url}heap?gc=1`])).toContain('inuse_space/bytes');
      const list = await pprof(['-list', '^waiter$', `${relay.url}goroutine`], { cwd: root });
      expect(list).toMatch(/^ +\. +3 +\d+:\tgo_chan_recv\(never, NULL\);$/m);
    }
    expect(errors).toEqual([]);

    // A client that goes away calls off its question, in the page as well.
    const client = new AbortController();
    const waiting = fetch(`${relay.url}goroutine?seconds=3600`, { signal: client.signal });
    await fetch(`${relay.url}cmdline`);
    client.abort();
    await expect(waiting).rejects.toThrow(/abort/i);
    expect((await fetch(`${relay.url}goroutine?debug=1`)).status).toBe(200);

    // The tab is closed in the middle of another one.
    const late = fetch(`${relay.url}goroutine?seconds=3600`);
    await fetch(`${relay.url}cmdline`);
    await page.close();
    const answer = await late;
    expect(answer.status).toBe(503);
    expect(await answer.text()).toMatch(/the page is gone|no page is connected/);
    expect((await fetch(`${relay.url}heap`)).status).toBe(503);
  });

  test('with a wrong token is not let in', async () => {
    const relay = await open();
    const { failed } = await tab({ ...relay, token: 'x'.repeat(32) });
    expect(failed).toMatch(/is not there, or refused the token/);
    const answer = await fetch(`${relay.url}goroutine`);
    expect([answer.status, await answer.text()]).toEqual([
      503,
      'no page is connected to this relay\n',
    ]);
  });

  test('answers its own site by a service worker', async () => {
    copyFileSync(join(root, 'host/pprof/worker.js'), join(root, 'build/page/pprof-worker.js'));
    const { page, context, errors } = await tab(await open());
    const worker = '/build/page/pprof-worker.js';
    const url = await page.evaluate(async (worker) => {
      const { answerInPage } = await import(`${location.origin}/build/page/relay.mjs`);
      const { rt } = /** @type {any} */ (globalThis);
      return (await answerInPage(rt, { worker })).url;
    }, worker);
    expect(url).toBe(`${browser.url}build/page/debug/pprof/`);

    const other = await context.newPage();
    const index = await other.goto(url);
    expect(index?.status()).toBe(200);
    await other.click('text=full goroutine stack dump');
    const dump = await other.textContent('body');
    expect(dump?.match(/^waiter\(\.\.\.\)$/gm)).toHaveLength(3);
    const asked = await other.evaluate(async () => {
      const file = await fetch('heap');
      const [magic] = new Uint8Array(await file.arrayBuffer());
      const missing = await fetch('nonsense');
      const posted = await fetch('heap', { method: 'POST' });
      return [file.status, magic, missing.status, await missing.text(), posted.status];
    });
    expect(asked).toEqual([200, 0x1f, 404, 'Unknown profile\n', 405]);
    // A page that is busy for a while is waited for.
    const busy = page.evaluate(() => {
      for (const end = performance.now() + 2000; performance.now() < end;);
    });
    expect(await other.evaluate(async () => (await fetch('goroutine')).status)).toBe(200);
    await busy;
    expect(errors).toEqual([]);

    await page.close();
    expect(await other.evaluate(async () => (await fetch('goroutine')).status)).toBe(503);
    await context.close();
  });

  test('leaves a service worker of the site alone, until that one loads it', async () => {
    copyFileSync(join(root, 'host/pprof/worker.js'), join(root, 'build/page/pprof-worker.js'));
    const site = join(root, 'build/page/site-worker.js');
    writeFileSync(site, "self.addEventListener('fetch', () => {});");
    const { page, context } = await tab(await open());
    const ask = (/** @type {string} */ worker) =>
      page.evaluate(async (worker) => {
        const { answerInPage } = await import(`${location.origin}/build/page/relay.mjs`);
        const { rt } = /** @type {any} */ (globalThis);
        try {
          return (await answerInPage(rt, { worker })).url;
        } catch (error) {
          const { code, message } = /** @type {any} */ (error);
          return `${code}: ${message}`;
        }
      }, worker);
    await page.evaluate(async () => {
      const { serviceWorker } = navigator;
      await serviceWorker.register('/build/page/site-worker.js');
    });
    expect(await ask('/build/page/pprof-worker.js')).toMatch(
      /^ERR_SCOPE_TAKEN: .*\/build\/page\/ has a service worker already, .*site-worker\.js/,
    );
    const scripts = await page.evaluate(async () =>
      (await navigator.serviceWorker.getRegistrations()).map(
        ({ active, waiting, installing }) => (active ?? waiting ?? installing)?.scriptURL,
      ),
    );
    expect(scripts).toEqual([`${browser.url}build/page/site-worker.js`]);
    await context.close();

    writeFileSync(site, "importScripts('/build/page/pprof-worker.js');");
    const second = await tab(await open());
    const url = await second.page.evaluate(async () => {
      const { answerInPage } = await import(`${location.origin}/build/page/relay.mjs`);
      const { rt } = /** @type {any} */ (globalThis);
      return (await answerInPage(rt, { worker: '/build/page/site-worker.js' })).url;
    });
    const other = await second.context.newPage();
    expect((await other.goto(`${url}goroutine?debug=1`))?.status()).toBe(200);
    await second.context.close();
  });

  test('whose program ends is disconnected', async () => {
    const relay = await open();
    const { page } = await tab(relay);
    expect((await fetch(`${relay.url}cmdline`)).status).toBe(200);
    const late = fetch(`${relay.url}goroutine?seconds=3600`);
    await fetch(`${relay.url}cmdline`);
    await page.evaluate(() => /** @type {any} */ (globalThis).rt.close());
    expect((await late).status).toBe(503);
  });
});

/** @param {Relay} relay @param {string[]} protocols @param {object} [options] */
function dial({ socketUrl }, protocols, options) {
  const socket = new WebSocket(socketUrl, protocols, options);
  /** @type {Promise<string>} */
  const outcome = new Promise((resolve) => {
    socket.on('open', () => resolve('open'));
    socket.on('error', ({ message }) => resolve(message));
  });
  const closed = new Promise((resolve) => socket.on('close', resolve));
  return { socket, outcome, closed };
}

test('without the token nobody is let in, nor by another name of this machine', async () => {
  const relay = await open({ token: 'a-token_of_my_own' });
  for (const protocols of [
    [],
    [protocol],
    ['x', relay.token],
    [protocol, 'a-token_of_my_owN'],
    [relay.token],
  ]) {
    expect(await dial(relay, protocols).outcome).toMatch(/401/);
  }
  const rebound = dial(relay, [protocol, relay.token], { headers: { Host: 'evil.example' } });
  expect(await rebound.outcome).toMatch(/403/);
  expect(await dial(relay, [protocol, relay.token]).outcome).toBe('open');
  for (const token of ['', 'short', 'with a space in it', 'ü'.repeat(20)]) {
    await expect(openRelay({ port: 0, token })).rejects.toThrow(/option token/);
  }
  const [one, two] = [await open(), await open()];
  expect(one.token).not.toBe(two.token);
  expect(one.token).toMatch(/^[0-9a-f]{32}$/);
});

test('other origins get no profiles', async () => {
  const relay = await open();
  const status = await new Promise((resolve) => {
    const headers = { Origin: 'http://evil.example' };
    httpRequest({ port: relay.port, path: '/debug/pprof/heap', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).end();
  });
  expect(status).toBe(403);
});

test('a page that talks nonsense is disconnected', async () => {
  const relay = await open();
  for (const nonsense of [
    '',
    'abc',
    Buffer.alloc(3),
    Buffer.alloc(64, 0xff),
    encodeAnswer(1, { status: 99, headers: {}, body: '' }),
  ]) {
    const { socket, outcome, closed } = dial(relay, [protocol, relay.token]);
    expect(await outcome).toBe('open');
    socket.send(nonsense);
    await closed;
  }
});

test('the page that connected last answers', async () => {
  const relay = await open();
  const first = dial(relay, [protocol, relay.token]);
  await first.outcome;
  const second = dial(relay, [protocol, relay.token]);
  await second.outcome;
  await first.closed;
  second.socket.on('message', (text) => {
    const { id } = JSON.parse(String(text));
    const headers = { 'Content-Type': 'text/plain\r\nX: y', 'Access-Control-Allow-Origin': '*' };
    second.socket.send(encodeAnswer(id, { status: 200, headers, body: 'the second' }));
  });
  const answer = await fetch(`${relay.url}cmdline`);
  expect(await answer.text()).toBe('the second');
  expect(answer.headers.get('content-type')).toBe('text/plainX: y');
  expect(answer.headers.get('access-control-allow-origin')).toBeNull();
});

test('answers are read as they were written', () => {
  const headers = { 'Content-Type': 'text/plain' };
  const text = encodeAnswer(7, { status: 404, headers, body: 'größe' });
  const { id, answer } = decodeAnswer(text);
  expect({ ...answer, id, body: Buffer.from(answer.body).toString() }).toEqual({
    ...{ id: 7, status: 404, headers, body: 'größe' },
  });
});
