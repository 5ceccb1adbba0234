// @ts-check
// Profiles as the text of Go's pprof package: what its debug=1 and debug=2 print.

import { formatDump } from './stacktext.js';

/** @typedef {import('./symbols.js').Frame} Frame */
/** @typedef {import('./records.js').Profile} Profile */
/** @typedef {import('./records.js').StackRecord} StackRecord */

/** @param {number} n */
const hex = (n) => `0x${n.toString(16)}`;

/**
 * A profile as text. `debug` 1: counts, pcs and the functions they are. 2: for a goroutine profile
 * taken with `{ debug: 2 }`, every goroutine as in a dump.
 * @param {Profile} profile
 * @param {1 | 2} [debug]
 */
export function toText(profile, debug = 1) {
  if (debug !== 1 && debug !== 2) throw new RangeError(`debug: expected 1 or 2, got ${debug}`);
  if (debug === 2 && profile.kind === 'goroutine') {
    if (profile.goroutines) return formatDump(profile.goroutines);
    throw new TypeError("debug=2 needs a profile taken with profile('goroutine', { debug: 2 })");
  }
  const blocks = profile.records.map(formatRecord);
  return `${profile.kind} profile: total ${profile.total}\n${blocks.join('')}`;
}

/** @param {StackRecord} record */
function formatRecord({ count, pcs, frames }) {
  const head = [`${count} @`, ...pcs.map(hex)].join(' ');
  return `${head}\n${alignTabs(formatFrames(frames))}\n`;
}

/**
 * Runtime frames at the top of the stack are left out, unless there is nothing else.
 * @param {Frame[]} frames
 */
function formatFrames(frames) {
  const first = frames.findIndex(({ kind }) => kind !== 'runtime');
  return frames.slice(Math.max(first, 0)).map(({ pc, func, offset, file, line }) => {
    return ['#', hex(pc), `${func}+${hex(offset)}`, `${file || '?'}:${line}`];
  });
}

/**
 * Columns that end in tabs, as Go's tabwriter makes them with a tab width of 8: every cell but the
 * last is filled up to the widest of its column.
 * @param {string[][]} rows of equal length
 */
function alignTabs(rows) {
  const columns = (rows[0]?.length ?? 1) - 1;
  const widths = Array.from({ length: columns }, (_, i) => {
    const widest = Math.max(...rows.map((row) => row[i].length));
    return Math.ceil((widest + 1) / 8) * 8;
  });
  const cell = (/** @type {string} */ text, /** @type {number} */ i) =>
    i < columns ? text + '\t'.repeat(Math.ceil((widths[i] - text.length) / 8)) : text;
  return rows.map((row) => `${row.map(cell).join('')}\n`).join('');
}
