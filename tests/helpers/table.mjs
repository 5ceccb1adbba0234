// @ts-check
// Reads a module's section "worldsema". The result is what the link step gave to the encoder,
// except for the numbers of locations.
import { TablesFunc, TablesHead, TablesLoc, TablesOffset, TablesSlot } from '../../host/layout.js';
import { countsOf, expandTables, partsOf } from '../../host/profile/tables.js';

/** @param {Uint8Array} bytes @returns {import('../../wasm/link/table.js').Table} */
export function decodeTable(bytes) {
  const words = expandTables(new Uint8Array(bytes).buffer);
  const counts = countsOf(words);
  const parts = partsOf(counts);
  const text = new Uint8Array(words.buffer, parts.strings * 4);
  const string = (/** @type {number} */ at) =>
    new TextDecoder().decode(text.subarray(at, text.indexOf(0, at)));
  /**
   * @template {string} T
   * @param {number} at
   * @param {number} n
   * @param {Readonly<Record<T | 'words', number>>} row
   */
  const rows = (at, n, row) =>
    Array.from({ length: n }, (_, i) => {
      const value = (/** @type {T} */ name) => words[at + i * row.words + row[name]];
      return value;
    });
  return {
    funcs: rows(parts.funcs, counts.nfuncs, TablesFunc).map((value) => ({
      ...{ entry: value('entry'), bytes: value('bytes'), name: string(value('name')) },
      ...{ kind: value('kind'), loc: value('loc') },
    })),
    sites: [...words.subarray(parts.sites, parts.locs)],
    locs: rows(parts.locs, counts.nlocs, TablesLoc).map((value) => ({
      ...{ func: string(value('func')), file: string(value('file')), line: value('line') },
      ...{ parent: value('parent'), kind: value('kind') },
    })),
    offsets: rows(parts.offsets, counts.noffsets, TablesOffset).map((value) => ({
      ...{ at: value('offset'), loc: value('loc') },
    })),
    names: [...words.subarray(parts.names, parts.table)].map(string),
    table: rows(parts.table, counts.nslots, TablesSlot).map((value) => ({
      ...{ name: string(value('name')), loc: value('loc') },
    })),
    lands: [...words.subarray(parts.lands, parts.strings)],
    protectPc: words[TablesHead.protectpc],
    firstResumed: words[TablesHead.firstresume],
  };
}

/**
 * The function and location chain of a pc, innermost first: what a traceback prints.
 * @param {import('../../wasm/link/table.js').Table} t
 * @param {number} pc
 */
export function describePc(t, pc) {
  let low = 0;
  let high = t.funcs.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (t.funcs[mid].entry <= pc) low = mid + 1;
    else high = mid;
  }
  const func = t.funcs[low - 1];
  if (!func || pc <= 0 || pc >= t.sites.length) return null;
  const chain = [];
  for (let l = t.sites[pc]; l; l = t.locs[l].parent) chain.push(t.locs[l]);
  return { func, chain };
}
