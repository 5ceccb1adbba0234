// @ts-check
// Decodes the words of the flight recorder (runtime/trace/trace.h) to plain data.

import {
  leaveBits,
  serviceBit,
  traceArg,
  traceEntry,
  TraceKind,
  traceKindAt,
  traceLap,
  TraceLeave,
  traceNoEntry,
  traceNoProc,
  traceTimeBits,
  traceUnit,
} from '../layout.js';
import { namesOf } from '../words.js';
import { inOrder } from './order.js';

/** @typedef {import('../index.d.ts').Trace} Trace */
/** @typedef {import('../index.d.ts').TraceEvent} TraceEvent */
/** @typedef {import('./read.js').Chunk} Chunk */

/** Service goroutines have this number or a higher one. */
const serviceIds = 2 ** serviceBit;
const unitNs = 2 ** traceUnit;
const timeRange = 2 ** traceTimeBits;
/** A word about a new goroutine has the number modulo this. */
const idRange = 2 ** (traceEntry - 1);
/** The longest time for which a context is valid: about one tick of sysmon. */
const tickNs = 5e6;
/**
 * How far the clocks of two threads may differ, in units: an event may be this far ahead of now.
 */
const ahead = 2 ** 30;

/** Turns worldStop into world-stop. @param {string} name */
const dashed = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const kinds = namesOf(TraceKind).map(dashed);
const leaves = namesOf(TraceLeave);

/**
 * Bits [from, to) of a word of the ring.
 * @param {number} low
 * @param {number} high
 * @param {number} from
 * @param {number} to
 */
const bits = (low, high, from, to) =>
  from >= 32
    ? (high >>> (from - 32)) & (2 ** (to - from) - 1)
    : low + (high & (2 ** (to - 32) - 1)) * 2 ** 32;

/** Decodes the events of one thread. Which goroutine runs there is known from the events before. */
class ThreadDecoder {
  #tell;
  #reason;
  /** @type {number | null} */
  goroutine = null;
  /** @type {number | null} the P that the goroutine runs on */
  proc = null;
  /** @type {number | null} the P of this thread */
  #now = null;
  lost = 0;
  /** Whether the last context is known. false: it was overwritten. */
  #known = false;
  #time = 0;
  /** @type {{ event: any, word: number }[]} the events since the last context */
  #pending = [];
  #words = 0;
  #stopBegan = 0;
  /** The largest number so far of a goroutine that is not a service goroutine. */
  #newest = 0;
  #inPlace = false;

  /**
   * @param {number} thread
   * @param {boolean} sysmon
   * @param {(event: any) => void} tell
   * @param {(i: number) => string} reason
   */
  constructor(thread, sysmon, tell, reason) {
    this.thread = thread;
    this.sysmon = sysmon;
    this.#tell = tell;
    this.#reason = reason;
  }

