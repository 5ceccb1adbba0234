// @ts-check
// The CPU profile of a running program.

import { describe, expect, test } from '@jest/globals';
import { becomes, flames, page, patience, start, text, topRows } from '../helpers/demo.mjs';

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
