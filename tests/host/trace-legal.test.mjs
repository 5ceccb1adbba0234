// @ts-check
// In a trace with exact times each goroutine's events are possible: it runs on one thread at a
// time, and only after somebody has made it runnable. The traces are of golden programs of all
// sorts.

import { beforeAll, expect, test } from '@jest/globals';
import { createRuntime } from '../../host/index.js';
import { argsOf, goldenPrograms } from '../helpers/golden.mjs';
import { allTogether, moduleOf, takesTurn } from '../helpers/goldenmodule.mjs';
import { hostProgram } from '../helpers/hostprograms.mjs';

const names = [
  ...['chan_fifo', 'chan_close', 'select_arms', 'select_double', 'many_to_many', 'sieve1', 'ring'],
  ...['mutex', 'rwmutex', 'cond', 'once', 'waitgroup', 'semaphore', 'philosophers', 'torture'],
  ...['sleep', 'timer', 'after', 'panic', 'defer', 'exit_elsewhere', 'lock_os_thread', 'migrate'],
  ...['max_procs', 'preempt', 'blocking', 'gc_graph', 'finalizer', 'stack_states'],
];
const programs = goldenPrograms('c', { exit: 0 }).filter(
  ({ name, header }) => names.includes(name.slice(2)) && !header.alone,
);

/** @typedef {import('../../host/index.js').TraceEvent} TraceEvent */

/** @type {Record<string, [string[], string]>} before, after */
const steps = {
  go: [['unknown'], 'runnable'],
  steal: [['runnable'], 'runnable'],
  ready: [['waiting'], 'runnable'],
  run: [['runnable'], 'running'],
  call: [['running'], 'call'],
  return: [['call'], 'running'],
  queue: [['call'], 'runnable'],
  yield: [['running'], 'runnable'],
  preempt: [['running'], 'runnable'],
  stop: [['running'], 'runnable'],
  park: [['running'], 'waiting'],
  end: [['running'], 'dead'],
};

/** What cannot be, one line each. @param {TraceEvent[]} events */
function faults(events) {
  /** @type {Map<number, { state: string, thread: number }>} */
  const goroutines = new Map();
  const found = [];
  let time = 0;
  for (const event of events) {
    if (event.time < time) found.push(`${event.kind} at ${event.time}, behind ${time}`);
    time = event.time;
    const step = steps[event.kind];
    if (!step || !('goroutine' in event)) continue;
    const { goroutine, thread, kind } = event;
    const { state, thread: where } = goroutines.get(goroutine) ?? { state: 'unknown', thread };
    const [before, after] = step;
    if (state !== 'unknown' && !before.includes(state))
      found.push(`${kind} of goroutine ${goroutine}, which is ${state}, at ${event.time}`);
    else if (before.includes('running') && state === 'running' && where !== thread)
      found.push(`${kind} of goroutine ${goroutine} on thread ${thread}, it runs on ${where}`);
    goroutines.set(goroutine, { state: after, thread });
  }
  return found;
}

/** @param {string | Uint8Array} wasm @param {string[]} args @param {object} [env] */
async function record(wasm, args, env) {
  const rt = await createRuntime({
    ...{ wasm, procs: 2, args, stdout: () => {}, stderr: () => {} },
    env: { ...env, GODEBUG: 'flightrec=1048576' },
  });
  const trace = await rt.trace({ seconds: 0.1 }).catch((error) => {
    if (error.code !== 'ERR_CLOSED') throw error;
  });
  await rt.close();
  rt.done.catch(() => {});
  // It had ended already; or this thread got no time to read, and nobody knows what was lost.
  return trace?.threads.every(({ lost }) => lost === 0) ? trace.events : [];
}

// Where other processes take a thread's core, a note may come long after what it tells, and what
// was noted before the recording has no exact time. So it is tried again: what is wrong in itself
// is wrong each time.
const tries = 5;

/**
 * Events in which nothing is wrong; none if there was nothing to see in any of the tries.
 * @param {Parameters<typeof record>} run
 */
async function legal(...run) {
  /** @type {string[]} */
  let wrong = [];
  for (let i = 0; i < tries; i++) {
    const events = await record(...run);
    wrong = faults(events);
    if (events.length > 0 && wrong.length === 0) return events;
  }
  expect(wrong.slice(0, 5)).toEqual([]);
  return [];
}

beforeAll(() => allTogether(), 900_000);

test.each(programs.filter(takesTurn))('$name', async (program) => {
  const { wasm } = await moduleOf(program);
  await legal(wasm, argsOf(program), program.header.env);
});

// Which of them happen is up to the machine. So this one is recorded until all have been seen.
test('a program with every kind of step', async () => {
  const { wasm } = await hostProgram('trace');
  const missing = new Set(['go', 'ready', 'run', 'park', 'yield', 'stop', 'end', 'steal']);
  while (missing.size > 0)
    for (const { kind } of await legal(wasm, ['steps'])) missing.delete(kind);
});
