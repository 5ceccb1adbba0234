// @ts-check
// The flight recorder: exactly what it recorded, what is left of it after a death, and Chrome's
// format.

import { expect, test } from '@jest/globals';
import { relative } from 'node:path';
import { toChromeTrace } from '../../host/index.js';
import { root } from '../../scripts/paths.mjs';
import { withBrowser } from '../helpers/browser.mjs';
import { hostProgram } from '../helpers/hostprograms.mjs';
import { start, testWorkers } from './start.mjs';

/** @typedef {import('../../host/index.js').Trace} Trace */
/** @typedef {import('../../host/index.js').TraceEvent} TraceEvent */
/** @typedef {import('../../host/index.js').ChromeTraceEvent} ChromeTraceEvent */

/** Without the end of a slice, which a loaded machine would put into the story. */
const unhurried = { GODEBUG: 'preempt=0' };

/** @param {string[]} args @param {object} [options] */
async function startTrace(args, options) {
  const { wasm } = await hostProgram('trace');
  return start(args, { wasm, procs: 1, env: unhurried, ...options });
}

const service = 2 ** 42;

/** What the program's own goroutines did, a word or two each. @param {TraceEvent[]} events */
const story = (events) =>
  events.flatMap((event) => {
    if (!('goroutine' in event) || event.goroutine >= service) return [];
    const { kind, goroutine } = event;
    if (event.kind === 'park') return [`${goroutine} parks: ${event.reason}`];
    if (event.kind === 'ready' || event.kind === 'go') return [`${event.by} ${kind} ${goroutine}`];
    return [`${goroutine} ${kind}`];
  });

test('two goroutines on one P: who ran, why it left, and who woke it', async () => {
  const { rt } = await startTrace(['pair']);
  expect(await rt.done).toBe(0);
  const trace = rt.recentEvents();
  expect(story(trace.events)).toEqual([
    ...['1 run', '1 go 2', '1 yield'],
    ...['2 run', '2 parks: chan receive'],
    ...['1 run', '1 ready 2', '1 yield'],
    ...['2 run', '2 parks: chan receive'],
    ...['1 run', '1 ready 2', '1 parks: chan receive'],
    ...['2 run', '2 ready 1', '2 end'],
    '1 run',
  ]);
  expect(trace).toMatchObject({ exact: false, fromNs: trace.events[0].time });
  expect(trace.goroutines.filter(({ system }) => !system)).toEqual([
    { id: 1, func: 'main', system: false },
    { id: 2, func: 'receiver', system: false },
  ]);
  expect(rt.recentEvents()).toBe(trace);
});

const waits = '1 parks: chan receive';

/** @type {[string, string, string[]][]} */
const deaths = [
  ['dies', 'GoPanic', ['1 ready 3', waits, '3 run']],
  ['deadlock', 'Deadlock', ['1 go 2', waits, '2 run', '2 parks: chan receive']],
  ['trap', 'RuntimeTrap', ['1 yield', '2 run', '2 parks: chan receive', '1 run']],
];

test.each(deaths)('%s: what happened before a %s', async (program, name, last) => {
  const { rt } = await startTrace([program]);
  const error = await rt.done.catch((reason) => reason);
  expect(error.name).toBe(name);
  expect(story(error.events).slice(-last.length)).toEqual(last);
  expect(error.events).toBe(rt.recentEvents().events);
});

/** Runs in the page. @param {{ wasm: string, args: string[], env: Record<string, string> }} what */
async function dieInPage({ wasm, args, env }) {
  const { createRuntime } = await import(/** @type {any} */ ('/host/browser.js'));
  const quiet = () => {};
  const rt = await createRuntime({ wasm, args, env, procs: 1, stdout: quiet, stderr: quiet });
  const error = await rt.done.catch((/** @type {unknown} */ reason) => reason);
  const { name, events } = error;
  return { name, events };
}

