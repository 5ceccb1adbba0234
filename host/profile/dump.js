// @ts-check
// A structured dump: decodes the program's words to plain data, and groups goroutines with equal
// stacks. Nothing here needs a running program.

import {
  abiVersion,
  detailBytes,
  DumpFlag,
  DumpG,
  DumpHead,
  dumpMagic,
  GoSite,
  Gstatus,
} from '../layout.js';
import { long, namesOf } from '../words.js';

/** @typedef {import('./symbols.js').Frame} Frame */
/**
 * @typedef {object} Goroutine
 * @property {number} id
 * @property {string} state
 * @property {string} reason why it waits; '' if it does not wait
 * @property {number} waitMs how long it has waited; 0 when it does not wait
 * @property {boolean} locked to its thread
 * @property {boolean} inPlace not unwound: its frames are on the stack of its thread, which waits
 *   with it
 * @property {boolean} system a service goroutine of the runtime
 * @property {boolean} partial the engine did not give all frames of its thread, or not all lines
 * @property {boolean} leaked reported by leaks(): nobody can ever wake it
 * @property {number | null} thread the thread that it runs on or is held on
 * @property {string} label set by go_set_label; '' if not set
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

const states = namesOf(Gstatus);
const detailWords = detailBytes / 4;
const decoder = new TextDecoder();

/**
 * Reads the words of a dump.
 * @param {Uint32Array} words
 * @param {Reader} reader
 */
export function decodeDump(words, reader) {
  if (words[DumpHead.magic] !== dumpMagic || words[DumpHead.version] !== abiVersion) {
    throw new TypeError('these are not the words of a goroutine dump');
  }
  const once = remember(reader);
  /** @type {Goroutine[]} */
  const goroutines = [];
  let at = DumpHead.words;
  for (let n = words[DumpHead.n]; n > 0; n--) {
    goroutines.push(decodeGoroutine(words, at, once));
    const detail = words[at + DumpG.flags] & DumpFlag.detail ? detailWords : 0;
    at += DumpG.pcs + words[at + DumpG.npcs] + detail;
  }
  return {
    goroutines,
    stoppedMs: long(words, DumpHead.stoppedNs) / 1e6,
    totalMs: long(words, DumpHead.totalNs) / 1e6,
  };
}

/**
 * The same reader, with a cache: it asks the program for each item once. Of a hundred thousand
 * goroutines most wait for the same reason and were started at the same line.
 * @param {Reader} reader
 */
function remember(reader) {
  const cstring = once(reader.cstring);
  const site = once((/** @type {number} */ ptr) => {
    const words = reader.words(ptr, GoSite.words);
    const [func, file] = [words[GoSite.func], words[GoSite.file]].map(cstring);
    return { func, file, line: words[GoSite.line] };
  });
  return { cstring, site, reason: once(reader.reason), stack: stacks(reader.frames) };
}

/** For each array of frames: the stack that it is a copy of. @type {WeakMap<Frame[], Frame[]>} */
const originals = new WeakMap();

/**
 * Returns the same array for all equal stacks of a dump, so that they can be compared by identity.
 * Each goroutine has a copy of that array. A copy that the user has changed is returned itself.
 * @param {Frame[]} frames
 */
export function sharedFrames(frames) {
  const original = originals.get(frames);
  if (original?.length !== frames.length) return frames;
  return original.every((frame, i) => frame === frames[i]) ? original : frames;
}

/**
 * The frames of a list of pcs. They are looked up once for all goroutines with the same list.
 * @param {Reader['frames']} framesOf
 */
function stacks(framesOf) {
  /** @type {Map<number, { from: number, frames: Frame[] }[]>} by the hash of the pcs */
  const known = new Map();
  return (
    /** @type {Uint32Array} */ words,
    /** @type {number} */ from,
    /** @type {number} */ n,
  ) => {
    let hash = n;
    for (let i = from; i < from + n; i++) hash = (Math.imul(hash, 31) + words[i]) | 0;
    const alike = known.get(hash) ?? [];
    const same = alike.find((other) => samePcs(words, other.from, from, n));
    if (same) return copyOf(same.frames);
    const frames = Array.from(words.subarray(from, from + n), (pc) => framesOf(pc)).flat();
    known.set(hash, [...alike, { from, frames }]);
    return copyOf(frames);
  };
}

/** @param {Frame[]} frames */
function copyOf(frames) {
  const copy = frames.slice();
  originals.set(copy, frames);
  return copy;
}

/**
 * @param {Uint32Array} words
 * @param {number} a
 * @param {number} b
 * @param {number} n
 */
function samePcs(words, a, b, n) {
  if (words[a - DumpG.pcs + DumpG.npcs] !== n) return false;
  for (let i = 0; i < n; i++) if (words[a + i] !== words[b + i]) return false;
  return true;
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
  const word = (/** @type {keyof typeof DumpG} */ name) => words[at + DumpG[name]];
  const flag = (/** @type {number} */ bit) => (word('flags') & bit) !== 0;
  const state = states[word('status')] ?? 'unknown';
  const waits = state === 'waiting' || state === 'syscall';
  return {
    id: long(words, at + DumpG.id),
    state,
    reason: waits ? reader.reason(word('reason')) + decodeDetail(words, at) : '',
    waitMs: long(words, at + DumpG.waitNs) / 1e6,
    locked: flag(DumpFlag.locked),
    inPlace: flag(DumpFlag.inPlace),
    system: flag(DumpFlag.system),
    partial: flag(DumpFlag.partial),
    leaked: flag(DumpFlag.leaked),
    thread: word('thread') === 0 ? null : word('thread') - 1,
    label: reader.cstring(word('label')),
    createdBy: decodeSite(word('site'), long(words, at + DumpG.parent), reader),
    frames: reader.stack(words, at + DumpG.pcs, word('npcs')),
  };
}

/**
 * The name of the host function that the goroutine waits for, as a suffix of the reason, or ''.
 * @param {Uint32Array} words
 * @param {number} at
 */
function decodeDetail(words, at) {
  if (!(words[at + DumpG.flags] & DumpFlag.detail)) return '';
  const start = at + DumpG.pcs + words[at + DumpG.npcs];
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
 * A key that is equal for goroutines with the same state, reason and stack.
 * @param {{ state: string, reason: string, frames: Frame[] }} goroutine
 */
export function stackKey({ state, reason, frames }) {
  const stack = frames.map(({ func, file, line }) => `${func}\t${file}\t${line}`);
  return [state, reason, ...stack].join('\n');
}

/** stackKey with a cache, for many goroutines that share stacks. */
function stackKeys() {
  /** @type {Map<Frame[], Map<string, string>>} */
  const known = new Map();
  return (/** @type {{ state: string, reason: string, frames: Frame[] }} */ goroutine) => {
    const { state, reason } = goroutine;
    const frames = sharedFrames(goroutine.frames);
    const keys = known.get(frames) ?? new Map();
    known.set(frames, keys);
    const why = `${state} ${reason}`;
    const key = keys.get(why) ?? stackKey(goroutine);
    keys.set(why, key);
    return key;
  };
}

/**
 * Goroutines with the same state, reason and stack, most frequent first.
 * @param {Goroutine[]} goroutines
 */
export function groupStacks(goroutines) {
  /**
   * @type {Map<string, { count: number, ids: number[], state: string, reason: string, waitMs: {
   *   min: number, max: number }, frames: Frame[] }>}
   */
  const groups = new Map();
  const keyOf = stackKeys();
  for (const goroutine of goroutines) {
    const { id, state, reason, waitMs, frames } = goroutine;
    const key = keyOf(goroutine);
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
