// @ts-check
// What the link step has written into a module's section "worldsema", as it was given to the encoder but for
// the numbers of locations.
import { expandTables, funcWords, locWords, partsOf } from '../../host/profile/tables.js';

/** @param {Uint8Array} bytes @returns {import('../../wasm/link/table.js').Table} */
export function decodeTable(bytes) {
  const words = expandTables(new Uint8Array(bytes).buffer);
  const [, , nfuncs, maxPc, nlocs, , noffsets, , nnames, ntable, protectPc, firstResumed] = words;
  const parts = partsOf({ nfuncs, maxPc, nlocs, noffsets, nnames, ntable });
  const text = new Uint8Array(words.buffer, parts.strings * 4);
  const string = (/** @type {number} */ at) =>
    new TextDecoder().decode(text.subarray(at, text.indexOf(0, at)));
  const rows = (/** @type {number} */ at, /** @type {number} */ n, /** @type {number} */ width) =>
    Array.from({ length: n }, (_, i) => words.subarray(at + i * width, at + (i + 1) * width));
  return {
    funcs: rows(parts.funcs, nfuncs, funcWords).map(([entry, bytes, name, kind, loc]) => ({
      ...{ entry, bytes, name: string(name), kind, loc },
    })),
    sites: [...words.subarray(parts.sites, parts.locs)],
    locs: rows(parts.locs, nlocs, locWords).map(([func, file, line, parent, kind]) => ({
      ...{ func: string(func), file: string(file), line, parent, kind },
    })),
    offsets: rows(parts.offsets, noffsets, 2).map(([at, loc]) => ({ at, loc })),
    names: [...words.subarray(parts.names, parts.table)].map(string),
    table: rows(parts.table, ntable, 2).map(([name, loc]) => ({ name: string(name), loc })),
    protectPc,
    firstResumed,
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
