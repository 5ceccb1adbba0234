// @ts-check
// Figures about memory: from the program's 64-bit words to plain data.

import {
  Collection,
  collectionsTold,
  GoMemStats,
  GoSizeStats,
  HeapGlance,
  noCollection,
} from '../layout.js';
import { long } from '../words.js';

/** @typedef {import('../index.d.ts').MemStats} MemStats */
/** @typedef {import('../index.d.ts').HeapNow} HeapNow */

/** The figures of 64 bits. They have the same names here and in the program's layout. */
const names = /** @type {const} */ ([
  ...['alloc', 'totalAlloc', 'sys', 'lookups', 'mallocs', 'frees', 'heapAlloc', 'heapSys'],
  ...['heapIdle', 'heapInuse', 'heapReleased', 'heapObjects', 'stackInuse', 'stackSys', 'frames'],
  ...['mspanInuse', 'mspanSys', 'mcacheInuse', 'mcacheSys', 'buckHashSys', 'gcSys', 'otherSys'],
  ...['nextGc', 'lastGc', 'pauseTotalNs'],
  ...['mallocBytes', 'mallocBlocks', 'collectedBytes', 'collectedBlocks'],
]);

const ring = (GoMemStats.numGc - GoMemStats.pauseNs) / 2;
/** The origin of rt_js_now's clock, in milliseconds since 1970. */
const clockOrigin = 1.7e12;

/** @param {number} bytes */
const orNull = (bytes) => (bytes === noCollection ? null : bytes);

/** @param {number} ns of the program's clock */
const msSince1970 = (ns) => ns / 1e6 + clockOrigin;

/**
 * @param {Uint8Array} bytes a copy, so aligned
 * @returns {MemStats}
 */
export function decodeMemStats(bytes) {
  if (bytes.length !== GoMemStats.words * 4) {
    throw new TypeError('these are not the words of memory statistics');
  }
  const words = new Uint32Array(bytes.buffer);
  const figures = /** @type {Record<(typeof names)[number], number>} */ (
    Object.fromEntries(names.map((name) => [name, long(words, GoMemStats[name])]))
  );
  const numGc = words[GoMemStats.numGc];
  return {
    ...figures,
    nextGc: orNull(figures.nextGc),
    lastGc: figures.lastGc === 0 ? 0 : msSince1970(figures.lastGc),
    numGc,
    pauseNs: newestFirst(words, numGc),
    enableGc: bytes[GoMemStats.enableGc * 4] !== 0,
    debugGc: bytes[GoMemStats.debugGc * 4] !== 0,
    bySize: sizes(words),
  };
}

/**
 * The pauses, newest first. The pause of collection n, counted from 1, is at index (n + 255) % 256.
 * @param {Uint32Array} words
 * @param {number} n collections
 */
function newestFirst(words, n) {
  return Array.from({ length: Math.min(n, ring) }, (_, i) =>
    long(words, GoMemStats.pauseNs + 2 * ((n - i + ring - 1) % ring)),
  );
}

/** @param {Uint32Array} words */
function sizes(words) {
  const list = [];
  for (let at = GoMemStats.bySize; at < words.length; at += GoSizeStats.words) {
    const size = words[at + GoSizeStats.size];
    if (size === 0) break;
    const mallocs = long(words, at + GoSizeStats.mallocs);
    list.push({ size, mallocs, frees: long(words, at + GoSizeStats.frees) });
  }
  return list;
}

/** Room for all that rt_host_heap can write. */
export const heapWords = HeapGlance.words + collectionsTold * Collection.words;

/**
 * Decodes what rt_host_heap wrote.
 * @param {Uint32Array} words empty if the program ended before the heap could be read
 * @returns {HeapNow}
 */
export function decodeHeapNow(words) {
  const numGc = words[HeapGlance.ngc] ?? 0;
  const told = Math.max(0, Math.floor((words.length - HeapGlance.words) / Collection.words));
  const collections = Array.from({ length: told }, (_, i) => {
    const at = HeapGlance.words + i * Collection.words;
    return {
      number: numGc - told + 1 + i,
      endMs: msSince1970(long(words, at + Collection.endNs)),
      pauseNs: long(words, at + Collection.pauseNs),
      before: words[at + Collection.before],
      after: words[at + Collection.after],
      nextGc: orNull(words[at + Collection.next]),
    };
  });
  return {
    numGc,
    collected: words[HeapGlance.collected] ?? 0,
    uncollected: words[HeapGlance.uncollected] ?? 0,
    nextGc: orNull(words[HeapGlance.next] ?? noCollection),
    collections,
  };
}
