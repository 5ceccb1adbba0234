// @ts-check
// The demo's page in Chromium, with its real programs: what all files of tests/demo need. It is
// built and opened before the first test; each test starts a page of its own, and fails if the page
// complained.

import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildDemo } from '../../scripts/build.mjs';
import { root } from '../../scripts/paths.mjs';
import { openBrowser } from './browser.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** @type {import('./browser.mjs').TestBrowser} */ let browser;
/** The page of the test that runs. @type {Page} */ export let page;
/** @type {string[]} */ let errors;

beforeAll(async () => {
  await buildDemo();
  browser = await openBrowser();
}, 600_000);
afterAll(() => browser?.close());

afterEach(async () => {
  if (!page) return;
  expect(errors).toEqual([]);
  await page.close();
});

export const patience = { timeout: 200_000 };

/** Opens the page at a program. @param {string} hash @param {RegExp} [verdict] */
export async function start(hash, verdict = /^Running$/) {
  ({ page, errors } = await browser.open(`demo/#${hash}`));
  page.setDefaultTimeout(patience.timeout);
  await becomes('.verdict', verdict);
}

/**
 * Waits until the text of an element is as wanted.
 * @param {string} selector
 * @param {RegExp} wanted
 */
export async function becomes(selector, wanted) {
  const { source, flags } = wanted;
  await page.waitForFunction(
    ([selector, source, flags]) =>
      new RegExp(source, flags).test(document.querySelector(selector)?.textContent ?? ''),
    [selector, source, flags],
    patience,
  );
}

/** Waits: workers end a moment after they were asked to. */
export async function noWorkerIsLeft() {
  while (page.workers().length > 0) await page.workers()[0]?.waitForEvent('close', patience);
}

/** What was printed to a stream. @param {'stdout' | 'stderr'} stream */
export const printed = (stream) =>
  page.$$eval(`.output .${stream}`, (pieces) => pieces.map((piece) => piece.textContent).join(''));

/** @param {string} selector */
export const text = async (selector) => (await page.textContent(selector)) ?? '';

/** Presses d and waits for another dump. */
export async function dump() {
  const before = await page.getAttribute('.stacks', 'data-at');
  await page.keyboard.press('d');
  await page.waitForFunction(
    (before) => document.querySelector('.stacks')?.getAttribute('data-at') !== before,
    before,
    patience,
  );
  return groups();
}

/**
 * @typedef {object} Shown a group of the dump, as the page shows it
 * @property {number} count
 * @property {string} state
 * @property {string} func
 * @property {string} place
 */

/** @returns {Promise<Shown[]>} */
export const groups = () =>
  page.$$eval('.stacks tbody > tr:first-child', (rows) =>
    rows.map((row) => {
      const at = (/** @type {string} */ selector) => row.querySelector(selector)?.textContent ?? '';
      return {
        count: Number(at('.count b').replaceAll(',', '')),
        state: at('.state'),
        func: at('.func'),
        place: at('.place'),
      };
    }),
  );

/**
 * Dumps until there is a group like this one.
 * @param {Partial<Shown>} wanted
 * @param {number} [least] goroutines in it
 */
export async function dumpUntil(wanted, least = 1) {
  const [found] = await dumpUntilAll([wanted], least);
  return found;
}

/**
 * Dumps until one dump has a group like each of these.
 * @param {Partial<Shown>[]} wanted
 * @param {number} [least] goroutines in each
 */
export async function dumpUntilAll(wanted, least = 1) {
  for (const end = Date.now() + patience.timeout; ;) {
    const shown = await dump();
    const found = wanted.flatMap((one) => {
      const group = shown.find((group) => group.count >= least && isLike(group, one));
      return group ? [group] : [];
    });
    if (found.length === wanted.length) return found;
    if (Date.now() > end)
      expect(shown).toEqual(
        expect.arrayContaining(wanted.map((one) => expect.objectContaining(one))),
      );
  }
}

/** @param {Shown} group @param {Partial<Shown>} wanted */
const isLike = (group, wanted) =>
  Object.entries(wanted).every(([key, value]) => group[/** @type {keyof Shown} */ (key)] === value);

/** Where a piece of a scene's source stands. @param {string} scene @param {string} code */
export function placeOf(scene, code) {
  const lines = readFileSync(join(root, 'demo', 'scenes', `${scene}.c`), 'utf8').split('\n');
  const found = lines.flatMap((line, i) => (line.includes(code) ? [i + 1] : []));
  expect(found).toHaveLength(1);
  return `${scene}.c:${found[0]}`;
}

