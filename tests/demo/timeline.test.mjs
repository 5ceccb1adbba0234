// @ts-check
// The timeline: live and held, its marks, after the program's end, as a file.

import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import {
  becomes,
  collect,
  noWorkerIsLeft,
  otherPsRun,
  page,
  patience,
  start,
  text,
} from '../helpers/demo.mjs';

describe('the timeline', () => {
  const canvas = '.picture-of-time canvas';

  /** Pixels in the colour of a mark of the legend. @param {string} mark */
  const drawn = (mark) =>
    page.$eval(
      '.picture-of-time canvas',
      (element, mark) => {
        const { width, height } = /** @type {HTMLCanvasElement} */ (element);
        const context = /** @type {HTMLCanvasElement} */ (element).getContext('2d');
        const sign = document.querySelector(`.legend [data-mark=${mark}]`);
        const colour = sign && getComputedStyle(sign).color.match(/\d+/g)?.map(Number);
        if (!context || !colour) return -1;
        const { data } = context.getImageData(0, 0, width, height);
        let n = 0;
        for (let at = 0; at < data.length; at += 4) {
          if (data[at + 3] === 255 && colour.every((value, i) => data[at + i] === value)) n++;
        }
        return n;
      },
      mark,
    );

  /** Waits for pixels in that colour. @param {string} mark @param {number} [exactly] so many */
  async function draws(mark, exactly) {
    const end = Date.now() + patience.timeout;
    const enough = (/** @type {number} */ n) => (exactly === undefined ? n >= 4 : n === exactly);
    while (!enough(await drawn(mark)))
      if (Date.now() > end) throw new Error(`${mark} is not drawn, or otherwise`);
  }

  const reading = () => text('#timeline-reading');

  /** Holds the timeline, and goes to a bar that is told so. @param {RegExp} told */
  async function hold(told) {
    await page.keyboard.press('f');
    await page.waitForFunction(
      () => !(/** @type {any} */ (document.querySelector('#timeline-tools input')).checked),
    );
    await page.focus(canvas);
    await page.keyboard.press('ArrowRight');
    await becomes('#timeline-reading', told);
  }

  /** Lets it go on, until there is another picture. */
  async function goOn() {
    const before = await text('.legend .note');
    await page.keyboard.press('Escape');
    await page.keyboard.press('f');
    await page.waitForFunction(
      (before) => document.querySelector('.legend .note')?.textContent !== before,
      before,
      patience,
    );
  }

  /**
   * Steps back from the last bar of the lane to one that is told so.
   * @param {RegExp} wanted
   * @returns {Promise<boolean>} false: there is none
   */
  async function stepBackTo(wanted) {
    await page.keyboard.press('End');
    for (let before = ''; ;) {
      // What a key does is in the next picture.
      await page.evaluate(() => new Promise(requestAnimationFrame));
      await page.evaluate(() => new Promise(requestAnimationFrame));
      const told = await reading();
      if (wanted.test(told)) return true;
      if (told === before) return false;
      before = told;
      await page.keyboard.press('ArrowLeft');
    }
  }
  const live = () => page.isChecked('#timeline-tools input');

  test('by keys: live, held, from bar to bar, nearer and farther', async () => {
    await start('scene=philosophers&procs=2');
    await becomes('.output pre', /has eaten 10 times/);
    await otherPsRun();
    await page.keyboard.press('l');
    await becomes('.tabs [aria-pressed=true]', /^Timeline$/);
    await becomes('.legend .note', /^[\d,]+ events, the last [\d.]+ (ms|s)$/);
    expect(await live()).toBe(true);
    const before = await text('.legend .note');
    await page.waitForFunction(
      (before) => document.querySelector('.legend .note')?.textContent !== before,
      before,
      patience,
    );
    const first = / on P0, worker \d+: [\d.]+ [nµm]?s; from \d+\.\d{6} s; then /;
    await hold(first);
    await page.keyboard.press('ArrowDown');
    await becomes('#timeline-reading', / on P1, /);
    // Some bar tells of a philosopher who thinks or eats: if not now, then later.
    while (!(await stepBackTo(/^dine #\d+ on P1, .*; then parked: sleep/))) {
      await goOn();
      await hold(first);
      await page.keyboard.press('ArrowDown');
    }
    // + and - in the picture are its own.
    for (const key of ['+', '+', '+', '-']) await page.keyboard.press(key);
    expect(page.url()).toContain('procs=2');
    await page.keyboard.press('Escape');
    await becomes('#timeline-reading', /^Wheel or \+ − zoom/);
    await page.keyboard.press('m');
    await page.waitForSelector('#timeline', { state: 'hidden' });
  });

  test('a collection is marked, and stops the world; what is under the pointer is told', async () => {
    await start('scene=garbage&procs=2');
    await collect();
    await otherPsRun();
    await page.keyboard.press('l');
    await draws('collector');
    await draws('world');
    await page.keyboard.press('s');
    await becomes('.verdict', /^Stopped$/);
    // The last second of the program may have none.
    while ((await drawn('collector')) < 4) {
      await page.keyboard.press('r');
      await becomes('.verdict', /^Running$/);
      await collect();
      await otherPsRun();
      await page.keyboard.press('l');
      await draws('collector');
      await page.keyboard.press('s');
      await becomes('.verdict', /^Stopped$/);
    }
    const before = await drawn('collector');
    await page.emulateMedia({ colorScheme: 'dark' });
    await draws('collector');
    await page.emulateMedia({ colorScheme: 'light' });
    await draws('collector', before); // as it was

    // A bar that is near enough fills its lane.
    await page.focus(canvas);
    await page.keyboard.press('ArrowRight');
    await becomes('#timeline-reading', / on P0, /);
    const told = await reading();
    for (let i = 0; i < 40; i++) await page.keyboard.press('+');
    await page.hover(canvas, { position: { x: 200, y: 60 } });
    await page.keyboard.press('ArrowDown');
    await page.hover(canvas, { position: { x: 10, y: 60 } }); // beside the lanes
    await becomes('#timeline-reading', / on P1, /);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.hover(canvas, { position: { x: 300, y: 60 } });
    await becomes('#timeline-reading', / on P0, /);
    expect(told).toMatch(/^\S+ #\d+ on P0, worker \d+: /);
    await page.keyboard.press('Escape');
    await becomes('#timeline-reading', /^Wheel or/);
    await page.selectOption('#timeline-tools select', 'function');
    await noWorkerIsLeft();
  });

  test('what a program did before it died', async () => {
    await start('scene=deadlock&procs=2&jobs=20', /asleep/);
    await page.keyboard.press('l');
    await becomes('.legend .note', /^\d+ events, its last /);
    await page.focus(canvas);
    expect(await stepBackTo(/ on P0, .*; then parked: /)).toBe(true);
    // Another program is looked at in the same way.
    await page.keyboard.press('9');
    await becomes('#program-title', /^Busy loops$/);
    await becomes('.verdict', /^Running$/);
    await becomes('.legend .note', /, the last /);
    await becomes('#timeline-reading', /^Wheel or/);
  });

  test('the trace as a file, for Perfetto', async () => {
    await start('scene=deadlock&procs=2&jobs=20', /asleep/);
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('x')]);
    expect(download.suggestedFilename()).toBe('deadlock-trace.json');
    const { traceEvents } = JSON.parse(readFileSync(await download.path(), 'utf8'));
    const names = traceEvents.map((/** @type {any} */ { ph, name }) => `${ph} ${name}`);
    expect(names).toEqual(expect.arrayContaining(['M thread_name', 'B main #1', 'E main #1']));
    expect(traceEvents.filter((/** @type {any} */ { name }) => !name)).toEqual([]);
  });

  test.each([360, 1100])('nothing sticks out at a width of %i', async (width) => {
    await start('scene=garbage&procs=2');
    await page.setViewportSize({ width, height: 800 });
    await page.keyboard.press('l');
    await becomes('.legend .note', /events/);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
      width,
    );
  });
});
