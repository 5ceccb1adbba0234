// @ts-check
// Writes a module anew: with edits inside function bodies, with sections left out, with a new name
// section, and with custom sections added. Locations move along with the code.
//
// A *row* says: from this file offset on, instructions have this location (0: none), up to the next
// row. A source map says the same, so rows go to wasm-opt as a source map, and come back as one.
import { leb, Op } from './opcodes.js';
import { insist } from './error.js';
import { customSection, nameSection, section } from './sections.js';

/**
 * @typedef {import('./reader.js').Module} Module
 *
 * @typedef {object} Edit
 * @property {number} at        file offset in the old module
 * @property {number} remove    how many bytes are removed there
 * @property {number[]} bytes   the bytes that replace them
 * @property {number=} loc      location of the new bytes; without it they have that of the bytes
 *   they replace, or of the code before them
 *
 * @typedef {{ at: number, loc: number }} Row
 *
 * @typedef {object} NewFunction  a function that is appended
 * @property {number[]} params   types, as in Module
 * @property {number[]} results
 * @property {number[]} locals
 * @property {number[]} body     without its last `end`
 * @property {boolean=} slot     does it get the next slot of the function table?
 * @property {string=} exported  it replaces the export of this name
 *
 * @typedef {{ of: number, edits: Edit[], type?: number }} Copy  a function that is appended: a copy
 *   of the body of `of`, with edits, and with another type if one is named
 */

const ELEMENTS = 9;
const CODE = 10;

/**
 * @param {Module} m
 * @param {object} how
 * @param {Map<number, Edit[]>} [how.edits]  by function index; edits at one offset keep their order
 * @param {Row[]} [how.rows]                 ascending
 * @param {(s: { id: number, name: string }) => boolean} [how.drop]
 * @param {Map<number, string>} [how.names]  replaces the name section
 * @param {{ name: string, bytes: Uint8Array }[]} [how.custom]  custom sections at the end
 * @param {{ name: string, bytes: Uint8Array }[]} [how.ahead]   custom sections before the code
 * @param {NewFunction[]} [how.add]
 * @param {Copy[]} [how.copies]              appended behind those
 * @param {(name: string) => boolean} [how.hide]  exports that are left out
 * @param {number[]} [how.slots]             functions that get the next slots of the function table
 * @returns {{ bytes: Uint8Array, rows: Row[] }}
 */
export function rewrite(
  m,
  {
    edits = new Map(),
    rows = [],
    drop = () => false,
    names,
    custom = [],
    ahead = [],
    add = [],
    copies = [],
    hide,
    slots = [],
  },
) {
  const out = new Parts();
  out.put(m.bytes.subarray(0, 8));
  const full = m.sections.some(({ id }) => id === ELEMENTS);
  insist(
    full || slots.length === 0,
    'function table',
    'has no element section, so no slots can be added',
  );
  /** @type {Row[]} */
  let moved = [];
  for (const s of m.sections) {
    if (drop(s) || (names && s.id === 0 && s.name === 'name')) continue;
    if (s.id !== CODE) {
      out.put(section(m, s, { add, copies, hide, slots }));
      continue;
    }
    for (const c of ahead) out.put(customSection(c.name, c.bytes));
    const code = rewriteCode(m, edits, rows, add, copies);
    out.put([CODE, ...leb(code.bytes.size)]);
    moved = code.rows.map((row) => ({ at: row.at + out.size, loc: row.loc }));
    out.append(code.bytes);
  }
  for (const c of custom) out.put(customSection(c.name, c.bytes));
  if (names) out.put(customSection('name', nameSection(names)));
  return { bytes: out.joined(), rows: moved };
}

/** Bytes that are collected piece by piece. */
class Parts {
  /** @type {(Uint8Array | number[])[]} */
  #list = [];
  size = 0;

  put(/** @type {Uint8Array | number[]} */ bytes) {
    if (bytes.length === 0) return;
    this.#list.push(bytes);
    this.size += bytes.length;
  }

