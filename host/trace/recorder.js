// @ts-check
// Reads the flight recorder of one program, and makes recordings with exact times.

import { OptionError, RuntimeClosed } from '../errors.js';
import { optionsOf } from '../options.js';
import { PcBit } from '../layout.js';
import { decodeInTurns, decodeTrace } from './decode.js';
import { TraceReader } from './read.js';

/** @typedef {import('../index.d.ts').Trace} Trace */
/** @typedef {{ reader: TraceReader, wake: () => void }} Recording */

/** How often, in ms, a recording reads new events. */
const lookMs = 2;
const mostSeconds = 3600;
/** The default limit of events of a recording. As JavaScript objects they take about 200 MB. */
const mostEvents = 500_000;
/** Words of an event with its time. */
const exactWords = 2;
const entryBit = 2 ** PcBit.entryBit;
/** The origin of rt_js_now's clock, in milliseconds since 1970. */
const clockOrigin = 1.7e12;

/** The recorder of one program. */
export class Recorder {
  #program;
  #ptr;
  #reasons;
  /** @type {Map<number, number>} the functions of the goroutines that were alive at the end */
  #entries = new Map();
  /** @type {Set<Recording>} */
  #recordings = new Set();
  /** @type {(() => Trace) | undefined} the events that were there at the end */
  #last;

  /**
   * @param {Awaited<ReturnType<typeof import('../program.js').startWorkers>>} program
   * @param {number} ptr room of traceWords
   */
  constructor(program, ptr) {
    this.#program = program;
    this.#ptr = ptr;
    this.#reasons = readReasons(program);
  }

  /** The text of a wait reason by its number. Also works after the end. @param {number} i */
  reason(i) {
    return this.#reasons[i];
  }

  /** What the threads did last, from their rings. */
  recent() {
    return this.#last ? this.#last() : decodeTrace(this.#finish(this.#reader().read(), 0, false));
  }

  /** @param {{ seconds?: number, maxEvents?: number, signal?: AbortSignal }} [options] */
  async record(options) {
    const { seconds, signal, maxEvents } = readTraceOptions(options);
    signal?.throwIfAborted();
    if (this.#last) throw new RuntimeClosed('the program has ended');
    const { exports } = this.#program;
    const reader = this.#reader();
    exports.rt_host_trace_exact(1);
    reader.read(); // to know which goroutine runs on which thread at the begin
    reader.limit(maxEvents * exactWords);
    const from = reader.nowNs;
    const until = performance.now() + seconds * 1000;
    const recording = { reader, wake: () => {} };
    this.#recordings.add(recording);
    const abort = () => recording.wake();
    signal?.addEventListener('abort', abort);
    try {
      while (performance.now() < until && !this.#last && !signal?.aborted && !reader.full) {
        await new Promise((resolve) => {
          recording.wake = () => resolve(undefined);
          setTimeout(resolve, lookMs);
        });
        if (!this.#last) reader.read();
      }
      signal?.throwIfAborted();
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#recordings.delete(recording);
      if (!this.#last) exports.rt_host_trace_exact(0);
    }
    return decodeInTurns(this.#finish(reader, from, true));
  }

  /**
   * Called at the end of the program, the last time that its functions may be called. Keeps the
   * events.
   */
  end() {
    const reader = this.#reader();
    try {
      reader.read();
      for (const recording of this.#recordings) recording.reader.read();
      this.#entries = reader.entries();
    } catch {
      // The program's memory may be in ruins.
    }
    /** @type {Trace | undefined} */
    let trace;
    this.#last = () => (trace ??= decodeTrace(kept));
    const kept = this.#finish(reader, 0, false);
    for (const recording of this.#recordings) recording.wake();
  }

  #reader() {
    return new TraceReader(this.#program, this.#ptr);
  }

  /**
   * Reads at once what needs the program. The result still has to be decoded.
   * @param {TraceReader} reader
   * @param {number} fromNs
   * @param {boolean} exact
   * @returns {import('./decode.js').Recorded}
   */
  #finish(reader, fromNs, exact) {
    const { symbols } = this.#program;
    const { chunks, nowNs: toNs, baseNs, full } = reader;
    const entries = this.#last ? this.#entries : reader.entries();
    return {
      ...{ chunks, entries, fromNs, toNs, exact, full, startMs: baseNs / 1e6 + clockOrigin },
      reason: (i) => this.#reasons[i] ?? '???',
      func: (slot) => symbols.frames(entryBit + slot)[0].func,
    };
  }
}

/**
 * The texts of the wait reasons, by number.
 * @param {import('../glue.js').Program} program
 */
function readReasons({ exports, memory }) {
  /** @type {string[]} */
  const reasons = [];
  for (let text = ''; text !== '???'; reasons.push(text)) {
    text = memory.cstring(exports.rt_host_reason(reasons.length) >>> 0);
  }
  return reasons;
}

/** @param {unknown} options of trace */
export function readTraceOptions(options) {
  const given = /** @type {any} */ (optionsOf('trace', /** @type {any} */ (options)));
  const { seconds = 1, signal, maxEvents = mostEvents } = given;
  if (!(typeof seconds === 'number' && seconds > 0 && seconds <= mostSeconds)) {
    throw new OptionError(
      'ERR_BAD_SECONDS',
      `trace: seconds: expected a number above 0, at most ${mostSeconds}, got ${String(seconds)}`,
    );
  }
  if (!(Number.isInteger(maxEvents) && maxEvents > 0)) {
    const text = `trace: maxEvents: expected a whole number above 0, got ${String(maxEvents)}`;
    throw new OptionError('ERR_BAD_MAX_EVENTS', text);
  }
  if (signal !== undefined && typeof signal?.throwIfAborted !== 'function') {
    throw new OptionError('ERR_BAD_SIGNAL', 'trace: signal: expected an AbortSignal');
  }
  return { seconds, maxEvents, signal: /** @type {AbortSignal | undefined} */ (signal) };
}
