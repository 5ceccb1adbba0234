// @ts-check
// The box: words in shared memory in which the program reports its news (layout.js).

import { HostBox } from './layout.js';

/** How often the box is read, in ms, if the engine has no Atomics.waitAsync. */
const lookMs = 10;

/** The box of one program. */
export class BoxReader {
  #memory;
  #ptr;
  #turns;

  /**
   * @param {import('./memory.js').Memory} memory
   * @param {number} ptr
   * @param {import('./one/turns.js').Turns} [turns] if the program runs on this thread
   */
  constructor(memory, ptr, turns) {
    this.#turns = turns;
    this.#memory = memory;
    this.#ptr = ptr;
  }

  /** Whether the program runs on this thread, so that it has no news while this thread waits. */
  get alone() {
    return this.#turns !== undefined;
  }

  /** @param {number} i */
  word(i) {
    return this.#memory.load(this.#ptr, i);
  }

  /** @param {number} i the index of a pointer; the next word is the length */
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
    if (this.#turns) return this.#turns.kick();
    return Atomics.notify(this.#memory.i32(), (this.#ptr >>> 2) + i);
  }

  /**
   * Waits, without blocking, until the box has newer news than `seen`. Returns undefined if it
   * already has.
   * @param {number} seen value of HostBox.seq
   * @returns {Promise<unknown> | undefined}
   */
  newsAfter(seen) {
    if (this.#turns) return this.word(HostBox.seq) === seen ? this.#turns.next() : undefined;
    // Not every TypeScript library declares waitAsync, and not every browser has it.
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