test('the same in Chromium', async () => {
  const { wasm } = await hostProgram('trace');
  const served = `/${relative(root, wasm)}`;
  await withBrowser(async ({ open }) => {
    for (const [program, name, last] of deaths) {
      const { page, errors } = await open('tests/host/empty.html');
      const what = { wasm: served, args: [program], env: unhurried };
      const death = await page.evaluate(dieInPage, what);
      expect(death.name).toBe(name);
      expect(story(death.events).slice(-last.length)).toEqual(last);
      expect(errors).toEqual([]);
      await page.close();
    }
  });
});

test('a collection: the world stops, is marked, and goes on', async () => {
  const { rt } = await startTrace(['gc']);
  expect(await rt.done).toBe(0);
  const { events } = rt.recentEvents();
  const world = events.filter(({ kind }) => /^(world|gc)-/.test(kind));
  expect(world.map(({ kind }) => kind)).toEqual([
    ...['world-stop', 'world-stopped', 'gc-begin', 'gc-marked', 'gc-end', 'world-start'],
  ]);
  expect(world[1]).toMatchObject({ latencyNs: world[1].time - world[0].time });
  expect(story(events).slice(-3)).toEqual([
    '1 parks: wait for GC cycle',
    `${service + 1} ready 1`,
    '1 run',
  ]);
});

test('a host call: the goroutine goes on, or waits for a P', async () => {
  const { rt } = await startTrace(['blocks']);
  expect(await rt.done).toBe(0);
  expect(story(rt.recentEvents().events).join(', ')).toMatch(
    /^1 run, 1 call, (1 return|1 queue, 1 run)$/,
  );
});

test('with flightrec=0 nothing is recorded', async () => {
  const { rt } = await startTrace(['pair'], { env: { GODEBUG: 'flightrec=0' } });
  expect(await rt.done).toBe(0);
  expect(rt.recentEvents()).toMatchObject({ events: [], threads: [], goroutines: [] });
});

const inOrder = (/** @type {{ time: number }[]} */ events) =>
  events.every(({ time }, i) => i === 0 || time >= events[i - 1].time);

/** Cheaper than expect, for there are many. @param {boolean} right @param {object} event */
function insist(right, event) {
  if (!right) throw new Error(`wrong: ${JSON.stringify(event)}`);
}

/** Runs and leaves must fit on each thread. @param {TraceEvent[]} events */
function checkThreads(events) {
  /** @type {Map<number, number | null>} what runs there */
  const running = new Map();
  for (const event of events) {
    const now = running.get(event.thread);
    switch (event.kind) {
      case 'run':
      case 'return':
        if (event.kind === 'run') insist((now ?? event.goroutine) === event.goroutine, event);
        running.set(event.thread, event.goroutine);
        break;
      case 'yield':
      case 'park':
      case 'preempt':
      case 'stop':
      case 'queue':
      case 'end':
        insist(event.goroutine === (now ?? event.goroutine), event);
        running.set(event.thread, null);
        break;
      default:
    }
  }
}

testWorkers('rings that are overwritten while they are read give no wrong event', async () => {
  const { rt, saw } = await startTrace([], { procs: 8, env: { GODEBUG: 'flightrec=16' } });
  await saw('ready');
  const reasons = new Set();
  let seen = 0;
  for (let i = 0; i < 300 || seen < 1000; i++) {
    const { events } = rt.recentEvents();
    seen += events.length;
    for (const event of events) {
      const id = 'goroutine' in event ? event.goroutine : 1;
      const right =
        event.thread < 8 + 64 &&
        (event.proc === null || event.proc < 8) &&
        ((id >= 1 && id <= 8) || (id > service && id < service + 8));
      insist(right, event);
      if (event.kind === 'park') reasons.add(event.reason);
    }
    expect(inOrder(events)).toBe(true);
  }
  const known = ['chan receive', 'chan send', 'sleep', 'host requests (idle)', 'GC worker (idle)'];
  expect([...reasons].filter((reason) => !known.includes(reason))).toEqual([]);
});

