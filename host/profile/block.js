// @ts-check
// The block and mutex profiles: from the program's words to plain data.

import { blockMagic, blockVersion } from '../layout.js';

/** @typedef {import('./symbols.js').Frame} Frame */
/** @typedef {import('../index.d.ts').BlockProfile} BlockProfile */
/** @typedef {{ count: number, delayNs: number, pcs: number[] }} BlockStack */

const recordWords = 36; // count and ns, 64 bits each, and 32 pcs

/**
 * Reads the words of either.
 * @param {Uint32Array} words
 * @returns {{ rate: number, stacks: BlockStack[] }}
 */
export function decodeBlock(words) {
  if (words[0] !== blockMagic || words[1] !== blockVersion) {
    throw new TypeError('these are not the words of a block profile');
  }
  const stacks = [];
  for (let n = 0, at = 4; n < words[2]; n++, at += recordWords) {
    const [count, delayNs] = Array.from(new BigInt64Array(words.slice(at, at + 4).buffer), Number);
    const pcs = Array.from(words.subarray(at + 4, at + recordWords));
    const end = pcs.indexOf(0);
    stacks.push({ count, delayNs, pcs: end < 0 ? pcs : pcs.slice(0, end) });
  }
  return { rate: words[3], stacks };
}

/**
 * Adds the names; the longest delay first.
 * @param {'block' | 'mutex'} kind
 * @param {{ rate: number, stacks: BlockStack[] }} profile
 * @param {(pc: number) => readonly Frame[]} frames
 * @returns {BlockProfile}
 */
export function makeBlockProfile(kind, { rate, stacks }, frames) {
  const records = stacks
    .map(({ count, delayNs, pcs }) => ({ count, delayNs, pcs, frames: pcs.flatMap(frames) }))
    .sort((a, b) => b.delayNs - a.delayNs || b.count - a.count);
  const sum = (/** @type {'count' | 'delayNs'} */ key) => records.reduce((n, r) => n + r[key], 0);
  return { kind, rate, total: { count: sum('count'), delayNs: sum('delayNs') }, records };
}
