// @ts-check
// The tables that the link step wrote into the wasm (custom section "worldsema"). They map a pc to
// a function, file and line, and to the callers into which that function was inlined.

import {
  FuncKind,
  PcBit,
  TablesFunc,
  tablesFunctions,
  TablesHead,
  TablesLoc,
  TablesOffset,
  TablesSlot,
  tablesSeparate,
} from '../layout.js';
import { namesOf } from '../words.js';
import { countsOf, expandTables, partsOf } from './tables.js';

/**
 * One function of a stack, innermost first. An `inlined` function has the same pc as its caller.
 * @typedef {object} Frame
 * @property {string} func
 * @property {string} file '' if not known
 * @property {number} line 0 if not known
 * @property {boolean} inlined into the next frame
 * @property {number} pc
 * @property {number} offset distance of the pc from the entry of its function
 * @property {'user' | 'runtime' | 'system' | 'foreign'} kind
 */

const decoder = new TextDecoder();
const kinds = namesOf(FuncKind);
const entryBit = 2 ** PcBit.entryBit;
const placeBit = 2 ** PcBit.placeBit;
const textBit = 2 ** PcBit.textBit;
const functionBit = 2 ** PcBit.functionBit;
/**
 * The limit of a chain of inlined functions. No compiler inlines deeper. It ends a chain that runs
 * in a circle.
 */
const maxInlined = 1000;

/** The name shown for a function that is not in the tables. */
const unknownName = '???';
/** The name shown for a function that is in the tables without a name. */
const nameless = '?';

/** The tables of one program. */
export class Symbols {
  #words;
  #bytes;
  #at;
  /** @type {Map<number, string>} */
  #strings = new Map();
  /** @type {Map<number, readonly Frame[]>} by pc: a large dump has the same few pcs many times */
  #frames = new Map();

