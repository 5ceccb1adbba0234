// @ts-check
// The demo in Chromium, with its real programs: each of them runs, is dumped and looked into; keys,
// address, themes and narrow windows work; nothing is left behind.

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keys } from '../demo/keys.js';
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

/** Dumps until there is a group like this one. @param {Partial<Shown>} wanted @param {number} [least] goroutines in it */
async function dumpUntil(wanted, least = 1) {
  for (const end = Date.now() + patience.timeout; ;) {
    const shown = await dump();
    const found = shown.find(
      (group) =>
        group.count >= least &&
        Object.entries(wanted).every(
          ([key, value]) => group[/** @type {keyof Shown} */ (key)] === value,
        ),
    );
    if (found) return found;
    if (Date.now() > end) expect(shown).toContainEqual(expect.objectContaining(wanted));
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
    const place = placeOf('sieve', 'go_chan_recv(f->in');
    await dumpUntil({ state: 'chan receive', func: 'filter', place }, 50);
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
    await dumpUntil({ state: 'chan send', func: 'produce', place }, 2);
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

  test('what an answer took is told from the key to the picture', async () => {
    await start('scene=deadlock&procs=2&jobs=100000');
    for (const [name, key] of [
      ['stacks', 'd'],
      ['waits', 'g'],
    ]) {
      const { told, least } = await page.evaluate(
        ([name, key]) =>
          new Promise((done) => {
            const panel = /** @type {HTMLElement} */ (document.getElementById(name));
            const usual = window.requestAnimationFrame;
            const before = panel.dataset.at;
            /** @type {KeyboardEvent | undefined} */
            let event;
            window.requestAnimationFrame = (draw) =>
              usual((time) => {
                const begun = performance.now() + 50;
                while (performance.now() < begun); // a page that is late with its pictures
                draw(time);
                if (!event || panel.dataset.at === before) return;
                window.requestAnimationFrame = usual;
                const told = panel.querySelector('.note')?.textContent;
                done({ told, least: begun - event.timeStamp });
              });
            // Pictures that were asked for before are through then.
            usual(() =>
              usual(() => {
                event = new KeyboardEvent('keydown', { key, bubbles: true });
                document.body.dispatchEvent(event);
              }),
            );
          }),
        [name, key],
      );
      const [, n, unit] = /answered in ([\d.]+) (ms|s)$/.exec(told) ?? [];
      expect(Number(n) * (unit === 's' ? 1000 : 1) + (unit === 's' ? 500 : 1)).toBeGreaterThan(
        least,
      );
    }
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

/** What a figure of the heap says. @param {string} key */
const figure = (key) => text(`.figures [data-figure=${key}] dd`);

/** Presses c and waits for the end of one collection more, at least. */
async function collect() {
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
const collected = (number) =>
  page.waitForFunction(
    (number) => {
      const now = document.querySelector('[data-figure=collections] dd')?.textContent;
      return Number(now?.replaceAll(',', '')) > number;
    },
    number,
    patience,
  );

/** Pixels of the chart in the colour of its marks. */
const marksDrawn = () => {
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

/** The rows of the heap profile. */
const topRows = () =>
  page.$$eval('.top-rows tbody tr', (rows) =>
    rows.map((row) => {
      const [flat, share, cum] = [...row.children].map((cell) => cell.textContent ?? '');
      const at = (/** @type {string} */ name) => row.querySelector(name)?.textContent;
      return { flat, share: parseFloat(share), cum, func: at('.func'), place: at('.place') };
    }),
  );

/** Frames of the flame graph, by name. */
const flames = () =>
  page.$$eval('.flame .frame', (frames) => frames.map((frame) => frame.getAttribute('name')));

/** The memory leak, when so much is lost, and its heap profile. @param {RegExp} lost */
async function profileOfLeak(lost) {
  await start('scene=sessions&procs=2&rate=5000&most=64');
  await becomes('.output pre', lost);
  await collect();
  await page.keyboard.press('h');
  await page.waitForSelector('.top-rows tbody tr');
}

describe('processor time', () => {
  const seen = async () => (await text('#cpu .note')) ?? '';

  test('is recorded until it is not, and shown meanwhile', async () => {
    await start('scene=mandelbrot&procs=2');
    await page.keyboard.press('m');
    await page.keyboard.press('m');
    await becomes('#cpu .invitation', /^Press u/);
    await page.keyboard.press('u');
    await page.waitForSelector('#cpu .flame .frame');
    const first = await seen();
    expect(first).toMatch(/ of processor time in .*; idle \d/);
    await page.waitForFunction(
      (before) => document.querySelector('#cpu .note')?.textContent !== before,
      first,
      patience,
    );

    // Zoomed to a function, it stays so, and is there in every frame.
    await page.waitForSelector('#cpu .flame .frame[name=paint]');
    await page.$eval('#cpu .flame .frame[name=paint]', (frame) =>
      frame.dispatchEvent(new Event('click')),
    );
    await page.waitForSelector('#cpu .flame .fade');
    const gone = await page.evaluate(async () => {
      const note = document.querySelector('#cpu .note');
      const gone = [];
      for (let changes = 0, before = note?.textContent; changes < 3;) {
        await new Promise(requestAnimationFrame);
        await new Promise((done) => setTimeout(done)); // drawn
        if (note?.textContent !== before) changes++;
        before = note?.textContent;
        const svg = document.querySelector('#cpu .flame svg');
        const frame = svg?.querySelector('.frame[name=paint] rect');
        const [is, should] = [frame, svg].map((part) => Number(part?.getAttribute('width')));
        if (Math.abs(is - should) > 1) gone.push([changes, is, should]);
      }
      return gone;
    });
    expect(gone).toEqual([]);
    expect(await flames()).toContain('all');
    await page.$eval('#cpu .flame .frame[name=all]', (frame) =>
      frame.dispatchEvent(new Event('click')),
    );
    await page.waitForSelector('#cpu .flame .fade', { state: 'detached' });

    expect(await page.getAttribute('#cpu-tools button', 'aria-pressed')).toBe('true');
    expect(await flames()).toContain('all');
    const [{ func, share }] = await topRows();
    expect(share).toBeGreaterThan(0);
    await page.click(`#cpu .top-rows button:has-text("${func}")`);
    await page.waitForSelector('#cpu .top-rows [aria-pressed=true]');
    await page.keyboard.press('u');
    await becomes('#cpu-tools button', /^Record/);
    await page.keyboard.press('d');
    await page.waitForSelector('#cpu .flame svg', { state: 'detached' });
  });
});

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
    await profileOfLeak(/[1-6]\d MiB lost/);
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
      const { Runtime } = await import(`${location.origin}/host/browser.js`);
      Runtime.prototype.profile = () => Promise.reject(new Error('there is no room'));
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
    await profileOfLeak(/\d MiB lost/);
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

  test.each([720, 1280])(
    'nothing moves while the heap changes, at a width of %i',
    async (width) => {
      // The profile is of a sample: what was allocated by then is a hundred times its rate.
      await start('scene=garbage&procs=2&depth=10&rest=0&sample=alloc_space');
      await page.setViewportSize({ width, height: 700 });
      await collect();
      await collected(15);
      await page.keyboard.press('h');
      await page.waitForSelector('.top-rows tbody tr');
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

/** Presses g and waits for another wait graph. */
async function waitGraph() {
  const before = await page.getAttribute('#waits', 'data-at');
  await page.keyboard.press('g');
  await page.waitForFunction(
    (before) => document.querySelector('#waits')?.getAttribute('data-at') !== before,
    before,
    patience,
  );
}

/** What boxes of the wait graph say. @param {string} [kind] */
const boxes = (kind = '') =>
  page.$$eval(`#waits .box${kind} .func`, (names) => names.map((name) => name.textContent));

/** @param {string} kind */
const arrows = (kind) => page.$$eval(`#waits svg > .${kind}`, (all) => all.length);

describe('waits', () => {
  test('philosophers that starve are a ring in red; a box shows its line, by keys', async () => {
    await start('scene=philosophers&procs=2&forks=left', /all goroutines are asleep/);
    await page.click('.tabs button:has-text("Waits")');
    await becomes('#waits .note', /^5 goroutines, 5 stuck for ever, 1 deadlock, /);
    const names = ['Thales', 'Heraclitus', 'Parmenides', 'Socrates', 'Plato'];
    const shown = await boxes('.dead');
    expect(shown.map((text) => text?.replace(/^\d+ /, '')).sort()).toEqual(names.sort());
    expect([await arrows('dead'), await arrows('known'), await arrows('guess')]).toEqual([5, 0, 0]);
    expect(await page.getAttribute('#waits .box:has-text("Thales")', 'aria-label')).toMatch(
      /^\d+ Thales; sync\.Mutex\.Lock; in a deadlock; waits for \d+ Heraclitus \(mutex\)$/,
    );
    await page.focus('#waits .box');
    await page.keyboard.press('Enter');
    await marks('go_mutex_lock(&forks[second]);');
    await page.waitForSelector('#waits .box:focus[aria-pressed=true]');
    // All five wait at one line: the one that was chosen is marked.
    expect(await page.$$('#waits .box[aria-pressed=true]')).toHaveLength(1);
  });

  test('a deadlock through variables; workers that are alike are one box', async () => {
    await start('scene=deadlock&procs=2&jobs=20', /asleep/);
    await page.click('.tabs button:has-text("Waits")');
    await becomes('#waits .note', /^9 goroutines, 9 stuck for ever, 1 deadlock, /);
    expect(await boxes('.dead')).toEqual(['1 main', '8 × worker']);
    expect(await boxes()).toContain('anybody');
  });

  test('who goes on is not stuck', async () => {
    await start('scene=pipeline&procs=2');
    await dumpUntil({ state: 'chan send', func: 'produce' });
    for (let i = 0; i < 3; i++) {
      await waitGraph();
      expect(await text('#waits .note')).toMatch(/goroutines?, none is known to be stuck, /);
      expect(await arrows('dead')).toBe(0);
    }
  });
});

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
  const live = () => page.isChecked('#timeline-tools input');

  test('by keys: live, held, from bar to bar, nearer and farther', async () => {
    await start('scene=philosophers&procs=2');
    await becomes('.output pre', /has eaten 10 times/);
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
    await page.keyboard.press('f');
    await page.waitForFunction(
      () => !(/** @type {any} */ (document.querySelector('#timeline-tools input')).checked),
    );
    await page.focus(canvas);
    await page.keyboard.press('ArrowRight');
    await becomes(
      '#timeline-reading',
      / on P0, worker \d+: [\d.]+ [nµm]?s; from \d+\.\d{6} s; then /,
    );
    await page.keyboard.press('ArrowDown');
    await becomes('#timeline-reading', / on P1, /);
    const told = [];
    for (let i = 0; i < 30; i++) {
      await page.keyboard.press('ArrowLeft');
      await page.waitForFunction(
        (last) => document.querySelector('#timeline-reading')?.textContent !== last,
        told.at(-1) ?? '',
      );
      told.push(await reading());
    }
    expect(told.join('\n')).toMatch(/^dine #\d+ on P1, .*; then parked: sleep/m);
    // + and - in the picture are its own.
    for (const key of ['+', '+', '+', '-']) await page.keyboard.press(key);
    expect(page.url()).toContain('procs=2');
    await page.keyboard.press('Escape');
    await becomes('#timeline-reading', /^Wheel or \+ − zoom/);
    await page.keyboard.press('m');
    await page.waitForSelector('#timeline', { state: 'hidden' });
  });

  test('a collection is marked, and stops the world; what is under the pointer is told', async () => {
    await start('scene=garbage&procs=2&rest=10000');
    await collect();
    await page.keyboard.press('l');
    await draws('collector');
    await draws('world');
    await page.keyboard.press('s');
    await becomes('.verdict', /^Stopped$/);
    await draws('collector');
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
    await page.keyboard.press('End');
    await becomes('#timeline-reading', / on P0, .*; then parked: /);
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

/** Texts of the page whose contrast is below 4.5, as they are painted. */
const faintTexts = () => {
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
    new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
  );
  const light = (/** @type {number[]} */ rgb) => {
    const [r, g, b] = rgb.map((n) =>
      n <= 10.31 ? n / 255 / 12.92 : ((n / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paint = (/** @type {string} */ colour, alpha = 1) => {
    context.globalAlpha = alpha;
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return light([...context.getImageData(0, 0, 1, 1).data].slice(0, 3));
  };
  const ratio = (/** @type {Element} */ element) => {
    /** @type {CSSStyleDeclaration[]} */
    const chain = [];
    for (let at = /** @type {Element | null} */ (element); at; at = at.parentElement)
      chain.unshift(getComputedStyle(at));
    let behind = 0;
    for (const { backgroundColor } of chain) behind = paint(backgroundColor);
    const text = paint(
      chain[chain.length - 1].color,
      chain.reduce((all, { opacity }) => all * Number(opacity), 1),
    );
    return (Math.max(text, behind) + 0.05) / (Math.min(text, behind) + 0.05);
  };
  /** @type {Set<string>} */
  const faint = new Set();
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(
      (node) => node.nodeType === 3 && node.textContent?.trim(),
    );
    if (!own || !element.checkVisibility() || element.closest(':disabled, option')) continue;
    const found = ratio(element);
    if (found < 4.5)
      faint.add(
        `${element.tagName} ${element.className} ${element.textContent}: ${found.toFixed(2)}`,
      );
  }
  return [...faint];
};

describe('the page', () => {
  test('every text can be read, in both themes', async () => {
    await start('scene=pipeline&procs=2');
    await dump();
    await page.keyboard.press('i');
    await page.waitForSelector('.stacks tbody.open .runtime');
    await page.waitForSelector('.here[data-some]');
    for (const look of ['stacks', 'heap', 'cpu', 'timeline', 'waits']) {
      await page.click(`.tabs button[value=${look}]`);
      await page.waitForSelector(`.tabs [value=${look}][aria-pressed=true]`);
      for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
        await page.emulateMedia({ colorScheme });
        expect([look, colorScheme, ...(await page.evaluate(faintTexts))]).toEqual([
          look,
          colorScheme,
        ]);
      }
    }
  });

  test('no two landmarks have one name', async () => {
    await start('scene=pipeline&procs=2');
    const names = await page.$$eval(
      'main, nav, header.top, section, [role=region], [role=log]',
      (marks) =>
        marks.map((mark) => {
          const by = document.getElementById(mark.getAttribute('aria-labelledby') ?? '');
          return by?.textContent ?? mark.getAttribute('aria-label') ?? mark.className;
        }),
    );
    expect(names).toEqual([...new Set(names)]);
  });

  test('without a word in the address a program runs on and on, and is dumped by itself', async () => {
    await start('');
    await page.waitForSelector('.stacks tbody');
    expect(await text('#program-title')).toBe('Pipeline');
    expect(await groups()).toContainEqual(expect.objectContaining({ func: 'produce' }));
    expect(await text('.verdict')).toBe('Running');
  });

  test('keys choose programs, workers, themes, and tell about themselves', async () => {
    await start('scene=deadlock&procs=2&jobs=100000');
    await page.keyboard.press('?');
    await page.waitForSelector('dialog[open]');
    expect(
      await page.$$eval('dialog td', (cells) => cells.map((cell) => cell.textContent)),
    ).toEqual(keys.map(({ what }) => what));
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'hidden' });

    await page.keyboard.press('-');
    await page.waitForFunction(() => document.querySelectorAll('.lanes tbody tr').length === 1);
    expect(page.url()).toContain('procs=1');
    await page.keyboard.press('+');
    await page.waitForFunction(() => document.querySelectorAll('.lanes tbody tr').length === 2);

    await page.keyboard.press('9');
    await becomes('#program-title', /^Busy loops$/);
    await becomes('.verdict', /^Running$/);
    expect(page.url()).toContain('scene=spin');
    await page.keyboard.press('.');
    await becomes('#program-title', /^Deadlock$/);
    await page.keyboard.press(',');
    await becomes('#program-title', /^Busy loops$/);
    await page.keyboard.press('0');
    await becomes('#program-title', /^Deadlock$/);
    await becomes('.verdict', /^Running$/);

    await page.keyboard.press('s');
    await becomes('.verdict', /^Stopped$/);
    await noWorkerIsLeft();
  });

  test('a key just after the help has closed is not lost', async () => {
    await start('scene=deadlock&procs=2&jobs=100000');
    await page.keyboard.press('?');
    await page.waitForSelector('dialog[open]');
    await page.evaluate(() => {
      const button = /** @type {Element} */ (document.querySelector('dialog button'));
      /** @type {HTMLDialogElement} */ (document.querySelector('dialog')).close();
      // Until the next picture the browser may still send keys here.
      button.dispatchEvent(new KeyboardEvent('keydown', { key: '-', bubbles: true }));
    });
    await page.waitForFunction(() => document.querySelectorAll('.lanes tbody tr').length === 1);
    expect(page.url()).toContain('procs=1');
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
    for (const key of ['3', '9', '1', '5', '9']) await page.keyboard.press(key);
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

  test.each([720, 1280])(
    'nothing moves while a program prints, at a width of %i',
    async (width) => {
      await start('scene=deadlock&procs=2&jobs=100000');
      await page.setViewportSize({ width, height: 700 });
      await dump();
      const places = () =>
        page.$$eval('main > section:not(.output)', (sections) =>
          sections.map((section) => {
            const { top, bottom } = section.getBoundingClientRect();
            return [top + scrollY, bottom + scrollY];
          }),
        );
      const before = await places();
      const lines = (await printed('stdout')).length;
      await page.waitForFunction(
        (wanted) => (document.querySelector('.output pre')?.textContent ?? '').length > wanted,
        lines + 4000,
        patience,
      );
      expect(await places()).toEqual(before);
    },
  );

  test.each([360, 720, 1100, 1600])('nothing sticks out at a width of %i', async (width) => {
    await start('scene=garbage&procs=2');
    await page.setViewportSize({ width, height: 800 });
    const widest = () => page.evaluate(() => document.documentElement.scrollWidth);
    await dump();
    expect(await widest()).toBeLessThanOrEqual(width);
    await collect();
    await page.keyboard.press('h');
    await page.waitForSelector('.top-rows tbody tr');
    expect(await widest()).toBeLessThanOrEqual(width);
    const sizes = await page.evaluate(() => {
      const of = (/** @type {string} */ name) => document.querySelector(name)?.clientWidth ?? 0;
      return [of('.chart') - of('.uplot'), of('.profile .scroll') - of('.flame')];
    });
    expect(sizes[0]).toBe(0);
    expect(sizes[1]).toBeGreaterThanOrEqual(0);
  });

  test('tabs and tools overlap at no width, and the tools are one row', async () => {
    await start('scene=garbage&procs=2');
    const wrong = [];
    for (const look of ['stacks', 'heap', 'cpu', 'timeline', 'waits']) {
      await page.click(`.tabs button[value=${look}]`);
      await page.waitForSelector(`.tabs [value=${look}][aria-pressed=true]`);
      for (let width = 1000; width <= 1920; width += 40) {
        await page.setViewportSize({ width, height: 800 });
        const { over, rows } = await page.evaluate(() => {
          const boxes = (/** @type {string} */ selector) =>
            [...document.querySelectorAll(selector)]
              .map((element) => element.getBoundingClientRect())
              .filter(({ width }) => width > 0);
          const tools = boxes('.looks header > *');
          const all = [...boxes('.tabs > *'), ...tools];
          const over = all.flatMap((a, i) =>
            all
              .slice(i + 1)
              .filter(
                (b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom,
              ),
          );
          return { over: over.length, rows: new Set(tools.map(({ top }) => top)).size };
        });
        if (over > 0 || rows !== 1) wrong.push({ look, width, over, rows });
      }
    }
    expect(wrong).toEqual([]);
  });

  test('what is printed fast is shown with pauses, and whole at the end', async () => {
    await start('scene=deadlock&procs=2&jobs=20', /asleep/);
    const seen = await page.evaluate(async () => {
      const address = (/** @type {string} */ file) => new URL(file, document.baseURI).href;
      const { Output } = await import(address('output.js'));
      const { output: outputView } = await import(address('views/output.js'));
      const element = document.createElement('section');
      element.className = 'output';
      document.querySelector('main')?.append(element);
      const run = { output: new Output(), picture: null, alive: true };
      const view = outputView(element, { run });
      const write = (/** @type {string} */ text) => {
        run.output.write(1, new TextEncoder().encode(text));
        view.update();
        return element.querySelector('pre')?.textContent?.slice(-4);
      };
      const long = Array.from({ length: 9000 }, (_, i) => `line ${i}\n`).join('');
      const seen = [write(`${long}one\n`), write('two\n')]; // at once: it waits
      run.alive = false;
      return [...seen, write('end\n'), element.querySelectorAll('span').length];
    });
    expect(seen).toEqual(['one\n', 'one\n', 'end\n', 2]);
  });

  test('every control has a name, every column a head', async () => {
    await start('scene=garbage&procs=2');
    await dump();
    await collect();
    await page.keyboard.press('h');
    await page.waitForSelector('.top-rows tbody tr');
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
      // Nothing is offered that cannot be done; other sources can be read.
      expect(await page.$$eval('.buttons button:enabled', (buttons) => buttons.length)).toBe(0);
      await page.keyboard.press('r');
      await page.keyboard.press('9');
      await page.waitForFunction(
        () => document.querySelector('#program-title')?.textContent === 'Busy loops',
      );
      await page.waitForFunction(
        () => document.querySelector('.source .note')?.textContent === 'demo/scenes/spin.c',
      );
      expect(await page.textContent('.verdict')).toBe('Not running');
      expect(errors).toEqual([]);
    },
    { isolated: false },
  );
});
