// @ts-check
// A page in headless Chromium, served by the demo's server. See tests/README.md.

import { chromium } from 'playwright-core';
import { serve } from '../../demo/serve.mjs';
import { ExpectedError, tools } from '../../scripts/tools.mjs';

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  // Without it the headless shell does not know V8's traps of memory, and its page dies of them.
  '--enable-crash-reporter',
];

/**
 * @typedef {object} BrowserOptions
 * @property {string} [root]      folder to serve; default the repository
 * @property {boolean} [isolated] false: without the headers that make shared memory possible
 * @property {Record<string, string>} [env] of the browser, beside this process's own
 */

/**
 * @typedef {object} Opened
 * @property {import('playwright-core').Page} page
 * @property {string[]} errors console errors, uncaught exceptions and failed requests so far
 */

/**
 * @typedef {object} TestBrowser
 * @property {string} url address of the server, with a slash at the end
 * @property {import('playwright-core').Browser} browser
 * @property {(path?: string) => Promise<Opened>} open goes to a path of the server, in a new page
 * @property {() => Promise<void>} close
 */

/**
 * Starts a server and a browser; for `beforeAll`, with `close` in `afterAll`.
 * @param {BrowserOptions} [options]
 * @returns {Promise<TestBrowser>}
 */
export async function openBrowser({ env, ...options } = {}) {
  const executablePath = tools.chromium.find();
  if (!executablePath) throw new ExpectedError('There is no Chromium: run `npm run setup`.');
  const server = await serve({ ...options, port: 0 });
  let browser;
  try {
    browser = await chromium.launch({
      ...{ executablePath, args, timeout: 200_000 },
      ...(env && { env: /** @type {Record<string, string>} */ ({ ...process.env, ...env }) }),
    });
  } catch (error) {
    await server.close();
    throw error;
  }
  const running = browser;
  return {
    url: server.url,
    browser,
    open: (path = '') => open(running, new URL(path.replace(/^\//, ''), server.url).href),
    async close() {
      await running.close();
      await server.close();
    },
  };
}

/**
 * The same for one test. Closes both when `use` has ended, also when it failed.
 * @template T
 * @param {(browser: TestBrowser) => Promise<T>} use
 * @param {BrowserOptions} [options]
 * @returns {Promise<T>}
 */
export async function withBrowser(use, options) {
  const browser = await openBrowser(options);
  try {
    return await use(browser);
  } finally {
    await browser.close();
  }
}

/**
 * @param {import('playwright-core').Browser} browser
 * @param {string} address
 * @returns {Promise<Opened>}
 */
async function open(browser, address) {
  const page = await browser.newPage();
  page.setDefaultTimeout(200_000); // the default is half a minute
  /** @type {string[]} */
  const errors = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.stack ?? error.message));
  page.on('requestfailed', (request) => errors.push(`could not load ${request.url()}`));
  await page.goto(address);
  return { page, errors };
}
