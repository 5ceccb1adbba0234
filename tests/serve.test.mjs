// @ts-check
// The demo's server: types, the isolation headers, and what it must not give away.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
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
 * @param {{ method?: string, port?: number }} [options]
 * @returns {Promise<{ status: number, headers: import('node:http').IncomingHttpHeaders, body: string }>}
 */
function get(path, { method = 'GET', port = server.port } = {}) {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method }, (response) => {
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
