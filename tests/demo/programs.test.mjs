// @ts-check
// Every program of the demo runs, and its dump shows what it does.

import { describe, expect, test } from '@jest/globals';
import { isTurn, notItsTurn } from '../helpers/sample.mjs';
import {
  becomes,
  counter,
  dump,
  dumpUntil,
  dumpUntilAll,
  groups,
  marks,
  noWorkerIsLeft,
  page,
  patience,
  placeOf,
  printed,
  start,
  text,
} from '../helpers/demo.mjs';

// In turns with the same programs on one worker (page.test.mjs).
const suite = isTurn(3, 4) ? describe : describe.skip;
if (!isTurn(3, 4)) console.log(`The programs of the demo with workers are ${notItsTurn}.`);

suite('programs', () => {
  test('the sieve: thousands of goroutines in a few lines', async () => {
    await start('scene=sieve&procs=2&primes=20000');
    await becomes('.output pre', /prime 300 is 1987/);
    const place = placeOf('sieve', 'go_chan_recv(f->in');
    await dumpUntil({ state: 'chan receive', func: 'filter', place }, 50);
    await dumpUntil({ func: 'main', place: placeOf('sieve', 'go_chan_recv(c') });
    expect(await counter('goroutines')).toBeGreaterThan(300);
    expect(await page.$$('.lanes tbody tr')).toHaveLength(2);
  });

  test('Mandelbrot: a picture, and the painters', async () => {
    await start('scene=mandelbrot&procs=2&width=160&painters=3');
    await becomes('.output .note', /^([1-9]\d\d|\d+,[\d,]+) rows/); // all of them
    const { width, height, colours } = await page.$eval('.picture canvas', (element) => {
      const canvas = /** @type {HTMLCanvasElement} */ (element);
      const { width, height } = canvas;
      const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
      const { data } = context.getImageData(6, 0, width - 6, height);
      return { width, height, colours: new Set(new Uint32Array(data.buffer)).size };
    });
    expect([width - 6, height]).toEqual([160, 100]);
    expect(colours).toBeGreaterThan(10);
    const shown = await dump();
    expect(shown.reduce((sum, { count }) => sum + count, 0)).toBe(5);
    expect(shown.map(({ func }) => func)).toContain('main');
  });

  test('skynet: the whole tree stands in one dump', async () => {
    await start('scene=skynet&procs=2&leaves=1000&rest=500');
    const place = placeOf('skynet', 'go_chan_recv(sums');
    const [leaves] = await dumpUntilAll([
      { count: 1000, state: 'sleep', func: 'skynet' },
      { count: 111, state: 'chan receive', place },
    ]);
    expect(leaves.place).toBe(placeOf('skynet', 'go_sleep(rest)'));
    await becomes('.output pre', /round 2: the sum is 499500/);
  });

  test('philosophers who keep to the order eat for ever', async () => {
    await start('scene=philosophers&procs=2');
    await becomes('.output pre', /Plato has eaten 10 times/);
    const shown = await dump();
    for (const { func } of shown) expect(['dine', 'pause']).toContain(func);
    expect(shown.reduce((sum, { count }) => sum + count, 0)).toBe(5);
  });

  test('philosophers who take the left fork first starve', async () => {
    await start('scene=philosophers&procs=2&forks=left', /all goroutines are asleep/);
    const place = placeOf('philosophers', 'go_mutex_lock(&forks[second])');
    expect(await groups()).toMatchObject([{ count: 5, func: 'dine', place }]);
    expect(await text('.stacks .who')).toMatch(/^Goroutines \d+ Thales, .* Plato$/);
    expect(await page.$eval('.lamp', (lamp) => lamp.getAttribute('data-phase'))).toBe('deadlock');
  });

  test('the pipeline: producers wait for writers', async () => {
    await start('scene=pipeline&procs=2');
    const place = placeOf('pipeline', 'go_chan_send(raw');
    await dumpUntil({ state: 'chan send', func: 'produce', place }, 2);
    await dumpUntil({ state: 'sleep', func: 'store', place: placeOf('pipeline', 'go_sleep(2') });
  });

  test('the leak: one group grows, second by second', async () => {
    await start('scene=leak&procs=2&rate=500');
    await page.keyboard.press('e');
    await page.waitForSelector('[data-change=follow]:checked');
    await becomes('.stacks tbody:first-of-type .more', /^\+\d+$/);
    // Before, those that were asked for while a worker stood still may be more.
    await page.waitForFunction(
      () => {
        const first = document.querySelector('.stacks tbody > tr:first-child');
        const count = Number(first?.querySelector('.count b')?.textContent);
        return count > 100 && first?.querySelector('.state')?.textContent === 'chan send';
      },
      null,
      patience,
    );
    const place = placeOf('leak', 'go_chan_send(r->answer');
    expect((await groups())[0]).toMatchObject({ state: 'chan send', func: 'ask_backend', place });
  });

  test('loops that call nothing are found on one worker, too', async () => {
    await start('scene=spin&procs=1&loops=4');
    await becomes('.output pre', /^(loop \d: [1-9]\d* tried.*\n){4}/m); // all have run
    const shown = await dump();
    const loops = shown.filter(({ func }) => func === 'collatz');
    expect(loops.reduce((sum, { count }) => sum + count, 0)).toBe(4);
    const first = Number(placeOf('spin', 'for (uint64_t start').split(':')[1]);
    const last = Number(placeOf('spin', 'best[me].tried++').split(':')[1]);
    for (const { place } of loops) {
      expect(Number(place.split(':')[1])).toBeGreaterThanOrEqual(first);
      expect(Number(place.split(':')[1])).toBeLessThanOrEqual(last);
    }
  });

  test('busy workers run in a dump, too, one that answers it as well', async () => {
    await start('scene=spin&procs=2&loops=8');
    await becomes('.output pre', /loop 3: [1-9]\d* tried/);
    for (let i = 0; i < 5; i++) {
      const shown = (await dump()).filter(({ state }) => state === 'running');
      expect(shown.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(2);
    }
    await dumpUntil({ state: 'running', func: 'collatz' }, 2);
  });

  test('the deadlock: the verdict, and the dump that the program printed', async () => {
    await start(
      'scene=deadlock&procs=2&jobs=20',
      /^fatal error: all goroutines are asleep - deadlock! \(status 2\)$/,
    );
    expect(await groups()).toMatchObject([
      {
        count: 8,
        state: 'chan receive',
        func: 'worker',
        place: placeOf('deadlock', 'go_chan_recv'),
      },
      { count: 1, func: 'main', place: placeOf('deadlock', 'go_waitgroup_wait') },
    ]);
    expect(await text('.stacks .note')).toContain('printed by the program as it died');
    expect(await printed('stderr')).toContain('goroutine 1 [');
    expect(await page.isDisabled('[data-do=dump]')).toBe(true);
    expect(await page.getAttribute('.verdict', 'aria-live')).toBe('polite');
    await noWorkerIsLeft();
  });

  test('the panic: its text and the stacks', async () => {
    await start('scene=panic&procs=2', /^panic: send on closed channel \(status 2\)$/);
    const shown = await groups();
    expect(shown.map(({ func }) => func)).toEqual(expect.arrayContaining(['report', 'main']));
    // The one that panicked is open.
    expect(await marks('go_chan_send(news, &me);')).toMatchObject({ here: '1' });
  });

  test('an end without an accident', async () => {
    await start('scene=sieve&procs=1&primes=10', /^Exited with status 0$/);
    expect(await text('.output pre')).toContain('prime 10 is 29\n');
    await noWorkerIsLeft();
    await page.keyboard.press('r');
    await becomes('.clock', /./);
    await becomes('.verdict', /^Exited with status 0$/);
  });
});
