// @ts-check
// The heap profile: from the program's words to plain data.

import { heapMagic, heapVersion } from '../layout.js';

/** @typedef {import('./symbols.js').Frame} Frame */
/** @typedef {import('../index.d.ts').HeapCounts} HeapCounts */
/** @typedef {import('../index.d.ts').HeapProfile} HeapProfile */
/** @typedef {{ pcs: number[], sampled: HeapCounts, estimated: HeapCounts }} HeapStack */

const countWords = 16; // four counters of sampled blocks, four estimates, 64 bits each

/**
 * Reads the words of a heap profile.
 * @param {Uint32Array} words
 * @returns {{ rate: number, stacks: HeapStack[] }}
 */
export function decodeHeap(words) {
  if (words[0] !== heapMagic || words[1] !== heapVersion) {
    throw new TypeError('these are not the words of a heap profile');
  }
  const stacks = [];
  let at = 4;
  for (let n = words[2]; n > 0; n--) {
    const end = at + 1 + words[at];
    stacks.push({ pcs: Array.from(words.subarray(at + 1, end)), ...decodeCounts(words, end) });
    at = end + countWords;
  }
  return { rate: words[3], stacks };
}

/**
 * @param {Uint32Array} words
 * @param {number} at
 */
function decodeCounts(words, at) {
  const { buffer } = words.slice(at, at + countWords);
  const sampled = Array.from(new BigUint64Array(buffer, 0, 4), Number);
  const estimated = Array.from(new Float64Array(buffer, 32, 4), Math.round);
  return { sampled: heapCounts(sampled), estimated: heapCounts(estimated) };
}

/**
 * @param {number[]} counters
 * @returns {HeapCounts}
 */
const heapCounts = ([allocs, frees, allocBytes, freeBytes]) => ({
  inuseObjects: allocs - frees,
  inuseBytes: allocBytes - freeBytes,
  allocObjects: allocs,
  allocBytes,
});

/**
 * Adds the names, and sorts by what the kind is about.
 * @param {'heap' | 'allocs'} kind
 * @param {{ rate: number, stacks: HeapStack[] }} heap
 * @param {(pc: number) => readonly Frame[]} frames
 * @returns {HeapProfile}
 */
export function makeHeapProfile(kind, { rate, stacks }, frames) {
  const bytes = kind === 'heap' ? 'inuseBytes' : 'allocBytes';
  const records = stacks
    .map(({ pcs, sampled, estimated }) => {
      return { ...estimated, sampled, pcs, frames: pcs.flatMap(frames) };
    })
    .sort((a, b) => b[bytes] - a[bytes] || b.allocBytes - a.allocBytes);
  return { kind, rate, total: sumCounts(records), records };
}

/**
 * @param {HeapCounts[]} list
 * @returns {HeapCounts}
 */
export function sumCounts(list) {
  const sum = { inuseObjects: 0, inuseBytes: 0, allocObjects: 0, allocBytes: 0 };
  for (const one of list) {
    sum.inuseObjects += one.inuseObjects;
    sum.inuseBytes += one.inuseBytes;
    sum.allocObjects += one.allocObjects;
    sum.allocBytes += one.allocBytes;
  }
  return sum;
}
