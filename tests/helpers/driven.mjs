// @ts-check
// What drives a page without a driver of the browser: the page itself asks a small server what to
// call, and posts the result (driven.js).

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '../../demo/serve.mjs';

/**
 * Calls a function in a new page. The function, its argument and its result are sent as text.
 * @typedef {<T, A>(call: (arg: A) => Promise<T>, arg: A) => Promise<{ value: T, errors: string[]
 *   }>} Evaluate
 */

/**
 * @typedef {object} Driven
 * @property {Evaluate} evaluate
 * @property {() => Promise<void>} close
 */

/**
 * @typedef {object} Program a browser
 * @property {string} name
 * @property {string} file
 * @property {(home: string, address: string) => string[]} args
 * @property {Record<string, string>} [env]
 * @property {Record<string, string>} [files] in its home, by name
 */

/**
 * Starts a server and a browser; for `beforeAll`, with `close` in `afterAll`.
 * @param {Program} program
 * @param {import('./browser.mjs').BrowserOptions} [options]
 * @returns {Promise<Driven>}
 */
export async function openDriven(program, options = {}) {
  const site = await serve({ ...options, port: 0 });
  const driver = await openDriver();
  const address = `${site.url}tests/helpers/driven.html?${encodeURIComponent(driver.url)}`;
  const browser = startBrowser(program, address, driver.fail);
  return {
    evaluate: (call, arg) => driver.ask({ source: String(call), arg }),
    async close() {
      await browser.close();
      await driver.close();
      await site.close();
    },
  };
}

/**
 * @param {Program} program
 * @param {string} address
 * @param {(why: string) => void} onEnd
 */
function startBrowser({ name, file, args, env, files = {} }, address, onEnd) {
  const home = mkdtempSync(join(tmpdir(), 'worldsema-browser-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home, name), text);
  const child = spawn(file, args(home, address), {
    env: { ...process.env, HOME: home, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true, // a group of its own, with the browser's other processes
  });
  let said = '';
  child.stderr?.on('data', (data) => (said = (said + data).slice(-2000)));
  const ended = new Promise((resolve) => {
    child.on('error', (error) => resolve(onEnd(`${name} did not start: ${error.message}`)));
    child.on('close', (code) => resolve(onEnd(`${name} ended (${code}):\n${said}`)));
  });
  return {
    async close() {
      if (child.pid) process.kill(-child.pid, 'SIGKILL');
      await ended; // its other processes, too: they have the same stderr
      rmSync(home, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** @typedef {{ source: string, arg: unknown }} Job */
/** @typedef {{ job: Job, resolve: (value: any) => void, reject: (error: Error) => void }} Asked */

/** The other end of driven.js. A page gets a job when there is one, and posts the result. */
async function openDriver() {
  /** @type {Asked[]} */ const asked = [];
  /** @type {import('node:http').ServerResponse[]} */ const idle = [];
  /** @type {string | undefined} */ let ended;
  const headers = { 'Access-Control-Allow-Origin': '*' }; // the page is another server's
  const hand = () => {
    const page = asked.length > 0 ? idle.pop() : undefined;
    page?.writeHead(200, headers).end(JSON.stringify(asked[0].job));
  };
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') {
      idle.push(response);
      response.on('close', () => {
        const at = idle.indexOf(response);
        if (at >= 0) idle.splice(at, 1);
      });
      return hand();
    }
    let body = '';
    for await (const data of request.setEncoding('utf8')) body += data;
    response.writeHead(200, headers).end();
    const { failed, ...result } = JSON.parse(body);
    const done = asked.shift();
    if (failed === undefined) done?.resolve(result);
    else done?.reject(new Error(`in the page: ${failed}`));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}/`,
    /** @param {Job} job @returns {Promise<any>} */
    ask: (job) =>
      new Promise((resolve, reject) => {
        if (ended) return reject(new Error(ended));
        asked.push({ job, resolve, reject });
        hand();
      }),
    /** @param {string} why */
    fail(why) {
      ended = why;
      for (const { reject } of asked.splice(0)) reject(new Error(why));
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve(undefined));
        server.closeAllConnections();
      }),
  };
}
