// @ts-check
// Groups, frames and sources of a dump, by mouse and by keys.

import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import {
  becomes,
  dump,
  dumpUntil,
  dumpUntilAll,
  marks,
  marksPlace,
  page,
  placeOf,
  start,
  text,
} from '../helpers/demo.mjs';

describe('looking', () => {
  test('a group opens to its frames, a frame shows its line', async () => {
    await start('scene=skynet&procs=2&leaves=1000&rest=500');
    await dumpUntilAll([
      { count: 1000, state: 'sleep' },
      { func: 'main', state: 'chan receive' },
    ]);
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
    await marksPlace(first);
    await page.keyboard.press('j');
    await page.waitForFunction(
      (first) => document.querySelector('.stacks tbody.open .place')?.textContent !== first,
      first,
    );
    await marksPlace(await open());
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
    await start('scene=skynet&procs=2&leaves=1000&rest=60000');
    await dumpUntilAll([
      { count: 1000, state: 'sleep' },
      { func: 'main', state: 'chan receive' },
    ]);
    await page.focus('.stacks tbody button:has-text("main")');
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    expect(await focused()).toContain('main');
    await dump();
    expect(await focused()).toContain('main');
  });
});
