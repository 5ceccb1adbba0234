// @ts-check
// The CPU profile: from the program's words to plain data.

import { abiVersion, CpuHead, cpuMagic, PcBit, TextNumber } from '../layout.js';
import { long } from '../words.js';

/** @typedef {import('./symbols.js').Frame} Frame */
/** @typedef {import('../index.d.ts').CpuProfile} CpuProfile */
/** @typedef {import('../index.d.ts').CpuRecord} CpuRecord */
/** @typedef {{ count: number, pcs: number[] }} Sample */

const textBit = 2 ** PcBit.textBit;
const lostPc = textBit + TextNumber.lost;
const idlePc = textBit + TextNumber.idle;
const firstLabel = textBit + TextNumber.labels;

const isText = (/** @type {number} */ pc) => pc >= textBit && pc < 2 * textBit;
const isLabel = (/** @type {number | undefined} */ pc) =>
  pc !== undefined && pc >= firstLabel && isText(pc);

/**
 * Reads a profile's words, also those in the form of Go 1, which have no end mark.
 * @param {Uint32Array} words
 * @returns {{ periodUs: number, samples: Sample[] }} the same stack may occur more than once
 */
export function decodeCpuLog(words) {
  const [count, depth, version, periodUs, zero] = words;
  if (count !== 0 || depth !== 3 || version !== 0 || zero !== 0) {
    throw new TypeError('these are not the words of a CPU profile');
  }
  const samples = [];
  let at = 5;
  while (at < words.length) {
    const end = at + 2 + words[at + 1];
    if (!(end <= words.length)) throw new TypeError(`a CPU profile is cut off at word ${at}`);
    if (words[at] === 0) {
      if (words[at + 1] === 1 && words[at + 2] === 0 && end === words.length) break;
      throw new TypeError(`a CPU profile has a stack without samples at word ${at}`);
    }
    samples.push({ count: words[at], pcs: Array.from(words.subarray(at + 2, end)) });
    at = end;
  }
  return { periodUs, samples };
}

/**
 * Reads the answer of a program: the log of samples, and for how long it was written.
 * @param {Uint32Array} words
 */
export function decodeCpu(words) {
  if (words[CpuHead.magic] !== cpuMagic || words[CpuHead.version] !== abiVersion) {
    throw new TypeError('this is not the answer about a CPU profile');
  }
  const durationNs = long(words, CpuHead.durationNs);
  return { durationNs, ...decodeCpuLog(words.subarray(CpuHead.words)) };
}

/**
 * Merges equal stacks, most frequent first, and gives them their names.
 * @param {{ hz: number, durationNs: number, samples: Sample[] }} cpu
 * @param {(pc: number) => readonly Frame[]} frames
 * @param {(pc: number) => string} text of a pc that is one
 * @returns {CpuProfile}
 */
export function makeCpuProfile({ hz, durationNs, samples }, frames, text) {
  /** @type {Map<string, CpuRecord>} */
  const records = new Map();
  let total = 0;
  let lost = 0;
  let idle = 0;
  for (const { count, pcs } of samples) {
    if (pcs.length === 1 && pcs[0] === lostPc) {
      lost += count;
      continue;
    }
    if (pcs.length === 1 && pcs[0] === idlePc) {
      idle += count;
      continue;
    }
    total += count;
    const key = pcs.join();
    const record = records.get(key);
    if (record) record.count += count;
    else records.set(key, makeRecord(count, pcs, frames, text));
  }
  const sorted = [...records.values()].sort((a, b) => b.count - a.count);
  return { kind: 'cpu', hz, durationNs, total, lost, idle, records: sorted };
}

/**
 * @param {number} count
 * @param {number[]} words
 * @param {(pc: number) => readonly Frame[]} frames
 * @param {(pc: number) => string} text
 * @returns {CpuRecord}
 */
function makeRecord(count, words, frames, text) {
  const last = words.at(-1);
  const label = isLabel(last) ? text(/** @type {number} */ (last)) : '';
  const pcs = isLabel(last) ? words.slice(0, -1) : words;
  const named = pcs.flatMap((pc) => (isText(pc) ? [textFrame(pc, text(pc))] : frames(pc)));
  return { count, label, pcs, frames: named };
}

/**
 * @param {number} pc
 * @param {string} func
 * @returns {Frame}
 */
const textFrame = (pc, func) => {
  return { func, file: '', line: 0, inlined: false, pc, offset: 0, kind: 'runtime' };
};
