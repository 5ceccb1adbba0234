// @ts-check
// Pages with a Content Security Policy. A program runs, or the error names the directive that
// forbids it.

import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { expect, test } from '@jest/globals';
import { root } from '../../scripts/paths.mjs';
import { openBrowser } from '../helpers/browser.mjs';
import { program } from './start.mjs';

const types = { '.html': 'text/html', '.wasm': 'application/wasm' };

/** Serves the repository with a policy. @param {string} policy */
async function serve(policy) {
  const server = createServer((request, response) => {
    const path = join(root, new URL(request.url ?? '/', 'http://x').pathname);
    response.setHeader('Content-Security-Policy', policy);
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    const type = /** @type {Record<string, string>} */ (types)[extname(path)] ?? 'text/javascript';
    response.setHeader('Content-Type', type);
    try {
      response.end(readFileSync(path));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}

const wasmEval = "script-src 'self' 'wasm-unsafe-eval'";

test.each([
  ["default-src 'self'", "script-src must allow 'wasm-unsafe-eval'"],
  [`default-src 'self'; ${wasmEval}; worker-src 'none'`, 'worker-src must allow where'],
  [`default-src 'self'; ${wasmEval}; connect-src 'none'`, 'connect-src must allow where'],
  [
    `${wasmEval}; require-trusted-types-for 'script'; trusted-types other`,
    'trusted-types must allow worldsema',
  ],
  [`default-src 'self'; ${wasmEval}`, 'done 7'],
  [`${wasmEval}; require-trusted-types-for 'script'`, 'done 7'],
  [`${wasmEval}; require-trusted-types-for 'script'; trusted-types worldsema`, 'done 7'],
])('%s: %s', async (policy, said) => {
  const { wasm } = await program();
  const site = await serve(policy);
  const { browser, close } = await openBrowser();
  try {
    const page = await browser.newPage();
    await page.goto(`${site.url}tests/host/empty.html`);
    const ran = await page.evaluate(
      async (address) => {
        const { createRuntime } = await import(/** @type {any} */ ('/host/browser.js'));
        const more = { procs: 2, args: ['exit', '7'] };
        try {
          const rt = await createRuntime({ wasm: address }, more);
          const code = await rt.done;
          const { default: app } = await import(address.replace(/wasm$/, 'js'));
          const again = await createRuntime(app, more);
          if ((await again.done) !== code) throw new Error('another code');
          return `done ${code}`;
        } catch (error) {
          const { name, code, message } = /** @type {any} */ (error);
          return `${name} ${code}: ${message}`;
        }
      },
      `/${relative(root, wasm)}`,
    );
    expect(ran).toContain(said);
    if (!said.startsWith('done')) expect(ran).toMatch(/^PlatformError ERR_CSP: /);
  } finally {
    await close();
    site.close();
  }
});
