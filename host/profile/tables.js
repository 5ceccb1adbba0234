// @ts-check
// The custom section "worldsema", which the link step wrote for tracebacks (wasm/link/table.js). It
// is compressed, so that it is small enough to be served. This file expands it to the flat words
// that the program and symbols.js read in place: a TablesHead and, after it, what
// runtime/ask/words.h describes:
//
//   funcs     TablesFunc, by ascending entry
//   sites     location of each pc, from 0 to the highest
//   locs      TablesLoc; number 0 is all zero
//   offsets   TablesOffset, ascending; each holds up to the next one
//   names     by function index in the raw module
//   table     TablesSlot, by slot of the function table
//   lands     4 * pc + what may land there (enum Lands), ascending
//   strings   NUL-terminated UTF-8, padded to 4; the first is ""

import { LoadError } from '../errors.js';
import {
  abiVersion,
  FuncKind,
  TablesFunc,
  TablesHead,
  TablesLoc,
  tablesMagic,
  TablesOffset,
  TablesSlot,
} from '../layout.js';
import { namesOf } from '../words.js';

const headBytes = 8;
const headCounts = 13;
const kinds = namesOf(FuncKind);

/** @param {string} how */
const bad = (how) => new LoadError('ERR_BAD_TABLES', `the section "worldsema" ${how}`);

/**
 * @typedef {Record<'nfuncs' | 'maxpc' | 'nlocs' | 'noffsets' | 'nnames' | 'nslots' | 'nlands',
 *   number>} TableCounts
 */

/**
 * The size of each part.
 * @param {Uint32Array} words the flat ones
 * @returns {TableCounts}
 */
export const countsOf = (words) => ({
  nfuncs: words[TablesHead.nfuncs],
  maxpc: words[TablesHead.maxpc],
  nlocs: words[TablesHead.nlocs],
  noffsets: words[TablesHead.noffsets],
  nnames: words[TablesHead.nnames],
  nslots: words[TablesHead.nslots],
  nlands: words[TablesHead.nlands],
});

/**
 * Where each part begins, in words.
 * @param {TableCounts} counts
 */
export function partsOf({ nfuncs, maxpc, nlocs, noffsets, nnames, nslots, nlands }) {
  const funcs = TablesHead.words;
  const sites = funcs + nfuncs * TablesFunc.words;
  const locs = sites + maxpc + 1;
  const offsets = locs + nlocs * TablesLoc.words;
  const names = offsets + noffsets * TablesOffset.words;
  const table = names + nnames;
  const lands = table + nslots * TablesSlot.words;
  return { funcs, sites, locs, offsets, names, table, lands, strings: lands + nlands };
}

/**
 * @param {ArrayBuffer} section its content
 * @returns {Uint32Array<ArrayBuffer>} the flat words
 */
export function expandTables(section) {
  checkHead(section);
  const bytes = new Uint8Array(section, headBytes);
  const head = decode(bytes, headCounts);
  const [nstrings, nplaces, above, nfuncs, maxpc, noffsets, nnames, nslots] = head.numbers;
  const [textBytes, protectpc, firstresume, flags, nlands] = head.numbers.subarray(8);
  const counts = { nfuncs, maxpc, nlocs: above + 1, noffsets, nnames, nslots, nlands };
  const rows = nplaces * 3 + above * 3 + nfuncs * 5 + maxpc + noffsets * 2;
  const cells = rows + nnames + nslots * 2 + nlands;
  if (head.end + textBytes + cells > bytes.length) throw bad('is shorter than it says');
  const at = partsOf(counts);
  const words = new Uint32Array(at.strings + ((textBytes + 3) >> 2));
  const fixed = { magic: tablesMagic, version: abiVersion, flags, protectpc, firstresume };
  const fields = { ...counts, ...fixed, textBytes: (textBytes + 3) & ~3 };
  for (const [name, value] of Object.entries(fields))
    words[TablesHead[/** @type {keyof typeof fields} */ (name)]] = value;

  const text = bytes.subarray(head.end, head.end + textBytes);
  new Uint8Array(words.buffer, at.strings * 4).set(text);
  const starts = startsOf(text, nstrings);
  const body = decode(bytes.subarray(head.end + textBytes), cells);
  if (head.end + textBytes + body.end < bytes.length) throw bad('is longer than it says');

  const r = new Columns(body.numbers);
  const places = new Uint32Array(nplaces * 3);
  r.near(places, 3, nstrings, starts);
  r.near(places.subarray(1), 3, nstrings, starts);
  r.below(places.subarray(2), 3, kinds.length);
  readLocs(r, words.subarray(at.locs + TablesLoc.words, at.offsets), places);
  const nlocs = counts.nlocs;
  const column = (
    /** @type {number} */ start,
    /** @type {number} */ end,
    /** @type {number} */ i,
  ) => words.subarray(start + i, end);
  const funcs = (/** @type {number} */ i) => column(at.funcs, at.sites, i);
  r.ascending(funcs(TablesFunc.entry), TablesFunc.words);
  r.below(funcs(TablesFunc.bytes), TablesFunc.words, 2 ** 32);
  r.near(funcs(TablesFunc.name), TablesFunc.words, nstrings, starts);
  r.below(funcs(TablesFunc.kind), TablesFunc.words, kinds.length);
  r.near(funcs(TablesFunc.loc), TablesFunc.words, nlocs);
  r.near(column(at.sites, at.locs, 1), 1, nlocs); // pc 0 is none
  const offsets = (/** @type {number} */ i) => column(at.offsets, at.names, i);
  r.ascending(offsets(TablesOffset.offset), TablesOffset.words);
  const order = { first: 1, limit: nlocs, again: false };
  r.fresh(offsets(TablesOffset.loc), TablesOffset.words, order);
  r.near(column(at.names, at.table, 0), 1, nstrings, starts);
  const slots = (/** @type {number} */ i) => column(at.table, at.lands, i);
  r.near(slots(TablesSlot.name), TablesSlot.words, nstrings, starts);
  r.near(slots(TablesSlot.loc), TablesSlot.words, nlocs);
  r.ascending(column(at.lands, at.strings, 0), 1);
  return words;
}

