// @ts-check
// Builds the section "worldsema" from plain rows.
import { encodeTable } from '../../wasm/link/table.js';

/**
 * @typedef {object} Rows
 * @property {[entry: number, name: string, kind: number][]} funcs
 * @property {number[]} sites loc of each pc, from 0
 * @property {[func: string, file: string, line: number, parent: number, kind: number][]} locs
 * @property {[offset: number, loc: number][]} [offsets]
 * @property {string[]} [names]
 * @property {[name: string, loc: number][]} [table]
 */

/**
 * @param {Rows} rows
 * @returns {ArrayBuffer}
 */
export function makeTables({ funcs, sites, locs, offsets = [], names = [], table = [] }) {
  const rows = locs.map(([func, file, line, parent, kind]) => ({ func, file, line, parent, kind }));
  return encodeTable({
    funcs: funcs.map(([entry, name, kind]) => ({ entry, bytes: 8, name, kind, loc: 0 })),
    sites,
    locs: [{ func: '', file: '', line: 0, parent: 0, kind: 0 }, ...rows],
    offsets: offsets.map(([at, loc]) => ({ at, loc })),
    names,
    table: table.map(([name, loc]) => ({ name, loc })),
    lands: [],
    protectPc: 0,
    firstResumed: 0,
  }).buffer;
}

/** A program of three functions: helper is inlined into main, rt_park is the runtime's. */
export const sample = makeTables({
  funcs: [
    [1, 'main', 0],
    [4, 'rt_park', 1],
    [7, 'unplaced', 0],
  ],
  // pc        0  1  2  3  4  5  6  7  8
  sites: [0, 1, 2, 4, 5, 6, 6, 0, 0],
  locs: [
    ['main', 'src/main.c', 10, 0, 0], //      1: declaration
    ['main', 'src/main.c', 12, 0, 0], //      2
    ['main', 'src/main.c', 15, 0, 0], //      3: where helper was inlined
    ['helper', 'src/helper.c', 3, 3, 0], //   4
    ['rt_park', 'sched.c', 90, 0, 1], //      5: declaration
    ['rt_park', 'sched.c', 95, 0, 1], //      6
  ],
  offsets: [
    [100, 2],
    [140, 4],
    [200, 6],
  ],
  names: ['imported', 'main', 'größe'],
  table: [
    ['', 0],
    ['main', 1],
    ['unplaced', 0],
  ],
});
