// @ts-check
// The package in a page, in Chromium, Firefox and WebKitGTK: it runs the programs of this folder
// and shows the same of them as in Node.js.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { root } from '../../scripts/paths.mjs';
import { tools } from '../../scripts/tools.mjs';
import { openBrowser } from '../helpers/browser.mjs';
import { buildProgram } from '../helpers/build.mjs';
import { openFirefox } from '../helpers/firefox.mjs';
import { hostProgram } from '../helpers/hostprograms.mjs';
import { servePlainly } from '../helpers/plainserver.mjs';
import { isTurn, notItsTurn } from '../helpers/sample.mjs';
import { findWebKit, openWebKit, webkitHint } from '../helpers/webkit.mjs';
import { constructors, program, separate } from './start.mjs';

/** @typedef {import('../helpers/driven.mjs').Evaluate} Evaluate */

/** Where the server has a program. @param {{ wasm: string }} built */
const served = ({ wasm }) => `/${relative(root, wasm)}`;

/**
 * Runs in the page: starts the program, does what the steps say, and gives plain data.
 * @param {{ wasm: string, args: string[], env?: Record<string, string>, look?: boolean,
 *   mode?: string }} what
 */
async function runInPage({ wasm, args, env, look, mode }) {
  const before = Object.getOwnPropertyNames(globalThis).length;
  const { setTimeout } = globalThis;
  // createRuntime waits for main as long as that takes: see patiently in start.mjs.
  globalThis.setTimeout = /** @type {any} */ (
    (/** @type {any} */ call, /** @type {number} */ ms, /** @type {any[]} */ ...args) =>
      ms === 1000 ? undefined : setTimeout(call, ms, ...args)
  );
  const { createRuntime } = await import(/** @type {any} */ ('/host/browser.js'));
  const printed = { stdout: '', stderr: '' };
  const decoder = new TextDecoder();
  const keep = (/** @type {'stdout' | 'stderr'} */ name) => (/** @type {Uint8Array} */ bytes) => {
    printed[name] += decoder.decode(bytes);
  };
  const streams = { stdout: keep('stdout'), stderr: keep('stderr') };
  try {
    const rt = await createRuntime({ wasm, args, env, mode, procs: 2, ...streams });
    /** @type {Record<string, unknown>} */
    const seen = { mode: rt.mode, reason: rt.modeReason };
    if (look) {
      while (!printed.stdout.includes('ready')) await new Promise((next) => setTimeout(next, 1));
      const waits = (/** @type {any} */ { reason }) => /^(sleep|chan receive)$/.test(reason);
      while ((await rt.goroutines()).filter(waits).length < 4);
      seen.stack = await rt.stack();
      seen.goroutines = await rt.goroutines();
      seen.profile = await rt.profile('goroutine');
      seen.procs = rt.mode === 'one' || [await rt.setMaxProcs(4), rt.counts().procs];
      await rt.close();
    }
    const end = await rt.done.then(
      (/** @type {number} */ code) => ({ code }),
      (/** @type {any} */ { name, code, message, dump }) => ({ name, code, message, dump }),
    );
    const left = Object.getOwnPropertyNames(globalThis).length - before;
    return { ...printed, ...seen, end, left };
  } catch (error) {
    const { name, code, message } = /** @type {any} */ (error);
    return { ...printed, refused: true, end: { name, code, message } };
  }
}

/**
 * Runs in the page: a dump of the program's crowd.
 * @param {string} wasm
 */
async function dumpCrowd(wasm) {
  const { createRuntime } = await import(/** @type {any} */ ('/host/browser.js'));
  let stdout = '';
  const decoder = new TextDecoder();
  const rt = await createRuntime({
    ...{ wasm, args: ['crowd'] },
    stdout: (/** @type {Uint8Array} */ bytes) => (stdout += decoder.decode(bytes)),
  });
  while (!stdout.includes('ready')) await new Promise((next) => setTimeout(next, 1));
  const stack = await rt.stack();
  await rt.close();
  return stack;
}

/**
 * Runs in the page: the stacks of a program whose constructor does not end.
 * @param {string} wasm
 */
