// @ts-check
// What a program that has died still holds in its memory: every thread but this one has ended.

/**
 * Reads words that come in pieces, until there are no more.
 * @param {import('./memory.js').Memory} memory
 * @param {(to: number) => number} next gives the number of words, and stores at `to` where they are
 * @param {number} to a word of the program's memory that nobody uses any more
 */
export function readPieces(memory, next, to) {
  const pieces = [];
  let length = 0;
  for (let n; (n = next(to) >>> 0) > 0; length += n) {
    // A memory in ruins may have lists without an end.
    if (length * 4 > memory.u8().length) throw new RangeError('more words than the memory holds');
    pieces.push(memory.words(memory.load(to), n));
  }
  const words = new Uint32Array(length);
  let at = 0;
  for (const piece of pieces) {
    words.set(piece, at);
    at += piece.length;
  }
  return words;
}
