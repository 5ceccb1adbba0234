// @ts-check
// A wasm binary as plain data: sections, functions and instructions, each with its file offset.
//
// The `wasmparser` package decodes the operators. It knows every proposal, and gives the position
// of each operator. An edit also needs the place of the size word before each body, which is read
// here.
import { createRequire } from 'node:module';
import { insist, LinkError } from './error.js';
import { Op } from './opcodes.js';

const { BinaryReader } = createRequire(import.meta.url)('wasmparser');

// wasmparser's states are a const enum: its JavaScript does not contain their numbers.
const State = {
  error: -1,
  endWasm: 2,
  beginSection: 3,
  endSection: 4,
  type: 11,
  import: 12,
  function: 13,
  export: 17,
  name: 19,
  beginInit: 25,
  initOperator: 26,
  beginBody: 28,
  operator: 30,
  endBody: 31,
  beginElement: 33,
  elementBody: 34,
  endElement: 35,
  beginGlobal: 39,
  offsetOperator: 45,
};

// Sections, and operators that only stand in constants.
const GLOBALS = 6;
const ELEMENTS = 9;
const CODE = 10;
const REF_NULL = 0xd0;
const REF_FUNC = 0xd2;

const decoder = new TextDecoder();

/**
 * @typedef {object} Instr
 * @property {number} op     opcode; prefixed ones as 0xfe10
 * @property {number} at     file offset of the first byte
 * @property {number} end    file offset after the last byte
 * @property {number} a      index (also of a segment), label depth or i32 constant; for
 *   call_indirect the type index; for a block its type (negative: -64 none, -1 i32, ...; else type
 *   index)
 * @property {number} b      memory offset, or table index of call_indirect
 * @property {number[]=} table  labels of br_table, the default last
 *
 * @typedef {object} Body
 * @property {number} index    function index
 * @property {number} sizeAt   file offset of the size word
 * @property {number} start    file offset after the size word, where the local declarations are
 * @property {number} code     file offset of the first instruction
 * @property {number} end      file offset after the last byte
 * @property {Instr[]} instrs  the last one is the function's own `end`
 * @property {number} nlocals  parameters included
 *
 * @typedef {{ id: number, name: string, at: number, start: number, end: number }} Section
 *   `at` is the offset of the id byte, `start` that of the payload (after a custom section's name)
 *
 * @typedef {object} Module
 * @property {Uint8Array} bytes
 * @property {Section[]} sections
 * @property {{ params: number[], results: number[] }[]} types
 * @property {{ module: string, field: string, kind: number }[]} imports
 * @property {number} nimports    imported functions
 * @property {number[]} funcType  type index of every function, imports first
 * @property {Map<string, { kind: number, index: number }>} exports
 * @property {Map<number, number>} table  slot of table 0 to function index
 * @property {Set<number>} addressTaken   functions an indirect call may reach
 * @property {Body[]} bodies
 * @property {Map<number, string>} names  of functions
 * @property {number} codePayload  offset of the code section's payload: DWARF addresses start here
 * @property {{ imported: string | null, value: number }[]} globals  value: if it starts as a
 *   constant
 */

/**
 * @param {Uint8Array} bytes
 * @param {string} [file]  the file that errors name
 * @returns {Module}
 */
export function readModule(bytes, file = 'module') {
  checkValid(bytes, file);
  const reader = new BinaryReader();
  try {
    return readWith(reader, bytes);
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    throw new LinkError(file, `cannot be read at offset ${reader.position}: ${message}`);
  }
}

/**
 * Refuses damaged modules, and instructions that this engine does not know. The engine checks each
 * rule of the format, so the code that follows need not.
 * @param {Uint8Array} bytes
 * @param {string} file
 */
export function checkValid(bytes, file) {
  insist(isModule(bytes), file, 'is not a wasm module');
  const code = /** @type {BufferSource} */ (bytes);
  if (WebAssembly.validate(code)) return;
  try {
    void new WebAssembly.Module(code);
  } catch (error) {
    const why = /** @type {Error} */ (error).message.replace(/^WebAssembly\.Module\(\): /, '');
    throw new LinkError(file, `is not a valid module: ${why}`);
  }
}

/** Does a module begin here? */
export const isModule = (/** @type {Uint8Array} */ bytes) =>
  bytes.length >= 8 && bytes[0] === 0 && decoder.decode(bytes.subarray(1, 4)) === 'asm';

