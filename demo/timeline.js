// @ts-check
// The events of the flight recorder as lanes of bars. A bar joins the begin and the end of a slice
// that toChromeTrace makes.

import { toChromeTrace } from 'worldsema';

/** @typedef {import('worldsema').Trace} Trace */
/**
 * @typedef {object} Bar times are in ns since the program's start
 * @property {number} from
 * @property {number} to
 * @property {string} name
 * @property {number} thread
 * @property {number | undefined} goroutine
 * @property {string} left how it ended: park, yield, ...; '' not yet, or not known
 * @property {string} reason why it parked
 * @property {{ by: string, at: number } | null} woken
 */
/**
 * @typedef {object} Lane
 * @property {string} name
 * @property {'world' | 'collector' | 'proc' | 'call'} kind
 * @property {Bar[]} bars by time; they do not overlap
 * @property {{ at: number, name: string }[]} marks wakes, timers
 */
/**
 * @typedef {object} Timeline
 * @property {Trace} trace
 * @property {Lane[]} lanes
 * @property {Lane} world its stops
 * @property {Lane} collector
 * @property {number} from since when all threads are known: before, rings are overwritten
 * @property {number} to
 */

/** @param {string} name @returns {Lane['kind']} */
const kindOf = (name) =>
  name === 'world' ? 'world' : name === 'GC' ? 'collector' : /^P\d+$/.test(name) ? 'proc' : 'call';

/** Puts the slices of one trace together. */
class Pairing {
  /** @type {Map<number, Lane>} by track */
  lanes = new Map();
  /** @type {Map<number, Bar>} by track */
  #open = new Map();
  /** @type {Map<number | undefined, { by: string, at: number }>} by arrow */
  #arrows = new Map();
  #begin;

  /** @param {number} begin ns */
  constructor(begin) {
    this.#begin = begin;
  }

  /** @param {import('worldsema').ChromeTraceEvent} event */
  add({ ph, tid, ts, name, id, args }) {
    const at = this.#begin + ts * 1000;
    const about = /** @type {any} */ (args);
    if (ph === 'M' && name === 'thread_name') {
      this.lanes.set(tid, { name: about.name, kind: kindOf(about.name), bars: [], marks: [] });
    } else if (ph === 'B') {
      const { thread, goroutine } = about;
      const bar = { from: at, to: at, name, thread, goroutine, left: '', reason: '', woken: null };
      this.#open.set(tid, bar);
      this.lanes.get(tid)?.bars.push(bar);
    } else if (ph === 'E') {
      const { left = '', reason = '' } = about ?? {};
      Object.assign(this.#open.get(tid) ?? {}, { to: at, left, reason });
    } else if (ph === 'i') {
      this.lanes.get(tid)?.marks.push({ at, name });
    } else if (ph === 's') {
      this.#arrows.set(id, { by: this.#open.get(tid)?.name ?? '', at });
    } else if (ph === 'f') {
      const bar = this.#open.get(tid);
      if (bar) bar.woken = this.#arrows.get(id) ?? null;
    }
  }
}

/**
 * @param {Trace} trace
 * @param {number} procs lanes for so many Ps, whether they did something or not
 * @returns {Timeline}
 */
export function makeTimeline(trace, procs) {
  const pairing = new Pairing(trace.fromNs);
  for (const event of toChromeTrace(trace).traceEvents) pairing.add(event);
  const lanes = [...pairing.lanes].sort(([a], [b]) => a - b).map(([, lane]) => lane);
  const of = (/** @type {Lane['kind']} */ kind) => lanes.filter((lane) => lane.kind === kind);
  const none = (/** @type {Lane['kind']} */ kind, /** @type {string} */ name) => ({
    ...{ name, kind, bars: [], marks: [] },
  });
  const known = new Map(of('proc').map((lane) => [lane.name, lane]));
  for (let i = 0; i < procs; i++) known.set(`P${i}`, known.get(`P${i}`) ?? none('proc', `P${i}`));
  const number = ({ name = '' }) => Number(name.slice(1));
  return {
    trace,
    lanes: [
      ...[...known.values()].sort((a, b) => number(a) - number(b)),
      ...of('call').filter(({ bars }) => bars.length > 0),
    ],
    world: of('world')[0] ?? none('world', 'world'),
    collector: of('collector')[0] ?? none('collector', 'GC'),
    from: knownFrom(trace),
    to: Math.max(trace.toNs, trace.events.at(-1)?.time ?? 0),
  };
}

/**
 * If a ring does not begin with the begin of its thread, it has lost the events before.
 * @param {Trace} trace
 */
function knownFrom({ events, threads, fromNs }) {
  const watchers = new Set(threads.filter(({ sysmon }) => sysmon).map(({ thread }) => thread));
  const seen = new Set();
  let from = fromNs;
  for (const { thread, kind, time } of events) {
    if (seen.has(thread) || watchers.has(thread)) continue;
    seen.add(thread);
    if (kind !== 'thread') from = Math.max(from, time);
  }
  return from;
}

/**
 * The number of the first bar that ends after a time.
 * @param {readonly Bar[]} bars
 * @param {number} at
 */
export function firstAfter(bars, at) {
  let [low, high] = [0, bars.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bars[middle].to > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * A number for a colour: one for each function.
 * @param {string} name of a goroutine: `filter #7`
 */
export function colourOf(name) {
  let sum = 7;
  for (const char of name.replace(/ #\d+.*$/, '')) sum = (sum * 31 + char.charCodeAt(0)) >>> 0;
  return sum % 360;
}

/**
 * The places of the lines across: about so many, at 1, 2 or 5 times a power of ten.
 * @param {number} from
 * @param {number} to
 * @param {number} about
 */
export function ticksOf(from, to, about) {
  const rough = Math.max((to - from) / Math.max(about, 1), 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((n) => rough <= n * power) ?? 10) * power;
  const ticks = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push(at);
  return { step, ticks };
}

/** 12 ns, 3.4 µs, 5.6 ms, 7.8 s @param {number} ns */
export function nanos(ns) {
  if (ns < 1000) return `${Math.round(ns)} ns`;
  const power = ns < 1e6 ? 1 : ns < 1e9 ? 2 : 3;
  const value = ns / 1000 ** power;
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${['', 'µs', 'ms', 's'][power]}`;
}

/**
 * Seconds since the start, with as many digits as steps of so many ns need.
 * @param {number} ns
 * @param {number} step
 */
export const clock = (ns, step) =>
  `${(ns / 1e9).toFixed(Math.min(Math.max(Math.ceil(9 - Math.log10(step)), 0), 9))} s`;