/**
 * As the format wants it:
 * https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 * @param {ChromeTraceEvent[]} events
 */
function checkChrome(events) {
  /** @type {Map<number, { ts: number, open: string[] }>} */
  const tracks = new Map();
  /** @type {Map<number, ChromeTraceEvent[]>} */
  const flows = new Map();
  for (const event of events) {
    const { ph, pid, tid, ts, name } = event;
    insist(pid === 1, event);
    if (ph === 'M') continue;
    const track = tracks.get(tid) ?? { ts: 0, open: [] };
    tracks.set(tid, track);
    insist(ts >= track.ts, event);
    track.ts = ts;
    if (ph === 'B') track.open.push(name);
    else if (ph === 'E') insist(track.open.pop() === name, event);
    else if (ph === 's' || ph === 'f') {
      const { id = NaN } = event;
      const flow = flows.get(id) ?? [];
      flow.push(event);
      flows.set(id, flow);
      // An arrow is bound to the slice that is open where it begins and ends.
      insist(track.open.length === 1, event);
    } else insist(ph === 'i' && event.s === 't', event);
    insist(track.open.length < 2, event);
  }
  for (const { open } of tracks.values()) expect(open).toEqual([]);
  for (const [from, to, ...more] of flows.values()) {
    insist(from.ph === 's' && to?.ph === 'f' && to.bp === 'e' && more.length === 0, from);
    insist(from.cat === to.cat && from.name === to.name && from.ts <= to.ts, to);
  }
  const named = events.filter(({ name }) => name === 'thread_name').map(({ tid }) => tid);
  expect([...tracks.keys()].filter((tid) => !named.includes(tid))).toEqual([]);
  return { flows, tracks };
}

test('a recording of a busy program', async () => {
  const { rt, saw } = await startTrace([], { env: {}, procs: 2 });
  await saw('ready');
  // Where everything is slow, a recording may end before the collection begins, or P0 may rest.
  const wanted = ['run', 'park', 'ready', 'timer', 'world-stop', 'gc-begin', 'gc-end'];
  /** @type {Trace} */
  let trace;
  /** @type {ReturnType<typeof checkChrome>} */
  let shown;
  do {
    const recording = rt.trace({ seconds: 0.05 });
    await rt.gc();
    trace = await recording;
    shown = checkChrome(toChromeTrace(JSON.parse(JSON.stringify(trace))).traceEvents);
  } while (
    !wanted.every((kind) => trace.events.some((event) => event.kind === kind)) ||
    ![1, 2, 1000].every((track) => shown.tracks.has(track)) ||
    shown.flows.size === 0
  );
  expect(trace.exact).toBe(true);
  expect(trace.toNs - trace.fromNs).toBeGreaterThan(20e6);
  expect(inOrder(trace.events)).toBe(true);
  expect(trace.events.every(({ time }) => time >= trace.fromNs)).toBe(true);
  if (trace.threads.every(({ lost }) => lost === 0)) checkThreads(trace.events);
  const names = new Map(trace.goroutines.map(({ id, func }) => [id, func]));
  expect(names.get(2)).toBe('player');
  checkChrome(toChromeTrace(rt.recentEvents()).traceEvents);
});

test('a recording ends with the program, and with its signal', async () => {
  const { rt, saw } = await startTrace([], { env: {}, procs: 2 });
  await saw('ready');
  const controller = new AbortController();
  const aborted = rt.trace({ seconds: 3600, signal: controller.signal });
  const ended = rt.trace({ seconds: 3600 });
  controller.abort(new Error('enough'));
  await expect(aborted).rejects.toThrow('enough');
  await expect(rt.trace({ signal: controller.signal })).rejects.toThrow('enough');
  while (rt.recentEvents().events.length < 10) await rt.stack();
  await rt.close();
  const trace = await ended;
  expect(trace.goroutines.filter(({ func }) => func === '')).toEqual([]);
  await expect(rt.trace()).rejects.toHaveProperty('code', 'ERR_CLOSED');
});

