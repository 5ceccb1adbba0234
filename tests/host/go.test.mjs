// @ts-check
// C functions that JavaScript calls, channels between them, and the ready-made functions of the
// host.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { expect, jest, test } from '@jest/globals';
import { Deadlock, GoError, GoPanic, OptionError, RuntimeClosed } from '../../host/index.js';
import { nextId } from '../../host/calls.js';
import { hostProgram } from '../helpers/hostprograms.mjs';
import { failure, start, startCalls, told } from './start.mjs';

const self = 'tests/host/hostcalls.c';

test('an exported function is a goroutine, and its result the promise', async () => {
  const { rt } = await startCalls();
  expect(await rt.go('half', 5)).toBe(2.5);
  expect(await rt.go('half', 3n)).toBe(1.5);
  expect(await rt.go('twice', 'grün')).toBe('grüngrün');
  expect(await rt.go('twice', null)).toBe(null);
  expect(await rt.go('nothing')).toBe(null);
  const values = [true, -1, 4294967295, -(2n ** 63n), 0.1];
  expect(await rt.go('kinds', ...values, Uint8Array.of(1, 2))).toBe(
    '1 -1 4294967295 -9223372036854775808 0.1 4:2',
  );
  expect(await rt.go('last')).toBe(null);
  const long = 'x'.repeat(3_000_000);
  expect(await rt.go('last', 1, long, long)).toBe(long);
});

test('many at once, in one turn', async () => {
  const { rt } = await startCalls();
  const n = 3000;
  const halves = await Promise.all(Array.from({ length: n }, (_, i) => rt.go('half', i)));
  expect(halves).toEqual(Array.from({ length: n }, (_, i) => i / 2));
});

test('after four billion calls their numbers begin again, without those of calls that are not through', () => {
  const last = 2 ** 32 - 1;
  expect(nextId(0, new Set())).toBe(1);
  expect(nextId(last - 1, new Set())).toBe(last);
  expect(nextId(last, new Set())).toBe(1);
  expect(nextId(last - 2, new Set([last - 1, last, 1, 2, 4]))).toBe(3);
});

test('wrong arguments reject the promise, and say which', async () => {
  const { rt } = await startCalls();
  const wrong = (/** @type {string} */ text) => ['TypeError', 'ERR_BAD_ARGUMENT', text];
  expect(await told(rt.go('half'))).toEqual(wrong('half takes 1 arguments, got 0'));
  expect(await told(rt.go('half', 1, 2))).toEqual(wrong('half takes 1 arguments, got 2'));
  expect(await told(rt.go('half', '1'))).toEqual(
    wrong('half: argument 1 is a string, expected a number'),
  );
  const kinds = [true, -1, 0, 0n, 0, null];
  /** @type {[number, unknown, string][]} */
  const cases = [
    [0, 2, '2, expected an integer from 0 to 1'],
    [1, NaN, 'nan, expected an integer from -2147483648 to 2147483647'],
    [1, 2n ** 40n, '1099511627776, expected an integer from -2147483648 to 2147483647'],
    [2, -1, '-1, expected an integer from 0 to 4294967295'],
    [3, 2 ** 63, '9.2233720368547758e+18, expected an integer from -9223372036854775808 to'],
    [4, null, 'null, expected a number'],
  ];
  for (const [i, value, text] of cases) {
    const args = kinds.map((right, at) => (at === i ? value : right));
    const [name, code, message] = await told(rt.go('kinds', .../** @type {any[]} */ (args)));
    expect([name, code]).toEqual(['TypeError', 'ERR_BAD_ARGUMENT']);
    expect(message).toContain(`kinds: argument ${i + 1} is ${text}`);
  }
  const odd = [Symbol('s'), () => 1, {}, [], 2n ** 63n, new Date()];
  for (const value of odd) {
    const error = await failure(rt.go('last', 'fine', /** @type {any} */ (value)));
    expect(error).toBeInstanceOf(OptionError);
    expect(error).toMatchObject({ code: 'ERR_BAD_ARGUMENT' });
    expect(error.message).toContain('go("last"): argument 2 is a');
  }
  const huge = await failure(rt.go('last', new Uint8Array(2 ** 31)));
  expect(huge.message).toContain('argument 1 is 2147483648 bytes');
});

test('a name that is not exported is an OptionError that tells the others', async () => {
  const { rt } = await startCalls();
  for (const name of ['nobody', '', 'half\0', 'worldsema:receive', 'toString', 7, undefined]) {
    const error = await failure(rt.go(/** @type {any} */ (name)));
    expect(error).toBeInstanceOf(OptionError);
    expect(error.code).toBe('ERR_NO_FUNCTION');
    expect(error.message).toMatch(/; there are answers_twice, ask, .*, zeros \(GO_EXPORT\)$/);
  }
});

