// @ts-check
// Figures about memory: from the program's 64-bit words to plain data.

/** @typedef {import('../index.d.ts').MemStats} MemStats */
/** @typedef {import('../index.d.ts').HeapNow} HeapNow */

/** The words before the ring of pauses, in their order. */
const names = /** @type {const} */ ([
  'alloc',
  'totalAlloc',
  'sys',
  'lookups',
  'mallocs',
  'frees',
  'heapAlloc',
  'heapSys',
  'heapIdle',
  'heapInuse',
  'heapReleased',
  'heapObjects',
  'stackInuse',
  'stackSys',
  'frames',
  'mspanInuse',
  'mspanSys',
  'mcacheInuse',
  'mcacheSys',
  'buckHashSys',
  'gcSys',
  'otherSys',
  'nextGc',
  'lastGc',
  'pauseTotalNs',
  'numGc',
  'enableGc',
  'debugGc',
  'mallocBytes',
  'mallocBlocks',
  'collectedBytes',
  'collectedBlocks',
]);

const ring = 256;
/** What the program says when no collection will begin by itself. */
const never = 0xffffffff;
/** rt_js_now's origin, in milliseconds since 1970. */
const clockOrigin = 1.7e12;

/** @param {number} bytes */
const orNull = (bytes) => (bytes === never ? null : bytes);

/** @param {number} ns of the program's clock */
const msSince1970 = (ns) => ns / 1e6 + clockOrigin;

/**
 * @param {Uint8Array} bytes a copy, so aligned
 * @returns {MemStats}
 */
export function decodeMemStats(bytes) {
  const words = Array.from(new BigUint64Array(bytes.buffer, 0, bytes.length >> 3), Number);
  if (words.length < names.length + ring || (words.length - names.length - ring) % 3 !== 0) {
    throw new TypeError('these are not the words of memory statistics');
  }
  const figures = /** @type {Record<(typeof names)[number], number>} */ (
    Object.fromEntries(names.map((name, i) => [name, words[i]]))
  );
  const pauses = words.slice(names.length, names.length + ring);
  return {
    ...figures,
    nextGc: orNull(figures.nextGc),
    lastGc: figures.lastGc === 0 ? 0 : msSince1970(figures.lastGc),
    pauseNs: newestFirst(pauses, figures.numGc),
    enableGc: figures.enableGc !== 0,
    debugGc: figures.debugGc !== 0,
    bySize: sizes(words.slice(names.length + ring)),
  };
}

/**
 * The pause of collection n, counted from 1, is at (n + 255) % 256.
 * @param {number[]} pauses
 * @param {number} n collections
 */
function newestFirst(pauses, n) {
  return Array.from({ length: Math.min(n, ring) }, (_, i) => pauses[(n - i + ring - 1) % ring]);
}

/** @param {number[]} words */
function sizes(words) {
  return Array.from({ length: words.length / 3 }, (_, i) => {
    const [size, mallocs, frees] = words.slice(3 * i);
    return { size, mallocs, frees };
  });
}

const nowWords = 4;
const collectionWords = 7;
const collectionsTold = 128;

/** Room for all that rt_host_heap can write. */
export const heapWords = nowWords + collectionsTold * collectionWords;

/**
 * The heap as rt_host_heap saw it.
 * @param {Uint32Array} words
 * @returns {HeapNow}
 */
export function decodeHeapNow(words) {
  const [numGc = 0, collected = 0, uncollected = 0, next = never] = words;
  const collections = [];
  const told = Math.max(0, Math.floor((words.length - nowWords) / collectionWords));
  for (let i = 0; i < told; i++) {
    const at = nowWords + i * collectionWords;
    const [end, endHigh, pauseNs, pauseHigh, before, after, nextGc] = words.subarray(at);
    collections.push({
      number: numGc - told + 1 + i,
      endMs: msSince1970(end + endHigh * 2 ** 32),
      pauseNs: pauseNs + pauseHigh * 2 ** 32,
      ...{ before, after, nextGc: orNull(nextGc) },
    });
  }
  return { numGc, collected, uncollected, nextGc: orNull(next), collections };
}
