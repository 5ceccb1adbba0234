// @ts-check
// The heap profile: from the program's words to plain data.

import { abiVersion, HeapCounts, HeapHead, heapMagic, HeapRecord } from '../layout.js';
import { long } from '../words.js';

/** @typedef {import('./symbols.js').Frame} Frame */
/** @typedef {import('../index.d.ts').HeapCounts} Counts */
/** @typedef {import('../index.d.ts').HeapProfile} HeapProfile */
/** @typedef {{ pcs: number[], sampled: Counts, estimated: Counts }} HeapStack */

/**
 * Reads the words of a heap profile.
 * @param {Uint32Array} words
 * @returns {{ rate: number, stacks: HeapStack[] }}
 */
export function decodeHeap(words) {
  if (words[HeapHead.magic] !== heapMagic || words[HeapHead.version] !== abiVersion) {
    throw new TypeError('these are not the words of a heap profile');
  }
  const stacks = [];
  let at = /** @type {number} */ (HeapHead.words);
  for (let n = words[HeapHead.n]; n > 0; n--) {
    const sampled = decodeCounts(words, at + HeapRecord.sampled, long);
    const estimated = decodeCounts(words, at + HeapRecord.estimated, rounded);
    const pcs = at + HeapRecord.pcs;
    const end = pcs + words[at + HeapRecord.npcs];
    stacks.push({ pcs: Array.from(words.subarray(pcs, end)), sampled, estimated });
    at = end;
  }
  return { rate: words[HeapHead.rate], stacks };
}

/** Reads a double that may begin at any word. @param {Uint32Array} words @param {number} at */
const rounded = (words, at) => Math.round(new Float64Array(words.slice(at, at + 2).buffer)[0]);

/**
 * @param {Uint32Array} words
 * @param {number} at
 * @param {(words: Uint32Array, at: number) => number} read
 * @returns {Counts}
 */
function decodeCounts(words, at, read) {
  const allocs = read(words, at + HeapCounts.allocs);
  const allocBytes = read(words, at + HeapCounts.allocBytes);
  return {
    inuseObjects: allocs - read(words, at + HeapCounts.frees),
    inuseBytes: allocBytes - read(words, at + HeapCounts.freeBytes),
    allocObjects: allocs,
    allocBytes,
  };
}

/**
 * Adds the names. Sorts by the bytes that the kind is about: in use for heap, allocated for allocs.
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
 * @param {Counts[]} list
 * @returns {Counts}
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
