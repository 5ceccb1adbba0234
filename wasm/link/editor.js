// @ts-check
// Writes a module anew with edits inside function bodies, sections dropped, a fresh name section and
// custom sections added, and carries the locations along.
//
// A *row* says: from this file offset on, instructions have this location (0: none), up to the next
// row. That is also what a source map says, so rows go to wasm-opt and come back as one.
import { leb, Op } from './opcodes.js';
import { insist } from './error.js';
import { customSection, nameSection, section } from './sections.js';

/**
 * @typedef {import('./reader.js').Module} Module
 *
 * @typedef {object} Edit
 * @property {number} at        file offset in the old module
 * @property {number} remove    bytes taken away there
 * @property {number[]} bytes   bytes put in their place
 * @property {number=} loc      location of the new bytes; without it that of what they replace, or else they
 *   share what is before them
 *
 * @typedef {{ at: number, loc: number }} Row
 *
 * @typedef {object} NewFunction  appended behind all others
 * @property {number[]} params   types, as in Module
 * @property {number[]} results
 * @property {number[]} locals
 * @property {number[]} body     without its last `end`
 * @property {boolean=} slot     it gets the next slot of the function table
 * @property {string=} exported  takes the place of the export of this name
 *
 * @typedef {{ of: number, edits: Edit[], type?: number }} Copy  made of this function's body, appended; of this
 *   type, or the same
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
 * @param {{ name: string, bytes: Uint8Array }[]} [how.custom]  appended custom sections
 * @param {{ name: string, bytes: Uint8Array }[]} [how.ahead]   custom sections before the code
 * @param {NewFunction[]} [how.add]
 * @param {Copy[]} [how.copies]              behind those
 * @param {(name: string) => boolean} [how.hide]  exports to leave out
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
  /** @type {Uint8Array[]} */
  const parts = [m.bytes.subarray(0, 8)];
  let size = 8;
  const put = (/** @type {Uint8Array} */ bytes) => {
    parts.push(bytes);
    size += bytes.length;
  };
  const full = m.sections.some(({ id }) => id === ELEMENTS);
  insist(
    full || slots.length === 0,
    'function table',
    'has no elements that others could stand behind',
  );
  /** @type {Row[]} */
  let moved = [];
  for (const s of m.sections) {
    if (drop(s) || (names && s.id === 0 && s.name === 'name')) continue;
    if (s.id !== CODE) {
      put(section(m, s, { add, copies, hide, slots }));
      continue;
    }
    for (const c of ahead) put(customSection(c.name, c.bytes));
    const code = rewriteCode(m, edits, rows, add, copies);
    const head = [CODE, ...leb(code.bytes.length)];
    put(Uint8Array.from(head));
    moved = code.rows.map((row) => ({ at: row.at + size, loc: row.loc }));
    put(code.bytes);
  }
  for (const c of custom) put(customSection(c.name, c.bytes));
  if (names) put(customSection('name', nameSection(names)));
  const out = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return { bytes: out, rows: moved };
}

/** @returns {{ bytes: Uint8Array, rows: Row[] }} rows relative to the payload */
function rewriteCode(
  /** @type {Module} */ m,
  /** @type {Map<number, Edit[]>} */ edits,
  /** @type {Row[]} */ rows,
  /** @type {NewFunction[]} */ add,
  /** @type {Copy[]} */ copies,
) {
  /** @type {(Uint8Array | number[])[]} */
  const parts = [leb(m.bodies.length + add.length + copies.length)];
  let size = parts[0].length;
  /** @type {Row[]} */
  const out = [];
  let next = 0; // of rows
  let loc = 0; // in effect in the old module
  const put = (
    /** @type {import('./reader.js').Body} */ body,
    /** @type {Edit[]} */ list,
    /** @type {boolean} */ isCopy,
  ) => {
    /** @type {(Uint8Array | number[])[]} */
    const pieces = [];
    let length = 0;
    const piece = (/** @type {Uint8Array | number[]} */ bytes) => {
      if (bytes.length === 0) return;
      pieces.push(bytes);
      length += bytes.length;
    };
    /** @type {Row[]} */
    const local = [];
    const row = (/** @type {number} */ at, /** @type {number} */ to) => {
      const before = local.at(-1);
      if (before?.at === at) before.loc = to;
      else local.push({ at, loc: to });
    };
    if (isCopy) {
      next = rowAfter(rows, body.start);
      loc = locAt(rows, body.start);
      row(0, loc);
    }
    let pos = body.start;
    // Old bytes up to `end`, and the rows among them.
    const keep = (/** @type {number} */ end) => {
      for (; next < rows.length && rows[next].at < end; next++) {
        loc = rows[next].loc;
        if (rows[next].at >= body.start) row(length + Math.max(rows[next].at - pos, 0), loc);
      }
      piece(m.bytes.subarray(pos, end));
      pos = end;
    };
    // What is put before an instruction comes before what takes its place.
    const takes = (/** @type {Edit} */ e) => Number(e.remove > 0);
    const sorted = list
      .map((e, i) => ({ e, i }))
      .sort((x, y) => x.e.at - y.e.at || takes(x.e) - takes(y.e) || x.i - y.i);
    for (const { e } of sorted) {
      insist(e.at >= pos && e.at + e.remove <= body.end, `function ${body.index}`, 'edits overlap');
      keep(e.at);
      const located = e.loc !== undefined && e.bytes.length > 0;
      for (; !located && e.remove > 0 && rows[next]?.at === e.at; next++)
        row(length, (loc = rows[next].loc));
      if (located) row(length, /** @type {number} */ (e.loc));
      piece(e.bytes);
      pos += e.remove;
      for (; next < rows.length && rows[next].at < pos; next++) loc = rows[next].loc;
      if (located || e.remove > 0) row(length, loc);
    }
    keep(body.end);
    const word = leb(length);
    for (const r of local) out.push({ at: size + word.length + r.at, loc: r.loc });
    parts.push(word, ...pieces);
    size += word.length + length;
  };
  for (const body of m.bodies) put(body, edits.get(body.index) ?? [], false);
  if (add.length) out.push({ at: size, loc: 0 });
  for (const { locals, body } of add) {
    const code = [...leb(locals.length), ...locals.flatMap((t) => [1, t & 0x7f]), ...body, Op.end];
    const word = leb(code.length);
    parts.push(word, code);
    size += word.length + code.length;
  }
  for (const copy of copies) put(m.bodies[copy.of - m.nimports], copy.edits, true);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { bytes, rows: out };
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

/** The number of the first row behind a file offset. */
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
