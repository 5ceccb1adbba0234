// @ts-check
// The real speedscope, in Chromium, opens what toChromeTrace writes, and gives back the same
// slices.

import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toChromeTrace } from '../../host/index.js';
import { root } from '../../scripts/paths.mjs';
import { withBrowser } from '../helpers/browser.mjs';
import { hostProgram } from '../helpers/hostprograms.mjs';
import { start } from './start.mjs';

/** @typedef {{ name: string, at: number }} Slice */

const patience = { timeout: 200_000 };

/** Tracks, as host/trace/chrome.js numbers them. */
const [stops, collections, firstProc] = [1, 2, 1000];

/** The last events of the busy program: a collection among them, and goroutines on P0. */
async function record() {
  const { wasm } = await hostProgram('trace');
  const { rt, saw } = await start([], { wasm, procs: 2, env: { GODEBUG: 'flightrec=2048' } });
  await saw('ready');
  for (;;) {
    await rt.gc();
    const chrome = toChromeTrace(rt.recentEvents());
    const slices = chrome.traceEvents.filter(({ ph }) => ph === 'B');
    const has = (/** @type {number} */ track) => slices.some(({ tid }) => tid === track);
    if ([stops, collections, firstProc].every(has)) return chrome;
  }
}

test('speedscope shows a track for each P, and every slice of it', async () => {
  const chrome = await record();
  const exported = await withBrowser(
    async ({ open }) => {
      const { page, errors } = await open('release/');
      page.setDefaultTimeout(patience.timeout);
      const buffer = Buffer.from(JSON.stringify(chrome));
      const file = { name: 'trace.json', mimeType: 'application/json', buffer };
      await page.setInputFiles('input[type=file]', file);
      await page.waitForFunction(
        () => document.body.innerText.includes('worldsema'),
        null,
        patience,
      );
      const [download] = await Promise.all([
        page.waitForEvent('download', patience),
        page.click('text=Export'),
      ]);
      const text = readFileSync(await download.path(), 'utf8');
      expect(errors).toEqual([]);
      return JSON.parse(text);
    },
    { root: join(root, 'node_modules/speedscope/dist') },
  );
  const frames = exported.shared.frames.map((/** @type {{ name: string }} */ { name }) => name);
  /** @type {Map<string, Slice[]>} by track */
  const shown = new Map(
    exported.profiles.map((/** @type {any} */ { name, unit, events }) => {
      expect(unit).toBe('microseconds');
      const opened = events.filter((/** @type {any} */ { type }) => type === 'O');
      expect(events).toHaveLength(2 * opened.length);
      const slice = (/** @type {any} */ { frame, at }) => ({ name: frames[frame], at });
      return [/(\S+)( in host calls)? \(tid/.exec(name)?.[1], opened.map(slice)];
    }),
  );
  const tracks = new Map(
    chrome.traceEvents
      .filter(({ name }) => name === 'thread_name')
      .map(({ tid, args }) => [tid, /** @type {any} */ (args).name]),
  );
  expect([...shown.keys()]).toEqual(expect.arrayContaining(['world', 'GC', 'P0']));
  for (const [tid, name] of tracks) {
    const ours = chrome.traceEvents.filter((event) => event.ph === 'B' && event.tid === tid);
    const theirs = shown.get(name) ?? [];
    expect(theirs).toHaveLength(ours.length);
    const first = ours[0]?.ts ?? 0; // a track begins with its first slice there
    theirs.forEach((slice, i) => {
      expect(slice.name.startsWith(ours[i].name)).toBe(true);
      expect(slice.at).toBeCloseTo(ours[i].ts - first, 2);
    });
  }
});