  append(/** @type {Parts} */ other) {
    for (const part of other.#list) this.put(part);
  }

  joined() {
    const out = new Uint8Array(this.size);
    let at = 0;
    for (const part of this.#list) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }
}

/** @returns {{ bytes: Parts, rows: Row[] }} rows relative to the payload */
function rewriteCode(
  /** @type {Module} */ m,
  /** @type {Map<number, Edit[]>} */ edits,
  /** @type {Row[]} */ rows,
  /** @type {NewFunction[]} */ add,
  /** @type {Copy[]} */ copies,
) {
  const out = new Parts();
  out.put(leb(m.bodies.length + add.length + copies.length));
  /** @type {Row[]} */
  const moved = [];
  const put = (/** @type {BodyWriter} */ { bytes, rows: local }) => {
    out.put(leb(bytes.size));
    for (const { at, loc } of local) moved.push({ at: out.size + at, loc });
    out.append(bytes);
  };
  const place = { rows, next: 0, loc: 0 };
  for (const body of m.bodies) {
    const writer = new BodyWriter(m, body, place);
    writer.write(edits.get(body.index) ?? []);
    put(writer);
  }
  if (add.length) moved.push({ at: out.size, loc: 0 });
  for (const { locals, body } of add) {
    const code = [...leb(locals.length), ...locals.flatMap((t) => [1, t & 0x7f]), ...body, Op.end];
    out.put(leb(code.length));
    out.put(code);
  }
  for (const copy of copies) {
    const body = m.bodies[copy.of - m.nimports];
    const writer = new BodyWriter(m, body, { rows, next: 0, loc: 0 });
    writer.beginCopy();
    writer.write(copy.edits);
    put(writer);
  }
  return { bytes: out, rows: moved };
}

/**
 * @typedef {{ rows: Row[], next: number, loc: number }} Place  the next row, and the location in
 *   effect before it
 */

/** Writes one body anew. Its rows count from the first byte of the body. */
class BodyWriter {
  bytes = new Parts();
  /** @type {Row[]} */
  rows = [];
  #m;
  #body;
  #place;
  #pos;

  /** @param {Module} m @param {import('./reader.js').Body} body @param {Place} place */
  constructor(m, body, place) {
    this.#m = m;
    this.#body = body;
    this.#place = place;
    this.#pos = body.start;
  }

  /** A copy does not follow the body before it, so the location in effect must be looked up. */
  beginCopy() {
    const { start } = this.#body;
    const place = this.#place;
    place.next = rowAfter(place.rows, start);
    place.loc = locAt(place.rows, start);
    this.#row(0, place.loc);
  }

  write(/** @type {Edit[]} */ edits) {
    // Code inserted before an instruction comes before code that replaces it.
    const takes = (/** @type {Edit} */ e) => Number(e.remove > 0);
    const sorted = edits
      .map((e, i) => ({ e, i }))
      .sort((x, y) => x.e.at - y.e.at || takes(x.e) - takes(y.e) || x.i - y.i);
    for (const { e } of sorted) this.#edit(e);
    this.#keep(this.#body.end);
  }

  #row(/** @type {number} */ at, /** @type {number} */ loc) {
    const before = this.rows.at(-1);
    if (before?.at === at) before.loc = loc;
    else this.rows.push({ at, loc });
  }

  /** Keeps old bytes up to `end`, and the rows in them. */
  #keep(/** @type {number} */ end) {
    const place = this.#place;
    const { rows } = place;
    for (; place.next < rows.length && rows[place.next].at < end; place.next++) {
      const { at, loc } = rows[place.next];
      place.loc = loc;
      if (at >= this.#body.start) this.#row(this.bytes.size + Math.max(at - this.#pos, 0), loc);
    }
    this.bytes.put(this.#m.bytes.subarray(this.#pos, end));
    this.#pos = end;
  }

  #edit(/** @type {Edit} */ e) {
    const { index, end } = this.#body;
    insist(e.at >= this.#pos && e.at + e.remove <= end, `function ${index}`, 'edits overlap');
    this.#keep(e.at);
    const place = this.#place;
    const { rows } = place;
    const located = e.loc !== undefined && e.bytes.length > 0;
    for (; !located && e.remove > 0 && rows[place.next]?.at === e.at; place.next++)
      this.#row(this.bytes.size, (place.loc = rows[place.next].loc));
    if (located) this.#row(this.bytes.size, /** @type {number} */ (e.loc));
    this.bytes.put(e.bytes);
    this.#pos += e.remove;
    for (; place.next < rows.length && rows[place.next].at < this.#pos; place.next++)
      place.loc = rows[place.next].loc;
    if (located || e.remove > 0) this.#row(this.bytes.size, place.loc);
  }
}

/**
 * The location in effect at a file offset.
 * @param {Row[]} rows
 * @param {number} at
 */
export function locAt(rows, at) {
  const after = rowAfter(rows, at);
  return after === 0 ? 0 : rows[after - 1].loc;
}

/** The index of the first row behind a file offset. */
function rowAfter(/** @type {Row[]} */ rows, /** @type {number} */ at) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (rows[mid].at <= at) low = mid + 1;
    else high = mid;
  }
  return low;
}
