// @ts-check
// The program's standard output and error. They are records in a ring in shared memory. The threads
// of the program write them; only this thread reads them.

import { HostBox, ringFdBits } from './layout.js';

/**
 * @typedef {(chunk: Uint8Array) => unknown} Sink if it returns a promise, the next chunk waits for
 *   that promise
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
   * @param {(cause: unknown) => void} failed  called if a promise that a sink returned is rejected
   */
  constructor(memory, box, { stdout, stderr }, failed) {
    this.#failed = failed;
    this.#memory = memory;
    this.#box = box;
    this.#sinks = [stdout.write, stderr.write];
  }

  /**
   * Gives everything that was written so far to the sinks. If a sink returns a promise, the rest
   * waits for it. Meanwhile the ring fills up, and then goroutines that print wait.
   * @param {{ last?: boolean }} [how] last: the program has ended, so promises of sinks are not
   *   waited for
   */
  drain({ last = false } = {}) {
    if (this.#draining) return; // this call came from a sink; the outer call continues
    this.#draining = true;
    try {
      while ((last || !this.#blocked) && this.#drainRun());
    } finally {
      this.#draining = false;
    }
  }

  /** @param {unknown} promise that a sink returned */
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

  /**
   * Gives the next records for the same descriptor to its sink, as one chunk. Returns false if the
   * ring is empty.
   */
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
   * @param {number} from a position that counts up and is not yet reduced to the ring's size
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
