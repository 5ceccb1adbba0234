// @ts-check
// Writes a module anew with edits inside function bodies, sections dropped, a fresh name section and
// custom sections added, and carries the locations along.
//
// A *row* says: from this file offset on, instructions have this location (0: none), up to the next
// row. That is also what a source map says, so rows go to wasm-opt and come back as one.
import { leb, nameBytes } from './opcodes.js';
import { insist } from './error.js';

/**
 * @typedef {import('./reader.js').Module} Module
 *
 * @typedef {object} Edit
 * @property {number} at        file offset in the old module
 * @property {number} remove    bytes taken away there
 * @property {number[]} bytes   bytes put in their place
 * @property {number=} loc      location of the new bytes; without it they share what is before them
 *
 * @typedef {{ at: number, loc: number }} Row
 */

const CODE = 10;

/**
 * @param {Module} m
 * @param {object} how
 * @param {Map<number, Edit[]>} [how.edits]  by function index; edits at one offset keep their order
 * @param {Row[]} [how.rows]                 ascending
 * @param {(s: { id: number, name: string }) => boolean} [how.drop]
 * @param {Map<number, string>} [how.names]  replaces the name section
 * @param {{ name: string, bytes: Uint8Array }[]} [how.custom]  appended custom sections
 * @returns {{ bytes: Uint8Array, rows: Row[] }}
 */
export function rewrite(
  m,
  { edits = new Map(), rows = [], drop = () => false, names, custom = [] },
) {
  /** @type {Uint8Array[]} */
  const parts = [m.bytes.subarray(0, 8)];
  let size = 8;
  const put = (/** @type {Uint8Array} */ bytes) => {
    parts.push(bytes);
    size += bytes.length;
  };
  /** @type {Row[]} */
  let moved = [];
  for (const s of m.sections) {
    if (drop(s) || (names && s.id === 0 && s.name === 'name')) continue;
    if (s.id !== CODE) {
      put(m.bytes.subarray(s.at, s.end));
      continue;
    }
    const code = rewriteCode(m, edits, rows);
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
) {
  /** @type {(Uint8Array | number[])[]} */
  const parts = [leb(m.bodies.length)];
  let size = parts[0].length;
  /** @type {Row[]} */
  const out = [];
  let next = 0; // of rows
  let loc = 0; // in effect in the old module
  for (const body of m.bodies) {
    const list = edits.get(body.index) ?? [];
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
    const sorted = list.map((e, i) => ({ e, i })).sort((x, y) => x.e.at - y.e.at || x.i - y.i);
    for (const { e } of sorted) {
      insist(e.at >= pos && e.at + e.remove <= body.end, `function ${body.index}`, 'edits overlap');
      keep(e.at);
      const located = e.loc !== undefined && e.bytes.length > 0;
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
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { bytes, rows: out };
}

/** @returns {Uint8Array} */
function customSection(/** @type {string} */ name, /** @type {Uint8Array} */ bytes) {
  const label = nameBytes(name);
  const head = [0, ...leb(label.length + bytes.length), ...label];
  const out = new Uint8Array(head.length + bytes.length);
  out.set(head);
  out.set(bytes, head.length);
  return out;
}

/** A name section that names functions and nothing else. */
function nameSection(/** @type {Map<number, string>} */ names) {
  const sorted = [...names].sort((x, y) => x[0] - y[0]);
  const body = [...leb(sorted.length)];
  for (const [index, name] of sorted) body.push(...leb(index), ...nameBytes(name));
  return Uint8Array.from([1, ...leb(body.length), ...body]);
}

/**
 * The location in effect at a file offset.
 * @param {Row[]} rows
 * @param {number} at
 */
export function locAt(rows, at) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (rows[mid].at <= at) low = mid + 1;
    else high = mid;
  }
  return low === 0 ? 0 : rows[low - 1].loc;
}
