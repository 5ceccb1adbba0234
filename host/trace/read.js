// @ts-check
// The flight recorder's rings, copied out of the program's memory while it runs.

import { EntriesG, EntriesHead, TraceHead } from '../layout.js';
import { long } from '../words.js';

/** Room for what rt_host_trace and rt_host_entries write. */
export const traceWords = TraceHead.words + 2 * 8192;

const mostEntries = 1 << 17;

/**
 * Consecutive events of one thread, as the program wrote them.
 * @typedef {object} Chunk
 * @property {number} thread
 * @property {boolean} sysmon
 * @property {number} lost words before this chunk that were overwritten before they were read
 * @property {number} nowNs when the chunk was read, in ns since the program's start
 * @property {Uint32Array} words two for each word of the ring
 */

/** Reads the rings. Each read continues where the last one stopped. */
export class TraceReader {
  #program;
  #ptr;
  #left = Infinity;
  /** @type {Map<number, number>} by thread: the number of the next word */
  #next = new Map();
  /** @type {Chunk[]} */
  chunks = [];
  nowNs = 0;
  baseNs = 0;

  /**
   * @param {import('../glue.js').Program} program
   * @param {number} ptr room of traceWords
   */
  constructor(program, ptr) {
    this.#program = program;
    this.#ptr = ptr;
  }

  /** Sets how many more words are read; it may be a few more. @param {number} words */
  limit(words) {
    this.#left = words;
  }

  /** Whether the limit is reached. */
  get full() {
    return this.#left <= 0;
  }

  /** Copies the new words of every thread. */
  read() {
    for (let thread = 0; !this.full && this.#readThread(thread); thread++);
    return this;
  }

  /** @param {number} thread */
  #readThread(thread) {
    const { exports, memory } = this.#program;
    // The other thread may write as fast as this one reads. So no more than a ring of the largest
    // size is read.
    for (let rounds = 0; rounds < 256 && !this.full; rounds++) {
      const from = this.#next.get(thread);
      const bytes = exports.rt_host_trace(this.#ptr, traceWords * 4, thread, from ?? 0);
      if (bytes === 0) return false;
      const all = memory.words(this.#ptr, bytes / 4);
      const first = all[TraceHead.from];
      const count = all[TraceHead.n];
      this.nowNs = long(all, TraceHead.nowNs);
      this.baseNs = long(all, TraceHead.baseNs);
      this.#next.set(thread, (first + count) >>> 0);
      if (count === 0 && first === (from ?? 0)) return true;
      if (count === 0) continue; // the writer has overtaken this reader
      this.#left -= count;
      this.chunks.push({
        ...{ thread, sysmon: all[TraceHead.sysmon] !== 0, nowNs: this.nowNs },
        lost: from === undefined ? 0 : (first - from) >>> 0,
        words: all.subarray(TraceHead.words),
      });
    }
    return true;
  }

  /**
   * The functions of the live goroutines by id, as slots of the function table.
   * @returns {Map<number, number>}
   */
  entries() {
    const { exports, memory } = this.#program;
    const entries = new Map();
    for (let from = 0; entries.size < mostEntries;) {
      const bytes = exports.rt_host_entries(this.#ptr, traceWords * 4, from);
      const words = memory.words(this.#ptr, bytes / 4);
      if (words.length === EntriesHead.words) break;
      for (let at = EntriesHead.words; at < words.length; at += EntriesG.words)
        entries.set(long(words, at + EntriesG.id), words[at + EntriesG.slot]);
      from = words[EntriesHead.from];
    }
    return entries;
  }
}
