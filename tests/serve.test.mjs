// @ts-check
// The demo's server: content types, the isolation headers, and files that it must not serve.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '../demo/serve.mjs';
import { withBrowser } from './helpers/browser.mjs';

/** @type {string} */ let dir;
/** @type {Awaited<ReturnType<typeof serve>>} */ let server;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'worldsema-serve-'));
  await mkdir(join(dir, 'site', 'sub'), { recursive: true });
  for (const name of ['a.mjs', 'a.cjs', 'a.wasm', 'a b.html', '.hidden', 'sub/index.html']) {
    await writeFile(join(dir, 'site', name), name);
  }
  await writeFile(join(dir, 'secret.txt'), 'secret');
  await symlink(join(dir, 'secret.txt'), join(dir, 'site', 'link.txt'));
  server = await serve({ root: join(dir, 'site'), port: 0 });
});

afterAll(async () => {
  await server.close();
  await rm(dir, { recursive: true });
});

/**
 * A request whose path goes out as it is written here; fetch would tidy it up first.
 * @param {string} path
 * @param {{ method?: string, port?: number, headers?: Record<string, string> }} [options]
 * @returns {Promise<{ status: number, headers: import('node:http').IncomingHttpHeaders, body:
 *   string }>}
 */
function get(path, { method = 'GET', port = server.port, headers = {} } = {}) {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text) => (body += text));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}

test.each([
  ['/a.mjs', 'text/javascript; charset=utf-8'],
  ['/a.cjs', 'text/javascript; charset=utf-8'],
  ['/a.wasm', 'application/wasm'],
  ['/a%20b.html', 'text/html; charset=utf-8'],
])('%s is served as %s', async (path, type) => {
  const { status, headers, body } = await get(`${path}?x=1`);
  expect(status).toBe(200);
  expect(headers['content-type']).toBe(type);
  expect(headers['cross-origin-opener-policy']).toBe('same-origin');
  expect(headers['cross-origin-embedder-policy']).toBe('require-corp');
  expect(body).toBe(decodeURIComponent(path.slice(1)));
});

test('a folder is its index', async () => {
  expect((await get('/sub/')).body).toBe('sub/index.html');
  expect((await get('/sub')).headers.location).toBe('/sub/');
});

test.each([
  '/../secret.txt',
  '/sub/../../secret.txt',
  '/%2e%2e/secret.txt',
  '/..%2fsecret.txt',
  '/..%5csecret.txt',
  '/link.txt',
  '/.hidden',
  '//sub',
  '/nothing.txt',
  '/%00',
  '/%',
])('%s is refused', async (path) => {
  const { status, body } = await get(path);
  expect([400, 404]).toContain(status);
  expect(body).not.toContain('secret');
});

test('HEAD has the headers alone, other methods are refused', async () => {
  const head = await get('/a.mjs', { method: 'HEAD' });
  expect(head).toMatchObject({ status: 200, body: '' });
  expect(head.headers['content-length']).toBe('5');
  expect((await get('/a.mjs', { method: 'POST' })).status).toBe(405);
});

describe('the repository', () => {
  /** @type {Awaited<ReturnType<typeof serve>>} */ let own;
  beforeAll(async () => void (own = await serve({ port: 0 })));
  afterAll(() => own.close());

  test('starts at the demo and shows its own folders only', async () => {
    const { port } = own;
    expect((await get('/', { port })).headers.location).toBe('/demo/');
    expect((await get('/demo/serve.mjs', { port })).status).toBe(200);
    for (const path of ['/package.json', '/.git/config', '/scripts/run.mjs']) {
      expect((await get(path, { port })).status).toBe(404);
    }
  });
});

test.each([true, false])('a page of it in a browser: isolated is %s', async (isolated) => {
  await withBrowser(
    async ({ open }) => {
      const { page, errors } = await open('sub/');
      expect(await page.evaluate(() => globalThis.crossOriginIsolated)).toBe(isolated);
      expect(errors).toEqual([]);
    },
    { root: join(dir, 'site'), isolated },
  );
});

test.each([
  ['a name that resolves to this machine', { Host: 'attacker.example' }],
  ['a page of another origin', { Origin: 'http://attacker.example' }],
  ['a file for another site', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' }],
  [
    'a frame of another site',
    { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' },
  ],
])('%s is not answered', async (_, headers) => {
  const { status, body } = await get('/a.mjs', { headers: /** @type {any} */ (headers) });
  expect(status).toBe(403);
  expect(body).not.toContain('a.mjs');
});

test('a link of another site may lead here', async () => {
  const visit = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' };
  const headers = { ...visit, 'Sec-Fetch-Dest': 'document' };
  expect((await get('/a%20b.html', { headers })).status).toBe(200);
});

test('parts of a file, and what has not changed', async () => {
  const part = await get('/a.wasm', { headers: { Range: 'bytes=2-3' } });
  expect([part.status, part.body, part.headers['content-range']]).toEqual([
    206,
    'wa',
    'bytes 2-3/6',
  ]);
  expect((await get('/a.wasm', { headers: { Range: 'bytes=9-' } })).status).toBe(416);
  const { etag } = part.headers;
  expect((await get('/a.wasm', { headers: { 'If-None-Match': String(etag) } })).status).toBe(304);
});

test('a large text is sent compressed to whoever takes that', async () => {
  await writeFile(join(dir, 'site', 'long.txt'), 'long '.repeat(10_000));
  const { headers } = await get('/long.txt', { headers: { 'Accept-Encoding': 'gzip' } });
  expect(headers['content-encoding']).toBe('gzip');
  expect((await get('/long.txt')).headers['content-encoding']).toBe(undefined);
});

test('a client that goes away leaves no file open', async () => {
  const large = join(dir, 'site', 'large.bin');
  await writeFile(large, Buffer.alloc(8 << 20));
  const open = async () => {
    const links = await Promise.all(
      (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
    );
    return links.filter((path) => path === large).length;
  };
  for (let i = 0; i < 20; i++)
    await new Promise((resolve) => {
      const sent = request(
        { host: '127.0.0.1', port: server.port, path: '/large.bin' },
        (response) => {
          response.once('data', () => sent.destroy());
          response.on('close', () => resolve(undefined));
        },
      );
      sent.on('error', () => {});
      sent.end();
    });
  while ((await open()) > 0) await new Promise((next) => setTimeout(next, 5));
});
