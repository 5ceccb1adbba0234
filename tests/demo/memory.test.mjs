// @ts-check
// The heap: its chart, its profile, collections.

import { describe, expect, test } from '@jest/globals';
import {
  becomes,
  collect,
  collected,
  dump,
  figure,
  flames,
  marks,
  marksDrawn,
  noWorkerIsLeft,
  page,
  patience,
  placeOf,
  profileOfLeak,
  start,
  takeProfile,
  text,
  topRows,
} from '../helpers/demo.mjs';
import { some } from '../helpers/sample.mjs';

describe('memory', () => {
  const place = placeOf('sessions', 'go_alloc(sizeof *s)');

  test('a collection is told, and marked in the chart', async () => {
    await start('scene=garbage&procs=2&rest=10000');
    await becomes('.reading', /^No collection yet/);
    expect(await page.evaluate(marksDrawn)).toBe(0);
    await collect();
    expect(await figure('collections')).toBe('1');
    await becomes('.reading', /^Collection 1, at \d+\.\d s: .+iB → .+iB, paused \d+\.\d+ ms$/);
    expect(await figure('pause')).toMatch(/^\d+\.\d+ ms$/);
    expect(await figure('next')).toBe('4.00 MiB');
    await page.waitForFunction(marksDrawn, null, patience);
    expect(await page.getAttribute('.chart', 'aria-label')).toMatch(/, 1 collection marked$/);
    const one = await page.evaluate(marksDrawn);
    await collect();
    await becomes('.reading', /^Collection 2, /);
    await page.waitForFunction(`(${marksDrawn})() > ${one}`, null, patience);

    await page.keyboard.press('s');
    await becomes('.verdict', /^Stopped$/);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.waitForFunction(`(${marksDrawn})() > ${one}`, null, patience);
  });

  test('the chart tells what is under the pointer', async () => {
    await start('scene=garbage&procs=2&rest=10000');
    await becomes('.clock', /^2/);
    await page.hover('.chart .u-over', { position: { x: 20, y: 20 } });
    await becomes('.reading', /^At \d+\.\d s: .+iB collected, next at 4\.00 MiB; malloc .+iB$/);
    await page.hover('.top');
    await becomes('.reading', /^No collection yet/);
  });

  test('the memory leak: who leaks comes first, and its line is shown', async () => {
    await profileOfLeak(/[2-6]\d MiB lost/);
    const [first, ...others] = await topRows();
    expect(first).toMatchObject({ func: 'remember', place });
    for (const { share } of others) expect(share).toBeLessThan(first.share / 2);
    const buffer = others.find(({ func }) => func === 'read_request');
    expect(buffer).toMatchObject({ place: placeOf('sessions', 'malloc(RequestBytes)') });
    expect(others.map(({ func }) => func)).toContain('main'); // whatever printf took there
    expect(await flames()).toEqual(expect.arrayContaining(['all', 'main', 'serve', 'remember']));
    expect(await text('.choice .note')).toMatch(/^\d.* MiB in use as of collection \d+$/);

    await page.click('.top-rows button:has-text("remember")');
    expect(await marks('Session *s = go_alloc(sizeof *s);')).toMatchObject({ place });
    await page.waitForSelector('.top-rows [aria-pressed=true]:has-text("remember")');
    await page.click('.flame .frame[name=read_request]');
    await marks('char *request = malloc(RequestBytes);');
  });

  test('the sample type switches table and graph', async () => {
    await profileOfLeak(/[2-6]\d MiB lost/);
    const firstBy = async (/** @type {string} */ name) => {
      await page.selectOption('.choice select', name);
      await becomes('.top-rows caption', new RegExp(`^Functions by ${name}$`));
      expect(await page.getAttribute('.flame', 'aria-label')).toContain(name);
      const [{ flat, func }] = await topRows();
      return { unit: flat.replace(/^[\d.,]+ ?/, '') ? 'bytes' : 'blocks', func };
    };
    expect(await firstBy('alloc_space')).toEqual({ unit: 'bytes', func: 'render' });
    expect(await text('.choice .note')).toMatch(/ MiB ever allocated as of/);
    expect(await firstBy('inuse_objects')).toEqual({ unit: 'blocks', func: 'remember' });
    expect(await firstBy('alloc_objects')).toEqual({ unit: 'blocks', func: 'read_request' });
    expect(await firstBy('inuse_space')).toEqual({ unit: 'bytes', func: 'remember' });
  });

  test('garbage: the heap stays small over many collections', async () => {
    await start('scene=garbage&procs=2&depth=10&rest=0');
    const most = await page.evaluate(async () => {
      const read = (/** @type {string} */ of) => document.querySelector(of)?.textContent ?? '';
      const scale = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
      let most = 0;
      while (Number(read('[data-figure=collections] dd')) < 50) {
        const [, value, unit] = read('.reading').match(/→ ([\d.]+) (\w+)/) ?? [];
        if (unit) most = Math.max(most, Number(value) * scale[/** @type {'B'} */ (unit)]);
        await new Promise(requestAnimationFrame);
      }
      return most;
    });
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(2 << 20);
    expect(await text('.verdict')).toBe('Running');
  });

  test('a profile before any collection', async () => {
    await start('scene=garbage&procs=2&rest=10000');
    await becomes('.profile .invitation', /^Press h to see who allocated what/);
    await becomes('[data-figure=collected] dd', /^([5-9]\d\d KiB|.* MiB)$/);
    await page.keyboard.press('h');
    await page.waitForSelector('.top-rows button:has-text("grow")');
    expect(await text('.choice .note')).toMatch(/ in use, before any collection$/);
  });

  test('a collection goes on while loops that call nothing run', async () => {
    await start('scene=spin&procs=1&loops=4');
    await becomes('.output pre', /loop 3: [1-9]/);
    await page.keyboard.press('c');
    await becomes('.reading', /^Collection 1, at /);
    await page.keyboard.press('s');
    await becomes('.verdict', /^Stopped$/);
    await noWorkerIsLeft();
  });

  test('what fails is said', async () => {
    await start('scene=garbage&procs=2');
    await page.evaluate(async () => {
      const { LocalRuntime } = await import(`${location.origin}/host/runtime.js`);
      LocalRuntime.prototype.profile = () => Promise.reject(new Error('there is no room'));
    });
    await page.keyboard.press('h');
    await becomes('.choice .bad', /^there is no room$/);
    expect(await page.isDisabled('[data-do=profile]')).toBe(false);
  });

  test('stacks and heap by keys and buttons; the program decides what is first', async () => {
    await start('scene=garbage&procs=2');
    const shown = () =>
      page.$$eval('.looks > :is(.stacks, .heap):not([hidden])', (all) => all.map(({ id }) => id));
    const pressed = () => text('.tabs [aria-pressed=true]');
    expect([await shown(), await pressed()]).toEqual([['heap'], 'Heap']);
    await dump();
    expect([await shown(), await pressed()]).toEqual([['stacks'], 'Stacks']);
    await page.keyboard.press('m');
    await page.waitForSelector('.chart .uplot');
    expect(await shown()).toEqual(['heap']);
    await page.click('.tabs button:has-text("Stacks")');
    await page.waitForSelector('.chart .uplot', { state: 'detached' });
    await page.keyboard.press('h');
    await page.waitForSelector('.chart .uplot');
    await page.keyboard.press('0');
    await becomes('#program-title', /^Deadlock$/);
    await page.waitForSelector('#heap', { state: 'hidden' });
  });

  test('nothing is left of a chart or a graph whose program is gone', async () => {
    await profileOfLeak(/[1-9]\d* MiB lost/);
    const drawn = () => page.$$eval('.uplot, .flame svg', (all) => all.length);
    expect(await drawn()).toBe(2);
    const [chart, flame] = await Promise.all([page.$('.uplot'), page.$('.flame svg')]);
    await page.keyboard.press('s');
    await becomes('.verdict', /^Stopped$/);
    await noWorkerIsLeft();
    expect(await drawn()).toBe(2); // to be looked at
    await page.keyboard.press('8');
    await becomes('#program-title', /^Garbage$/);
    await becomes('.verdict', /^Running$/);
    await page.waitForSelector('.uplot');
    for (const element of [chart, flame]) {
      expect(await element?.evaluate((node) => node.isConnected)).toBe(false);
    }
    expect(await drawn()).toBe(1);
    await page.keyboard.press('1');
    await becomes('#program-title', /^Prime sieve$/);
    await page.waitForSelector('.uplot', { state: 'detached' });
  });

  test.each(some([], [720, 1280]))(
    'nothing moves while the heap changes, at a width of %i',
    async (width) => {
      // The profile is of a sample: what was allocated by then is a hundred times its rate.
      await start('scene=garbage&procs=2&depth=10&rest=0&sample=alloc_space');
      await page.setViewportSize({ width, height: 700 });
      await collect();
      await collected(15);
      await takeProfile();
      const places = () =>
        page.$$eval('main > section:not(.output), .figures > div, .heap > div > *', (elements) =>
          elements.map((element) => {
            const { top, bottom, left, right } = element.getBoundingClientRect();
            return [top + scrollY, bottom + scrollY, left, right];
          }),
        );
      const before = await places();
      await collected(Number((await figure('collections')).replaceAll(',', '')) + 20);
      expect(await places()).toEqual(before);
    },
  );
});
