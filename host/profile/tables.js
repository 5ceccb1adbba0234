// @ts-check
// The custom section "worldsema": what the link step wrote for tracebacks (wasm/link/table.js), small
// enough to be served. Here it becomes the flat words that the program and symbols.js read in place:
//
//   header[12]        magic, version, nfuncs, maxpc, nlocs, string bytes, noffsets, flags,
//                     nnames, ntable, protect_a_pc, first slot of the resumed functions
//                     flags: 1 if names and lines are not here, but in a file beside the module
//   funcs[nfuncs]     { entry_pc, frame_bytes, name, kind, loc }     ascending entry_pc
//   sites[maxpc + 1]  loc of each pc
//   locs[nlocs]       { func, file, line, parent loc, kind }         loc 0 is all zero
//   offsets[noffsets] { file offset in the final module, loc }       ascending; holds up to the next
//   names[nnames]     function index in the raw module to its name
//   table[ntable]     { name, loc }                                  by slot of the function table
//   strings           NUL-terminated UTF-8, padded to 4; offset 0 is ""

import { LoadError } from '../errors.js';
import { abiVersion, kinds, tablesMagic } from '../layout.js';

const headBytes = 8;
export const headWords = 12;
export const funcWords = 5;
export const locWords = 5;
const offsetWords = 2;
const slotWords = 2;

/** @param {string} how */
const bad = (how) => new LoadError('ERR_BAD_TABLES', `the section "worldsema" ${how}`);

/**
 * Where each part begins, in words.
 * @param {{ nfuncs: number, maxPc: number, nlocs: number, noffsets: number, nnames: number,
 *   ntable: number }} counts
 */
export function partsOf({ nfuncs, maxPc, nlocs, noffsets, nnames, ntable }) {
  const funcs = headWords;
  const sites = funcs + nfuncs * funcWords;
  const locs = sites + maxPc + 1;
  const offsets = locs + nlocs * locWords;
  const names = offsets + noffsets * offsetWords;
  const table = names + nnames;
  return { funcs, sites, locs, offsets, names, table, strings: table + ntable * slotWords };
}

/**
 * @param {ArrayBuffer} section its content
 * @returns {Uint32Array<ArrayBuffer>} the flat words
 */
export function expandTables(section) {
  checkHead(section);
  const r = new Columns(new Uint8Array(section, headBytes));
  const [nstrings, nplaces, above, nfuncs, maxPc, noffsets, nnames, ntable] = r.counts(8);
  const [textBytes, protectPc, firstResumed, flags] = r.counts(4);
  const nlocs = above + 1;
  const cells = nplaces * 3 + above * 3 + nfuncs * 5 + maxPc + noffsets * 2 + nnames + ntable * 2;
  if (cells + textBytes > r.left) throw bad('is shorter than it says');
  const at = partsOf({ nfuncs, maxPc, nlocs, noffsets, nnames, ntable });
  const words = new Uint32Array(at.strings + ((textBytes + 3) >> 2));
  words.set([tablesMagic, abiVersion, nfuncs, maxPc, nlocs, (textBytes + 3) & ~3, noffsets, flags]);
  words.set([nnames, ntable, protectPc, firstResumed], 8);

  const text = r.take(textBytes);
  new Uint8Array(words.buffer, at.strings * 4).set(text);
  const starts = startsOf(text, nstrings);
  /** One more column of the part that begins at a word. */
  const fill = (
    /** @type {number} */ to,
    /** @type {number} */ width,
    /** @type {number} */ rows,
    /** @type {() => number} */ next,
  ) => {
    for (let i = 0; i < rows; i++) words[to + i * width] = next();
  };
  const string = () => {
    const next = r.near(nstrings);
    return () => starts[next()];
  };
  const loc = () => r.near(nlocs);

  const places = Array.from({ length: 3 }, () => new Uint32Array(nplaces));
  places.forEach((column, k) => {
    const next = k < 2 ? string() : () => r.below(kinds.length);
    for (let i = 0; i < nplaces; i++) column[i] = next();
  });
  expandLocs(r, words.subarray(at.locs, at.offsets), places);
  fill(at.funcs, funcWords, nfuncs, r.ascending());
  fill(at.funcs + 1, funcWords, nfuncs, () => r.number());
  fill(at.funcs + 2, funcWords, nfuncs, string());
  fill(at.funcs + 3, funcWords, nfuncs, () => r.below(kinds.length));
  fill(at.funcs + 4, funcWords, nfuncs, loc());
  fill(at.sites + 1, 1, maxPc, loc());
  fill(at.offsets, offsetWords, noffsets, r.ascending());
  fill(at.offsets + 1, offsetWords, noffsets, r.fresh(1, nlocs, false));
  fill(at.names, 1, nnames, string());
  fill(at.table, slotWords, ntable, string());
  fill(at.table + 1, slotWords, ntable, loc());
  if (r.left > 0) throw bad('is longer than it says');
  return words;
}

