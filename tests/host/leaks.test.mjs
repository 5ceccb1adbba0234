// @ts-check
// Goroutines that nobody can ever wake, as the host sees them.

import { expect, test } from '@jest/globals';
import { formatDump, parseDump, toText } from '../../host/index.js';
import { hostProgram } from '../helpers/hostprograms.mjs';
import { start, startCrowd, testWorkers } from './start.mjs';

async function startLeaking() {
  const { wasm } = await hostProgram('leak');
  const { rt, saw } = await start([], { wasm });
  await saw('made');
  while ((await rt.leaks()).length < 3); // on their way to where they wait
  return rt;
}

test('leaks() tells those that are leaked, and nobody else', async () => {
  const rt = await startLeaking();
  const leaks = await rt.leaks();
  expect(leaks).toHaveLength(3);
  for (const goroutine of leaks) {
    expect(goroutine).toMatchObject({
      ...{ state: 'waiting', reason: 'chan receive', leaked: true, label: 'a loser' },
      createdBy: { func: 'lose', file: 'tests/host/leak.c' },
    });
  }
  const text = formatDump(leaks);
  expect(text).toMatch(/^goroutine \d+ \[chan receive \(leaked\), label: "a loser"\]:\nlost\(/);
  expect(formatDump(parseDump(text))).toBe(text);
  // What was found holds for that moment alone.
  expect((await rt.goroutines()).map(({ leaked }) => leaked)).toEqual(Array(5).fill(false));
});

test('the profile of leaks is merged by stack', async () => {
  const rt = await startLeaking();
  const profile = await rt.profile('goroutineleak');
  expect(profile).toMatchObject({ kind: 'goroutineleak', total: 3, records: [{ count: 3 }] });
  expect(profile).not.toHaveProperty('goroutines');
  expect(toText(profile)).toMatch(/^goroutineleak profile: total 3\n3 @ 0x/);
  const whole = await rt.profile('goroutineleak', { debug: 2 });
  expect(whole.goroutines?.map(({ leaked }) => leaked)).toEqual([true, true, true]);
});

testWorkers('while locals are hidden nobody is called leaked', async () => {
  const { rt } = await startCrowd();
  await expect(rt.leaks()).rejects.toMatchObject({
    code: 'ERR_HIDDEN',
    message: expect.stringMatching(/^who is leaked cannot be told: /),
  });
  expect(await rt.goroutines()).toHaveLength(6);
});
