// @ts-check
// What a program printed, as the page keeps it: the last part of it, in pieces.

/** Characters kept. */
const most = 60_000;

/** @typedef {{ serial: number, fd: 1 | 2, text: string }} Piece */

/** Text of both streams, in the order it came. */
export class Output {
  /** @type {Piece[]} */
  pieces = [];
  /** Characters that were printed, with those that are not kept any more. */
  total = 0;
  #kept = 0;
  #serial = 0;
  #decoders = [new TextDecoder(), new TextDecoder()];

  /** @param {1 | 2} fd @param {Uint8Array} chunk */
  write(fd, chunk) {
    const text = this.#decoders[fd - 1].decode(chunk, { stream: true });
    if (text === '') return;
    this.pieces.push({ serial: this.#serial++, fd, text });
    this.total += text.length;
    this.#kept += text.length;
    while (this.#kept > most && this.pieces.length > 1) {
      this.#kept -= /** @type {Piece} */ (this.pieces.shift()).text.length;
    }
  }
}
