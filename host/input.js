// @ts-check
// The program's standard input. The program asks for it through the box, and gets it when there is
// some.

import { HostBox, InputState as State } from './layout.js';

/** @typedef {{ read: import('./options.js').Source, end: () => void }} Stream */

/** Gives one program its input. */
export class Input {
  #memory;
  #box;
  #stream;
  #failed;
  #reading = false;
  /** Bytes for which the program had no room yet. */
  #rest = new Uint8Array();

  /**
   * @param {import('./memory.js').Memory} memory
   * @param {import('./box.js').BoxReader} box
   * @param {Stream} stream
   * @param {(cause: unknown) => void} failed
   */
  constructor(memory, box, stream, failed) {
    this.#memory = memory;
    this.#box = box;
    this.#stream = stream;
    this.#failed = failed;
  }

  /** Gives the program input if it waits for some. */
  look() {
    if (this.#reading || this.#box.word(HostBox.input) !== State.wanted) return;
    this.#reading = true;
    this.#give().catch(this.#failed);
  }

  async #give() {
    const room = this.#box.word(HostBox.inputRoom);
    if (this.#rest.length === 0) this.#rest = await nextBytes((n) => this.#stream.read(n), room);
    const now = this.#rest.subarray(0, room);
    this.#rest = this.#rest.subarray(room);
    this.#memory.write(this.#box.word(HostBox.inputTo), now);
    this.#box.store(HostBox.inputGot, now.length);
    this.#reading = false;
    this.#box.store(HostBox.input, State.given);
  }
}

/**
 * The next bytes of an input; none only at its end.
 * @param {import('./options.js').Source} read
 * @param {number} room
 */
export async function nextBytes(read, room) {
  for (;;) {
    const chunk = await read(room);
    if (chunk === null) return new Uint8Array();
    if (!(chunk instanceof Uint8Array))
      throw new TypeError('stdin: expected bytes, or null at the end');
    if (chunk.length > 0) return new Uint8Array(chunk); // slice() of a Buffer copies nothing
  }
}