test('a function may fail, end by go_exit, or answer what is no UTF-8', async () => {
  const { rt } = await startCalls();
  const error = await failure(rt.go('fails'));
  expect(error).toBeInstanceOf(GoError);
  expect(error).toMatchObject({
    name: 'RangeError',
    code: 'E_LARGE',
    message: 'größer als erlaubt',
  });
  expect(await told(rt.go('exits'))).toEqual([
    ...['Error', 'ERR_NO_ANSWER', 'the goroutine ended by go_exit, without an answer'],
  ]);
  expect(await told(rt.go('bad_text'))).toEqual([
    ...['TypeError', 'ERR_BAD_ARGUMENT', 'the result is not UTF-8'],
  ]);
});

test.each([
  ['panics', "in a goroutine of JavaScript's"],
  ['answers_twice', 'the call is answered already'],
])('%s: a panic that nobody catches ends the program', async (name, message) => {
  const { rt, printed } = await startCalls();
  const asked = rt.go(name).catch((error) => error);
  const death = await failure(rt.done);
  expect(death).toBeInstanceOf(GoPanic);
  expect(death.message).toBe(message);
  expect(printed.stderr).toMatch(
    /created by rt\.go in goroutine \d+\n\truntime\/host\/export\.c:\d+/,
  );
  expect([1, RuntimeClosed]).toContainEqual(
    name === 'panics' ? (await asked).constructor : await asked,
  );
  expect(await failure(rt.go('half', 1))).toBeInstanceOf(RuntimeClosed);
});

test.each([1, 2])('a function of the host may call C, and wait for it, procs %d', async (procs) => {
  const host = {
    /** @param {number} n @returns {Promise<any>} */
    down: async (n) => (n === 0 ? 'bottom' : started.rt.go('ask', 'down', 0, n - 1)),
  };
  const started = await startCalls(host, { procs });
  expect(await started.rt.go('ask', 'down', 0, 50)).toBe('bottom');
});

test('main ends the program, whatever JavaScript still waits for', async () => {
  const { rt } = await startCalls({ never: () => new Promise(() => {}) });
  const asked = failure(rt.go('ask', 'never', 0));
  await rt
    .channel('quit')
    .send(3)
    .catch(() => {}); // the end may come before the answer
  expect(await rt.done).toBe(3);
  expect(await asked).toBeInstanceOf(RuntimeClosed);
});

test('exported functions and names of channels are no reason to wait for ever', async () => {
  const { wasm } = await hostProgram('hostcalls');
  const { rt } = await start(['stuck'], { wasm });
  expect(await failure(rt.done)).toBeInstanceOf(Deadlock);
});

test('main waits for calls in go_host_serve, which is no deadlock, and the report of one says so', async () => {
  const { wasm } = await hostProgram('hostcalls');
  const stuck = await start(['stuck'], { wasm });
  await failure(stuck.rt.done);
  expect(stuck.printed.stderr).toContain('let main call go_host_serve\n');
  const { rt } = await start(['idle'], { wasm });
  while ((await rt.goroutines())[0].reason !== 'host call: serve');
  expect(await rt.go('half', 5)).toBe(2.5);
  await rt.close();
  expect(await failure(rt.done)).toBeInstanceOf(RuntimeClosed);
});

test('to close a channel is fulfilled, also when that ends the program', async () => {
  for (let i = 0; i < 20; i++) {
    const { rt } = await startCalls();
    await rt.channel('quit').close();
    expect(await rt.done).toBe(0);
  }
});

test('a worker that dies within a call is told, and nothing hangs', async () => {
  const { rt } = await startCalls({ wait: () => new Promise(() => {}) });
  const crowd = failure(rt.go('gather', 100));
  const dead = failure(rt.go('dies'));
  expect(await failure(rt.done)).toMatchObject({ code: 'ERR_WORKER_DIED' });
  expect([await crowd, await dead].map(({ code }) => code)).toEqual(['ERR_CLOSED', 'ERR_CLOSED']);
});

// --- channels ---

