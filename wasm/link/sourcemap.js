// @ts-check
// Rows of locations as a source map, the only form in which wasm-opt carries them through its
// passes. Binaryen does not look into (file, line, column), so "line" is the number of a location.
import { decode, encode } from '@jridgewell/sourcemap-codec';

/** @typedef {import('./editor.js').Row} Row */

/** @param {Row[]} rows @returns {string} the map as JSON */
export function toMap(rows) {
  const line = rows.map(({ at, loc }) =>
    loc ? /** @type {[number, number, number, number]} */ ([at, 0, loc, 0]) : [at],
  );
  return JSON.stringify({
    version: 3,
    sources: ['locations'],
    names: [],
    mappings: encode([/** @type {any} */ (line)]),
  });
}

/** @param {string} json @returns {Row[]} rows; neighbours of equal location are one */
export function fromMap(json) {
  /** @type {Row[]} */
  const rows = [];
  for (const line of decode(JSON.parse(json).mappings)) {
    for (const segment of line) {
      const loc = segment.length > 1 ? /** @type {number} */ (segment[2]) : 0;
      const last = rows.at(-1);
      if (last?.at === segment[0]) last.loc = loc;
      else if ((last?.loc ?? 0) !== loc) rows.push({ at: segment[0], loc });
    }
  }
  return rows;
}
