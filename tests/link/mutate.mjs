// @ts-check
// Damage of many kinds, the same for each seed.

/** @param {number} seed @returns {() => number} of 0 ... 2^32 - 1 */
export function random(seed) {
  let x = seed + 0x9e3779b9;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}

/** @type {((bytes: number[], at: number, r: () => number) => unknown)[]} */
const KINDS = [
  (bytes, at, r) => (bytes[at] = r() & 0xff),
  (bytes, at, r) => (bytes[at] ^= 1 << (r() & 7)),
  (bytes, at) => (bytes[at] = 0xff),
  (bytes, at) => bytes[at]++,
  (bytes, at) => bytes.splice(at, 1),
  (bytes, at, r) => bytes.splice(at, 0, r() & 0xff),
  (bytes, at, r) => bytes.splice(at, r() % 64),
  (bytes, at) => bytes.splice(at),
  (bytes, at, r) => bytes.splice(at, 0, ...bytes.slice(r() % bytes.length).slice(0, 32)),
  (bytes, at) => bytes.splice(at, 5, 0xff, 0xff, 0xff, 0xff, 0x0f),
];

/**
 * @param {Uint8Array} whole
 * @param {number} count
 * @returns {Generator<{ name: string, bytes: Uint8Array }>}
 */
export function* mutations(whole, count) {
  for (let seed = 0; seed < count; seed++) {
    const r = random(seed);
    for (let n = 0; n < 8; n++) r();
    const bytes = [...whole];
    for (let n = 1 + (r() % 3); n > 0 && bytes.length > 0; n--)
      KINDS[r() % KINDS.length](bytes, r() % bytes.length, r);
    yield { name: `mutation ${seed}`, bytes: Uint8Array.from(bytes) };
  }
}