async function lookAtStart(wasm) {
  const { createRuntime } = await import(/** @type {any} */ ('/host/browser.js'));
  const rt = await createRuntime({ wasm, procs: 2, env: { WHAT: 'loops' } });
  let stack = '';
  while (!stack.includes('Global::Global(')) stack = await rt.stack();
  await rt.close();
  return stack;
}

/**
 * Runs in the page: dumps inplace.c, then lets it end.
 * @param {{ wasm: string, poll: boolean }} what poll: as in a browser without Atomics.waitAsync
 */
async function lookInPlace({ wasm, poll }) {
  if (poll) /** @type {any} */ (Atomics).waitAsync = undefined;
  const { createRuntime } = await import(/** @type {any} */ ('/host/browser.js'));
  let stdout = '';
  const decoder = new TextDecoder();
  const keep = (/** @type {Uint8Array} */ bytes) => (stdout += decoder.decode(bytes));
  const rt = await createRuntime({ wasm, procs: 2, stdout: keep });
  while (!stdout.includes('ready')) await new Promise((next) => setTimeout(next, 1));
  /** @type {any[]} */
  let goroutines = [];
  const waits = (/** @type {string} */ why) => goroutines.some(({ reason }) => reason === why);
  while (!waits('sleep') || !waits('chan receive')) goroutines = await rt.goroutines();
  const stacks = goroutines.map(({ frames }) =>
    frames
      .filter((/** @type {any} */ { kind }) => kind === 'user' || kind === 'foreign')
      .map((/** @type {any} */ { func, file, line }) => `${func} ${file}:${line}`)
      .join('\n'),
  );
  let text = '';
  while (!text.includes('[runnable, on worker')) text = await rt.stack();
  const procs = await rt.setMaxProcs(3);
  const end = await rt.done;
  return { stdout, stacks, text, procs, end };
}

/**
 * Runs in the page: calls both ways with hostcalls.c, ten thousand that wait at once among them.
 * @param {{ wasm: string, page: string }} what
 */
async function callInPage({ wasm, page }) {
  const { createRuntime } = await import(/** @type {any} */ ('/host/browser.js'));
  const n = 10_000;
  /** @type {((value: number) => void)[]} */
  const waiting = [];
  let asked = 0;
  let aborted = 0;
  const host = {
    same: (/** @type {any} */ value) => value,
    wait: () => new Promise((resolve) => waiting.push(resolve)),
    /** @this {{ signal: AbortSignal }} */
    never() {
      asked++;
      if (this.signal.aborted) aborted++;
      else this.signal.addEventListener('abort', () => aborted++);
      return new Promise(() => {});
    },
    fails: () => Promise.reject(Object.assign(new RangeError('no'), { code: 'E_NO' })),
  };
  const rt = await createRuntime({ wasm, procs: 2, args: ['serve'], host });
  const told = (/** @type {any} */ { name, code }) => `${name} ${code}`;
  /** @type {Record<string, unknown>} */
  const seen = {};

  const sum = rt.go('gather', n);
  while (waiting.length < n) await new Promise((next) => setTimeout(next, 1));
  const goroutines = await rt.goroutines();
  seen.waiting = goroutines.filter(
    (/** @type {any} */ { reason }) => reason === 'host call: wait',
  ).length;
  waiting.forEach((resolve, i) => resolve(i));
  seen.sum = await sum;

  seen.text = await rt.go('ask', 'same', 0, 'größe');
  seen.bytes = (await rt.go('ask', 'same', 0, new Uint8Array(100_000).fill(3))).length;
  seen.big = String(await rt.go('ask', 'same', 0, 2n ** 62n));
  seen.failure = await rt.go('ask', 'fails', 0).catch(told);
  seen.timeout = await rt.go('ask', 'never', 1).catch(told);
  seen.read = new TextDecoder().decode(await rt.go('reads', page)).length > 0;
  seen.fetched = (await rt.go('fetches', 'no/such/page')).slice(0, 3);
  seen.random = (await rt.go('zeros', 1000)) < 100;
  const to = rt.channel('int in');
  const sent = Promise.all([to.send(1), to.send(2), to.send(3)]).then(() => to.close());
  const received = [];
  for await (const value of rt.channel('int out')) received.push(value);
  await sent;
  seen.received = received;
  // The call above may have timed out before this thread saw it.
  const before = asked;
  const late = rt.go('ask', 'never', 0).catch(told);
  while (asked === before) await new Promise((next) => setTimeout(next, 1));
  await rt.close();
  seen.closed = [await late, asked - aborted];
  return seen;
}

