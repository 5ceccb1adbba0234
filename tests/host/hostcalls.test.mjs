// @ts-check
// JavaScript functions that C calls.

import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { RuntimeClosed } from '../../host/index.js';
import { failure, startCalls, told } from './start.mjs';

test('every kind of value goes both ways', async () => {
  /** @type {unknown[]} */
  const seen = [];
  const same = (/** @type {any} */ value) => (seen.push(value), value);
  const { ask } = await startCalls({ same });
  const bytes = Uint8Array.of(0, 255, 7);
  const long = 'ä'.repeat(100_000);
  const values = [null, 0, -0, 1.5, NaN, -Infinity, 2 ** 53, 0n, -(2n ** 63n), 2n ** 63n - 1n];
  for (const value of [...values, '', 'grün\0🙂', '\uFEFFtext', long, bytes, new Uint8Array(0)]) {
    expect(await ask('same', value)).toStrictEqual(value);
    expect(seen.pop()).toStrictEqual(value);
  }
  expect(await ask('same', undefined)).toBe(null);
  expect([await ask('same', true), await ask('same', false)]).toEqual([1, 0]);
  expect(await ask('same', 'lone \uD800')).toBe('lone \uFFFD');
  expect(await ask('same', Uint16Array.of(1, 2).subarray(1))).toEqual(Uint8Array.of(2, 0));
  expect(await ask('same', bytes.buffer)).toEqual(bytes);
  const shared = new Uint8Array(new SharedArrayBuffer(300)).fill(9);
  expect(await ask('same', shared)).toEqual(new Uint8Array(300).fill(9));
});

test('a declared function is called like one of C', async () => {
  const gifts = [7, 1.5, NaN, 2 ** 31, 'seven'];
  /** @type {unknown[]} */
  const notes = [];
  const { rt, printed, saw } = await startCalls({
    add: (a, b) => a + b,
    greet: async (/** @type {string | null} */ name) => (name === null ? null : `hello ${name}`),
    note: (...args) => void notes.push(args),
    next: (/** @type {bigint} */ n) => n + 1n,
    number: () => gifts.shift(),
    truth: (/** @type {number} */ x) => x === 0.5,
    same: (/** @type {any} */ value) => value,
  });
  expect(await rt.go('declared', 'größe')).toBe('done');
  expect(notes).toEqual([[1, -5, 4000000000, -6, 4000000001, -(2n ** 63n)]]);
  const wrong = 'expected an integer from -2147483648 to 2147483647';
  await saw('a string, expected');
  expect(printed.stdout.split('\n')).toEqual([
    ...['3.5', 'hello größe', 'null', '9223372036854775807 1', '1 3 2', '7 '],
    `7 host call number: it gave 1.5, ${wrong}`,
    `7 host call number: it gave nan, ${wrong}`,
    `7 host call number: it gave 2147483648, ${wrong}`,
    `7 host call number: it gave a string, ${wrong}`,
    '',
  ]);
});

test('what it throws, or rejects with, is the error in C', async () => {
  const coded = Object.assign(new RangeError('too far'), { code: 'E_FAR' });
  const evil = {
    get message() {
      throw new Error('never seen');
    },
  };
  /** @type {[unknown, string[]][]} */
  const cases = [
    [coded, ['RangeError', 'E_FAR', 'too far']],
    [Object.assign(new Error('odd'), { name: 'Odd' }), ['Odd', '', 'odd']],
    ['just text', ['Error', '', 'just text']],
    [undefined, ['Error', '', 'undefined']],
    [Symbol('s'), ['Error', '', 'Symbol(s)']],
    [{ code: 5 }, ['Error', '5', '[object Object]']],
    [new Error('a\0b'), ['Error', '', 'a\uFFFDb']],
    [new Error('x'.repeat(50_000)), ['Error', '', 'x'.repeat(50_000)]],
    [evil, ['Error', '', 'something that cannot be printed was thrown']],
  ];
  const { ask } = await startCalls({
    throws(/** @type {number} */ i) {
      throw cases[i][0];
    },
    rejects: (/** @type {number} */ i) => Promise.reject(cases[i][0]),
  });
  for (const [i, [, expected]] of cases.entries()) {
    expect(await told(ask('throws', i))).toEqual(expected);
    expect(await told(ask('rejects', i))).toEqual(expected);
  }
});

test('an answer that is no value is an error, and so is an unknown name', async () => {
  /** @type {Record<string, any>} */
  const answers = {
    symbol: () => Symbol(),
    func: async () => () => {},
    object: () => ({}),
    array: () => [],
    big: () => 2n ** 63n,
    getter: () => ({
      get then() {
        throw new TypeError('no then');
      },
    }),
  };
  const { ask } = await startCalls(answers);
  const gave = "the host's function gave";
  const bad = (/** @type {string} */ what) => ['TypeError', 'ERR_BAD_RESULT', `${gave} ${what}`];
  expect(await told(ask('symbol'))).toEqual(bad('a symbol'));
  expect(await told(ask('func'))).toEqual(bad('a function'));
  expect(await told(ask('object'))).toEqual(bad('an object'));
  expect(await told(ask('array'))).toEqual(bad('an array'));
  expect(await told(ask('big'))).toEqual([
    ...['RangeError', 'ERR_BAD_RESULT', `${gave} a BigInt of more than 64 bits`],
  ]);
  expect(await told(ask('getter'))).toEqual(['TypeError', '', 'no then']);
  for (const name of ['nobody', 'toString', 'worldsema:nothing']) {
    expect(await told(ask(name))).toEqual([
      'ReferenceError',
      'ERR_NO_HOST_FUNCTION',
      `no function of the host is named "${name}"; there are symbol, func, object, array, big, getter`,
    ]);
  }
});

