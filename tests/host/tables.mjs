// @ts-check
// Builds the section "worldsema" from plain rows, as the link step lays it out.

/**
 * @typedef {object} Rows
 * @property {[entry: number, name: string, kind: number][]} funcs
 * @property {number[]} sites loc of each pc, from 0
 * @property {[func: string, file: string, line: number, parent: number, kind: number][]} locs
 * @property {[offset: number, loc: number][]} [offsets]
 * @property {string[]} [names]
 * @property {[name: string, loc: number][]} [table]
 * @property {number} [version]
 */

/** @param {Rows} rows */
export function makeTables({
  funcs,
  sites,
  locs,
  offsets = [],
  names = [],
  table = [],
  version = 1,
}) {
  let strings = '\0';
  const string = (/** @type {string} */ text) => {
    if (text === '') return 0;
    const at = new TextEncoder().encode(strings).length;
    strings += `${text}\0`;
    return at;
  };
  const rows = [
    ...funcs.flatMap(([entry, name, kind]) => [entry, 8, string(name), kind, 0]),
    ...sites,
    ...[0, 0, 0, 0, 0],
    ...locs.flatMap(([func, file, line, up, kind]) => [string(func), string(file), line, up, kind]),
    ...offsets.flat(),
    ...names.map(string),
    ...table.flatMap(([name, loc]) => [string(name), loc]),
  ];
  const bytes = new TextEncoder().encode(
    strings.padEnd(Math.ceil(strings.length / 4 + 1) * 4, '\0'),
  );
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  const head = [
    ...[0x4d455357, version, funcs.length, sites.length - 1, locs.length + 1, padded.length],
    ...[offsets.length, 0, names.length, table.length, 0, 0],
  ];
  const words = new Uint8Array(Uint32Array.from([...head, ...rows]).buffer);
  const section = new Uint8Array(words.length + padded.length);
  section.set(words);
  section.set(padded, words.length);
  return section.buffer;
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
