// @ts-check
// The box: words in shared memory through which the program tells its news (layout.js).

import { HostBox } from './layout.js';

/** How often to look, in ms, where the engine has no Atomics.waitAsync. */
const lookMs = 10;

/** The box of one program. */
export class BoxReader {
  #memory;
  #ptr;

  /**
   * @param {import('./memory.js').Memory} memory
   * @param {number} ptr
   */
  constructor(memory, ptr) {
    this.#memory = memory;
    this.#ptr = ptr;
  }

  /** @param {number} i */
  word(i) {
    return this.#memory.load(this.#ptr, i);
  }

  /** @param {number} i of a pointer; the length follows it */
  text(i) {
    return this.#memory.text(this.word(i), this.word(i + 1));
  }

  /**
   * Stores a word and wakes the threads that wait for it.
   * @param {number} i
   * @param {number} value
   */
  store(i, value) {
    this.#memory.store(this.#ptr, i, value);
    this.notify(i);
  }

  /** @param {number} i */
  notify(i) {
    Atomics.notify(this.#memory.i32(), (this.#ptr >>> 2) + i);
  }

  /**
   * Waits without blocking until there is other news than what was seen. Undefined: there is
   * already.
   * @param {number} seen value of HostBox.seq
   * @returns {Promise<unknown> | undefined}
   */
  newsAfter(seen) {
    // Not in the type library of every TypeScript, nor in every browser.
    const { waitAsync } = /** @type {any} */ (Atomics);
    if (!waitAsync) return new Promise((resolve) => setTimeout(resolve, lookMs));
    const { async, value } = waitAsync(
      this.#memory.i32(),
      (this.#ptr >>> 2) + HostBox.seq,
      seen | 0,
    );
    return async ? value : undefined;
  }
}