  /** @param {ArrayBuffer | Uint32Array} tables the section's content, or `words` of another */
  constructor(tables) {
    this.#words = tables instanceof Uint32Array ? tables : expandTables(tables);
    this.#bytes = new Uint8Array(this.#words.buffer);
    const counts = countsOf(this.#words);
    this.#at = { ...counts, ...partsOf(counts) };
  }

  /** The tables, to make another object of. */
  get words() {
    return this.#words;
  }

  /** The tables in the form that the program reads. */
  get bytes() {
    return this.#bytes;
  }

  /** Whether the names and lines are in a separate file beside the module. */
  get separate() {
    return (this.#words[TablesHead.flags] & tablesSeparate) !== 0;
  }

  /** The highest pc. */
  get maxPc() {
    return this.#at.maxpc;
  }

  /**
   * The functions at a pc. There is more than one where the compiler inlined. The array is frozen
   * because it is the same one each time.
   * @param {number} pc
   * @returns {readonly Frame[]}
   */
  frames(pc) {
    let frames = this.#frames.get(pc);
    if (frames === undefined) {
      frames = Object.freeze(this.#lookUp(pc).map((frame) => Object.freeze(frame)));
      if (frames[0].func !== unknownName) this.#frames.set(pc, frames);
    }
    return frames;
  }

  /**
   * The functions at a pc, or an empty list if no call is at that pc.
   * @param {number} pc
   */
  known(pc) {
    const frames = this.frames(pc);
    return frames[0].func === unknownName ? [] : [...frames];
  }

  /**
   * @param {number} pc
   * @returns {Frame[]}
   */
  #lookUp(pc) {
    if (pc >= entryBit) return this.#entryFrames(pc);
    if (pc >= placeBit) return or(this.#chain(pc - placeBit, pc, 0), unknownFrame(pc));
    if (pc >= functionBit && pc < textBit)
      return or(withoutLine(this.#chain(pc - functionBit, pc, 0)), unknownFrame(pc));
    const func = this.#funcOf(pc);
    if (func < 0) return [unknownFrame(pc)];
    const name = this.#string(this.#words[func + TablesFunc.name]);
    const kind = kinds[this.#words[func + TablesFunc.kind]];
    const offset = pc - this.#words[func + TablesFunc.entry];
    const found = this.#chain(this.#words[this.#at.sites + pc], pc, offset);
    return or(found, { ...unknownFrame(pc), func: name || nameless, offset, kind });
  }

  /** @param {number} pc */
  #entryFrames(pc) {
    const { table, nslots } = this.#at;
    const slot = pc - entryBit;
    if (slot >= nslots) return [unknownFrame(pc)];
    const at = table + slot * TablesSlot.words;
    const func = this.#string(this.#words[at + TablesSlot.name]);
    return or(this.#chain(this.#words[at + TablesSlot.loc], pc, 0), { ...unknownFrame(pc), func });
  }

  /**
   * The functions at an offset in the wasm file, as engines print it. [] if it is not in the
   * tables.
   * @param {number} offset
   * @returns {Frame[]}
   */
  framesAtOffset(offset) {
    const { offsets, noffsets } = this.#at;
    const row = lastAtMost(this.#words, offsets, noffsets, TablesOffset.words, offset);
    return row < 0 ? [] : this.#chain(this.#words[row + TablesOffset.loc], 0, 0);
  }

  /**
   * A function by its index in the wasm file, as engines print it. Its line is not known.
   * @param {number} index
   */
  framesOfFunction(index) {
    return withoutLine(this.framesAtOffset(tablesFunctions + index));
  }

  /**
   * The name of a function by its index in the linked module. '' if there is none.
   * @param {number} index
   */
  name(index) {
    const { names, nnames } = this.#at;
    return index < nnames ? this.#string(this.#words[names + index]) : '';
  }

  /** @param {number} pc */
  #funcOf(pc) {
    const { funcs, nfuncs, maxpc } = this.#at;
    if (pc <= 0 || pc > maxpc) return -1;
    return lastAtMost(this.#words, funcs, nfuncs, TablesFunc.words, pc);
  }

  /**
   * @param {number} loc
   * @param {number} pc
   * @param {number} offset
   */
  #chain(loc, pc, offset) {
    /** @type {Frame[]} */
    const frames = [];
    while (loc > 0 && loc < this.#at.nlocs) {
      const at = this.#at.locs + loc * TablesLoc.words;
      const parent = this.#words[at + TablesLoc.parent];
      frames.push({
        func: this.#string(this.#words[at + TablesLoc.func]),
        file: this.#string(this.#words[at + TablesLoc.file]),
        line: this.#words[at + TablesLoc.line],
        inlined: parent !== 0,
        pc,
        offset,
        kind: kinds[this.#words[at + TablesLoc.kind]],
      });
      loc = frames.length < maxInlined ? parent : 0;
    }
    return frames;
  }

  /** @param {number} at */
  #string(at) {
    const seen = this.#strings.get(at);
    if (seen !== undefined) return seen;
    const start = this.#at.strings * 4 + at;
    const end = this.#bytes.indexOf(0, start);
    const text = decoder.decode(this.#bytes.subarray(start, end < 0 ? undefined : end));
    this.#strings.set(at, text);
    return text;
  }
}

/**
 * A frame for a pc that is not in the tables.
 * @param {number} pc
 * @returns {Frame}
 */
const unknownFrame = (pc) => ({
  func: unknownName,
  file: '',
  line: 0,
  inlined: false,
  pc,
  offset: 0,
  kind: 'user',
});

/** @param {Frame[]} frames */
const withoutLine = (frames) => frames.map((frame) => ({ ...frame, line: 0 }));

/**
 * @param {Frame[]} frames
 * @param {Frame} instead returned if there are none
 */
const or = (frames, instead) => (frames.length > 0 ? frames : [instead]);

/**
 * Word index of the last row whose first word is at most key, or -1. The rows must ascend.
 * @param {Uint32Array} words
 * @param {number} start
 * @param {number} rows
 * @param {number} rowWords
 * @param {number} key
 */
function lastAtMost(words, start, rows, rowWords, key) {
  let low = 0;
  let high = rows;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (words[start + mid * rowWords] <= key) low = mid + 1;
    else high = mid;
  }
  return low === 0 ? -1 : start + (low - 1) * rowWords;
}