  /**
   * @param {Chunk} chunk
   * @param {Map<number, number>} entries receives the functions of new goroutines
   */
  decode({ lost, nowNs, words }, entries) {
    if (lost > 0) {
      this.flush(this.#time);
      this.lost += lost;
      this.#known = false;
      this.goroutine = null;
      this.#inPlace = false;
    }
    for (let at = 0; at + 2 <= words.length; at += 2) {
      const low = words[at];
      const high = words[at + 1];
      const kind = kinds[bits(low, high, traceKindAt, traceLap)] ?? '';
      if (kind === 'context') {
        const proc = bits(low, high, traceTimeBits, traceKindAt);
        this.#now = proc === traceNoProc ? null : proc;
        this.flush(this.#timeOf(bits(low, high, 0, traceTimeBits), nowNs));
        this.#known = true;
      } else if (this.#known) {
        const arg = bits(low, high, traceArg, traceKindAt);
        this.#event(kind, bits(low, high, 0, traceArg), arg, entries);
        this.#words++;
      } else {
        this.lost++;
      }
    }
  }

  /** @param {number} units modulo the range @param {number} nowNs */
  #timeOf(units, nowNs) {
    const now = Math.floor(nowNs / unitNs);
    let age = (((now - units) % timeRange) + timeRange) % timeRange;
    if (age > timeRange - ahead) age -= timeRange;
    return Math.max(this.#time, (now - age) * unitNs);
  }

  /**
   * The full number of a new goroutine, from the lower bits in a word. The number is near the
   * largest one seen so far.
   * @param {number} bits
   */
  #whole(bits) {
    const low = bits % idRange;
    if (bits !== low) return serviceIds + low;
    return low + Math.max(0, Math.round((this.#newest - low) / idRange)) * idRange;
  }

  /** @param {any} event */
  #add(event) {
    const { goroutine = 0 } = event;
    if (goroutine < serviceIds && goroutine > this.#newest) this.#newest = goroutine;

    this.#pending.push({ event, word: this.#words });
  }

  /**
   * Gives the pending events their times. The first event after a context has the time of the
   * context. The others are in order and before the next context: they are spread evenly.
   * @param {number} time of the next context, or when the events were read
   */
  flush(time) {
    const span = Math.min(Math.max(time - this.#time, 0), tickNs);
    for (const { event, word } of this.#pending) {
      event.time += Math.floor((span * word) / this.#words);
      this.#tell(event);
    }
    this.#pending = [];
    this.#words = 0;
    this.#time = time;
  }

  /**
   * @param {string} kind
   * @param {number} value
   * @param {number} arg
   * @param {Map<number, number>} entries
   */
  #event(kind, value, arg, entries) {
    const proc = this.#now;
    const event = { time: this.#time, thread: this.thread, proc, kind };
    switch (kind) {
      case 'run':
        this.#leave(arg);
        this.goroutine = value;
        this.proc = proc;
        return this.#add({ ...event, goroutine: value });
      case 'left':
        return this.#leave(arg);
      case 'ready':
        return this.#add({ ...event, goroutine: value, by: this.goroutine });
      case 'go': {
        const made = this.#whole(value % 2 ** traceEntry);
        const entry = Math.floor(value / 2 ** traceEntry) + arg * 2 ** (traceArg - traceEntry);
        if (entry !== traceNoEntry) entries.set(made, entry);
        return this.#add({ ...event, goroutine: made, by: this.goroutine });
      }
      case 'steal':
        return this.#add({ ...event, goroutine: value, from: arg });
      case 'call':
        return this.#add({ ...event, goroutine: value, reason: this.#reason(arg) });
      case 'return':
        this.goroutine = value;
        this.proc = proc;
        this.#inPlace = false;
        return this.#add({ ...event, goroutine: value });
      case 'inplace':
        this.#inPlace = true;
        return;
      case 'world-stop':
        this.#stopBegan = this.#time;
        return this.#add(event);
      case 'world-stopped':
        return this.#add({ ...event, latencyNs: this.#time - this.#stopBegan });
      case '':
        return;
      default:
        return this.#add(event);
    }
  }

  /** @param {number} arg */
  #leave(arg) {
    const kind = leaves[arg & ((1 << leaveBits) - 1)];
    const { goroutine, proc } = this;
    const inPlace = this.#inPlace;
    if (!kind || kind === 'not') return;
    this.goroutine = null;
    this.proc = null;
    this.#inPlace = false;
    if (goroutine === null) return; // the goroutine began to run before the first event
    const event = { time: this.#time, thread: this.thread, proc, kind, goroutine, inPlace };
    if (kind === 'park') this.#add({ ...event, reason: this.#reason(arg >> leaveBits) });
    else this.#add(event);
  }
}

/**
 * @typedef {object} Recorded
 * @property {readonly Chunk[]} chunks
 * @property {Map<number, number>} entries
 * @property {number} [fromNs] earlier events only serve to know which goroutine ran then
 * @property {number} toNs
 * @property {number} startMs when the program began
 * @property {boolean} exact
 * @property {boolean} [full] whether there may have been more events
 * @property {(i: number) => string} reason
 * @property {(slot: number) => string} func
 */

/** @param {Recorded} given @returns {Trace} */
export function decodeTrace(given) {
  const work = decoding(given);
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** How long decoding may keep the thread at a time, in ms. */
const turnMs = 8;

/**
 * Decodes a trace in steps, so that other work of the thread has its turn between them.
 * @param {Recorded} given
 * @returns {Promise<Trace>}
 */
export async function decodeInTurns(given) {
  const work = decoding(given);
  for (let turn = performance.now(); ;) {
    const { done, value } = work.next();
    if (done) return value;
    if (performance.now() - turn < turnMs) continue;
    await new Promise((resolve) => setTimeout(resolve, 0));
    turn = performance.now();
  }
}

/**
 * Decodes a trace; yields after each step.
 * @param {Recorded} given
 * @returns {Generator<undefined, Trace>}
 */
function* decoding({ chunks, entries, fromNs = 0, toNs, startMs, exact, full, reason, func }) {
  /**
   * @type {Map<number, { told: TraceEvent[], decoder: ThreadDecoder, running: { goroutine: number,
   *   proc: number | null } | null, seen: boolean, nowNs: number }>}
   */
  const threads = new Map();
  const slots = new Map(entries);
  for (const chunk of chunks) {
    let known = threads.get(chunk.thread);
    if (!known) {
      /** @type {TraceEvent[]} */
      const told = [];
      const made = { told, running: null, seen: false, nowNs: 0 };
      const add = (/** @type {any} */ event) => {
        if (event.time >= fromNs) told.push(event);
      };
      const decoder = new ThreadDecoder(chunk.thread, chunk.sysmon, add, reason);
      known = { ...made, decoder };
      threads.set(chunk.thread, known);
    }
    if (!known.seen && chunk.nowNs > fromNs) {
      const { goroutine, proc } = known.decoder;
      known.running = goroutine === null ? null : { goroutine, proc };
      known.seen = true;
    }
    known.decoder.decode(chunk, slots);
    known.nowNs = chunk.nowNs;
    yield;
  }
  for (const known of threads.values()) {
    known.decoder.flush(known.nowNs);
    const { goroutine, proc } = known.decoder;
    if (!known.seen && goroutine !== null) known.running = { goroutine, proc };
  }
  const lists = [...threads.values()].map(({ told }) => told);
  // Without exact times: the sort is stable, so the order of each thread stays.
  const events = exact ? yield* inOrder(lists) : lists.flat().sort((a, b) => a.time - b.time);
  const ids = new Set(events.flatMap((event) => ('goroutine' in event ? [event.goroutine] : [])));
  return {
    ...{
      startMs,
      fromNs: fromNs || (events[0]?.time ?? 0),
      toNs,
      exact,
      events,
      full: full ?? false,
    },
    threads: [...threads.values()].map(({ running, decoder: { thread, sysmon, lost } }) => ({
      ...{ thread, sysmon, lost, running },
    })),
    goroutines: [...ids]
      .sort((a, b) => a - b)
      .map((id) => {
        const slot = slots.get(id);
        const name = id === 1 ? 'main' : slot === undefined ? '' : func(slot);
        return { id, func: name, system: id >= serviceIds };
      }),
  };
}
