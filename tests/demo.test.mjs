// @ts-check
// The demo in Chromium, with its real programs: each of them runs, is dumped and looked into; keys,
// address, themes and narrow windows work; nothing is left behind.

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scenes } from '../demo/scenes.js';
import { buildDemo } from '../scripts/build.mjs';
import { root } from '../scripts/paths.mjs';
import { openBrowser, withBrowser } from './helpers/browser.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** @type {import('./helpers/browser.mjs').TestBrowser} */ let browser;
/** @type {Page} */ let page;
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

const patience = { timeout: 60_000 };

/** Opens the page at a program. @param {string} hash @param {RegExp} [verdict] */
async function start(hash, verdict = /^Running$/) {
  ({ page, errors } = await browser.open(`demo/#${hash}`));
  page.setDefaultTimeout(patience.timeout);
  await becomes('.verdict', verdict);
}

/** Waits until the text of an element is as wanted. @param {string} selector @param {RegExp} wanted */
async function becomes(selector, wanted) {
  const { source, flags } = wanted;
  await page.waitForFunction(
    ([selector, source, flags]) =>
      new RegExp(source, flags).test(document.querySelector(selector)?.textContent ?? ''),
    [selector, source, flags],
    patience,
  );
}

/** Workers end a moment after they were told to. */
async function noWorkerIsLeft() {
  while (page.workers().length > 0) await page.workers()[0]?.waitForEvent('close', patience);
}

/** What was printed to a stream. @param {'stdout' | 'stderr'} stream */
const printed = (stream) =>
  page.$$eval(`.output .${stream}`, (pieces) => pieces.map((piece) => piece.textContent).join(''));

/** @param {string} selector */
const text = async (selector) => (await page.textContent(selector)) ?? '';

