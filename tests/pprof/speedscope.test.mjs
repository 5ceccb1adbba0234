// @ts-check
// The real speedscope opens every file: its npm package ships the page, whose importers are in its
// bundle and cannot be called from outside; so files are given to the page in Chromium, which is
// asked to save what it understood.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toCollapsed, toPprof, toSpeedscope } from '../../host/pprof/index.js';
import { kindOf } from '../../host/pprof/kinds.js';
import { samplesOf } from '../../host/pprof/samples.js';
import { root } from '../../scripts/paths.mjs';
import { openBrowser } from '../helpers/browser.mjs';
import { profiles, randomProfile } from './profiles.mjs';

/** @typedef {import('../../host/pprof/index.js').AnyProfile} AnyProfile */

/** @type {import('../helpers/browser.mjs').TestBrowser} */
let browser;
/** @type {import('../helpers/browser.mjs').Opened} */
let opened;
beforeAll(async () => {
  browser = await openBrowser({ root: join(root, 'node_modules/speedscope/dist/release') });
  opened = await browser.open('index.html');
});
afterAll(() => browser.close());

/**
 * What speedscope makes of a file that is dropped on its page, in its own format.
 * @param {string} name
 * @param {Uint8Array | string} content
 * @returns {Promise<any>}
 */
async function imported(name, content) {
  const { page, errors } = opened;
  const base64 = Buffer.from(content).toString('base64');
  await page.evaluate(
    async ([name, base64]) => {
      const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([bytes], name));
      document.title = '';
      document
        .querySelector('canvas')
        ?.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    },
    [name, base64],
  );
  await page.waitForFunction(() => document.title !== '');
  const download = page.waitForEvent('download');
  await page.keyboard.press('Control+s');
  const file = JSON.parse(readFileSync(await (await download).path(), 'utf8'));
  expect(errors).toEqual([]);
  return file;
}

/**
 * Weights by function, of all stacks it is in, and in all.
 * @param {{ frames: string[], value: number }[]} stacks
 */
function totals(stacks) {
  /** @type {Record<string, number>} */
  const sums = {};
  let total = 0;
  for (const { frames, value } of stacks) {
    total += value;
    for (const func of new Set(frames)) sums[func] = (sums[func] ?? 0) + value;
  }
  const told = Object.entries(sums).filter(([, value]) => value > 0);
  return { total, sums: Object.fromEntries(told.sort()) };
}

/** @param {any} file @param {any} profile of that file */
function totalsOf({ shared }, profile) {
  if (profile.type === 'sampled') {
    return totals(
      profile.samples.map((/** @type {number[]} */ stack, /** @type {number} */ i) => ({
        frames: stack.map((at) => shared.frames[at].name),
        value: profile.weights[i],
      })),
    );
  }
  // Opening and closing of frames, at how much had been weighed till then.
  /** @type {number[]} */
  const open = [];
  /** @type {{ frames: string[], value: number }[]} */
  const stacks = [];
  let before = profile.startValue;
  for (const { type, at, frame } of profile.events) {
    if (at > before) {
      stacks.push({ frames: open.map((one) => shared.frames[one].name), value: at - before });
    }
    before = at;
    if (type === 'O') open.push(frame);
    else expect(open.pop()).toBe(frame);
  }
  const { endValue } = profile;
  if (endValue > before) stacks.push({ frames: [], value: endValue - before });
  return totals(stacks);
}

/**
 * @param {AnyProfile} profile
 * @param {number} column
 * @param {(frame: import('../../host/index.js').Frame) => boolean} [told]
 */
const wanted = (profile, column, told = () => true) =>
  totals(
    samplesOf(profile).map(({ frames, values }) => ({
      frames: frames.filter(told).map(({ func }) => func),
      value: values[column],
    })),
  );

const some = [...profiles, randomProfile(2), randomProfile(4)];
const named = some.map((profile, i) => /** @type {const} */ ([`${i} (${profile.kind})`, profile]));

test.each(named)('toSpeedscope: profile %s', async (_, profile) => {
  const { columns } = kindOf(profile.kind);
  const written = toSpeedscope(profile, { lines: profile.kind !== 'cpu' });
  const file = await imported('x.speedscope.json', JSON.stringify(written));
  const names = file.profiles.map((/** @type {any} */ { name }) => name);
  expect(names).toEqual(columns.map(({ type }) => type));
  const units = { count: 'none', bytes: 'bytes', nanoseconds: 'nanoseconds' };
  columns.forEach(({ unit }, i) => {
    expect(file.profiles[i].unit).toBe(units[unit]);
    expect(totalsOf(file, file.profiles[i])).toEqual(wanted(profile, i));
  });
});

test.each(named)('toPprof: profile %s', async (_, profile) => {
  const file = await imported('x.pb.gz', await toPprof(profile));
  const { columns, defaultType } = kindOf(profile.kind);
  const shown = defaultType
    ? columns.findIndex(({ type }) => type === defaultType)
    : columns.length - 1;
  expect(totalsOf(file, file.profiles[0])).toEqual(
    // It shows of each place the outermost function only.
    wanted(profile, shown, ({ inlined }) => !inlined),
  );
});

test.each(named)('toCollapsed: profile %s', async (_, profile) => {
  const column = kindOf(profile.kind).columns.length - 1;
  const { type } = kindOf(profile.kind).columns[column];
  const file = await imported('x.txt', toCollapsed(profile, { type }));
  const { total, sums } = totalsOf(file, file.profiles[0]);
  delete sums['?']; // what has no stack
  expect({ total, sums }).toEqual(wanted(profile, column));
});
