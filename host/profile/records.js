// @ts-check
// A profile: decodes the program's words to plain data and merges equal stacks.

import { abiVersion, ProfileHead, profileMagic, StackRecord } from '../layout.js';

/** @typedef {import('./symbols.js').Frame} Frame */
/** @typedef {{ label: string, pcs: number[] }} Stack */
/** @typedef {{ count: number, label?: string, pcs: number[], frames: Frame[] }} StackRecord */
/**
 * @typedef {object} Profile
 * @property {string} kind
 * @property {number} total stacks before merging
 * @property {StackRecord[]} records most frequent first
 * @property {import('./dump.js').Goroutine[]} [goroutines] with `debug: 2` only
 */

/**
 * Reads the words of a profile: one list of pcs for each stack, innermost first. Goroutines also
 * have their label.
 * @param {Uint32Array} words
 * @param {(ptr: number) => string} text
 */
export function decodeStacks(words, text) {
  if (words[ProfileHead.magic] !== profileMagic || words[ProfileHead.version] !== abiVersion) {
    throw new TypeError('these are not the words of a profile');
  }
  /** @type {Stack[]} */
  const stacks = [];
  let at = /** @type {number} */ (ProfileHead.words);
  for (let n = words[ProfileHead.n]; n > 0; n--) {
    const pcs = at + StackRecord.pcs;
    const end = pcs + words[at + StackRecord.npcs];
    const label = text(words[at + StackRecord.label]);
    stacks.push({ label, pcs: Array.from(words.subarray(pcs, end)) });
    at = end;
  }
  return stacks;
}

/**
 * Merges stacks that are equal and have the same label. Adds the names of the pcs.
 * @param {string} kind
 * @param {Stack[]} stacks
 * @param {(pc: number) => readonly Frame[]} frames
 * @returns {Profile}
 */
export function makeProfile(kind, stacks, frames) {
  /** @type {Map<string, StackRecord>} */
  const records = new Map();
  for (const { label, pcs } of stacks) {
    const key = [...pcs, label].join();
    const record = records.get(key);
    const named = label === '' ? {} : { label };
    if (record) record.count++;
    else records.set(key, { count: 1, ...named, pcs, frames: pcs.flatMap(frames) });
  }
  const sorted = [...records.values()].sort(
    (a, b) => b.count - a.count || byPcs(a.pcs, b.pcs) || byText(a.label, b.label),
  );
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

const byText = (a = '', b = '') => (a < b ? -1 : Number(a > b));
