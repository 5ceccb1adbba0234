// @ts-check
// Makes a module that imports shared memory into one that imports unshared memory: one byte of the
// import section differs. All instructions of the module are valid on both. Its polls, which look
// at a flag, are made to count: see wasm/link/pollroom.js. No code moves.

import { LoadError } from '../errors.js';
import { ModuleReader } from '../modulefile.js';

const customSection = 0;
const importSection = 2;
const codeSection = 10;
const pollSection = 'worldsema.one';
const kinds = { func: 0, table: 1, memory: 2, global: 3, tag: 4 };
/** The flags of a memory's limits: it has a maximum; it is shared. */
const hasMaximum = 1;
const isShared = 2;

/** @typedef {{ initial: number, maximum?: number }} Limits in pages */

/**
 * Finds the memory's import.
 * @param {Uint8Array} bytes at least to the end of the import section, or a RangeError is thrown
 * @returns {{ at: number, limits: Limits, shared: boolean }} where the flags of its limits are
 */
export function findMemory(bytes) {
  const reader = new ModuleReader(bytes);
  for (const { id } of reader.sections()) {
    if (id === importSection) return findInImports(reader);
    if (id > importSection) throw new LoadError('ERR_NOT_WASM', 'the wasm imports nothing');
  }
  throw new RangeError('more bytes are needed');
}

/** @param {ModuleReader} reader */
function findInImports(reader) {
  for (let left = reader.number(); left > 0; left--) {
    reader.name();
    reader.name();
    const kind = reader.byte();
    if (kind === kinds.memory) {
      const at = reader.at;
      const flags = reader.byte();
      const initial = reader.number();
      const maximum = flags & hasMaximum ? reader.number() : undefined;
      return { at, limits: { initial, maximum }, shared: (flags & isShared) !== 0 };
    }
    skip(reader, kind);
  }
  throw new LoadError('ERR_NOT_WORLDSEMA', 'the wasm does not import its memory');
}

/**
 * @param {ModuleReader} reader
 * @param {number} kind
 */
function skip(reader, kind) {
  if (kind === kinds.func) {
    reader.number();
  } else if (kind === kinds.table) {
    reader.byte();
    const flags = reader.byte();
    reader.number();
    if (flags & hasMaximum) reader.number();
  } else if (kind === kinds.global) {
    reader.byte();
    reader.byte();
  } else if (kind === kinds.tag) {
    reader.byte();
    reader.number();
  } else {
    throw new LoadError('ERR_NOT_WASM', `the wasm has an import of the unknown kind ${kind}`);
  }
}

/**
 * What the section "worldsema.one" says of the polls, and where the code is.
 * @param {Uint8Array} bytes of a whole module
 */
function findPolls(bytes) {
  let code = bytes.subarray(0, 0);
  let polls;
  for (const { id, at, end } of new ModuleReader(bytes).sections()) {
    if (end > bytes.length) throw new RangeError('more bytes are needed');
    if (id === codeSection) code = bytes.subarray(at, end);
    else if (id === customSection) polls ??= readForms(bytes.subarray(at, end));
  }
  return { code, polls };
}

/** @param {Uint8Array} section a custom section */
function readForms(section) {
  const reader = new ModuleReader(section, 0);
  if (new TextDecoder().decode(reader.name()) !== pollSection) return undefined;
  const count = reader.number();
  const length = reader.number();
  const { at } = reader;
  if (length === 0 || section.length !== at + 4 * length) throw new RangeError('there are 4 forms');
  const form = (/** @type {number} */ n) =>
    section.subarray(at + n * length, at + (n + 1) * length);
  return { count, forms: [0, 2].map((n) => [form(n), form(n + 1)]) };
}

/**
 * Replaces each occurrence of a sequence of bytes. Looks at every byte but those that cannot be in
 * one (Horspool's search).
 * @param {Uint8Array} bytes changed
 * @param {Uint8Array} from
 * @param {Uint8Array} to as long as from
 * @returns {number} how many there were
 */
function replaceAll(bytes, from, to) {
  const last = from.length - 1;
  const steps = new Array(256).fill(from.length);
  for (let i = 0; i < last; i++) steps[from[i]] = last - i;
  let count = 0;
  for (let at = 0; at + last < bytes.length; at += steps[bytes[at + last]]) {
    let i = last;
    while (i >= 0 && bytes[at + i] === from[i]) i--;
    if (i >= 0) continue;
    bytes.set(to, at);
    count++;
  }
  return count;
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes of a module; changed
 * @returns {Limits} of its memory
 */
export function unshare(bytes) {
  const magic = [0, 97, 115, 109];
  if (magic.some((byte, i) => bytes[i] !== byte))
    throw new LoadError('ERR_NOT_WASM', 'the wasm does not begin as a wasm file does');
  const memory = read('its imports', () => findMemory(bytes));
  letPollsCount(bytes);
  bytes[memory.at] &= ~isShared;
  return memory.limits;
}

/**
 * Without the section all polls call the runtime, which counts.
 * @param {Uint8Array} bytes of a module; changed
 */
export function letPollsCount(bytes) {
  const { code, polls } = read('a section', () => findPolls(bytes));
  if (!polls) return;
  const { count, forms } = polls;
  const found = forms.reduce((sum, [flag, counted]) => sum + replaceAll(code, flag, counted), 0);
  if (found !== count)
    throw new LoadError('ERR_NOT_WASM', `the wasm has ${found} polls, and says ${count}`);
}

/**
 * @template T
 * @param {string} what is read
 * @param {() => T} from throws a RangeError where the bytes end
 */
function read(what, from) {
  try {
    return from();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new LoadError('ERR_NOT_WASM', `the wasm ends within ${what}`, { cause });
  }
}
