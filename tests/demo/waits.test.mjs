// @ts-check
// The wait graph.

import { describe, expect, test } from '@jest/globals';
import { becomes, dumpUntil, marks, page, patience, start, text } from '../helpers/demo.mjs';

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
