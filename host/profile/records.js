// @ts-check
// A profile: from the program's words to plain data, equal stacks merged.

import { profileMagic, profileVersion } from '../layout.js';

/** @typedef {import('./symbols.js').Frame} Frame */
/** @typedef {{ count: number, pcs: number[], frames: Frame[] }} StackRecord */
/**
 * @typedef {object} Profile
 * @property {string} kind
 * @property {number} total stacks before merging
 * @property {StackRecord[]} records most frequent first
 * @property {import('./dump.js').Goroutine[]} [goroutines] when asked for with `debug: 2`
 */

/**
 * Reads the words of a profile: one list of pcs a stack, innermost first.
 * @param {Uint32Array} words
 */
export function decodeStacks(words) {
  if (words[0] !== profileMagic || words[1] !== profileVersion) {
    throw new TypeError('these are not the words of a profile');
  }
  /** @type {number[][]} */
  const stacks = [];
  let at = 4;
  for (let n = words[2]; n > 0; n--) {
    const npcs = words[at];
    stacks.push(Array.from(words.subarray(at + 1, at + 1 + npcs)));
    at += 1 + npcs;
  }
  return stacks;
}

/**
 * Merges equal stacks and gives the pcs their names.
 * @param {string} kind
 * @param {number[][]} stacks
 * @param {(pc: number) => readonly Frame[]} frames
 * @returns {Profile}
 */
export function makeProfile(kind, stacks, frames) {
  /** @type {Map<string, StackRecord>} */
  const records = new Map();
  for (const pcs of stacks) {
    const key = pcs.join();
    const record = records.get(key);
    if (record) record.count++;
    else records.set(key, { count: 1, pcs, frames: pcs.flatMap(frames) });
  }
  const sorted = [...records.values()].sort((a, b) => b.count - a.count || byPcs(a.pcs, b.pcs));
  return { kind, total: stacks.length, records: sorted };
}

/**
 * A stable order for records of equal count.
 * @param {number[]} a
 * @param {number[]} b
 */
function byPcs(a, b) {
  const i = a.findIndex((pc, k) => pc !== b[k]);
  return i < 0 ? a.length - b.length : a[i] - (b[i] ?? -1);
}