test('mistakes of C are told to C', async () => {
  const { rt } = await startCalls({ same: (/** @type {any} */ value) => value });
  const mistakes = [];
  for (let i = 0; i < 8; i++) mistakes.push((await told(rt.go('mistake', i))).join(' '));
  expect(mistakes).toEqual([
    'TypeError ERR_BAD_ARGUMENT argument 1 is not UTF-8',
    expect.stringMatching(/^RangeError ERR_BAD_ARGUMENT argument 1 is 4294967280 bytes at 0x\w+, /),
    'RangeError ERR_BAD_ARGUMENT argument 1 is 100 bytes at 0xfffffff0, beyond the memory',
    'TypeError ERR_BAD_ARGUMENT argument 1 is of no kind',
    'TypeError ERR_BAD_ARGUMENT argument 1 is 1 bytes at NULL',
    'TypeError ERR_BAD_NAME the name of a host function has 1 to 255 bytes',
    'TypeError ERR_BAD_NAME the name of a host function has 1 to 255 bytes',
    'ReferenceError ERR_NO_HOST_FUNCTION no function of the host is named "\uFFFD"; there are same',
  ]);
});

test('when the time is up the signal is aborted, and a late answer dropped', async () => {
  /** @type {AbortSignal[]} */
  const signals = [];
  /** @type {((value: number) => void)[]} */
  const resolves = [];
  const { rt, ask } = await startCalls({
    slow() {
      signals.push(this.signal);
      return new Promise((resolve) => resolves.push(resolve));
    },
    quick: () => 5,
  });
  for (let i = 0; i < 20; i++) {
    const aborted = rt.go('ask', 'slow', 1);
    expect(await told(aborted)).toEqual([
      ...['TimeoutError', 'ERR_TIMEOUT', 'slow did not answer within 1 ms'],
    ]);
    resolves.forEach((resolve) => resolve(-1)); // its record may be another call's by now
    expect(await ask('quick')).toBe(5);
  }
  for (const signal of signals) {
    if (!signal.aborted) await once(signal, 'abort');
    expect(signal.reason.name).toBe('TimeoutError');
  }
  expect(await rt.go('ask', 'quick', 60_000)).toBe(5);
});

test('a thenable that settles twice, or throws afterwards, has settled once', async () => {
  const { ask } = await startCalls({
    twice: () => ({
      then(/** @type {any} */ resolve, /** @type {any} */ reject) {
        resolve(1);
        resolve(2);
        reject(new Error('too late'));
        throw new Error('later still');
      },
    }),
  });
  for (let i = 0; i < 100; i++) expect(await ask('twice')).toBe(1);
});

test.each([1, 2])('ten thousand goroutines wait at once, procs %d', async (procs) => {
  const n = 10_000;
  /** @type {((value: number) => void)[]} */
  const waiting = [];
  /** @type {() => void} */
  let all = () => {};
  const everybody = new Promise((resolve) => (all = () => resolve(undefined)));
  const wait = () =>
    new Promise((resolve) => {
      if (waiting.push(resolve) === n) all();
    });
  const { rt, ask } = await startCalls({ wait, quick: () => 5 }, { procs });
  const sum = rt.go('gather', n);
  await everybody;
  expect(await ask('quick')).toBe(5);

  const goroutines = await rt.goroutines();
  const reasons = goroutines.filter(({ reason }) => reason === 'host call: wait');
  expect(reasons).toHaveLength(n);
  expect(await rt.stack()).toMatch(
    /\n\ngoroutine \d+ \[host call: wait\]:\n(.*\n\t.*\n)*?member\(/,
  );
  expect(rt.numGoroutine()).toBeGreaterThan(n);

  waiting.forEach((resolve, i) => resolve(i));
  expect(await sum).toBe((n * (n - 1)) / 2);
});

test('closing aborts what is waited for; what is settled afterwards changes nothing', async () => {
  /** @type {AbortSignal[]} */
  const signals = [];
  /** @type {((value: any) => void)[]} */
  const resolves = [];
  const { rt, ask } = await startCalls({
    slow() {
      signals.push(this.signal);
      return new Promise((resolve) => resolves.push(resolve));
    },
    close: () => rt.close(),
  });
  const asked = [ask('slow'), ask('slow')].map(failure);
  while (signals.length < 2) await setImmediate();
  const last = failure(ask('close')); // by a function of the host itself
  expect(await failure(rt.done)).toBeInstanceOf(RuntimeClosed);
  resolves.forEach((resolve) => resolve('x'.repeat(1000)));
  for (const { aborted, reason } of signals) {
    expect(aborted).toBe(true);
    expect(reason).toBeInstanceOf(RuntimeClosed);
  }
  expect(await last).toBeInstanceOf(RuntimeClosed);
  for (const error of await Promise.all(asked)) expect(error).toBeInstanceOf(RuntimeClosed);
  expect(await failure(rt.go('half', 2))).toBeInstanceOf(RuntimeClosed);
});
