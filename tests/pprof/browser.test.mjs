// @ts-check
// 'worldsema/pprof' in a page, bundled as a user would: the same files as in Node.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { fromPprof, toPprof } from '../../host/pprof/index.js';
import { root } from '../../scripts/paths.mjs';
import { openBrowser } from '../helpers/browser.mjs';
import { profiles } from './profiles.mjs';

/** @type {import('../helpers/browser.mjs').TestBrowser} */
let browser;
beforeAll(async () => {
  browser = await openBrowser();
  await build({
    entryPoints: [join(root, 'host/pprof/browser.js')],
    outfile: join(root, 'build/page/pprof.mjs'),
    ...{ bundle: true, format: 'esm', platform: 'browser', logLevel: 'silent' },
  });
});
afterAll(() => browser.close());

test('files of a page and of Node are the same, and each reads the other’s', async () => {
  const { page, errors } = await browser.open('tests/host/empty.html');
  for (const profile of profiles) {
    const here = await toPprof(profile);
    const made = await page.evaluate(
      async ([profile, file]) => {
        const { fromPprof, toPprof } = await import(`${location.origin}/build/page/pprof.mjs`);
        const read = await fromPprof(Uint8Array.from(/** @type {number[]} */ (file)));
        return { read, written: Array.from(await toPprof(profile)) };
      },
      /** @type {const} */ ([profile, Array.from(here)]),
    );
    expect(made.read).toEqual(profile);
    const there = Uint8Array.from(/** @type {number[]} */ (made.written));
    expect(await fromPprof(there)).toEqual(profile);
    expect(gunzipSync(there)).toEqual(gunzipSync(here));
  }
  expect(errors).toEqual([]);
});
