// @ts-check
// Merges the events of several threads into one order. The clocks of threads may differ by
// microseconds. The system may also take a thread's core between an action and the record of it. So
// an event with a later time may have happened first. The order is corrected by what must be true:
// a goroutine is made runnable after it has parked, and runs after it was made runnable.

/** @typedef {import('../index.d.ts').TraceEvent} TraceEvent */
/** @typedef {'runnable' | 'running' | 'waiting' | 'call' | 'dead'} State */

/** Events in one step. */
const stepEvents = 1000;

/** The longest time for which an event is held back, in ns. */
const apart = 1e8;

/**
 * The states in which a goroutine may be before an event, and its state after the event.
 * @type {Record<string, [before: State[], after: State]>}
 */
const steps = {
  go: [[], 'runnable'],
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

/**
 * @param {TraceEvent[][]} threads the events of each thread, in order
 * @returns {Generator<undefined, TraceEvent[]>} all events, with times that never decrease; yields
 *   between steps
 */
export function* inOrder(threads) {
  const heads = threads.filter((list) => list.length > 0).map((list) => ({ list, at: 0 }));
  /** @type {Map<number, State>} */
  const states = new Map();
  /** @type {TraceEvent[]} */
  const events = [];
  let time = 0;
  while (heads.length > 0) {
    if (events.length % stepEvents === 0) yield;
    const head = choose(heads, states);
    const event = head.list[head.at++];
    time = Math.max(time, event.time);
    events.push(event.time === time ? event : { ...event, time });
    const step = steps[event.kind];
    if (step && 'goroutine' in event) states.set(event.goroutine, step[1]);
    if (head.at === head.list.length) heads.splice(heads.indexOf(head), 1);
  }
  return events;
}

/**
 * The thread with the earliest event that can be next. If no event can be next, the thread with the
 * earliest event.
 * @param {{ list: TraceEvent[], at: number }[]} heads
 * @param {Map<number, State>} states
 */
function choose(heads, states) {
  let first = heads[0];
  for (const head of heads) if (timeOf(head) < timeOf(first)) first = head;
  if (possible(first, states)) return first;
  let best;
  for (const head of heads) {
    if (timeOf(head) - timeOf(first) > apart || !possible(head, states)) continue;
    if (!best || timeOf(head) < timeOf(best)) best = head;
  }
  return best ?? first;
}

/** @param {{ list: TraceEvent[], at: number }} head */
const timeOf = ({ list, at }) => list[at].time;

/**
 * @param {{ list: TraceEvent[], at: number }} head
 * @param {Map<number, State>} states
 */
function possible({ list, at }, states) {
  const event = list[at];
  const step = steps[event.kind];
  const state = 'goroutine' in event ? states.get(event.goroutine) : undefined;
  return !step || state === undefined || step[0].includes(state);
}