/** @type {(reader: any, bytes: Uint8Array) => Module} */
function readWith(reader, bytes) {
  const copy = new Uint8Array(bytes); // a Buffer may share its memory with others
  reader.setData(copy.buffer, 0, copy.length);
  const building = new Building(bytes);
  for (let left = 4 * bytes.length; reader.read(); left--) {
    // In this state read() returns true for ever.
    if (reader.state === State.error) throw reader.error ?? new Error('it is damaged');
    if (left === 0) throw new Error('the reader makes no progress');
    building.take(reader.state, reader.result, reader.position);
  }
  return building.done();
}

/** A module that is being read: it takes what wasmparser reports, one thing after the other. */
class Building {
  /** @type {Module} */
  #m;
  #section = -1;
  #nth = 0; // of the function bodies
  #last = 0; // where the previous item ended
  #slot = 0;
  #element = { table: 0, active: true, offset: 0, known: false };
  /** @type {Body | null} */
  #body = null;

  constructor(/** @type {Uint8Array} */ bytes) {
    this.#m = {
      ...{ bytes, sections: readSections(bytes), types: [], imports: [], nimports: 0 },
      ...{ funcType: [], exports: new Map(), table: new Map(), addressTaken: new Set() },
      ...{ bodies: [], names: new Map(), codePayload: 0, globals: [] },
    };
  }

  done() {
    const { bodies } = this.#m;
    insist(bodies.length === this.#nth && this.#body === null, '', 'a function has no end');
    return this.#m;
  }

  /** @param {number} state @param {any} r @param {number} position the offset behind it */
  take(state, r, position) {
    const m = this.#m;
    switch (state) {
      case State.operator:
        return this.#operator(r, position);
      case State.beginBody:
        return this.#beginBody(r, position);
      case State.endBody:
        return this.#endBody();
      case State.beginSection:
        return this.#beginSection(r.id);
      case State.type:
        m.types.push({
          params: (r.params ?? []).map(kindOf),
          results: (r.returns ?? []).map(kindOf),
        });
        return;
      case State.import:
        return this.#import(r);
      case State.function:
        m.funcType.push(r.typeIndex);
        return;
      case State.beginGlobal:
        m.globals.push({ imported: null, value: 0 });
        return;
      case State.export:
        m.exports.set(text(r.field), { kind: r.kind, index: r.index });
        return;
      case State.name:
        if (r.type === 1) for (const n of r.names) m.names.set(n.index, text(n.name));
        return;
      default:
        this.#inTableOrGlobal(state, r);
    }
  }

  #beginSection(/** @type {number} */ id) {
    const m = this.#m;
    this.#section = id;
    if (id !== CODE) return;
    const found = m.sections.find((s) => s.id === CODE);
    insist(found, '', 'no code section');
    m.codePayload = found.start;
    this.#last = skipLeb(m.bytes, found.start);
  }

  #import(/** @type {any} */ r) {
    const m = this.#m;
    const entry = { module: text(r.module), field: text(r.field), kind: r.kind };
    m.imports.push(entry);
    if (r.kind === 0) (m.funcType.push(r.funcTypeIndex), m.nimports++);
    if (r.kind === 3) m.globals.push({ imported: entry.field, value: 0 });
  }

  /** Element segments, and the first values of globals. @param {number} state @param {any} r */
  #inTableOrGlobal(state, r) {
    const element = this.#element;
    if (state === State.beginElement) {
      const active = r.mode === 0;
      this.#element = { table: r.tableIndex ?? 0, active, offset: 0, known: false };
    } else if (state === State.offsetOperator) {
      if (r.code === Op.i32_const) ((element.offset = Number(r.literal)), (element.known = true));
    } else if (state === State.elementBody) {
      this.#slot = element.offset;
    } else if (state === State.initOperator) {
      if (this.#section === ELEMENTS) this.#inElement(r);
      else if (this.#section === GLOBALS && r.code === Op.i32_const)
        this.#m.globals[this.#m.globals.length - 1].value = r.literal | 0;
    }
  }

  #inElement(/** @type {any} */ r) {
    const { table, active, known } = this.#element;
    if (r.code === REF_FUNC) {
      this.#m.addressTaken.add(r.funcIndex);
      if (active && table === 0 && known) this.#m.table.set(this.#slot, r.funcIndex);
      this.#slot++;
    } else if (r.code === REF_NULL) this.#slot++;
  }

  #beginBody(/** @type {any} */ r, /** @type {number} */ code) {
    const m = this.#m;
    const index = m.nimports + this.#nth++;
    const start = skipLeb(m.bytes, this.#last);
    let nlocals = m.types[m.funcType[index]].params.length;
    for (const l of r.locals) nlocals += l.count;
    this.#body = { index, sizeAt: this.#last, start, code, end: 0, instrs: [], nlocals };
    this.#last = code;
  }

  #operator(/** @type {any} */ r, /** @type {number} */ end) {
    if (!this.#body || end <= this.#last) return;
    const next = instr(r, this.#last, end);
    if (r.code === Op.call_indirect || r.code === Op.return_call_indirect)
      readTableIndex(this.#m.bytes, next);
    this.#body.instrs.push(next);
    this.#last = next.end;
  }

  #endBody() {
    const body = this.#body;
    if (!body) return;
    body.end = this.#last;
    const size = readLeb(this.#m.bytes, body.sizeAt);
    insist(this.#last === size.at + size.value, '', `function ${body.index} is misread`);
    this.#m.bodies.push(body);
    this.#body = null;
  }
}

/** @returns {Instr} */
function instr(/** @type {any} */ r, /** @type {number} */ at, /** @type {number} */ end) {
  let a = 0;
  let b = 0;
  if (r.funcIndex !== undefined) a = r.funcIndex;
  else if (r.localIndex !== undefined) a = r.localIndex;
  else if (r.globalIndex !== undefined) a = r.globalIndex;
  else if (r.brDepth !== undefined) a = r.brDepth;
  else if (r.segmentIndex !== undefined) a = r.segmentIndex;
  else if (r.typeIndex !== undefined) ((a = r.typeIndex), (b = r.tableIndex ?? 0));
  else if (r.blockType !== undefined) a = kindOf(r.blockType);
  else if (r.memoryAddress !== undefined) b = r.memoryAddress.offset;
  else if (typeof r.literal === 'number' && r.code === 0x41) a = r.literal | 0;
  return r.brTable
    ? { op: r.code, at, end, a, b, table: [...r.brTable] }
    : { op: r.code, at, end, a, b };
}

/**
 * wasmparser reads one byte for the table's index, but newer versions of clang write five. The rest
 * then looks like instructions of one byte each. The reader ignores all that starts before `end`.
 */
function readTableIndex(/** @type {Uint8Array} */ bytes, /** @type {Instr} */ instr) {
  const index = readLeb(bytes, skipLeb(bytes, instr.at + 1));
  instr.b = index.value;
  instr.end = index.at;
}

/** A value or block type as a number: a type index, or the negative code of the binary format. */
function kindOf(/** @type {any} */ type) {
  return type.code;
}

const text = (/** @type {Uint8Array} */ bytes) => decoder.decode(bytes);

/** @param {Uint8Array} bytes @param {number} at @returns {number} the offset after the number */
export function skipLeb(bytes, at) {
  return readLeb(bytes, at).at;
}

/** @param {Uint8Array} bytes @param {number} at */
export function readLeb(bytes, at) {
  let value = 0;
  for (let shift = 0; shift < 35 && at < bytes.length; shift += 7) {
    const byte = bytes[at++];
    value |= (byte & 0x7f) << shift;
    if (!(byte & 0x80)) return { value: value >>> 0, at };
  }
  throw new LinkError('', `the number at offset ${at} has no end`);
}

/** @param {Uint8Array} bytes @returns {Section[]} */
export function readSections(bytes) {
  const sections = [];
  for (let p = 8; p < bytes.length;) {
    const at = p;
    const id = bytes[p];
    const size = readLeb(bytes, p + 1);
    const end = size.at + size.value;
    insist(end <= bytes.length, '', `section ${id} at ${at} runs past the end of the file`);
    let start = size.at;
    let name = '';
    if (id === 0) {
      const n = readLeb(bytes, start);
      name = text(bytes.subarray(n.at, n.at + n.value));
      start = n.at + n.value;
      insist(start <= end, '', `the name of the section at ${at} runs past its end`);
    }
    sections.push({ id, name, at, start, end });
    p = end;
  }
  return sections;
}
