// @ts-check
// The output of a program, as the page keeps it: the last part of it, in pieces.

/** Characters kept. */
export const most = 60_000;
/** Pieces kept, however short they are. Pieces of one stream are joined up to this length. */
const mostPieces = 1000;
const joined = 4096;

/** @typedef {{ serial: number, fd: 1 | 2, text: string }} Piece the last one may grow */

/** Text of both streams, in the order it came. */
export class Output {
  /** @type {Piece[]} */
  pieces = [];
  /** Characters that were printed, including those that are no longer kept. */
  total = 0;
  #kept = 0;
  #serial = 0;
  #decoders = [new TextDecoder(), new TextDecoder()];

  /** @param {1 | 2} fd @param {Uint8Array} chunk */
  write(fd, chunk) {
    const text = this.#decoders[fd - 1].decode(chunk, { stream: true });
    if (text === '') return;
    this.total += text.length;
    this.#add(fd, text.slice(-most));
    while (this.#kept > most || this.pieces.length > mostPieces) {
      this.#kept -= /** @type {Piece} */ (this.pieces.shift()).text.length;
    }
  }

  /** @param {1 | 2} fd @param {string} text */
  #add(fd, text) {
    this.#kept += text.length;
    const last = this.pieces.at(-1);
    if (last?.fd === fd && last.text.length + text.length <= joined) last.text += text;
    else this.pieces.push({ serial: this.#serial++, fd, text });
  }
}
