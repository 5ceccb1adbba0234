// @ts-check
// Writes a trace as Chrome's trace events, which Perfetto (ui.perfetto.dev) and chrome://tracing
// open.

/** @typedef {import('../index.d.ts').Trace} Trace */
/** @typedef {import('../index.d.ts').TraceEvent} TraceEvent */
/** @typedef {import('../index.d.ts').ChromeTrace} ChromeTrace */
/** @typedef {import('../index.d.ts').ChromeTraceEvent} ChromeTraceEvent */

const pid = 1;
/**
 * Numbers of tracks. There is one for each P, one for each thread in a host call, one for stops of
 * the world, and one for collections.
 */
const procTrack = 1000;
const threadTrack = 2000;
const stopTrack = 1;
const collectTrack = 2;

/** Writes the events of one trace. */
class Writer {
  /** @type {ChromeTraceEvent[]} */
  events = [];
  /** @type {Map<number, { name: string, thread: number }>} by track */
  #open = new Map();
  /**
   * @type {Map<number, ChromeTraceEvent>} by goroutine: the begin of an arrow to a goroutine that
   *   has not run yet
   */
  #woken = new Map();
  /** @type {Set<ChromeTraceEvent>} arrows without an end so far */
  #pending = new Set();
  /** @type {Set<number>} */
  #tracks = new Set();
  #flows = 0;
  #names;
  #fromNs;

  /** @param {Trace} trace */
  constructor({ goroutines, fromNs }) {
    this.#names = new Map(goroutines.map(({ id, func }) => [id, func]));
    this.#fromNs = fromNs;
    const about = /** @type {const} */ ({ ph: 'M', pid, tid: 0, ts: 0 });
    this.events.push({ ...about, name: 'process_name', args: { name: 'worldsema' } });
  }

  /** @param {number} time */
  ts(time) {
    return Math.max(0, time - this.#fromNs) / 1000;
  }

  /** @param {number} id */
  #name(id) {
    return `${this.#names.get(id) || 'goroutine'} #${id}`;
  }

  /** @param {number} track @param {string} name */
  #describe(track, name) {
    if (this.#tracks.has(track)) return;
    this.#tracks.add(track);
    const about = /** @type {const} */ ({ ph: 'M', pid, tid: track, ts: 0 });
    this.events.push({ ...about, name: 'thread_name', args: { name } });
    this.events.push({ ...about, name: 'thread_sort_index', args: { sort_index: track } });
  }

  /**
   * @param {number} track
   * @param {string} name
   * @param {number} ts
   * @param {{ thread: number, args?: object }} about
   */
  #begin(track, name, ts, { thread, args = {} }) {
    if (this.#open.has(track)) this.#end(track, ts);
    this.#open.set(track, { name, thread });
    this.events.push({ ph: 'B', pid, tid: track, ts, name, args: { thread, ...args } });
  }

