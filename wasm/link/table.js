// @ts-check
// Encodes the custom section "worldsema": it turns pcs and code offsets into functions, files and
// lines. Every program is served with it, so it is made to be small, both as it is and compressed:
// column by column, as differences, each in as few bytes as it needs. host/profile/tables.js
// expands it to words, and describes their layout.
//
//   magic, version    words, little endian; all that follows is numbers of seven bits a byte
//   counts            strings, places, locations without number 0, functions, highest pc, offsets,
//                     names, slots, bytes of strings, pc of rt_protect_mark's call, first slot of
//                     resumed functions, flags: 1 if names and lines are in a file of their own,
//                     landing sites
//   strings           NUL-terminated UTF-8; number 0 is ""
//   places            functions; files; kinds                     shared by many locations
//   locations         places; lines; how far before it the parent is, 0 if there is none
//   functions         entry pcs; bytes of their frames; names; kinds; locations
//   pcs               locations, from pc 1 on
//   offsets           offsets; locations
//   names             by function index in the raw module
//   slots             names; locations
//   landing sites     4 * pc + what may land behind the call
//
// Locations are numbered in the order of their first use, and unused ones are left out. So the next
// location in a column is most often the next new one.
import { abiVersion, tablesMagic, tablesSeparate } from '../../host/layout.js';
import { isSystem, System } from './kinds.js';
import { leb } from './opcodes.js';

export const SECTION = 'worldsema';
export const SEPARATE = tablesSeparate;

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
 * @property {number[]} lands          4 * pc + what may land there (enum Lands), ascending
 * @property {number} protectPc
 * @property {number} firstResumed    slot of the function table; resumed functions are in the order
 *   of funcs
 */

/**
 * What a program needs to run if names and lines are beside it: which pcs there are, and their
 * frames.
 * @param {Table} t
 * @returns {Table}
 */
export const bareTable = ({ funcs, sites, locs, lands, protectPc, firstResumed }) => ({
  funcs: funcs.map((f) => ({ ...f, name: '', loc: 0 })),
  sites: sites.map(() => 0),
  locs: locs.slice(0, 1),
  ...{ offsets: [], names: [], table: [], lands, protectPc, firstResumed },
});

/** Tracebacks make no difference between the functions of the C library. */
const toldKind = (/** @type {number} */ kind) => (isSystem(kind) ? System : kind);

/**
 * @param {Table} t
 * @param {number} [flags]
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function encodeTable(t, flags = 0) {
  const { locs, numberOf } = numbered(t);
  const strings = new Numbers(['']);
  const places = new Numbers(/** @type {string[]} */ ([]));
  const of = locs.map(({ func, file, kind }) =>
    places.of(`${strings.of(func)} ${strings.of(file)} ${toldKind(kind)}`),
  );
  const placeRows = places.list.map((place) => place.split(' ').map(Number));
  const name = (/** @type {{ name: string }} */ row) => strings.of(row.name);
  const loc = (/** @type {{ loc: number }} */ row) => numberOf(row.loc);

  const columns = new Columns();
  for (const k of [0, 1]) columns.near(placeRows.map((row) => row[k]));
  columns.numbers(placeRows.map((row) => row[2]));
  columns.fresh(of, 0, true);
  columns.lines(locs, of);
  columns.numbers(locs.map(({ parent }, i) => (parent ? i + 1 - parent : 0)));
  columns.ascending(t.funcs.map(({ entry }) => entry));
  columns.numbers(t.funcs.map(({ bytes }) => bytes));
  columns.near(t.funcs.map(name));
  columns.numbers(t.funcs.map(({ kind }) => toldKind(kind)));
  columns.near(t.funcs.map(loc));
  columns.near(t.sites.slice(1).map(numberOf));
  columns.ascending(t.offsets.map(({ at }) => at));
  columns.fresh(t.offsets.map(loc), 1, false);
  columns.near(t.names.map((one) => strings.of(one)));
  columns.near(t.table.map(name));
  columns.near(t.table.map(loc));
  columns.ascending(t.lands);

  const text = new TextEncoder().encode(strings.list.map((one) => `${one}\0`).join(''));
  const counts = [strings.list.length, placeRows.length, locs.length, t.funcs.length];
  counts.push(t.sites.length - 1, t.offsets.length, t.names.length, t.table.length);
  counts.push(text.length, t.protectPc, t.firstResumed, flags, t.lands.length);
  const head = new Uint8Array(Uint32Array.of(tablesMagic, abiVersion).buffer);
  return joined([head, Uint8Array.from(counts.flatMap(leb)), text, Uint8Array.from(columns.bytes)]);
}

/** The locations that are used, without number 0, with new numbers. */
function numbered(/** @type {Table} */ { locs, offsets, sites, funcs, table }) {
  const numbers = new Map([[0, 0]]);
  /** @type {Loc[]} */
  const list = [];
  const add = (/** @type {number} */ loc) => {
    const chain = [];
    for (let l = loc; !numbers.has(l); l = locs[l].parent) chain.push(l);
    for (const l of chain.reverse()) {
      const parent = numberOf(locs[l].parent);
      numbers.set(l, list.push({ ...locs[l], parent }));
    }
  };
  const numberOf = (/** @type {number} */ loc) => /** @type {number} */ (numbers.get(loc));
  for (const { loc } of offsets) add(loc);
  for (const loc of sites) add(loc);
  for (const { loc } of [...funcs, ...table]) add(loc);
  return { locs: list, numberOf };
}

/** Strings in the order of their first use. */
class Numbers {
  /** @type {Map<string, number>} */
  #numbers = new Map();

  /** @param {string[]} list */
  constructor(list) {
    this.list = list;
    list.forEach((one, n) => this.#numbers.set(one, n));
  }

  of(/** @type {string} */ one) {
    const known = this.#numbers.get(one);
    if (known !== undefined) return known;
    this.#numbers.set(one, this.list.length);
    return this.list.push(one) - 1;
  }
}

/** The sign goes to bit 0, so that numbers near 0 are small. */
const folded = (/** @type {number} */ value) => (value << 1) ^ (value >> 31);

/** Columns of numbers, in the forms that host/profile/tables.js reads. */
class Columns {
  /** @type {number[]} */
  bytes = [];

  numbers(/** @type {number[]} */ list) {
    for (const value of list) this.bytes.push(...leb(value));
  }

  #signed(/** @type {number} */ value) {
    this.bytes.push(...leb(folded(value)));
  }

  ascending(/** @type {number[]} */ list) {
    this.numbers(list.map((value, i) => value - (list[i - 1] ?? 0)));
  }

  near(/** @type {number[]} */ list) {
    list.forEach((value, i) => this.#signed(value - (list[i - 1] ?? 0)));
  }

  /** Each line as its difference to the line before at the same place. */
  lines(/** @type {Loc[]} */ locs, /** @type {number[]} */ places) {
    /** @type {number[]} */
    const last = [];
    locs.forEach(({ line }, i) => {
      this.#signed(line - (last[places[i]] ?? 0));
      last[places[i]] = line;
    });
  }

  fresh(/** @type {number[]} */ list, /** @type {number} */ first, /** @type {boolean} */ again) {
    let next = first;
    list.forEach((value, i) => {
      const same = again ? i > 0 && value === list[i - 1] : value === 0;
      this.bytes.push(...leb(same ? 0 : folded(value - next) + 1));
      next = Math.max(next, value + 1);
    });
  }
}

function joined(/** @type {Uint8Array[]} */ parts) {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
