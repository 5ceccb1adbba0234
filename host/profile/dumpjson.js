// @ts-check
// Dumps as JSON. Each frame is stored once, even if many goroutines have it.

/** @typedef {import('./symbols.js').Frame} Frame */
/** @typedef {import('./dump.js').Goroutine} Goroutine */

const format = 'worldsema dump';
const version = 1;

/**
 * A dump to be stored as JSON.
 * @param {Goroutine[]} goroutines
 */
export function dumpToJson(goroutines) {
  /** @type {Map<string, number>} */
  const known = new Map();
  /** @type {Frame[]} */
  const frames = [];
  const number = (/** @type {Frame} */ frame) => {
    const key = JSON.stringify(frame);
    const at = known.get(key) ?? frames.push({ ...frame }) - 1;
    known.set(key, at);
    return at;
  };
  const packed = goroutines.map(({ frames, ...goroutine }) => ({
    ...goroutine,
    frames: frames.map(number),
  }));
  return { format, version, frames, goroutines: packed };
}

/**
 * Reads such a dump.
 * @param {string | object} json its text, or what JSON.parse made of it
 * @returns {Goroutine[]}
 */
export function dumpFromJson(json) {
  const read = /** @type {any} */ (typeof json === 'string' ? JSON.parse(json) : json);
  if (read?.format !== format || read.version !== version) {
    throw new TypeError(`this is not the JSON of a dump: expected ${format}, version ${version}`);
  }
  /** @type {Frame[]} */
  const frames = read.frames.map((/** @type {Frame} */ frame) => Object.freeze({ ...frame }));
  return read.goroutines.map((/** @type {any} */ goroutine) => ({
    ...goroutine,
    frames: goroutine.frames.map((/** @type {number} */ at) => {
      if (frames[at]) return frames[at];
      throw new TypeError(`this is not the JSON of a dump: it has no frame ${at}`);
    }),
  }));
}
