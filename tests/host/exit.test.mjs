// @ts-check
// beforeExit: the host may look at a program that is about to end. Then the program ends.

import { expect, test } from '@jest/globals';
import { BeforeExitFailed, GoPanic, RuntimeClosed } from '../../host/index.js';
import { hostProgram } from '../helpers/hostprograms.mjs';
import { failure, start, testWorkers } from './start.mjs';

/** @typedef {import('../../host/index.js').Runtime} Runtime */
/** @typedef {import('../../host/index.js').RuntimeOptions} RuntimeOptions */

/** @param {string[]} args @param {Partial<RuntimeOptions>} options */
async function startExit(args, options) {
  const { wasm } = await hostProgram('exit');
  return start(args, { wasm, ...options });
}

/** Allocated and in use, by function. @param {Runtime} rt */
async function heap(rt) {
  await rt.gc();
  const { records } = await rt.profile('heap');
  return Object.fromEntries(
    ['collected', 'uncollected'].map((func) => {
      const record = records.find(
        ({ frames }) => frames.find(({ kind }) => kind === 'user')?.func === func,
      );
      return [func, [record?.allocObjects, record?.inuseObjects]];
    }),
  );
}

test.each(['return', 'elsewhere', 'twice', 'callback', 'foreign', 'crowd'])(
  'everything can be asked as it ends: %s',
  async (how) => {
    for (const procs of [1, 2]) {
      /** @type {unknown[]} */
      const calls = [];
      const { rt, printed } = await startExit([how, '1000'], {
        procs,
        async beforeExit(given, code) {
          const all = await given.goroutines();
          calls.push([code, await heap(given), all.length, printed.stdout]);
          await given.memStats();
          await given.stack();
          if (given.mode === 'workers') await given.setMaxProcs(3);
        },
      });
      expect(await rt.done).toBe(7);
      const goroutines = { return: 1, elsewhere: 2, twice: 11, callback: 1, foreign: 1, crowd: 5 }[
        how
      ];
      const exact = { collected: [1000, 1000], uncollected: [1000, 1000] };
      expect(calls).toEqual([[7, exact, goroutines, 'at work']]);
      expect(printed).toEqual({ stdout: 'at work', stderr: '' });
    }
  },
);

test('exit within exit is the last word', async () => {
  let code;
  const { rt } = await startExit(['atexit'], { beforeExit: (_, given) => void (code = given) });
  expect([await rt.done, code]).toEqual([8, 8]);
});

/** @param {{ records: { frames: { func: string }[] }[] }} profile */
const burnt = ({ records }) =>
  records.find(({ frames }) => frames.some(({ func }) => func === 'burn'));

test('a profile of the processors that still runs ends with what there is', async () => {
  // Until a sample has hit what the program does: it does not last long.
  for (let seen; !seen;) {
    /** @type {Promise<unknown>[]} */
    const asked = [];
    const { rt } = await startExit(['burn'], { beforeExit: () => Promise.allSettled(asked) });
    const profile = rt.cpuProfile({ seconds: 3600, hz: 1000 });
    asked.push(profile);
    expect(await rt.done).toBe(7);
    // The program may have ended before it was asked.
    const none = (/** @type {any} */ { code }) => expect(code).toBe('ERR_CLOSED');
    seen = await profile.then(burnt, none);
  }
});

testWorkers.each(['panics', 'traps', 'is stuck', 'aborts', 'exits', 'loses a worker'])(
  'profiles have what a program that %s did last',
  async (DIES) => {
    while (!(await lastProfiles(DIES)));
  },
);

/**
 * Checks what there is of a program that dies.
 * @param {string} DIES how
 * @returns {Promise<boolean>} whether a sample has hit what it did last
 */