/**
 * Reads function, file, line, parent and kind of each location from number 1 on. Locations share
 * places: a place is a function, file and kind. The line is stored as the difference from the last
 * location with the same place.
 * @param {Columns} r
 * @param {Uint32Array} locs
 * @param {Uint32Array} places
 */
function readLocs(r, locs, places) {
  const n = locs.length / TablesLoc.words;
  const of = new Uint32Array(n);
  r.fresh(of, 1, { first: 0, limit: places.length / 3, again: true });
  const lines = r.take(n);
  const parents = r.take(n);
  const last = new Int32Array(places.length / 3);
  for (let i = 0, to = 0; i < n; i++, to += TablesLoc.words) {
    const place = of[i];
    const up = parents[i];
    if (up > i) throw bad(`has a location ${up} before number ${i + 1}`);
    last[place] += unfolded(lines[i]);
    locs[to + TablesLoc.func] = places[place * 3];
    locs[to + TablesLoc.file] = places[place * 3 + 1];
    locs[to + TablesLoc.line] = last[place];
    locs[to + TablesLoc.parent] = up && i + 1 - up;
    locs[to + TablesLoc.kind] = places[place * 3 + 2];
  }
}

/**
 * Reads numbers of 32 bits: seven bits in a byte, the lowest bits first. The last byte of a number
 * has bit 7 clear.
 * @param {Uint8Array} bytes
 * @param {number} n
 */
function decode(bytes, n) {
  const numbers = new Uint32Array(n);
  let end = 0;
  for (let i = 0; i < n; i++) {
    let byte = bytes[end++];
    let value = byte & 0x7f;
    for (let shift = 7; byte > 0x7f && shift < 35; shift += 7) {
      byte = bytes[end++];
      value |= (byte & 0x7f) << shift;
    }
    if (!(byte <= 0x7f)) throw bad('has a number that does not end');
    numbers[i] = value;
  }
  return { numbers, end };
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

/** Reads columns of numbers in the encodings that table.js writes, one column after the other. */
class Columns {
  #numbers;
  #at = 0;

  /** @param {Uint32Array} numbers */
  constructor(numbers) {
    this.#numbers = numbers;
  }

  /** @param {number} n */
  take(n) {
    this.#at += n;
    return this.#numbers.subarray(this.#at - n, this.#at);
  }

  /** @param {Uint32Array} rows starting at the cell of the first row @param {number} width */
  #column(rows, width) {
    return this.take(Math.ceil(rows.length / width));
  }

  /**
   * @param {Uint32Array} rows
   * @param {number} width
   * @param {number} limit
   */
  below(rows, width, limit) {
    this.#column(rows, width).forEach((value, i) => {
      if (value >= limit) throw beyond(value, limit);
      rows[i * width] = value;
    });
  }

  /**
   * Each number is stored as the difference from the one before.
   * @param {Uint32Array} rows
   * @param {number} width
   */
  ascending(rows, width) {
    const column = this.#column(rows, width);
    let last = 0;
    for (let i = 0, to = 0; i < column.length; i++, to += width) {
      last += column[i];
      rows[to] = last;
    }
    if (last > 0xffffffff) throw beyond(last, 2 ** 32);
  }

  /**
   * Each number is stored as the signed difference from the one before.
   * @param {Uint32Array} rows
   * @param {number} width
   * @param {number} limit
   * @param {Uint32Array} [meaning] maps each number to the value that is stored
   */
  near(rows, width, limit, meaning) {
    const column = this.#column(rows, width);
    let last = 0;
    for (let i = 0, to = 0; i < column.length; i++, to += width) {
      last += unfolded(column[i]);
      if (!(last >= 0 && last < limit)) throw beyond(last, limit);
      rows[to] = meaning ? meaning[last] : last;
    }
  }

  /**
   * Numbers that are mostly used for the first time in ascending order. Each is stored as 1 plus
   * the folded difference from the number after the highest one so far. The code 0 repeats the
   * number before, or without `again` means number 0.
   * @param {Uint32Array} rows
   * @param {number} width
   * @param {{ first: number, limit: number, again: boolean }} how
   */
  fresh(rows, width, { first, limit, again }) {
    const column = this.#column(rows, width);
    let next = first;
    let last = 0;
    for (let i = 0, to = 0; i < column.length; i++, to += width) {
      const code = column[i];
      if (code > 0) last = next + unfolded(code - 1);
      else if (!again) continue;
      if (!(last >= 0 && last < limit)) throw beyond(last, limit);
      rows[to] = last;
      if (last >= next) next = last + 1;
    }
  }
}

/** @param {number} number @param {number} limit */
const beyond = (number, limit) => bad(`refers to ${number} of ${limit}`);