/**
 * Runs in the page: what exit.c has allocated, as it ends.
 * @param {{ wasm: string }} what
 */
async function leaveInPage({ wasm }) {
  const { createRuntime } = await import(/** @type {any} */ ('/host/browser.js'));
  /** @type {number[]} */
  let objects = [];
  const beforeExit = async (/** @type {any} */ rt) => {
    await rt.gc();
    const { records } = await rt.profile('heap');
    const by =
      (/** @type {string} */ name) =>
      (/** @type {any} */ { frames }) =>
        frames.some((/** @type {any} */ { func }) => func === name);
    const sum = (/** @type {number} */ sum, /** @type {any} */ { inuseObjects }) =>
      sum + inuseObjects;
    objects = ['collected', 'uncollected'].map((name) => records.filter(by(name)).reduce(sum, 0));
  };
  const rt = await createRuntime({ wasm, procs: 2, args: ['crowd', '1000'], beforeExit });
  return [await rt.done, objects];
}

/**
 * Runs in the page: starts a program whose glue was renamed.
 * @param {string} folder
 */
async function startRenamed(folder) {
  const { createRuntime } = await import(/** @type {any} */ ('/host/browser.js'));
  const wasm = new URL(`${folder}program.wasm`, location.href);
  const glue = new URL(`${folder}renamed.mjs`, location.href);
  const { default: createProgram } = await import(glue.href);
  const start = (/** @type {unknown} */ glue) =>
    createRuntime({ wasm, glue }).then(
      (/** @type {any} */ rt) => rt.close().then(() => 'it started'),
      (/** @type {any} */ { name, code, message }) => [name, code, message],
    );
  return [await start(glue), await start(createProgram)];
}

/**
 * Runs in the page: starts programs whose scripts cannot be loaded.
 * @param {{ wasm: string, plain: string }} what the program, also on a server that knows no .mjs
 */
