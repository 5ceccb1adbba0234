// @ts-check
// A program that runs in this process: what it prints, how it ends, and what the host sees of it.

import { expect, test } from '@jest/globals';
import {
  OptionError,
  ProgramError,
  RuntimeClosed,
  formatDump,
  groupStacks,
  parseDump,
  toText,
} from '../../host/index.js';
import { start, startCrowd, testWorkers } from './start.mjs';

test('arguments and environment go in, output comes out', async () => {
  process.env.WORLDSEMA_OUTSIDE = 'not for the program';
  const env = { COLOUR: 'grün' };
  const { rt, printed } = await start(['echo', 'größe', 'a b', ''], { env });
  expect(await rt.done).toBe(0);
  expect(printed).toEqual({
    stdout: 'echo\ngröße\na b\n\ngrün alone\n',
    stderr: 'to stderr',
  });
});

test('the exit code is what the program says', async () => {
  const { rt } = await start(['exit', '3']);
  expect(await rt.done).toBe(3);
});

test('nothing is lost of a flood of output', async () => {
  const lines = 50_000;
  const { rt, printed } = await start(['flood', String(lines)]);
  expect(await rt.done).toBe(0);
  const one = (/** @type {number} */ i) =>
    `line ${i} of some length, so that the ring is full often\n`;
  expect(printed.stdout === Array.from({ length: lines }, (_, i) => one(i)).join('')).toBe(true);
});

test('memory may grow while the host watches', async () => {
  const { rt, printed } = await start(['grow']);
  expect(await rt.done).toBe(0);
  expect(printed.stdout).toBe(Array.from({ length: 200 }, (_, i) => `${i} 1\n`).join(''));
});

