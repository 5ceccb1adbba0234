// @ts-check
// The custom section "worldsema": what turns pcs and code offsets into functions, files and lines.
// It is read in place by the runtime's C code and by tests, so it is flat words, little endian:
//
//   header[12]        magic, version, nfuncs, maxpc, nlocs, string bytes, noffsets, flags,
//                     nnames, ntable, protect_a_pc, 0
//   funcs[nfuncs]     { entry_pc, frame_bytes, name, kind, loc }     ascending entry_pc
//   sites[maxpc + 1]  loc of each pc
//   locs[nlocs]       { func, file, line, parent loc, kind }         loc 0 is all zero
//   offsets[noffsets] { file offset in the final module, loc }       ascending; holds up to the next
//   names[nnames]     function index in the raw module to its name
//   table[ntable]     { name, loc }                                  by slot of the function table
//   strings           NUL-terminated UTF-8, padded to 4; offset 0 is ""
import { insist } from './error.js';

export const SECTION = 'worldsema';
export const MAGIC = 0x4d455357;
export const VERSION = 1;
const HEADER = 12;

/**
 * @typedef {import('./locations.js').Loc} Loc
 *
 * @typedef {object} Table
 * @property {{ entry: number, bytes: number, name: string, kind: number, loc: number }[]} funcs
 * @property {number[]} sites          loc by pc
 * @property {Loc[]} locs
 * @property {{ at: number, loc: number }[]} offsets
 * @property {string[]} names          by raw function index
 * @property {{ name: string, loc: number }[]} table  by slot
 * @property {number} protectPc
 */

/** @param {Table} t @returns {Uint8Array} */
export function encodeTable(t) {
  const strings = new Strings();
  const words = [MAGIC, VERSION, t.funcs.length, t.sites.length - 1, t.locs.length, 0];
  words.push(t.offsets.length, 0, t.names.length, t.table.length, t.protectPc, 0);
  for (const f of t.funcs) words.push(f.entry, f.bytes, strings.add(f.name), f.kind, f.loc);
  for (const loc of t.sites) words.push(loc);
  for (const l of t.locs)
    words.push(strings.add(l.func), strings.add(l.file), l.line, l.parent, l.kind);
  for (const o of t.offsets) words.push(o.at, o.loc);
  for (const n of t.names) words.push(strings.add(n));
  for (const s of t.table) words.push(strings.add(s.name), s.loc);
  const text = strings.bytes();
  words[5] = text.length;
  const out = new Uint8Array(words.length * 4 + text.length);
  const view = new DataView(out.buffer);
  words.forEach((w, i) => view.setUint32(i * 4, w, true));
  out.set(text, words.length * 4);
  return out;
}

/** @param {Uint8Array} bytes @returns {Table} */
export function decodeTable(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let p = 0;
  const word = () => view.getUint32(4 * p++, true);
  const head = Array.from({ length: HEADER }, word);
  const [magic, version, nfuncs, maxpc, nlocs, size, noffsets, , nnames, ntable, protectPc] = head;
  insist(magic === MAGIC, SECTION, 'the section has no magic');
  insist(version === VERSION, SECTION, `version ${version}, not ${VERSION}`);
  const words = HEADER + nfuncs * 5 + maxpc + 1 + nlocs * 5 + noffsets * 2 + nnames + ntable * 2;
  insist(bytes.length === words * 4 + size, SECTION, 'the counts do not add up to its size');
  const text = bytes.subarray(words * 4);
  const decoder = new TextDecoder();
  const string = () => {
    const at = word();
    insist(at < size, SECTION, `string offset ${at} of ${size}`);
    return decoder.decode(text.subarray(at, text.indexOf(0, at)));
  };
  const list = (/** @type {number} */ n, /** @type {() => any} */ make) =>
    Array.from({ length: n }, make);
  return {
    funcs: list(nfuncs, () => ({
      ...{ entry: word(), bytes: word(), name: string(), kind: word(), loc: word() },
    })),
    sites: list(maxpc + 1, word),
    locs: list(nlocs, () => ({
      ...{ func: string(), file: string(), line: word(), parent: word(), kind: word() },
    })),
    offsets: list(noffsets, () => ({ at: word(), loc: word() })),
    names: list(nnames, string),
    table: list(ntable, () => ({ name: string(), loc: word() })),
    protectPc,
  };
}

/** NUL-terminated strings, each once. */
class Strings {
  #at = new Map([['', 0]]);
  #text = ['\0'];
  #size = 1;

  /** @returns {number} offset */
  add(/** @type {string} */ s) {
    let at = this.#at.get(s);
    if (at === undefined) {
      at = this.#size;
      this.#at.set(s, at);
      this.#text.push(`${s}\0`);
      this.#size += Buffer.byteLength(s) + 1;
    }
    return at;
  }

  bytes() {
    const text = Buffer.from(this.#text.join(''));
    const padded = new Uint8Array((text.length + 3) & ~3);
    padded.set(text);
    return padded;
  }
}

/**
 * The function and location chain of a pc, innermost first: what a traceback prints.
 * @param {Table} t
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