test.each([
  ['int', [0, -5, 2 ** 31 - 1], [1.5, 2 ** 31, 'text', null, NaN]],
  ['double', [0.5, NaN, -Infinity], ['text', null]],
  ['long', [0n, -(2n ** 63n)], [0.5, 'text']],
  ['text', ['', 'grün', 'x'.repeat(10_000), null], [5, new Uint8Array(2)]],
  ['value', [null, 1.5, 7n, 'text', Uint8Array.of(1, 2)], []],
  ['point', [new Uint8Array(12).fill(7)], [new Uint8Array(11), 'text', 5]],
])('a channel of %s', async (name, good, bad) => {
  const { rt } = await startCalls();
  const to = rt.channel(`${name} in`);
  const from = rt.channel(`${name} out`)[Symbol.asyncIterator]();
  for (const value of good) {
    await to.send(value);
    expect(await from.next()).toStrictEqual({ value, done: false });
  }
  for (const value of bad) {
    expect(await failure(to.send(/** @type {any} */ (value)))).toMatchObject({
      ...{ name: 'TypeError', code: 'ERR_BAD_ARGUMENT' },
    });
  }
  expect(await failure(to.send(/** @type {any} */ ({})))).toBeInstanceOf(OptionError);
  await to.close();
  expect(await from.next()).toEqual({ value: undefined, done: true });
  expect(await told(to.close())).toEqual(['Error', 'ERR_CHAN_CLOSED', 'close of closed channel']);
  expect(await told(to.send(/** @type {any} */ (good[0])))).toEqual([
    ...['Error', 'ERR_CHAN_CLOSED', 'send on closed channel'],
  ]);
});

test('sends keep their order, and wait for a receiver', async () => {
  const { rt } = await startCalls();
  const to = rt.channel('int in');
  let taken = 0;
  const sends = Array.from({ length: 50 }, (_, i) => to.send(i).then(() => taken++));
  const closed = Promise.all(sends).then(() => to.close());
  // The channel has no room, and the goroutine behind it holds one.
  await sends[0];
  expect(await rt.go('half', 1)).toBe(0.5);
  expect(taken).toBe(1);
  const seen = [];
  for await (const n of rt.channel('int out')) {
    seen.push(n);
    expect(taken).toBeLessThanOrEqual(seen.length + 1);
  }
  await closed;
  expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => i));
});

test('a receiver takes nothing ahead, and leaves nothing behind', async () => {
  const { rt } = await startCalls();
  const feed = rt.channel('feed'); // before C has made it
  const early = feed[Symbol.asyncIterator]();
  const first = early.next();
  const done = rt.go('feed', 10);
  expect(await first).toEqual({ value: 0, done: false });
  for await (const n of feed) if (n === 3) break;
  expect(await rt.go('fed')).toBe(4);

  // Of two that wait, one is ended: it has no element, and the other has the next.
  const [one, other] = [feed, feed].map((channel) => channel[Symbol.asyncIterator]());
  expect(await other.next()).toEqual({ value: 4, done: false });
  const rest = [];
  for await (const n of { [Symbol.asyncIterator]: () => other }) {
    rest.push(n);
    if (rest.length === 4) break;
  }
  expect(rest).toEqual([5, 6, 7, 8]);
  expect(await one.next()).toEqual({ value: 9, done: false });
  expect(await one.next()).toEqual({ value: undefined, done: true });
  await done;
});

test('next() that waits ends with return()', async () => {
  const { rt } = await startCalls();
  const receiver = rt.channel('int out')[Symbol.asyncIterator]();
  const waits = [receiver.next(), receiver.next()];
  await rt.go('nothing');
  expect(await receiver.return?.()).toEqual({ value: undefined, done: true });
  expect(await Promise.all(waits)).toEqual(Array(2).fill({ value: undefined, done: true }));
  // Nobody stole it.
  await rt.channel('int in').send(5);
  expect(await rt.channel('int out')[Symbol.asyncIterator]().next()).toEqual({
    ...{ value: 5, done: false },
  });
  const nobody = rt.channel('never made')[Symbol.asyncIterator]();
  const never = nobody.next();
  await nobody.return?.();
  expect(await never).toEqual({ value: undefined, done: true });
});

test('next() ends with a return() that reaches the program together with it', async () => {
  const { rt } = await startCalls();
  for (const name of ['int out', 'never made']) {
    const nothing = rt.go('nothing'); // the program takes this alone, and what follows together
    await Promise.resolve();
    const receiver = rt.channel(name)[Symbol.asyncIterator]();
    const waits = receiver.next();
    await Promise.resolve();
    await receiver.return?.();
    expect(await waits).toEqual({ value: undefined, done: true });
    await nothing;
  }
});

test('an element that comes as the receiver ends is not lost', async () => {
  const { rt } = await startCalls();
  const to = rt.channel('int in');
  let lost = 0;
  for (let i = 0; i < 200; i++) {
    const receiver = rt.channel('int out')[Symbol.asyncIterator]();
    const next = receiver.next();
    const sent = to.send(i);
    const ended = receiver.return?.();
    const { done } = await next;
    await Promise.all([sent, ended]);
    if (!done) continue;
    lost++;
    const { value } = await rt.channel('int out')[Symbol.asyncIterator]().next();
    expect(value).toBe(i);
  }
  expect(lost).toBeLessThanOrEqual(200);
});