test.each([
  ['Deadlock', 'ERR_DEADLOCK', ['deadlock'], 'all goroutines are asleep - deadlock!'],
  ['GoPanic', 'ERR_PANIC', ['panic'], 'what the program says'],
  ['RuntimeThrow', 'ERR_THROW', ['throw'], 'abort called'],
  ['StackOverflow', 'ERR_STACK_OVERFLOW', ['overflow'], 'stack overflow'],
  ['StackOverflow', 'ERR_STACK_OVERFLOW', ['recursion', '100000000'], /call stack size/],
  ['RuntimeTrap', 'ERR_TRAP', ['trap', '0'], /divide by zero/],
])('death by %s, %s, %j', async (name, code, args, message) => {
  const { rt, printed } = await start(args);
  const error = await rt.done.catch((reason) => reason);
  expect(error).toBeInstanceOf(ProgramError);
  expect(error).toMatchObject({ name, code, exitCode: 2 });
  expect(error.message).toMatch(message);
  expect(error.dump).toMatch(/^goroutine 1 \[/m);
  expect(printed.stderr).toContain(error.dump);
  expect(printed.stderr).toContain(error.message);
});

test('a heap in ruins is a death too, though the report may fail', async () => {
  const { rt } = await start(['heap']);
  const error = await rt.done.catch((reason) => reason);
  expect(error).toMatchObject({ name: 'RuntimeTrap', code: 'ERR_TRAP', exitCode: 2 });
  expect(error.message).toMatch(/out of bounds/);
});

testWorkers('a worker that is killed is told, and nothing hangs', async () => {
  const { rt } = await start(['worker']);
  const asked = rt.stack().catch((reason) => reason);
  const error = await rt.done.catch((reason) => reason);
  expect(error).toMatchObject({ name: 'WorkerDied', code: 'ERR_WORKER_DIED', exitCode: 2 });
  expect(error.message).toContain('code 7');
  // It may have been answered before.
  const answer = await asked;
  if (typeof answer !== 'string') expect(answer).toBeInstanceOf(RuntimeClosed);
});

test('every goroutine can be seen while all workers are busy', async () => {
  const { rt } = await startCrowd({ procs: 1 });

  const text = await rt.stack({ all: true });
  const goroutines = await rt.goroutines();
  expect(goroutines.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(goroutines[0]).toMatchObject({
    id: 1,
    state: 'waiting',
    reason: 'sleep',
    createdBy: null,
  });
  expect(goroutines[1]).toMatchObject({
    ...{ state: 'waiting', reason: 'chan receive', label: 'a waiter', locked: false },
    createdBy: { func: 'crowd', file: 'tests/host/program.c', goroutine: 1 },
  });
  expect(goroutines[1].frames.find(({ kind }) => kind === 'user')).toMatchObject({
    ...{ func: 'waiter', file: 'tests/host/program.c', line: expect.any(Number) },
  });
  const spinners = goroutines.slice(4);
  expect(spinners.filter(({ state }) => state === 'running').length).toBeLessThanOrEqual(1);
  expect(spinners.map(({ frames }) => frames.at(0)?.func)).toEqual(['spinner', 'spinner']);

  // The program and the package print the same; which spinner runs, and where, changes.
  const still = (/** @type {string} */ dump) =>
    dump.replace(/\[(running|runnable)(, on worker \d)?/g, '[on');
  expect(still(formatDump(goroutines))).toBe(still(text));
  expect(still(formatDump(parseDump(text)))).toBe(still(text));
  expect(await rt.stack({ all: false })).toMatch(/^goroutine 1 \[sleep\]:\n[^]*main\(/);
  expect(groupStacks(goroutines)[0]).toMatchObject({ count: 3, ids: [2, 3, 4] });
});

test('a dump tells how long the world was stopped for it', async () => {
  const { rt } = await startCrowd();
  const { goroutines, stoppedMs, totalMs } = await rt.dump();
  expect(goroutines.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(stoppedMs).toBeGreaterThan(0);
  expect(totalMs).toBeGreaterThanOrEqual(stoppedMs);
});

test('profiles of a running program', async () => {
  const { rt } = await startCrowd();

  const profile = await rt.profile('goroutine');
  expect(profile).toMatchObject({ kind: 'goroutine', total: 6 });
  const told = [
    [3, 'a waiter'],
    [2, undefined],
    [1, undefined],
  ];
  expect(profile.records.map(({ count, label }) => [count, label])).toEqual(told);
  expect(JSON.parse(JSON.stringify(profile))).toEqual(profile);
  expect(toText(profile)).toMatch(
    /^goroutine profile: total 6\n3 @ 0x\w+( 0x\w+)*\n# labels: {"label":"a waiter"}\n#\t0x\w+\twaiter\+0x\w+\ttests\/host\/program.c:\d+\n/,
  );

  const whole = await rt.profile('goroutine', { debug: 2 });
  expect(whole.records.map(({ count, label }) => [count, label])).toEqual(told);
  expect(toText(whole, 2)).toMatch(/^goroutine 1 \[sleep\]:\n/);

  // A spare worker may be started meanwhile.
  const before = rt.counts().threads;
  const { total } = await rt.profile('threadcreate');
  expect(total).toBeGreaterThanOrEqual(before);
  expect(total).toBeLessThanOrEqual(rt.counts().threads);
  await expect(rt.profile(/** @type {any} */ ('cpu'))).rejects.toThrow(OptionError);
});

testWorkers('counters, and GOMAXPROCS changed from outside', async () => {
  const { rt } = await startCrowd({ procs: 1 });
  expect(rt.numGoroutine()).toBe(6);
  expect(rt.counts()).toMatchObject({ goroutines: 6, procs: 1 });

  expect(await rt.setMaxProcs(3)).toBe(1);
  const counts = rt.counts();
  expect(counts).toMatchObject({ goroutines: 6, procs: 3 });
  expect(counts.perProc).toHaveLength(3);
  await expect(rt.setMaxProcs(0)).rejects.toHaveProperty('code', 'ERR_BAD_PROCS');
  expect(await rt.setMaxProcs(2)).toBe(3);

  await rt.close();
  expect(rt.counts()).toMatchObject({ goroutines: 6, procs: 2 });
});

test('counters by state add up, and come to rest with the program', async () => {
  const { rt } = await startCrowd({ procs: 1 });
  const states = () => {
    const { idle, runnable, running, syscall, waiting } = rt.counts();
    return [idle, runnable, running, syscall, waiting];
  };
  // With one worker, none runs while this thread is told.
  const rest = rt.mode === 'one' ? '0,2,0,0,4' : '0,1,1,0,4';
  for (let looks = 0; looks < 1000 || `${states()}` !== rest; looks++) {
    const seen = states();
    expect([6, 7]).toContain(seen.reduce((sum, n) => sum + n)); // one may be on its way
    // The program may want another worker, and this thread starts it, in its event loop.
    await new Promise(setImmediate);
  }
});

test('many questions at once are all answered', async () => {
  const { rt } = await startCrowd();
  const asked = Array.from({ length: 200 }, (_, i) => (i % 2 ? rt.stack() : rt.goroutines()));
  for (const answer of await Promise.all(asked)) expect(answer.length).toBeGreaterThanOrEqual(6);
});

test('options of a question that cannot be used are named', async () => {
  const { rt } = await start(['exit', '0']);
  const error = (/** @type {() => unknown} */ ask) =>
    Promise.resolve()
      .then(ask)
      .catch((reason) => reason);
  const any = /** @type {any} */ (rt);
  for (const [ask, code, text] of /** @type {[() => unknown, string, string][]} */ ([
    [() => any.stack(null), 'ERR_BAD_OPTIONS', 'stack: expected an object with options, got null'],
    [() => any.profile('heap', 1), 'ERR_BAD_OPTIONS', 'profile: expected an object with options'],
    [() => any.profile('heap', { debug: 7 }), 'ERR_BAD_PROFILE', 'debug: expected 0, 1 or 2'],
    [() => any.heap(null), 'ERR_BAD_OPTIONS', 'heap: expected an object with options, got null'],
    [() => any.heap({ since: '3' }), 'ERR_BAD_OPTIONS', 'heap: since: expected the number'],
    [() => any.trace(null), 'ERR_BAD_OPTIONS', 'trace: expected an object with options, got null'],
  ])) {
    const reason = await error(ask);
    expect(reason).toBeInstanceOf(OptionError);
    expect(reason).toMatchObject({ code, message: expect.stringContaining(text) });
  }
  await rt.done;
});

test('beyond the room for questions one is refused, and later there is room again', async () => {
  const { rt } = await startCrowd();
  for (let round = 0; round < 2; round++) {
    const asked = Array.from({ length: 300 }, () => rt.goroutines());
    const settled = await Promise.allSettled(asked);
    expect(settled.slice(0, 256).map(({ status }) => status)).toEqual(Array(256).fill('fulfilled'));
    // In mode one some may be answered before the last ones arrive.
    const others = settled
      .slice(256)
      .filter(({ status }) => rt.mode !== 'one' || status === 'rejected');
    for (const { reason } of /** @type {any[]} */ (others)) {
      expect(reason).toMatchObject({ code: 'ERR_BUSY', message: expect.stringMatching(/^256 /) });
    }
  }
});
