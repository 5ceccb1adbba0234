// @ts-check
// Makes a module that imports shared memory into one that imports unshared memory: one byte of the
// import section differs. All instructions of the module are valid on both.

import { LoadError } from '../errors.js';
import { ModuleReader } from '../modulefile.js';

const importSection = 2;
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
  for (;;) {
    const id = reader.byte();
    const length = reader.number();
    if (id === importSection) return findInImports(reader);
    if (id > importSection) throw new LoadError('ERR_NOT_WASM', 'the wasm imports nothing');
    reader.at += length;
  }
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
 * @param {Uint8Array<ArrayBuffer>} bytes of a module; changed
 * @returns {Limits} of its memory
 */
export function unshare(bytes) {
  const magic = [0, 97, 115, 109];
  if (magic.some((byte, i) => bytes[i] !== byte))
    throw new LoadError('ERR_NOT_WASM', 'the wasm does not begin as a wasm file does');
  let memory;
  try {
    memory = findMemory(bytes);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new LoadError('ERR_NOT_WASM', 'the wasm ends within its imports', { cause });
  }
  bytes[memory.at] &= ~isShared;
  return memory.limits;
}
