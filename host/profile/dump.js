// @ts-check
// A structured dump: from the program's words to plain data, grouped by equal stacks, and to and
// from the text that Go programmers know. Nothing here needs a running program.

import { dumpMagic, dumpVersion, states } from '../layout.js';

/** @typedef {import('./symbols.js').Frame} Frame */
/**
 * @typedef {object} Goroutine
 * @property {number} id
 * @property {string} state
 * @property {string} reason why it waits; '' when it does not
 * @property {number} waitMs how long it has waited; 0 when it does not wait
 * @property {boolean} locked to its thread
 * @property {boolean} system a service goroutine of the runtime
 * @property {number | null} thread the one it runs on
 * @property {string} label as set by go_set_label; '' when not set
 * @property {{ func: string, file: string, line: number, goroutine: number } | null} createdBy
 * @property {Frame[]} frames innermost first
 */
/**
 * What decoding needs from the program.
 * @typedef {object} Reader
 * @property {(ptr: number) => string} cstring
 * @property {(ptr: number, n: number) => ArrayLike<number>} words
 * @property {(reason: number) => string} reason
 * @property {(pc: number) => Frame[]} frames
 */

/**
 * @param {ArrayLike<number>} words
 * @param {number} i
 */
const long = (words, i) => words[i] + words[i + 1] * 2 ** 32;

/**
 * Reads the words of a dump.
 * @param {Uint32Array} words
 * @param {Reader} reader
 */
export function decodeDump(words, reader) {
  if (words[0] !== dumpMagic || words[1] !== dumpVersion) {
    throw new TypeError('these are not the words of a goroutine dump');
  }
  /** @type {Goroutine[]} */
  const goroutines = [];
  let at = 8;
  for (let n = words[2]; n > 0; n--) {
    const nframes = words[at + 12];
    const pcs = words.subarray(at + 13, at + 13 + nframes);
    goroutines.push(decodeGoroutine(words.subarray(at, at + 13), pcs, reader));
    at += 13 + nframes;
  }
  return { goroutines, stoppedMs: long(words, 3) / 1e6, totalMs: long(words, 5) / 1e6 };
}

/**
 * @param {Uint32Array} head
 * @param {Uint32Array} pcs
 * @param {Reader} reader
 * @returns {Goroutine}
 */
function decodeGoroutine(head, pcs, reader) {
  const state = states[head[2]] ?? 'unknown';
  const waits = state === 'waiting' || state === 'syscall';
  return {
    id: long(head, 0),
    state,
    reason: waits ? reader.reason(head[3]) : '',
    waitMs: long(head, 5) / 1e6,
    locked: (head[4] & 1) !== 0,
    system: (head[4] & 2) !== 0,
    thread: head[9] === 0 ? null : head[9] - 1,
    label: reader.cstring(head[11]),
    createdBy: decodeSite(head[10], long(head, 7), reader),
    frames: Array.from(pcs).flatMap((pc) => reader.frames(pc)),
  };
}

/**
 * @param {number} site
 * @param {number} goroutine
 * @param {Reader} reader
 */
function decodeSite(site, goroutine, reader) {
  if (site === 0) return null;
  const [name, file, line] = Array.from(reader.words(site, 3));
  const func = reader.cstring(name);
  return func === '' ? null : { func, file: reader.cstring(file), line, goroutine };
}

/**
 * Goroutines with the same state, reason and stack, most frequent first.
 * @param {Goroutine[]} goroutines
 */
export function groupStacks(goroutines) {
  /** @type {Map<string, { count: number, ids: number[], state: string, reason: string, waitMs: { min: number, max: number }, frames: Frame[] }>} */
  const groups = new Map();
  for (const { id, state, reason, waitMs, frames } of goroutines) {
    const stack = frames.map(({ func, file, line }) => `${func}\t${file}\t${line}`);
    const key = [state, reason, ...stack].join('\n');
    const group = groups.get(key);
    if (group) {
      group.count++;
      group.ids.push(id);
      group.waitMs = {
        min: Math.min(group.waitMs.min, waitMs),
        max: Math.max(group.waitMs.max, waitMs),
      };
    } else {
      const ids = [id];
      groups.set(key, {
        count: 1,
        ids,
        state,
        reason,
        waitMs: { min: waitMs, max: waitMs },
        frames,
      });
    }
  }
  return [...groups.values()].sort((a, b) => b.count - a.count || a.ids[0] - b.ids[0]);
}
