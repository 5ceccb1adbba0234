// @ts-check
// Profiles as text have, line by line, the form in which Go prints its own.

import { beforeAll, describe, expect, test } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { toText } from '../../host/index.js';
import { startCrowd, startHeap } from '../host/start.mjs';
import { go, haveGo } from '../helpers/go.mjs';
import { profileNamed } from './profiles.mjs';

/** What ours does not know. */
const unknown = ['PauseEnd', 'NumForcedGC', 'GCCPUFraction', 'MaxRSS'];

/** A line without its names and numbers. @param {string} line */
const form = (line) =>
  line
    .replace(/^(#\t0x)[0-9a-f]+$/, '$1H')
    .replace(/^(#\t0x)[0-9a-f]+\t\S+\+0x[0-9a-f]+\t+\S+:\d+$/, '$1H\tFUNC+0xH\tFILE:N')
    .replace(/^\t\S+:\d+( \+0x[0-9a-f]+)?$/, '\tFILE:N$1')
    .replace(/( 0x[0-9a-f]+)+$/, ' 0xH')
    .replace(/\b\d+(\.\d+)?(e-\d+)?\b/g, 'N')
    .replace(/\[N( N){255}\]/, '[256 times N]');

/** @param {string} text */
const forms = (text) =>
  [...new Set(text.split('\n').map(form))]
    .filter((line) => !unknown.some((name) => line.startsWith(`# ${name} =`)))
    .sort();

/** Where cells begin, once a tab goes to the next multiple of eight. @param {string} line */
function columns(line) {
  let at = 0;
  return line.split(/(\t)/).flatMap((part) => {
    if (part === '\t') at = Math.floor(at / 8) * 8 + 8;
    else at += part.length;
    return part === '\t' || part === '' ? [] : [at - part.length];
  });
}

/** Stacks whose cells do not stand below each other. @param {string} text */
const crooked = (text) =>
  text.split('\n\n').filter((block) => {
    const rows = block.split('\n').filter((line) => /^#\t0x\w+\t/.test(line));
    return new Set(rows.map((row) => columns(row).join())).size > 1;
  });

(haveGo ? describe : describe.skip)('as Go', () => {
  /** @type {Record<string, string>} by kind and level */
  const theirs = {};
  beforeAll(async () => {
    const { stdout } = await go(['run', fileURLToPath(new URL('go/main.go', import.meta.url))]);
    for (const part of stdout.split(/^=== /m).slice(1)) {
      const [, name, text] = /^(.*)\n([\s\S]*)$/.exec(part) ?? [];
      theirs[name] = text;
    }
  });

  test('goroutines', async () => {
    const { rt } = await startCrowd();
    const text = toText(await rt.profile('goroutine'));
    expect(forms(text)).toEqual(forms(theirs['goroutine 1']));
    expect(crooked(text)).toEqual([]);
    expect(crooked(theirs['goroutine 1'])).toEqual([]);

    const dump = toText(await rt.profile('goroutine', { debug: 2 }), 2);
    const heads = (/** @type {string} */ all) =>
      [...all.matchAll(/^goroutine \d+ \[.*\]:$/gm)].length;
    expect(heads(dump)).toBe(6);
    expect(dump.split('\n\n')).toHaveLength(heads(dump));
    expect(theirs['goroutine 2'].trimEnd().split('\n\n')).toHaveLength(
      heads(theirs['goroutine 2']),
    );
    const frame = /^\w+\(\.\.\.\)\n\t\S+:\d+( \+0x[0-9a-f]+)?$/m;
    expect(dump).toMatch(frame);
    expect(dump).toMatch(/^created by \S+ in goroutine 1\n\t\S+:\d+$/m);
  });

  test('threads, of which nobody knows who made them', () => {
    const text = toText({
      kind: 'threadcreate',
      total: 5,
      records: [{ count: 5, pcs: [], frames: [] }],
    });
    const total = /total (\d+)/.exec(theirs['threadcreate 1'])?.[1];
    expect(text).toBe(theirs['threadcreate 1'].replaceAll(`${total}`, '5'));
  });

  test('labels', () => {
    const text = toText(profileNamed('cpu'));
    const [line] = theirs['goroutine 1'].match(/^# labels: .*$/m) ?? ['none'];
    expect(text).toContain(`\n${line.replace('a waiter', 'a worker')}\n#\t0xc\t`);
  });

  test('memory, with every line of its statistics', async () => {
    const { rt } = await startHeap(['exact', '100']);
    await rt.gc();
    for (const kind of /** @type {const} */ (['heap', 'allocs'])) {
      const text = toText(await rt.profile(kind, { debug: 1 }));
      // What is allocated while no goroutine runs has no stack; in Go everything has one.
      const stacks = text.replace(/^.* @\n#\t0x0\n\n/m, '');
      expect(forms(stacks)).toEqual(forms(theirs[`${kind} 1`]));
      expect(crooked(text)).toEqual([]);
      const { numGc, pauseNs } = await rt.memStats();
      expect(numGc).toBeGreaterThan(0);
      const [, ring] = /^# PauseNs = \[(.*)\]$/m.exec(text) ?? [];
      expect(ring.split(' ').map(Number)[(numGc + 255) % 256]).toBe(pauseNs[0]);
    }
    const order = (/** @type {string} */ text) =>
      Array.from(text.matchAll(/^# (\w+) = /gm), ([, name]) => name);
    const wanted = order(theirs['heap 1']).filter((name) => !unknown.includes(name));
    expect(order(toText(await rt.profile('heap', { debug: 1 })))).toEqual(wanted);
  });

  test.each(['block', 'mutex'])('contention: %s', (kind) => {
    const text = toText(profileNamed(kind));
    expect(forms(text)).toEqual(forms(theirs[`${kind} 1`]));
    expect(crooked(text)).toEqual([]);
  });
});