/** Presses d and waits for another dump. */
async function dump() {
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
const groups = () =>
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

/** Dumps until there is a group like this one. @param {Partial<Shown>} wanted */
async function dumpUntil(wanted) {
  for (let tries = 0; ; tries++) {
    const shown = await dump();
    const found = shown.find((group) =>
      Object.entries(wanted).every(
        ([key, value]) => group[/** @type {keyof Shown} */ (key)] === value,
      ),
    );
    if (found) return found;
    if (tries === 50) expect(shown).toContainEqual(expect.objectContaining(wanted));
  }
}

/** Where a piece of a scene's source stands. @param {string} scene @param {string} code */
function placeOf(scene, code) {
  const lines = readFileSync(join(root, 'demo', 'scenes', `${scene}.c`), 'utf8').split('\n');
  const found = lines.flatMap((line, i) => (line.includes(code) ? [i + 1] : []));
  expect(found).toHaveLength(1);
  return `${scene}.c:${found[0]}`;
}

/** Waits until this is the code of the line that is marked in the source. @param {string} code */
async function marks(code) {
  await page.waitForFunction(
    (code) => document.querySelector('.code [aria-current] code')?.textContent?.trim() === code,
    code,
    patience,
  );
  return marked();
}

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
const counter = async (name) =>
  Number((await text(`.counts [data-state=${name}] dd`)).replaceAll(',', ''));

describe('programs', () => {
  test('the sieve: thousands of goroutines in a few lines', async () => {
    await start('scene=sieve&procs=2&primes=20000');
    await becomes('.output pre', /prime 300 is 1987/);
    const filters = await dumpUntil({
      state: 'chan receive',
      func: 'filter',
      place: placeOf('sieve', 'go_chan_recv(f->in'),
    });
    expect(filters.count).toBeGreaterThan(50);
    await dumpUntil({ func: 'main', place: placeOf('sieve', 'go_chan_recv(c') });
    expect(await counter('goroutines')).toBeGreaterThan(300);
    expect(await page.$$('.lanes tbody tr')).toHaveLength(2);
  });

  test('Mandelbrot: a picture, and the painters', async () => {
    await start('scene=mandelbrot&procs=2&width=160&painters=3');
    await becomes('.output .note', /^[1-9][\d,]* rows/);
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
    const leaves = await dumpUntil({ count: 1000, state: 'sleep', func: 'skynet' });
    expect(leaves.place).toBe(placeOf('skynet', 'go_sleep(rest)'));
    const inner = (await groups()).find(
      ({ place }) => place === placeOf('skynet', 'go_chan_recv(sums'),
    );
    expect(inner).toMatchObject({ count: 111, state: 'chan receive' });
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
    const producers = await dumpUntil({ state: 'chan send', func: 'produce', place });
    expect(producers.count).toBeGreaterThan(1);
    await dumpUntil({ state: 'sleep', func: 'store', place: placeOf('pipeline', 'go_sleep(2') });
  });

  test('the leak: one group grows, second by second', async () => {
    await start('scene=leak&procs=2&rate=500');
    await page.keyboard.press('e');
    await page.waitForSelector('[data-change=follow]:checked');
    await becomes('.stacks tbody:first-of-type .more', /^\+\d+$/);
    await page.waitForFunction(
      () => Number(document.querySelector('.stacks .count b')?.textContent) > 100,
      null,
      patience,
    );
    const place = placeOf('leak', 'go_chan_send(r->answer');
    expect((await groups())[0]).toMatchObject({ state: 'chan send', func: 'ask_backend', place });
  });

  test('loops that call nothing are found on one worker, too', async () => {
    await start('scene=spin&procs=1&loops=4');
    await becomes('.output pre', /loop 3: [1-9]\d* tried/);
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

describe('looking', () => {
  test('a group opens to its frames, a frame shows its line', async () => {
    await start('scene=skynet&procs=2&leaves=1000&rest=500');
    await dumpUntil({ count: 1000, state: 'sleep' });
    await page.click('.stacks tbody button:has-text("main")');
    expect(await marks('go_chan_recv(root.up, &sum);')).toMatchObject({
      place: placeOf('skynet', 'go_chan_recv(root.up'),
      here: '1',
    });
    await page.click('.stacks tbody button:has-text("skynet") >> nth=0');
    expect(await marks('go_sleep(rest);')).toMatchObject({ here: '1,000' });
    expect(await page.$$('.stacks .detail')).toHaveLength(1);
    await page.click('.created button');
    await marks('go_with_stack(skynet, &child[i], StackBytes);');
  });

  test('by keys: groups, frames, the runtime’s frames and their source', async () => {
    await start('scene=deadlock&procs=2&jobs=100000');
    await dumpUntil({ func: 'worker', state: 'sleep' });
    const open = () => text('.stacks tbody.open .place');
    const first = await open();
    expect(await marked()).toMatchObject({ place: first });
    await page.keyboard.press('j');
    await page.waitForFunction(
      (first) => document.querySelector('.stacks tbody.open .place')?.textContent !== first,
      first,
    );
    expect(await marked()).toMatchObject({ place: await open() });
    await page.keyboard.press('k');
    await becomes('.stacks tbody.open .place', new RegExp(`^${first}$`));
    await page.keyboard.press('i');
    await page.waitForSelector('.frames .runtime button');
    await page.click('.frames .runtime button >> nth=0');
    await becomes('.source .note', /^runtime\/.*\.[ch], line \d+$/);
    await page.waitForSelector('.code [aria-current]');
    await page.keyboard.press('n');
    await page.waitForFunction(
      () =>
        document.querySelector('.frames [aria-pressed=true]') !==
        document.querySelector('.frames button'),
    );
  });

  test('the dump as a file', async () => {
    await start('scene=deadlock&procs=2&jobs=100000');
    await dump();
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('w')]);
    expect(download.suggestedFilename()).toBe('deadlock-goroutines.txt');
    const written = readFileSync(await download.path(), 'utf8');
    expect(written).toMatch(/^goroutine \d+ \[/);
    expect(written).toContain('demo/scenes/deadlock.c:');
  });

  test('a button that has the focus keeps it through another dump', async () => {
    await start('scene=deadlock&procs=2&jobs=100000&workers=1');
    await dump();
    await page.focus('.stacks tbody button:has-text("main")');
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    expect(await focused()).toContain('main');
    await dump();
    expect(await focused()).toContain('main');
  });
});

describe('the page', () => {
  test('keys choose programs, workers, themes, and tell about themselves', async () => {
    await start('scene=deadlock&procs=2&jobs=100000');
    await page.keyboard.press('?');
    await page.waitForSelector('dialog[open]');
    expect(await page.$$('dialog tr')).toHaveLength(15);
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'hidden' });

    await page.keyboard.press('-');
    await page.waitForFunction(() => document.querySelectorAll('.lanes tbody tr').length === 1);
    expect(page.url()).toContain('procs=1');
    await page.keyboard.press('+');
    await page.waitForFunction(() => document.querySelectorAll('.lanes tbody tr').length === 2);

    await page.keyboard.press('7');
    await becomes('#program-title', /^Busy loops$/);
    await becomes('.verdict', /^Running$/);
    expect(page.url()).toContain('scene=spin');

    await page.keyboard.press('s');
    await becomes('.verdict', /^Stopped$/);
    await noWorkerIsLeft();
  });

  test('letters in a field are letters; Enter begins again with what is there', async () => {
    await start('scene=deadlock&procs=2&jobs=100000');
    await page.fill('input[name=jobs]', '7');
    await page.keyboard.press('Enter');
    await becomes('.verdict', /asleep/);
    expect(await printed('stdout')).toContain('job 7 is done');
    expect(page.url()).toContain('jobs=7');
    expect(await page.inputValue('input[name=jobs]')).toBe('7');
  });

  test('the address chooses; what it says wrongly is put right', async () => {
    await start('scene=nothing&procs=9999&primes=-5', /^Exited with status 0$/);
    expect(await text('#program-title')).toBe(scenes[0].title);
    expect(page.url()).toMatch(/#scene=sieve&procs=32&primes=1$/);
    await page.evaluate(() => (location.hash = 'scene=spin&procs=1'));
    await becomes('#program-title', /^Busy loops$/);
    await becomes('.verdict', /^Running$/);
    await page.waitForFunction(() => document.querySelectorAll('.lanes tbody tr').length === 1);
  });

  test('programs may be changed faster than they start', async () => {
    await start('scene=sieve&procs=2');
    for (const key of ['3', '7', '1', '5', '7']) await page.keyboard.press(key);
    await becomes('#program-title', /^Busy loops$/);
    await becomes('.verdict', /^Running$/);
    await becomes('.output pre', /loop 0/);
    await page.keyboard.press('s');
    await becomes('.verdict', /^Stopped$/);
    await noWorkerIsLeft();
  });

  test('two themes', async () => {
    await start('scene=deadlock&procs=1');
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await paper();
    await page.emulateMedia({ colorScheme: 'light' });
    const light = await paper();
    expect(light).not.toBe(dark);
    await page.keyboard.press('t'); // light, whatever the system has
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await paper()).toBe(light);
    await page.keyboard.press('t');
    expect(await paper()).toBe(dark);
  });

  test.each([360, 720, 1100, 1600])('nothing sticks out at a width of %i', async (width) => {
    await start('scene=philosophers&procs=2');
    await page.setViewportSize({ width, height: 800 });
    await dump();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
      width,
    );
  });

  test('every control has a name, every column a head', async () => {
    await start('scene=philosophers&procs=2');
    await dump();
    const nameless = await page.$$eval('button, input, select', (controls) =>
      controls
        .filter((control) => {
          const labels = 'labels' in control ? [.../** @type {any} */ (control).labels] : [];
          return ![control, ...labels].some((element) => element.textContent?.trim());
        })
        .map((control) => control.outerHTML),
    );
    expect(nameless).toEqual([]);
    const tables = await page.$$eval('main table', (tables) =>
      tables.map((table) => [
        table.querySelectorAll('thead th[scope=col]').length,
        table.querySelectorAll('tbody tr:first-child > *').length /
          table.querySelectorAll('tbody tr:first-child').length,
      ]),
    );
    for (const [heads, cells] of tables) expect(heads).toBe(cells);
  });
});

test('without isolation the page says what is missing', async () => {
  await withBrowser(
    async ({ open }) => {
      const { page, errors } = await open('demo/');
      expect(await page.textContent('#notice')).toContain(
        'Cross-Origin-Embedder-Policy: require-corp',
      );
      await page.waitForSelector('.code .line');
      expect(errors).toEqual([]);
    },
    { isolated: false },
  );
});
