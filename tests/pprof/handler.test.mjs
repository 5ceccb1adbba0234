// @ts-check
// Profiles by a server that is there already: Node's http, and one that passes a Request. Express
// is in package/testers.test.mjs.

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createServer } from 'node:http';
import {
  answerInPage,
  connectRelay,
  fromPprof,
  openRelay,
  pprofHandler,
  servePprof,
} from '../../host/pprof/index.js';
import { startCrowd } from '../host/start.mjs';

/** @type {import('../../host/index.js').Runtime} */ let rt;
/** @type {import('node:http').Server} */ let server;
/** @type {string} */ let base;

beforeEach(async () => {
  ({ rt } = await startCrowd());
  const pprof = pprofHandler(rt);
  server = createServer((request, response) => {
    if (request.url === '/bare/debug') return pprof(request, response);
    return pprof(request, response, () => response.end('the page'));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  base = `http://127.0.0.1:${port}`;
});

afterEach(async () => {
  await rt.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test.each(['', '/admin', '/a/b'])('Node http, below %j', async (mount) => {
  const profile = await fetch(`${base}${mount}/debug/pprof/goroutine`);
  expect(profile.headers.get('cache-control')).toBe('no-store');
  const { kind, total } = await fromPprof(new Uint8Array(await profile.arrayBuffer()));
  expect({ kind, total }).toEqual({ kind: 'goroutine', total: (await rt.goroutines()).length });
  const moved = await fetch(`${base}${mount}/debug/pprof`, { redirect: 'manual' });
  expect([moved.status, moved.headers.get('location')]).toEqual([301, `${mount}/debug/pprof/`]);
  const body = '0x1+0x2';
  const symbols = await fetch(`${base}${mount}/debug/pprof/symbol`, { method: 'POST', body });
  expect(await symbols.text()).toMatch(/^num_symbols: 1\n0x1 \w+/);
});

test('other paths are for others', async () => {
  expect(await (await fetch(`${base}/debug/pprofs`)).text()).toBe('the page');
  expect((await fetch(`${base}/bare/debug`)).status).toBe(404);
});

test('pages of other sites get nothing', async () => {
  const headers = { Origin: 'https://evil.example' };
  const { status } = await fetch(`${base}/debug/pprof/`, { headers });
  expect(status).toBe(403);
});

/** @param {string} url @param {RequestInit} [init] @param {string} [host] */
const asked = (url, init, host) => pprofHandler(rt, { host })(new Request(url, init));

test('a Request gets a Response', async () => {
  const index = await asked('http://localhost/tool/debug/pprof/');
  expect(index.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(await index.text()).toContain('goroutine');
  const debug = await asked('http://localhost/debug/pprof/goroutine?debug=2');
  expect(await debug.text()).toMatch(/^goroutine 1 \[/);
  expect((await asked('http://localhost/other')).status).toBe(404);
  const head = await asked('http://localhost/debug/pprof/', { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
  const long = { method: 'POST', body: 'x'.repeat(2 ** 20 + 1) };
  expect((await asked('http://localhost/debug/pprof/symbol', long)).status).toBe(413);
  const gone = AbortSignal.abort();
  const late = await asked('http://localhost/debug/pprof/profile?seconds=60', { signal: gone });
  expect([late.status, await late.text()]).toEqual([500, 'context canceled\n']);
});

test('a name has to be given', async () => {
  const url = 'https://tool.example/debug/pprof/cmdline';
  expect((await asked(url)).status).toBe(403);
  expect((await asked(url, {}, 'tool.example')).status).toBe(200);
  const own = { headers: { Origin: 'https://tool.example' } };
  expect((await asked(url, own, 'tool.example')).status).toBe(200);
  expect(() => pprofHandler(rt, { host: '' })).toThrow(
    expect.objectContaining({ code: 'ERR_BAD_HOST' }),
  );
});

test.each([null, 6060, 'localhost'])('options that are %p are refused by name', async (given) => {
  const options = /** @type {any} */ (given);
  const told = async (/** @type {(rt: any, options: any) => unknown} */ call) => {
    /** @type {any} */
    const error = await (async () => call(rt, options))().catch((error) => error);
    return `${error.code} ${error.message}`;
  };
  const calls = { answerInPage, connectRelay, pprofHandler, servePprof };
  for (const [name, call] of Object.entries(calls))
    expect(await told(call)).toMatch(`ERR_BAD_OPTIONS ${name}: expected an object`);
  expect(await told(() => openRelay(options))).toMatch('ERR_BAD_OPTIONS openRelay: expected');
});