test('a recording ends when there are too many events, and says so', async () => {
  const { rt, saw } = await startTrace([], { env: {}, procs: 2 });
  await saw('ready');
  const trace = await rt.trace({ seconds: 3600, maxEvents: 20_000 });
  expect(trace.full).toBe(true);
  expect(trace.events.length).toBeGreaterThan(5_000);
  expect(trace.events.length).toBeLessThan(200_000);
  expect((await rt.trace({ seconds: 0.001 })).full).toBe(false);
});

test('arguments that are no recording', async () => {
  const { rt } = await startTrace([]);
  for (const seconds of [0, -1, NaN, Infinity, 3601, '1', null]) {
    const options = /** @type {any} */ ({ seconds });
    await expect(rt.trace(options)).rejects.toHaveProperty('code', 'ERR_BAD_SECONDS');
  }
  const signal = /** @type {any} */ ({ signal: true });
  await expect(rt.trace(signal)).rejects.toHaveProperty('code', 'ERR_BAD_SIGNAL');
  const none = /** @type {any} */ (5);
  await expect(rt.trace(none)).rejects.toHaveProperty('code', 'ERR_BAD_OPTIONS');
});

test('as Chrome’s trace: slices by P, an arrow from waker to woken', () => {
  const about = { thread: 0, proc: 0 };
  const chrome = toChromeTrace({
    ...{ startMs: 0, fromNs: 1000, toNs: 9000, exact: true },
    threads: [
      { thread: 0, sysmon: false, lost: 0, running: { goroutine: 1, proc: 0 } },
      { thread: 1, sysmon: true, lost: 0, running: null },
    ],
    goroutines: [
      { id: 1, func: 'main', system: false },
      { id: 2, func: '', system: false },
    ],
    events: [
      { ...about, time: 1500, kind: 'ready', goroutine: 2, by: 1 }, // it ran where events were lost
      { ...about, time: 2000, kind: 'ready', goroutine: 2, by: 1 },
      { ...about, time: 3000, kind: 'park', goroutine: 1, inPlace: false, reason: 'sleep' },
      { ...about, time: 3500, kind: 'run', goroutine: 2 },
      { thread: 1, proc: null, time: 4000, kind: 'timer' },
      { thread: 1, proc: null, time: 4000, kind: 'ready', goroutine: 1, by: null },
      { ...about, time: 5000, kind: 'go', goroutine: 3, by: 2 },
    ],
  });
  const track = { pid: 1, tid: 1000 };
  const wake = { ...track, cat: 'wake', name: 'wake', id: 2 };
  checkChrome(chrome.traceEvents);
  expect(chrome.traceEvents.filter(({ ph }) => ph !== 'M')).toEqual([
    { ...track, ph: 'B', ts: 0, name: 'main #1', args: { thread: 0, goroutine: 1 } },
    { ...track, ph: 'i', ts: 0.5, s: 't', name: 'wake', args: { goroutine: 2, by: 1 } },
    { ...track, ph: 'i', ts: 1, s: 't', name: 'wake', args: { goroutine: 2, by: 1 } },
    { ...wake, ph: 's', ts: 1 },
    { ...track, ph: 'E', ts: 2, name: 'main #1', args: { left: 'park', reason: 'sleep' } },
    { ...track, ph: 'B', ts: 2.5, name: 'goroutine #2', args: { thread: 0, goroutine: 2 } },
    { ...wake, ph: 'f', bp: 'e', ts: 2.5 },
    { pid: 1, tid: 2001, ph: 'i', ts: 3, s: 't', name: 'timer fires', args: {} },
    { ...track, ph: 'i', ts: 4, s: 't', name: 'go', args: { goroutine: 3, by: 2 } },
    { ...track, ph: 'E', ts: 8, name: 'goroutine #2' },
  ]);
});