/**
 * Function, file, line, parent and kind of each location: it shares function, file and kind with others, and
 * tells its line by that of the last of them.
 * @param {Columns} r
 * @param {Uint32Array} locs
 * @param {Uint32Array[]} places
 */
function expandLocs(r, locs, [funcs, files, kind]) {
  const lines = new Int32Array(funcs.length);
  const place = r.fresh(0, funcs.length, true);
  const nlocs = locs.length / locWords;
  const of = new Uint32Array(nlocs);
  for (let i = 1; i < nlocs; i++) of[i] = place();
  for (let i = 1; i < nlocs; i++) {
    const p = of[i];
    lines[p] += r.signed();
    locs.set([funcs[p], files[p], lines[p], 0, kind[p]], i * locWords);
  }
  for (let i = 1; i < nlocs; i++) {
    const up = r.below(i);
    if (up > 0) locs[i * locWords + 3] = i - up;
  }
}

/** @param {ArrayBuffer} section */
function checkHead(section) {
  const view = new DataView(section);
  if (section.byteLength < headBytes || view.getUint32(0, true) !== tablesMagic)
    throw bad('is not what the link step writes');
  const version = view.getUint32(4, true);
  if (version === abiVersion) return;
  throw new LoadError(
    'ERR_ABI_VERSION',
    `the wasm was linked for version ${version} of the border, this package speaks ${abiVersion}: ` +
      'link it again with the same version of worldsema',
  );
}

/**
 * @param {Uint8Array} text
 * @param {number} count
 */
function startsOf(text, count) {
  const starts = new Uint32Array(count);
  let n = 0;
  for (let at = 0; at < text.length && n < count; n++) {
    starts[n] = at;
    at = text.indexOf(0, at) + 1;
    if (at === 0) throw bad('has a string without an end');
  }
  if (n < count || n === 0 || text[0] !== 0) throw bad('has fewer strings than it says');
  return starts;
}

/** The sign is in bit 0. @param {number} value */
const unfolded = (value) => (value >>> 1) ^ -(value & 1);

/** Numbers, in the ways that table.js writes them. */
class Columns {
  #bytes;
  #at = 0;

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.#bytes = bytes;
  }

  get left() {
    return this.#bytes.length - this.#at;
  }

  /** @param {number} bytes */
  take(bytes) {
    this.#at += bytes;
    return this.#bytes.subarray(this.#at - bytes, this.#at);
  }

  /** Of 32 bits, seven in a byte, the lowest first; the last byte has no bit 7. */
  number() {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes[this.#at++] ?? 0xff;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw bad('has a number that does not end');
  }

  signed() {
    return unfolded(this.number());
  }

  /** @param {number} limit */
  below(limit) {
    return within(this.number(), limit);
  }

  /** @param {number} n */
  counts(n) {
    return Array.from({ length: n }, () => this.number());
  }

  /** Each by the one before. */
  ascending() {
    let last = 0;
    return () => (last = within(last + this.number(), 2 ** 32));
  }

  /** Each by the one before, in both directions. @param {number} limit */
  near(limit) {
    let last = 0;
    return () => (last = within(last + this.signed(), limit));
  }

  /**
   * What is used for the first time in the order of its numbers: each by the number that comes behind all before.
   * 0 is the one before, or without `again` number 0.
   * @param {number} first
   * @param {number} limit
   * @param {boolean} again
   */
  fresh(first, limit, again) {
    let next = first;
    let last = 0;
    return () => {
      const code = this.number();
      if (code > 0) last = within(next + unfolded(code - 1), limit);
      else if (!again) return 0;
      next = Math.max(next, last + 1);
      return last;
    };
  }
}

/**
 * @param {number} value
 * @param {number} limit
 */
function within(value, limit) {
  if (value >= 0 && value < limit) return value;
  throw bad(`refers to ${value} of ${limit}`);
}
