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
 * @property {boolean} inPlace not unwound: its frames are those of its thread, which waits with it
 * @property {boolean} system a service goroutine of the runtime
 * @property {boolean} leaked told by leaks(): nobody can ever wake it
 * @property {number | null} thread the one it runs or stays on
 * @property {string} label as set by go_set_label; '' when not set
 * @property {{ func: string, file: string, line: number, goroutine: number } | null} createdBy
 * @property {Frame[]} frames innermost first; equal frames may be one object
 */
/**
 * What decoding needs from the program.
 * @typedef {object} Reader
 * @property {(ptr: number) => string} cstring
 * @property {(ptr: number, n: number) => ArrayLike<number>} words
 * @property {(reason: number) => string} reason
 * @property {(pc: number) => readonly Frame[]} frames
 */

/**
 * @param {ArrayLike<number>} words
 * @param {number} i
 */
const long = (words, i) => words[i] + words[i + 1] * 2 ** 32;

/** Words of a goroutine before its pcs. */
const headWords = 13;
/** In its flags: text of so many words stands behind the pcs. */
const detailFlag = 8;
const detailWords = 16;
const decoder = new TextDecoder();

/**
 * Reads the words of a dump.
 * @param {Uint32Array} words
 * @param {Reader} reader
 */
export function decodeDump(words, reader) {
  if (words[0] !== dumpMagic || words[1] !== dumpVersion) {
    throw new TypeError('these are not the words of a goroutine dump');
  }
  const once = remember(reader);
  /** @type {Goroutine[]} */
  const goroutines = [];
  let at = 8;
  for (let n = words[2]; n > 0; n--) {
    goroutines.push(decodeGoroutine(words, at, once));
    at += headWords + words[at + 12] + (words[at + 4] & detailFlag ? detailWords : 0);
  }
  return { goroutines, stoppedMs: long(words, 3) / 1e6, totalMs: long(words, 5) / 1e6 };
}

/**
 * The same reader, which asks the program for each thing once: of a hundred thousand goroutines most
 * wait for the same reason and come from the same line.
 * @param {Reader} reader
 */
function remember(reader) {
  const cstring = once(reader.cstring);
  const site = once((/** @type {number} */ ptr) => {
    const [name, file, line] = Array.from(reader.words(ptr, 3));
    return { func: cstring(name), file: cstring(file), line };
  });
  return { cstring, site, reason: once(reader.reason), frames: reader.frames };
}

/**
 * @template T
 * @param {(key: number) => T} ask
 */
function once(ask) {
  /** @type {Map<number, T>} */
  const known = new Map();
  return (/** @type {number} */ key) => {
    let value = known.get(key);
    if (value === undefined) {
      value = ask(key);
      known.set(key, value);
    }
    return value;
  };
}

/**
 * @param {Uint32Array} words
 * @param {number} at of its first word
 * @param {ReturnType<typeof remember>} reader
 * @returns {Goroutine}
 */
function decodeGoroutine(words, at, reader) {
  const state = states[words[at + 2]] ?? 'unknown';
  const waits = state === 'waiting' || state === 'syscall';
  /** @type {Frame[]} */
  const frames = [];
  const pcs = at + headWords;
  for (let pc = pcs; pc < pcs + words[at + 12]; pc++) {
    for (const frame of reader.frames(words[pc])) frames.push(frame);
  }
  return {
    id: long(words, at),
    state,
    reason: waits ? reader.reason(words[at + 3]) + decodeDetail(words, at) : '',
    waitMs: long(words, at + 5) / 1e6,
    locked: (words[at + 4] & 1) !== 0,
    inPlace: (words[at + 4] & 4) !== 0,
    system: (words[at + 4] & 2) !== 0,
    leaked: (words[at + 4] & 16) !== 0,
    thread: words[at + 9] === 0 ? null : words[at + 9] - 1,
    label: reader.cstring(words[at + 11]),
    createdBy: decodeSite(words[at + 10], long(words, at + 7), reader),
    frames,
  };
}

/**
 * What of the host it waits for.
 * @param {Uint32Array} words
 * @param {number} at
 */
function decodeDetail(words, at) {
  if (!(words[at + 4] & detailFlag)) return '';
  const start = at + headWords + words[at + 12];
  const bytes = new Uint8Array(words.slice(start, start + detailWords).buffer);
  return `: ${decoder.decode(bytes.subarray(0, bytes.indexOf(0)))}`;
}

/**
 * @param {number} ptr
 * @param {number} goroutine
 * @param {ReturnType<typeof remember>} reader
 */
function decodeSite(ptr, goroutine, reader) {
  if (ptr === 0) return null;
  const { func, file, line } = reader.site(ptr);
  return func === '' ? null : { func, file, line, goroutine };
}

/**
 * What goroutines that do the same have in common: state, reason and stack.
 * @param {{ state: string, reason: string, frames: Frame[] }} goroutine
 */
export function stackKey({ state, reason, frames }) {
  const stack = frames.map(({ func, file, line }) => `${func}\t${file}\t${line}`);
  return [state, reason, ...stack].join('\n');
}

/**
 * Goroutines with the same state, reason and stack, most frequent first.
 * @param {Goroutine[]} goroutines
 */
export function groupStacks(goroutines) {
  /** @type {Map<string, { count: number, ids: number[], state: string, reason: string, waitMs: { min: number, max: number }, frames: Frame[] }>} */
  const groups = new Map();
  for (const goroutine of goroutines) {
    const { id, state, reason, waitMs, frames } = goroutine;
    const key = stackKey(goroutine);
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
