// @ts-check
// worldsema run --memprofile, --cpuprofile, --trace: files about a program. Profiles are written
// repeatedly, in case somebody kills this process, and once more when the program exits or has
// died. The last one stays.

import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { RuntimeClosed, toChromeTrace } from '../host/index.js';
import { toPprof } from '../host/pprof/index.js';

/** @typedef {import('../host/index.js').Runtime} Runtime */
/** @typedef {import('../host/index.js').CpuProfile} CpuProfile */
/** @typedef {{ mem?: string, cpu?: string, trace?: string }} Files */
/**
 * @typedef {object} Recorder
 * @property {() => Promise<void>} finish writes once more, while the program can still answer
 * @property {() => Promise<void>} stop the program has ended: writes what it left, or reports that
 *   there is no file
 */

const heapMs = 1000;
const cpuSeconds = 0.5;
const traceSeconds = 3600;

/**
 * @param {Runtime} rt
 * @param {Files} files
 * @returns {Recorder[]}
 */
export function recorders(rt, { mem, cpu, trace }) {
  return [
    ...(mem === undefined ? [] : [new Repeated('--memprofile', mem, () => heap(rt), heapMs)]),
    ...(cpu === undefined ? [] : [new Repeated('--cpuprofile', cpu, processors(rt), 0)]),
    ...(trace === undefined ? [] : [new Trace(rt, trace)]),
  ];
}

/** @param {unknown} error */
function unlessEnded(error) {
  if (!(error instanceof RuntimeClosed)) throw error;
}

/** @param {Runtime} rt */
async function heap(rt) {
  await rt.gc().catch(unlessEnded);
  return toPprof(await rt.profile('heap'));
}

/**
 * Each call waits for a while, and returns a profile of all the time since the first call. The next
 * profile already runs while the file is made.
 * @param {Runtime} rt
 */
function processors(rt) {
  /** @type {CpuProfile | undefined} */
  let sum;
  /** @type {Promise<CpuProfile>} */
  let running;
  const next = () => {
    running = rt.cpuProfile({ seconds: cpuSeconds });
    running.catch(() => {}); // whoever awaits it gets the error
  };
  next();
  return async () => {
    const more = await running;
    next();
    sum = sum ? add(sum, more) : more;
    return toPprof(sum);
  };
}

/**
 * @param {CpuProfile} a
 * @param {CpuProfile} b
 * @returns {CpuProfile} the later profile, with the counts of both
 */
function add(a, b) {
  const key = (/** @type {CpuProfile['records'][0]} */ { label, pcs }) => [label, ...pcs].join();
  const records = new Map(a.records.map((record) => [key(record), record]));
  for (const record of b.records) {
    const before = records.get(key(record));
    records.set(key(record), { ...record, count: record.count + (before?.count ?? 0) });
  }
  return {
    ...b,
    durationNs: a.durationNs + b.durationNs,
    total: a.total + b.total,
    lost: a.lost + b.lost,
    records: [...records.values()].sort((x, y) => y.count - x.count),
  };
}

/** @param {string} option @param {string} message */
const tell = (option, message) => process.stderr.write(`worldsema: ${option}: ${message}\n`);

/** @param {string} option @param {string} what */
const tellNone = (option, what) => tell(option, `it ended before a ${what} could be taken`);

/**
 * Reports that the program died before anything could be recorded.
 * @param {Files} files
 */
export function tellMissing({ mem, cpu, trace }) {
  if (mem !== undefined) tellNone('--memprofile', 'profile');
  if (cpu !== undefined) tellNone('--cpuprofile', 'profile');
  if (trace !== undefined) tellNone('--trace', 'trace');
}

/**
 * Writes a file beside it and renames that, so that whoever kills this process meanwhile loses
 * nothing. A pipe or a device is written directly.
 * @param {string} file
 * @param {string | Uint8Array} content
 */
async function replaceFile(file, content) {
  const at = await realpath(file).catch(() => file);
  const found = await stat(at).catch(() => undefined);
  if (found && !found.isFile()) return writeFile(at, content);
  const beside = `${at}.${process.pid}.tmp`;
  try {
    await writeFile(beside, content, { mode: found?.mode });
    await rename(beside, at);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/** Keeps a file up to date, with the last profile that could be taken. */
class Repeated {
  #option;
  #file;
  #take;
  #restMs;
  #over = new AbortController();
  /** @type {Promise<void>} */
  #writing;
  /** @type {Promise<void> | undefined} */
  #finishing;
  #written = false;
  #failed = false;

  /**
   * @param {string} option
   * @param {string} file
   * @param {() => Promise<Uint8Array>} take
   * @param {number} restMs between two profiles
   */
  constructor(option, file, take, restMs) {
    this.#option = option;
    this.#file = file;
    this.#take = take;
    this.#restMs = restMs;
    this.#writing = this.#repeat();
  }

  /** Only once: a program may exit while a signal, or a lost reader, ends it too. */
  finish() {
    return (this.#finishing ??= this.#finish());
  }

  async #finish() {
    this.#over.abort();
    await this.#writing;
    await this.#write();
  }

  async stop() {
    this.#over.abort();
    await this.#writing;
    await (this.#finishing ?? this.#write());
    if (this.#written || this.#failed) return;
    tellNone(this.#option, 'profile');
  }

  async #repeat() {
    const { signal } = this.#over;
    while (!signal.aborted) {
      await this.#write();
      await delay(this.#restMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  async #write() {
    if (this.#failed) return;
    try {
      await replaceFile(this.#file, await this.#take());
      this.#written = true;
    } catch (error) {
      if (error instanceof RuntimeClosed) return; // the program has ended
      this.#failed = true;
      this.#over.abort();
      tell(this.#option, /** @type {Error} */ (error).message);
    }
  }
}

/** One recording, from start to end. */
class Trace {
  #writing;

  /** @param {Runtime} rt @param {string} file */
  constructor(rt, file) {
    this.#writing = rt
      .trace({ seconds: traceSeconds })
      .then(async (trace) => {
        await replaceFile(file, JSON.stringify(toChromeTrace(trace)));
        const seconds = ((trace.toNs - trace.fromNs) / 1e9).toFixed(1);
        if (trace.full) tell('--trace', `too many events: it has the first ${seconds} s`);
      })
      .catch((error) => void tell('--trace', error.message));
  }

  async finish() {}

  async stop() {
    await this.#writing;
  }
}
