// @ts-check
// The page itself: keys, address, themes, narrow windows, names of controls, missing isolation.

import { describe, expect, test } from '@jest/globals';
import { keys } from '../../demo/keys.js';
import { scenes } from '../../demo/scenes.js';
import { withBrowser } from '../helpers/browser.mjs';
import {
  becomes,
  collect,
  dump,
  groups,
  noWorkerIsLeft,
  page,
  patience,
  printed,
  start,
  takeProfile,
  text,
} from '../helpers/demo.mjs';
import { isTurn, some } from '../helpers/sample.mjs';

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

/** How the page looks, or what keys and the address do, in every second run. */
const [testLook, testKeys] = [0, 1].map((turn) => (isTurn(turn) ? test : test.skip));

describe('the page', () => {
  testLook('every text can be read, in both themes', async () => {
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

  testLook('no two landmarks have one name', async () => {
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
    // The program starts late: its module comes when the page has been there for three seconds.
    await page.route(/pipeline\.wasm/, async (route) => {
      await page.waitForFunction(() => performance.now() > 3000);
      await route.continue();
    });
    const [address] = page.url().split('#'); // the page has written its program there
    await page.goto('about:blank');
    await page.goto(address);
    await page.waitForSelector('.stacks tbody');
    expect(await text('#program-title')).toBe('Pipeline');
    // The first dump may come before the goroutine.
    for (let seen = await groups(); !seen.some(({ func }) => func === 'produce');)
      seen = await dump();
    expect(await text('.verdict')).toBe('Running');
  });

  testKeys('keys choose programs, workers, themes, and tell about themselves', async () => {
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

  testKeys('a key just after the help has closed is not lost', async () => {
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

  testKeys('letters in a field are letters; Enter begins again with what is there', async () => {
    await start('scene=deadlock&procs=2&jobs=100000');
    await page.fill('input[name=jobs]', '7');
    await page.keyboard.press('Enter');
    await becomes('.verdict', /asleep/);
    expect(await printed('stdout')).toContain('job 7 is done');
    expect(page.url()).toContain('jobs=7');
    expect(await page.inputValue('input[name=jobs]')).toBe('7');
  });

  testKeys('the address chooses; what it says wrongly is put right', async () => {
    await start('scene=nothing&procs=9999&primes=-5', /^Exited with status 0$/);
    expect(await text('#program-title')).toBe(scenes[0].title);
    expect(page.url()).toMatch(/#scene=sieve&procs=32&primes=1$/);
    await page.evaluate(() => (location.hash = 'scene=spin&procs=1'));
    await becomes('#program-title', /^Busy loops$/);
    await becomes('.verdict', /^Running$/);
    await page.waitForFunction(() => document.querySelectorAll('.lanes tbody tr').length === 1);
  });

  testKeys('programs may be changed faster than they start', async () => {
    await start('scene=sieve&procs=2');
    for (const key of ['3', '9', '1', '5', '9']) await page.keyboard.press(key);
    await becomes('#program-title', /^Busy loops$/);
    await becomes('.verdict', /^Running$/);
    await becomes('.output pre', /loop 0/);
    await page.keyboard.press('s');
    await becomes('.verdict', /^Stopped$/);
    await noWorkerIsLeft();
  });

  testLook('two themes', async () => {
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

  test.each(some([], [720, 1280]))(
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

  test.each(some([360], [720, 1100, 1600]))(
    'nothing sticks out at a width of %i',
    async (width) => {
      await start('scene=garbage&procs=2');
      await page.setViewportSize({ width, height: 800 });
      const widest = () => page.evaluate(() => document.documentElement.scrollWidth);
      await dump();
      expect(await widest()).toBeLessThanOrEqual(width);
      await collect();
      await takeProfile();
      expect(await widest()).toBeLessThanOrEqual(width);
      const sizes = await page.evaluate(() => {
        const of = (/** @type {string} */ name) => document.querySelector(name)?.clientWidth ?? 0;
        return [of('.chart') - of('.uplot'), of('.profile .scroll') - of('.flame')];
      });
      expect(sizes[0]).toBe(0);
      expect(sizes[1]).toBeGreaterThanOrEqual(0);
    },
  );

  testLook('tabs and tools overlap at no width, and the tools are one row', async () => {
    await start('scene=garbage&procs=2');
    const wrong = [];
    const all = Array.from({ length: 24 }, (_, i) => 1000 + 40 * i);
    const widths = some([1000, 1080, 1120, 1280, 1920], all);
    for (const look of ['stacks', 'heap', 'cpu', 'timeline', 'waits']) {
      await page.click(`.tabs button[value=${look}]`);
      await page.waitForSelector(`.tabs [value=${look}][aria-pressed=true]`);
      for (const width of widths) {
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
      let ms = 0;
      performance.now = () => ++ms; // it measures how long it took
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

  testLook('every control has a name, every column a head', async () => {
    await start('scene=garbage&procs=2');
    await dump();
    await collect();
    await takeProfile();
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

// In turns with the same programs with workers (programs.test.mjs).
const testInTurn = isTurn(2, 4) ? test : test.skip;

testInTurn(
  'without isolation every program runs on one worker, and the page says why',
  async () => {
    await withBrowser(
      async ({ open, url }) => {
        const { page, errors } = await open('demo/');
        expect(await page.textContent('#notice')).toContain(
          'Cross-Origin-Embedder-Policy: require-corp',
        );
        await page.waitForSelector('.code .line');
        for (const { id } of scenes) {
          await page.goto('about:blank');
          await page.goto(`${url}demo/#scene=${id}`);
          await page.waitForFunction(
            () => document.querySelector('.mode')?.textContent === 'with one worker',
            undefined,
            patience,
          );
          // These end by themselves, some at once.
          if (['deadlock', 'panic', 'skynet', 'sieve'].includes(id)) continue;
          await page.keyboard.press('d');
          await page.waitForSelector('.stacks tbody tr', patience);
        }
        // What was still being loaded when the page was left is no error.
        expect(errors.filter((error) => !error.startsWith('could not load'))).toEqual([]);
      },
      { isolated: false },
    );
  },
);