/** Waits until this is the code of the line that is marked in the source. @param {string} code */
export async function marks(code) {
  await page.waitForFunction(
    (code) => document.querySelector('.code [aria-current] code')?.textContent?.trim() === code,
    code,
    patience,
  );
  return marked();
}

/** Waits until the line that is marked in the source is this one. @param {string} place */
export const marksPlace = (place) =>
  page.waitForFunction(
    (place) => {
      const at = document.querySelector('.code [aria-current] .at')?.textContent;
      const file = document.querySelector('.source .note')?.textContent ?? '';
      return `${file.replace(/,.*/, '').replace('demo/scenes/', '')}:${at}` === place;
    },
    place,
    patience,
  );

/** The line that is marked in the source. */
async function marked() {
  const line = await page.$eval('.code [aria-current]', (line) => ({
    number: line.querySelector('.at')?.textContent,
    code: line.querySelector('code')?.textContent?.trim(),
    here: line.querySelector('.here')?.textContent,
  }));
  const file = (await text('.source .note')).replace(/,.*/, '').replace('demo/scenes/', '');
  return { place: `${file}:${line.number}`, code: line.code, here: line.here };
}

/** @param {string} name */
export const counter = async (name) =>
  Number((await text(`.counts [data-state=${name}] dd`)).replaceAll(',', ''));

/** What a figure of the heap says. @param {string} key */
export const figure = (key) => text(`.figures [data-figure=${key}] dd`);

/** Presses c and waits until at least one more collection has ended. */
export async function collect() {
  const before = Number((await figure('collections')).replaceAll(',', '')) || 0;
  await page.keyboard.press('c');
  await page.waitForFunction(
    (before) => {
      const now = document.querySelector('[data-figure=collections] dd')?.textContent;
      const busy = document.querySelector('[data-do=collect]')?.hasAttribute('disabled');
      return !busy && Number(now?.replaceAll(',', '')) > before;
    },
    before,
    patience,
  );
}

/** Waits until there were more collections than this. @param {number} number */
export const collected = (number) =>
  page.waitForFunction(
    (number) => {
      const now = document.querySelector('[data-figure=collections] dd')?.textContent;
      return Number(now?.replaceAll(',', '')) > number;
    },
    number,
    patience,
  );

/** Pixels of the chart in the colour of its marks. */
export const marksDrawn = () => {
  const canvas = /** @type {HTMLCanvasElement | null} */ (document.querySelector('.chart canvas'));
  const figure = document.querySelector('[data-figure=collections] dd');
  if (!canvas || !figure) return -1;
  const colour = getComputedStyle(figure).color.match(/\d+/g)?.map(Number) ?? [];
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  let n = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (colour.every((value, i) => data[at + i] === value) && data[at + 3] === 255) n++;
  }
  return n;
};

/** Waits until a P other than the first one runs goroutines: its worker comes later. */
export const otherPsRun = () =>
  page.waitForFunction(
    () =>
      [...document.querySelectorAll('.lanes tbody tr')]
        .slice(1)
        .every((row) => !/^0?$/.test(row.children[3].textContent ?? '')),
    null,
    patience,
  );

/** The rows of the heap profile. */
export const topRows = () =>
  page.$$eval('.top-rows tbody tr', (rows) =>
    rows.map((row) => {
      const [flat, share, cum] = [...row.children].map((cell) => cell.textContent ?? '');
      const at = (/** @type {string} */ name) => row.querySelector(name)?.textContent;
      return { flat, share: parseFloat(share), cum, func: at('.func'), place: at('.place') };
    }),
  );

/** Frames of the flame graph, by name. */
export const flames = () =>
  page.$$eval('.flame .frame', (frames) => frames.map((frame) => frame.getAttribute('name')));

/**
 * Presses h until the profile has functions. As of a collection that came early it may have none.
 */
export async function takeProfile() {
  for (;;) {
    await page.keyboard.press('h');
    await page.waitForSelector('[data-do=profile]:not([disabled])');
    // It is drawn before the second picture from now.
    const rows = await page.evaluate(async () => {
      for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
      return document.querySelectorAll('.top-rows tbody tr').length;
    });
    if (rows > 0) return;
    await collect();
  }
}

/** The memory leak, when so much is lost, and its heap profile. @param {RegExp} lost */
export async function profileOfLeak(lost) {
  await start('scene=sessions&procs=2&rate=5000&most=64');
  await becomes('.output pre', lost);
  await collect();
  await takeProfile();
}
