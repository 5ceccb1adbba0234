// @ts-check
// The program's standard output and error: records in a ring in shared memory, written by the
// threads of the program, read by this thread only.

import { HostBox, ringFdBits } from './layout.js';

/**
 * @typedef {(chunk: Uint8Array) => unknown} Sink what it gives may be a promise: then the next
 *   chunk waits for it
 */

/** Reads the ring of one program into its two sinks. */
export class Output {
  #memory;
  #box;
  #sinks;
  #draining = false;
  #blocked = false;
  #failed;

  /**
   * @param {import('./memory.js').Memory} memory
   * @param {import('./box.js').BoxReader} box
   * @param {Record<'stdout' | 'stderr', { write: Sink }>} streams
   * @param {(cause: unknown) => void} failed  hears of a promise of a sink that was rejected
   */
  constructor(memory, box, { stdout, stderr }, failed) {
    this.#failed = failed;
    this.#memory = memory;
    this.#box = box;
    this.#sinks = [stdout.write, stderr.write];
  }

  /**
   * Hands everything that was written so far to the sinks, unless one asks to wait. Then the ring
   * fills up, and whoever writes to it waits.
   * @param {{ last?: boolean }} [how] last: the program has ended, and nobody waits
   */
  drain({ last = false } = {}) {
    if (this.#draining) return; // called from a sink: the outer call goes on
    this.#draining = true;
    try {
      while ((last || !this.#blocked) && this.#drainRun());
    } finally {
      this.#draining = false;
    }
  }

  /** @param {unknown} promise of a sink */
  async #wait(promise) {
    this.#blocked = true;
    try {
      await promise;
      this.#blocked = false;
      this.drain();
    } catch (cause) {
      this.#failed(cause);
    }
  }

  /** One run of records for the same descriptor becomes one chunk. False: there was nothing. */
  #drainRun() {
    const ring = this.#box.word(HostBox.ring);
    const size = this.#box.word(HostBox.ringBytes);
    const written = this.#box.word(HostBox.wr);
    let read = this.#box.word(HostBox.rd);
    if (read === written) return false;
    /** @type {Uint8Array[]} */
    const parts = [];
    const fd = this.#memory.load(ring + (read % size)) % 2 ** ringFdBits;
    while (read !== written) {
      const head = this.#memory.load(ring + (read % size));
      if (head % 2 ** ringFdBits !== fd) break;
      const bytes = head >>> ringFdBits;
      parts.push(...this.#copy(ring, size, (read + 4) >>> 0, bytes));
      read = (read + 4 + ((bytes + 3) & ~3)) >>> 0;
    }
    this.#box.store(HostBox.rd, read);
    const taken = this.#sinks[fd === 2 ? 1 : 0](join(parts));
    if (typeof (/** @type {any} */ (taken)?.then) === 'function') this.#wait(taken);
    return true;
  }

  /**
   * @param {number} ring
   * @param {number} size
   * @param {number} from free running
   * @param {number} bytes
   */
  #copy(ring, size, from, bytes) {
    const start = from % size;
    const first = Math.min(bytes, size - start);
    const parts = [this.#memory.copy(ring + start, first)];
    if (first < bytes) parts.push(this.#memory.copy(ring, bytes - first));
    return parts;
  }
}

/** @param {Uint8Array[]} parts */
function join(parts) {
  if (parts.length === 1) return parts[0];
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
