// @ts-check
// Reads what a dead program still has in its memory. All threads except this one have ended.

/**
 * Reads all pieces of a sequence of words.
 * @param {import('./memory.js').Memory} memory
 * @param {(to: number) => number} next returns the number of words of the next piece, and stores
 *   its address at `to`
 * @param {number} to a word of the program's memory that nobody uses any more
 */
export function readPieces(memory, next, to) {
  const pieces = [];
  let length = 0;
  for (let n; (n = next(to) >>> 0) > 0; length += n) {
    // In a memory in ruins a list may have no end.
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
