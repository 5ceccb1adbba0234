// @ts-check
// The block and mutex profiles: from the program's words to plain data.

import { abiVersion, BlockHead, blockMagic, GoBlockProfileRecord as Record } from '../layout.js';
import { long } from '../words.js';

/** @typedef {import('./symbols.js').Frame} Frame */
/** @typedef {import('../index.d.ts').BlockProfile} BlockProfile */
/** @typedef {{ count: number, delayNs: number, pcs: number[] }} BlockStack */

/**
 * Reads the words of a block or mutex profile.
 * @param {Uint32Array} words
 * @returns {{ rate: number, stacks: BlockStack[] }}
 */
export function decodeBlock(words) {
  if (words[BlockHead.magic] !== blockMagic || words[BlockHead.version] !== abiVersion) {
    throw new TypeError('these are not the words of a block profile');
  }
  const stacks = [];
  for (let n = 0, at = BlockHead.words; n < words[BlockHead.n]; n++, at += Record.words) {
    const pcs = Array.from(words.subarray(at + Record.pcs, at + Record.words));
    const end = pcs.indexOf(0);
    stacks.push({
      count: long(words, at + Record.count),
      delayNs: long(words, at + Record.ns),
      pcs: end < 0 ? pcs : pcs.slice(0, end),
    });
  }
  return { rate: words[BlockHead.rate], stacks };
}

/**
 * Adds the names. Sorted by delay, longest first.
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