async function startWithout({ wasm, plain }) {
  const { createRuntime } = await import(/** @type {any} */ ('/host/browser.js'));
  const make = () => new Worker('/missing.js', { type: 'module' });
  const told = (/** @type {object} */ options) =>
    createRuntime(options).catch((/** @type {any} */ { name, code, message }) => [
      ...[name, code],
      message.replace(/.*(?= \()/s, ''),
    ]);
  return [
    await told({ wasm: plain }),
    await told({ wasm, worker: `${plain.replace(/wasm$/, 'mjs')}` }),
    await told({ wasm, worker: make }),
    await told({ wasm, mode: 'one', one: make }),
  ];
}

/**
 * A frame of inplace.c, by the comment of its line.
 * @param {string} func
 * @param {string} comment
 */
function at(func, comment) {
  const file = 'tests/host/inplace.c';
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  const found = lines.flatMap((line, i) => (line.endsWith(`// ${comment}`) ? [i + 1] : []));
  expect(found).toHaveLength(1);
  return `${func} ${file}:${found[0]}`;
}

/** @param {import('../helpers/browser.mjs').BrowserOptions} [options] */
async function openChromium(options) {
  const { open, close } = await openBrowser(options);
  /** @type {Evaluate} */
  const evaluate = async (call, arg) => {
    const { page, errors } = await open('tests/host/empty.html');
    const value = /** @type {any} */ (await page.evaluate(/** @type {any} */ (call), arg));
    await page.close();
    return { value, errors };
  };
  return { evaluate, close };
}

const withFirefox = isTurn(2, 4) && Boolean(tools.firefox.find());
if (!isTurn(2, 4)) console.log(`Firefox is ${notItsTurn}.`);
else if (!withFirefox)
  console.log(
    'The tests in Firefox are skipped: apt-get install firefox-esr, or name it in FIREFOX.',
  );

// Set-up does not install it, and on a busy machine it takes minutes: `npm run stress` runs it.
const withWebKit = process.env.WORLDSEMA_STRESS === '1' && Boolean(findWebKit());
if (!withWebKit)
  console.log(`The tests in WebKitGTK are skipped: \`npm run stress\` runs them (${webkitHint}).`);

const browsers = [
  { name: 'Chromium', launch: openChromium, found: true },
  { name: 'Firefox', launch: openFirefox, found: withFirefox },
  { name: 'WebKitGTK', launch: openWebKit, found: withWebKit },
];

for (const { name, launch, found } of browsers) {
  (found ? describe : describe.skip)(name, () => suite(launch, { hasLines: name !== 'WebKitGTK' }));
}

/**
 * @param {typeof openChromium} launch
 * @param {{ hasLines: boolean }} engine  do its stacks have lines, or functions only?
 */
function suite(launch, { hasLines }) {
  /** @type {Awaited<ReturnType<typeof openChromium>>} */ let browser;
  /** @type {string} */ let wasm;

  beforeAll(async () => {
    wasm = served(await program());
    browser = await launch();
  });
  afterAll(() => browser?.close());

  /** @param {string[]} args @param {{ look?: boolean }} [options] */
  async function run(args, { look } = {}) {
    const { value, errors } = await browser.evaluate(runInPage, { wasm, args, look });
    return { .../** @type {any} */ (value), errors };
  }

  test('a program runs in a page', async () => {
    const { stdout, stderr, end, errors, left } = await run(['echo', 'größe']);
    expect({ stdout, stderr, end }).toEqual({
      stdout: 'echo\ngröße\n(null) alone\n',
      stderr: 'to stderr',
      end: { code: 0 },
    });
    expect(errors).toEqual([]);
    expect(left).toBe(0);
  });

  test('one that dies before main is told by createRuntime; what takes long can be looked at', async () => {
    const { wasm } = await constructors();
    const what = { wasm: served({ wasm }), args: [] };
    const death = await browser.evaluate(runInPage, { ...what, env: { WHAT: 'panics' } });
    expect(death.value).toMatchObject({
      stdout: 'about to',
      stderr: expect.stringMatching(/^panic: no configuration\n\ngoroutine 1 \[/),
      refused: true,
      end: { name: 'GoPanic', code: 'ERR_PANIC', message: 'no configuration' },
    });
    const exit = await browser.evaluate(runInPage, { ...what, env: { WHAT: 'exits' } });
    expect(exit.value).toMatchObject({ stdout: 'leaving early\n', end: { code: 5 } });
    const stack = await browser.evaluate(lookAtStart, what.wasm);
    expect(stack.value).toMatch(/^Global::Global\(/m);
    for (const { errors } of [death, exit, stack]) expect(errors).toEqual([]);
  });

  test('output is whole while the page thread never waits', async () => {
    const lines = 20_000;
    const { stdout, end } = await run(['flood', String(lines)]);
    expect(end).toEqual({ code: 0 });
    expect(stdout.split('\n')).toHaveLength(lines + 1);
    expect(
      stdout.endsWith(`line ${lines - 1} of some length, so that the ring is full often\n`),
    ).toBe(true);
  });

  test('every goroutine can be seen while all workers are busy', async () => {
    const { stack, goroutines, profile, procs, end } = await run(['crowd'], { look: true });
    expect(goroutines).toHaveLength(6);
    expect(stack).toMatch(/^goroutine 1 \[sleep\]:/);
    expect(stack.match(/waiter\(\.\.\.\)\n\ttests\/host\/program.c:\d+/g)).toHaveLength(3);
    expect(profile.total).toBe(6);
    expect(procs).toEqual([2, 4]);
    expect(end).toMatchObject({ name: 'RuntimeClosed', code: 'ERR_CLOSED' });
  });

  test.each([
    ['Deadlock', ['deadlock'], 'all goroutines are asleep - deadlock!'],
    ['GoPanic', ['panic'], 'what the program says'],
    ['RuntimeTrap', ['trap', '0'], / by zero$/],
  ])('death by %s', async (name, args, message) => {
    const { end, stderr, errors } = await run(args);
    expect(end.name).toBe(name);
    expect(end.message).toMatch(message);
    expect(end.dump).toMatch(/^goroutine 1 \[/m);
    expect(stderr).toContain(end.dump);
    expect(errors).toEqual([]);
  });

  test('foreign loops on every worker, a callback that waits: each stack to the line', async () => {
    const built = await buildProgram('tests/host/inplace.c');
    for (const poll of [false, true]) {
      const { value, errors } = await browser.evaluate(lookInPlace, { wasm: served(built), poll });
      expect(errors).toEqual([]);
      expect(value).toMatchObject({ end: 0, stdout: 'travelled\nready\nreceived 2\n', procs: 2 });
      const told = (/** @type {string} */ frame) => (hasLines ? frame : frame.replace(/\d+$/, '0'));
      const spins = [
        at('spin', 'spins'),
        told(at('turn', 'calls spin')),
        at('spinner', 'calls turn'),
      ];
      const below = [at('visit', 'calls back'), at('visitor', 'calls visit')].map(told);
      expect(value.stacks.sort()).toEqual(
        [[at('main', 'sleeps')], [at('receive', 'waits'), ...below], ...[spins, spins, spins]]
          .map((frames) => frames.join('\n'))
          .sort(),
      );
      for (const why of ['runnable', 'chan receive'])
        expect(value.text).toMatch(RegExp(`^goroutine \\d+ \\[${why}, on worker \\d+[\\],]`, 'm'));
      if (!hasLines) expect(value.text).toMatch(/, partly known\]:$/m);
    }
  });

  test('calls both ways, ten thousand that wait at once among them', async () => {
    const built = await hostProgram('hostcalls');
    const what = { wasm: served(built), page: '/tests/host/empty.html' };
    const { value } = await browser.evaluate(callInPage, what);
    expect(value).toEqual({
      waiting: 10_000,
      sum: (10_000 * 9_999) / 2,
      ...{ text: 'größe', bytes: 100_000, big: String(2n ** 62n) },
      ...{ failure: 'RangeError E_NO', timeout: 'TimeoutError ERR_TIMEOUT' },
      ...{ read: true, fetched: '404', random: true, received: [1, 2, 3] },
      closed: ['RuntimeClosed ERR_CLOSED', 0], // every call is told
    });
  });

  test('a last look before the end', async () => {
    const what = { wasm: served(await hostProgram('exit')) };
    const { value } = await browser.evaluate(leaveInPage, what);
    expect(value).toEqual([7, [1000, 1000]]);
  });

  test('a glue under another name is found by its address, and missed without one', async () => {
    const folder = join(root, 'build', 'renamed');
    const built = await program();
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    copyFileSync(built.wasm, join(folder, 'program.wasm'));
    copyFileSync(built.glue, join(folder, 'renamed.mjs'));
    const { value } = await browser.evaluate(startRenamed, '/build/renamed/');
    expect(value).toEqual([
      'it started',
      ['LoadError', 'ERR_WORKER_START', expect.stringContaining('/build/renamed/program.mjs')],
    ]);
  });

  test('a script that a server sends as something else, or not at all, is told with that', async () => {
    const built = await program();
    const site = await servePlainly(dirname(built.wasm));
    const plain = new URL('program.wasm', site.url).href;
    try {
      const what = { wasm: served(built), plain };
      const type = ' (its server sends it as application/octet-stream, which is not JavaScript)';
      expect((await browser.evaluate(startWithout, what)).value).toEqual([
        ['LoadError', 'ERR_GLUE_NOT_FOUND', type],
        ['LoadError', 'ERR_WORKER_START', type],
        ['LoadError', 'ERR_WORKER_START', ' (status 404)'],
        ['LoadError', 'ERR_WORKER_START', ' (status 404)'],
      ]);
    } finally {
      await site.close();
    }
  });

  test('names and lines beside the module are found, and are not needed', async () => {
    const built = await separate();
    const folder = join(root, 'build', 'separate');
    mkdirSync(folder, { recursive: true });
    for (const file of ['separate.wasm', 'separate.mjs'])
      copyFileSync(join(dirname(built.wasm), file), join(folder, file));
    for (const [wasm, frame] of [
      [served(built), 'wait_for_ever(...)\n\ttests/host/separate.c:11 '],
      ['/build/separate/separate.wasm', '?(...)\n\t?:0 '],
    ]) {
      const what = { wasm, args: ['waits'] };
      const { stdout, end } = /** @type {any} */ ((await browser.evaluate(runInPage, what)).value);
      expect({ stdout, code: end.code }).toEqual({ stdout: 'hello\n', code: 'ERR_DEADLOCK' });
      expect(end.dump).toContain(`goroutine 1 [chan receive]:\n${frame}`);
    }
  });

  test('a page without shared memory is told so', async () => {
    const { value } = await browser.evaluate(async (/** @type {string} */ wasm) => {
      const { SharedArrayBuffer } = globalThis;
      delete (/** @type {any} */ (globalThis).SharedArrayBuffer); // as some browsers' settings do
      try {
        const { createRuntime } = await import(/** @type {any} */ ('/host/browser.js'));
        const one = await createRuntime({ wasm, stdout: () => {} });
        await one.close();
        return await createRuntime({ wasm, mode: 'workers' }).catch(
          (/** @type {any} */ { code, message }) => ({ code, message, mode: one.mode }),
        );
      } finally {
        globalThis.SharedArrayBuffer = SharedArrayBuffer;
      }
    }, wasm);
    expect(value).toEqual({
      ...{ code: 'ERR_NO_SHARED_MEMORY', mode: 'one' },
      message: expect.stringContaining('isolated, but this browser gives it no SharedArrayBuffer'),
    });
  });

  describe('a page without the two headers', () => {
    /** @type {Awaited<ReturnType<typeof launch>>} */
    let plain;
    beforeAll(async () => void (plain = await launch({ isolated: false })));
    afterAll(() => plain?.close());

    test('is told which they are, if it wants workers', async () => {
      const { value } = await plain.evaluate(runInPage, { wasm, args: [], mode: 'workers' });
      const { end } = /** @type {any} */ (value);
      expect(end).toMatchObject({ name: 'PlatformError', code: 'ERR_NO_ISOLATION' });
      expect(end.message).toContain('Cross-Origin-Opener-Policy: same-origin');
      expect(end.message).toContain('Cross-Origin-Embedder-Policy: require-corp');
    });

    test('runs the same file on one worker', async () => {
      const what = { wasm, args: ['echo', 'ä b', ''], env: { COLOUR: 'red' } };
      const { value, errors } = await plain.evaluate(runInPage, what);
      expect(value).toMatchObject({
        ...{ mode: 'one', stdout: 'echo\nä b\n\nred alone\n', stderr: 'to stderr' },
        end: { code: 0 },
      });
      expect(/** @type {any} */ (value).reason).toContain('not cross-origin isolated');
      expect(errors).toEqual([]);
    });

    test('dumps busy loops', async () => {
      const built = await buildProgram('tests/host/program.c', { polls: 'unwind' });
      const { value, errors } = await plain.evaluate(dumpCrowd, served(built));
      const stack = String(value);
      expect(stack).toMatch(/spinner\(\.\.\.\)/);
      expect(stack).toMatch(/\[chan receive, label: "a waiter"\]:\nwaiter\(\.\.\.\)/);
      expect(errors).toEqual([]);
    });

    test('sees how a program died', async () => {
      for (const [args, name, text] of [
        ...[[['deadlock'], 'Deadlock', '[chan receive]:\ndie_of(...)']],
        ...[[['trap', '0'], 'RuntimeTrap', 'goroutine 1 [running']],
        ...[[['overflow'], 'StackOverflow', 'deep(...)']],
      ]) {
        const { value } = await plain.evaluate(runInPage, {
          ...{ wasm, args: /** @type {string[]} */ (args) },
        });
        const { end } = /** @type {any} */ (value);
        expect(end.name).toBe(name);
        expect(end.dump).toContain(text);
      }
    });
  });
}
