// @ts-check
// A page in headless Firefox, which needs no driver: the page itself asks a small server what to
// call, and posts the result (driven.js).

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '../../demo/serve.mjs';
import { ExpectedError, tools } from '../../scripts/tools.mjs';

// These settings keep Firefox from opening pages, asking questions and fetching things by itself.
const preferences = {
  'app.normandy.enabled': false,
  'app.update.enabled': false,
  'browser.aboutwelcome.enabled': false,
  'browser.newtabpage.enabled': false,
  'browser.safebrowsing.downloads.remote.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.search.update': false,
  'browser.sessionstore.resume_from_crash': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'browser.startup.page': 0,
  'datareporting.healthreport.uploadEnabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.getAddons.cache.enabled': false,
  'extensions.update.enabled': false,
  'media.gmp-manager.updateEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
  'toolkit.telemetry.enabled': false,
  'trailhead.firstrun.didSeeAboutWelcome': true,
};

/**
 * Calls a function in a new page. The function, its argument and its result are sent as text.
 * @typedef {<T, A>(call: (arg: A) => Promise<T>, arg: A) => Promise<{ value: T, errors: string[]
 *   }>} Evaluate
 */

/**
 * @typedef {object} Firefox
 * @property {Evaluate} evaluate
 * @property {() => Promise<void>} close
 */

/**
 * Starts a server and the browser; for `beforeAll`, with `close` in `afterAll`.
 * @param {import('./browser.mjs').BrowserOptions} [options]
 * @returns {Promise<Firefox>}
 */
export async function openFirefox(options = {}) {
  const program = tools.firefox.find();
  if (!program) throw new ExpectedError('There is no Firefox: run `npm run setup`.');
  const site = await serve({ ...options, port: 0 });
  const driver = await openDriver();
  const address = `${site.url}tests/helpers/driven.html?${encodeURIComponent(driver.url)}`;
  const browser = startFirefox(program, address, driver.fail);
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
 * @param {string} program
 * @param {string} address
 * @param {(why: string) => void} onEnd
 */
function startFirefox(program, address, onEnd) {
  const home = mkdtempSync(join(tmpdir(), 'worldsema-firefox-'));
  const lines = Object.entries(preferences).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
  );
  writeFileSync(join(home, 'user.js'), lines.join(''));
  const child = spawn(program, ['--headless', '--no-remote', '--profile', home, address], {
    env: { ...process.env, HOME: home, MOZ_CRASHREPORTER_DISABLE: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr?.on('data', (data) => (said = (said + data).slice(-2000)));
  const ended = new Promise((resolve) => {
    child.on('error', (error) => resolve(onEnd(`Firefox did not start: ${error.message}`)));
    child.on('close', (code) => resolve(onEnd(`Firefox ended (${code}):\n${said}`)));
  });
  return {
    async close() {
      child.kill('SIGKILL');
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