test('names and mistakes', async () => {
  // Until two of the runtime's own goroutines wait on the channel.
  const ready = async () => {
    const waiting = (/** @type {any} */ { system, reason }) => system && reason === 'select';
    while ((await started.rt.goroutines()).filter(waiting).length < 2);
  };
  const started = await startCalls({ ready }, { env: { GOTRACEBACK: '2' } });
  const { rt, printed, saw } = started;
  for (const name of ['', 'a\0b', 'ä'.repeat(128), 7, null]) {
    expect(() => rt.channel(/** @type {any} */ (name))).toThrow(OptionError);
  }
  await rt.go('channel_mistakes');
  await saw('255 bytes');
  expect(printed.stdout.split('\n')).toEqual([
    'go_host_channel: the channel has a name, or the name a channel',
    'free of a channel that the host has: go_host_channel_forget',
    "go_host_channel: the channel's elements are of another size",
    'go_host_channel: a name has 1 to 255 bytes',
    '',
  ]);

  const forgets = rt.go('forgets');
  const waits = [
    rt.channel('forgotten')[Symbol.asyncIterator]().next(),
    rt.channel('forgotten')[Symbol.asyncIterator]().next(),
  ].map(told);
  await forgets;
  const text = 'the program has forgotten the channel';
  expect(await Promise.all(waits)).toEqual(Array(2).fill(['Error', 'ERR_NO_CHANNEL', text]));

  await rt.close();
  expect(await failure(rt.channel('int in').send(1))).toBeInstanceOf(RuntimeClosed);
  const receiver = rt.channel('int out')[Symbol.asyncIterator]();
  expect(await failure(receiver.next())).toBeInstanceOf(RuntimeClosed);
});

// --- ready-made ---

test('fetch and read, from a server and a file', async () => {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/here' ? 200 : 404, { 'content-type': 'text/plain' });
    response.end(`this is ${request.url}`);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const url = `http://127.0.0.1:${port}`;
  try {
    const { rt } = await startCalls();
    expect(await rt.go('fetches', `${url}/here`)).toBe('200 1 this is /here');
    expect(await rt.go('fetches', `${url}/gone`)).toBe('404 1 this is /gone');
    expect(await told(rt.go('fetches', ''))).toEqual([
      ...['TypeError', '', 'the URL is empty, expected text'],
    ]);
    expect((await told(rt.go('fetches', 'no url')))[0]).toBe('TypeError');
    expect(await rt.go('reads', `${url}/here`)).toEqual(new TextEncoder().encode('this is /here'));
    expect(await told(rt.go('reads', `${url}/gone`))).toEqual([
      ...['Error', 'ERR_STATUS', `${url}/gone: status 404`],
    ]);
    expect(await rt.go('reads', self)).toEqual(new Uint8Array(await readFile(self)));
    expect((await told(rt.go('reads', 'no such file')))[1]).toBe('ENOENT');
  } finally {
    server.close();
  }
});

test('a fetch shows in dumps what is fetched', async () => {
  const server = createServer(); // never answers
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const url = `http://127.0.0.1:${port}/a?b=c, d`;
  const { rt } = await startCalls();
  const asked = failure(rt.go('fetches', url));
  await once(server, 'request');
  const text = await rt.stack();
  expect(text).toContain(`[host call: fetch ${url.replace(', ', ',_')}]:`);
  const reasons = (await rt.goroutines()).map(({ reason }) => reason);
  expect(reasons).toContain(`host call: fetch ${url.replace(', ', ',_')}`);
  await rt.close();
  expect(await asked).toBeInstanceOf(RuntimeClosed);
  server.close();
  server.closeAllConnections();
});

test('sleep, random bytes, console', async () => {
  const { rt } = await startCalls();
  expect(await rt.go('sleeps', 5)).toBeGreaterThanOrEqual(4); // two clocks
  expect(await rt.go('sleeps', 0)).toBeGreaterThanOrEqual(0);
  expect(await rt.go('zeros', 0)).toBe(0);
  expect(await rt.go('zeros', 200_000)).toBeLessThan(2000); // 781 on average
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
  await rt.go('says', 'warn', 'mind the gap');
  expect(warn.mock.calls).toEqual([['mind the gap']]);
  warn.mockRestore();
  const death = failure(rt.done);
  rt.go('says', 'shout', 'x').catch(() => {});
  expect((await death).message).toBe(
    'go_host_console: the level is one of log, info, warn, error, debug, not shout',
  );
});