async function lastProfiles(DIES) {
  /** @type {(started: unknown) => void} */ let goOn = () => {};
  const started = new Promise((resolve) => (goOn = resolve));
  const stdin = () => started.then(() => Uint8Array.of(1));
  const { rt } = await startExit(['soon', '1000'], { env: { DIES }, stdin });
  const profile = rt.cpuProfile({ seconds: 3600, hz: 1000 });
  await expect(rt.cpuProfile({ seconds: 1 })).rejects.toHaveProperty('code', 'ERR_PROFILING');
  goOn(undefined);
  const [how] = await Promise.allSettled([rt.done]);
  expect(how.status).toBe(DIES === 'exits' ? 'fulfilled' : 'rejected');
  const cpu = await profile;
  expect(cpu.durationNs).toBeGreaterThan(0);
  const seen = burnt(cpu);
  if (seen)
    expect(seen.frames.map(({ func }) => func)).toEqual(
      expect.arrayContaining(['burn', 'late', 'main']),
    );
  for (const kind of /** @type {const} */ (['heap', 'allocs', 'heap'])) {
    const { records } = await rt.profile(kind);
    for (const func of ['collected', 'uncollected']) {
      const record = records.find(({ frames }) => frames.some((frame) => frame.func === func));
      expect(record).toMatchObject({
        ...{ allocObjects: 1000, allocBytes: 96_000, inuseObjects: 1000, inuseBytes: 96_000 },
      });
      expect(record?.frames.map(({ func }) => func)).toContain('late');
    }
  }
  for (const [kind, func] of /** @type {const} */ ([
    ['block', 'locks'],
    ['mutex', 'delayed'],
    ['files', 'delayed'],
    ['block', 'locks'],
    ['files', 'delayed'],
  ])) {
    const { records } = await rt.profile(kind);
    const found = records.filter(({ frames }) => frames.some((frame) => frame.func === func));
    expect(found).toHaveLength(1);
    expect(found[0].count).toBeGreaterThan(0);
  }
  await rt.close();
  expect((await rt.profile('heap')).kind).toBe('heap');
  await expect(rt.cpuProfile({ seconds: 1 })).rejects.toHaveProperty('code', 'ERR_CLOSED');
  return seen !== undefined;
}

test('it is not called when the program dies, is closed, or leaves by _exit', async () => {
  const beforeExit = () => {
    throw new Error('called');
  };
  const died = await startExit(['dies'], { beforeExit });
  expect(await failure(died.rt.done)).toBeInstanceOf(GoPanic);
  const left = await startExit(['_exit'], { beforeExit });
  expect(await left.rt.done).toBe(7);
  const closed = await start(['crowd'], { beforeExit });
  await closed.rt.close();
  expect(await failure(closed.rt.done)).toBeInstanceOf(RuntimeClosed);
});

test.each([
  [
    'throws',
    () => {
      throw new Error('no room');
    },
    'beforeExit: no room',
  ],
  ['rejects', () => Promise.reject('text'), 'beforeExit: text'],
  ['hangs', () => new Promise(() => {}), 'beforeExit: it took longer than 50 ms'],
  [
    'waits for the end',
    (/** @type {Runtime} */ rt) => rt.done,
    'beforeExit: it took longer than 50 ms',
  ],
])('the program ends, and that is told, when it %s', async (_, beforeExit, message) => {
  const { rt } = await startExit(['return'], { beforeExit, beforeExitMs: 50 });
  const error = await failure(rt.done);
  expect(error).toBeInstanceOf(BeforeExitFailed);
  expect(error).toMatchObject({ code: 'ERR_BEFORE_EXIT', message, exitCode: 7 });
  await expect(rt.stack()).rejects.toHaveProperty('code', 'ERR_CLOSED');
});

test('who dies or is closed meanwhile has ended', async () => {
  const never = () => new Promise(() => {});
  const { rt, printed } = await startExit(['late'], { beforeExit: never });
  expect(await failure(rt.done)).toMatchObject({ name: 'GoPanic', message: 'too late' });
  expect(printed.stderr).toMatch(/^panic: too late/);

  const closing = await startExit(['return'], { beforeExit: (rt) => rt.close() });
  expect(await failure(closing.rt.done)).toBeInstanceOf(RuntimeClosed);
});