  /** @param {number} track @param {number} ts @param {object} [args] */
  #end(track, ts, args) {
    const open = this.#open.get(track);
    if (!open) return;
    this.#open.delete(track);
    const { name } = open;
    this.events.push({ ph: 'E', pid, tid: track, ts, name, ...(args ? { args } : {}) });
  }

  /** @param {number} thread */
  #trackOf(thread) {
    for (const [track, open] of this.#open)
      if (track >= procTrack && open.thread === thread) return track;
    return undefined;
  }

  /** @param {number} track @param {number} ts @param {string} name @param {object} [args] */
  #instant(track, ts, name, args = {}) {
    this.events.push({ ph: 'i', pid, tid: track, ts, s: 't', name, args });
  }

  /**
   * A goroutine begins to run on a P.
   * @param {number} ts
   * @param {{ goroutine: number, proc: number | null, thread: number }} event
   */
  run(ts, { goroutine, proc, thread }) {
    const before = this.#trackOf(thread);
    if (before !== undefined) this.#end(before, ts);
    if (proc === null) return;
    const track = procTrack + proc;
    this.#describe(track, `P${proc}`);
    this.#begin(track, this.#name(goroutine), ts, { thread, args: { goroutine } });
    this.#arrive(goroutine, track, ts);
  }

  /** @param {number} goroutine @param {number} track @param {number} ts */
  #arrive(goroutine, track, ts) {
    const begin = this.#woken.get(goroutine);
    if (!begin) return;
    this.#woken.delete(goroutine);
    this.#pending.delete(begin);
    this.events.push({ ...begin, ph: 'f', bp: 'e', tid: track, ts });
  }

  /** @param {TraceEvent & { goroutine: number, by: number | null }} event */
  #wake({ time, thread, kind, goroutine, by }) {
    const ts = this.ts(time);
    const track = this.#trackOf(thread);
    if (track === undefined) return; // the watcher made it runnable: a timer
    this.#instant(track, ts, kind === 'go' ? 'go' : 'wake', { goroutine, by });
    const about = /** @type {const} */ ({ cat: 'wake', name: 'wake', id: ++this.#flows });
    const begin = /** @type {const} */ ({ ...about, ph: 's', pid, tid: track, ts });
    this.events.push(begin);
    this.#woken.set(goroutine, begin);
    this.#pending.add(begin);
  }

  /** @param {number} thread @param {number} ts @param {object} args */
  #leave(thread, ts, args) {
    const track = this.#trackOf(thread);
    if (track !== undefined) this.#end(track, ts, args);
  }

  /** @param {TraceEvent} event */
  write(event) {
    const { thread } = event;
    const ts = this.ts(event.time);
    switch (event.kind) {
      case 'run':
        return this.run(ts, event);
      case 'park':
        return this.#leave(thread, ts, { left: 'park', reason: event.reason });
      case 'yield':
      case 'preempt':
      case 'stop':
      case 'queue':
      case 'end':
        return this.#leave(thread, ts, { left: event.kind });
      case 'ready':
      case 'go':
        return this.#wake(event);
      case 'call': {
        this.#leave(thread, ts, { left: 'call' });
        const track = threadTrack + thread;
        this.#describe(track, `M${thread} in host calls`);
        const name = `${this.#name(event.goroutine)}: ${event.reason || 'blocked'}`;
        return this.#begin(track, name, ts, { thread, args: { goroutine: event.goroutine } });
      }
      case 'return':
        return this.run(ts, event);
      case 'world-stop':
        this.#describe(stopTrack, 'world');
        return this.#begin(stopTrack, 'stopping', ts, { thread });
      case 'world-stopped':
        this.#describe(stopTrack, 'world');
        return this.#begin(stopTrack, 'stopped', ts, {
          ...{ thread, args: { latencyNs: event.latencyNs } },
        });
      case 'world-start':
        return this.#end(stopTrack, ts);
      case 'gc-begin':
        this.#describe(collectTrack, 'GC');
        return this.#begin(collectTrack, 'mark', ts, { thread });
      case 'gc-marked':
        this.#describe(collectTrack, 'GC');
        return this.#begin(collectTrack, 'mark termination', ts, { thread });
      case 'gc-end':
        return this.#end(collectTrack, ts);
      case 'timer':
      case 'thread': {
        const track = threadTrack + thread;
        this.#describe(track, `M${thread}`);
        return this.#instant(track, ts, event.kind === 'timer' ? 'timer fires' : 'thread begins');
      }
      default: // a steal needs no event: the goroutine shows up on its new P
    }
  }

  /** @param {number} ts */
  finish(ts) {
    for (const track of [...this.#open.keys()]) this.#end(track, ts);
    return this.events.filter((event) => !this.#pending.has(event));
  }
}

/**
 * @param {Trace} trace
 * @returns {ChromeTrace}
 */
export function toChromeTrace(trace) {
  const writer = new Writer(trace);
  for (const { thread, running } of trace.threads)
    if (running) writer.run(0, { ...running, thread });
  for (const event of trace.events) writer.write(event);
  const last = trace.events.at(-1)?.time ?? trace.fromNs;
  const traceEvents = writer.finish(writer.ts(Math.max(trace.toNs, last)));
  return { traceEvents, displayTimeUnit: 'ns' };
}
