// @ts-check
// A page in WebKitGTK's small browser, on a screen of its own: see driven.mjs.

import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ExpectedError } from '../../scripts/tools.mjs';
import { which } from '../../wasm/link/tools.js';
import { openDriven } from './driven.mjs';

/** What to type where there is no WebKitGTK. Nothing installs it by itself: it has 180 MB. */
export const webkitHint =
  'apt-get install --no-install-recommends webkit2gtk-driver xvfb, or name its MiniBrowser in WEBKIT';

/** The browser, if it and a screen for it are there. */
export function findWebKit() {
  if (!which('Xvfb')) return undefined;
  const { WEBKIT } = process.env;
  if (WEBKIT) return which(WEBKIT) ?? undefined;
  const libraries = [
    '/usr/lib',
    ...inside('/usr/lib').filter((path) => path.endsWith('-linux-gnu')),
  ];
  return libraries
    .flatMap(inside)
    .filter((path) => /\/webkit2?gtk-[^/]*$/.test(path))
    .map((path) => join(path, 'MiniBrowser'))
    .find((path) => existsSync(path));
}

/** @param {string} folder */
const inside = (folder) =>
  existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];

/**
 * Starts a server, a screen and the browser; for `beforeAll`, with `close` in `afterAll`.
 * @param {import('./browser.mjs').BrowserOptions} [options]
 */
export async function openWebKit(options) {
  const file = findWebKit();
  if (!file) throw new ExpectedError(`There is no WebKitGTK: ${webkitHint}.`);
  const screen = await openScreen();
  const webkit = {
    ...{ name: 'WebKitGTK', file },
    args: (/** @type {string} */ _home, /** @type {string} */ address) => [address],
    env: {
      DISPLAY: screen.name,
      JSC_useSharedArrayBuffer: '1', // as Safari has it
      LIBGL_ALWAYS_SOFTWARE: '1',
      WEBKIT_DISABLE_COMPOSITING_MODE: '1',
    },
  };
  const browser = await openDriven(webkit, options);
  return {
    evaluate: browser.evaluate,
    async close() {
      await browser.close();
      await screen.close();
    },
  };
}

/** @returns {Promise<{ name: string, close: () => Promise<void> }>} */
async function openScreen() {
  const args = ['-displayfd', '3', '-screen', '0', '1024x768x24', '-nolisten', 'tcp'];
  const child = spawn('Xvfb', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => child.on('close', () => resolve(undefined)));
  const number = await new Promise((resolve, reject) => {
    const told = /** @type {import('node:stream').Readable} */ (child.stdio[3]);
    told.once('data', (data) => resolve(String(data).trim()));
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`Xvfb ended (${code})`)));
  });
  return {
    name: `:${number}`,
    async close() {
      child.kill();
      await ended;
    },
  };
}
