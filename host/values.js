// @ts-check
// The values of calls between C and JavaScript: null, numbers, BigInts of 64 bits, strings, bytes.

import { OptionError } from './errors.js';
import { GoKind, GoValue, hostError } from './layout.js';

/**
 * @typedef {null | number | bigint | string | Uint8Array} HostValue
 * @typedef {object} Encoded
 * @property {number} kind
 * @property {number | bigint} [number] of the two kinds that have one
 * @property {Uint8Array} [data] of the others
 */

const encoder = new TextEncoder();
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The most bytes of one value: less than a wasm memory can hold, with room to spare. */
const maxBytes = 2 ** 31;

/**
 * An error with a name and a code, as C sees it.
 * @param {string} name
 * @param {string} code
 * @param {string} message
 */
export const fault = (name, code, message) => Object.assign(new Error(message), { name, code });

/**
 * @param {unknown} value
 * @param {(problem: string, name: string) => Error} complain
 * @returns {Encoded} with a copy of the bytes
 */
export function encode(value, complain) {
  switch (typeof value) {
    case 'undefined':
      return { kind: GoKind.null };
    case 'boolean':
    case 'number':
      return { kind: GoKind.number, number: Number(value) };
    case 'bigint':
      if (BigInt.asIntN(64, value) === value) return { kind: GoKind.int, number: value };
      throw complain('a BigInt of more than 64 bits', 'RangeError');
    case 'string':
      return { kind: GoKind.string, data: limit(encoder.encode(value), complain) };
    case 'object':
      if (value === null) return { kind: GoKind.null };
      if (isBuffer(value)) {
        return { kind: GoKind.bytes, data: limit(bytesOf(value), complain).slice() };
      }
  }
  const what = Array.isArray(value)
    ? 'an array'
    : `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
  throw complain(what, 'TypeError');
}

/**
 * What is wrong with an argument of a C function.
 * @param {string} who
 * @param {number} i its place
 */
export const badArgument = (who, i) => (/** @type {string} */ problem) => {
  const text = `${who}: argument ${i + 1} is ${problem}; it can be null, a number, `;
  return new OptionError('ERR_BAD_ARGUMENT', `${text}a BigInt of 64 bits, a string or bytes`);
};

/** @param {string} problem of a result of a host function @param {string} name of the error */
export const badResult = (problem, name) =>
  fault(name, 'ERR_BAD_RESULT', `the host's function gave ${problem}`);

/**
 * Checks a value that will be encoded in another thread; gives one that can be sent there.
 * @param {unknown} value
 * @param {(problem: string, name: string) => Error} complain
 * @returns {HostValue}
 */
function plain(value, complain) {
  if (typeof value === 'string') return value;
  const { number, data } = encode(value, complain);
  return number ?? data ?? null;
}

/**
 * @param {unknown[]} args
 * @param {string} who
 */
export const plainArgs = (args, who) => args.map((arg, i) => plain(arg, badArgument(who, i)));

/** @param {unknown} value */
export const plainResult = (value) => plain(value, badResult);

/**
 * @param {Uint8Array} data
 * @param {(problem: string, name: string) => Error} complain
 */
function limit(data, complain) {
  if (data.length < maxBytes) return data;
  throw complain(`${data.length} bytes`, 'RangeError');
}

/**
 * @param {object} value
 * @returns {value is ArrayBuffer | SharedArrayBuffer | ArrayBufferView}
 */
function isBuffer(value) {
  if (ArrayBuffer.isView(value)) return true;
  const tag = Object.prototype.toString.call(value);
  return tag === '[object ArrayBuffer]' || tag === '[object SharedArrayBuffer]';
}

/** @param {ArrayBuffer | SharedArrayBuffer | ArrayBufferView} value */
const bytesOf = (value) =>
  ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value);

/**
 * Encodes an error, or any other thrown value: its name, message and code, each with a NUL.
 * @param {unknown} thrown
 * @returns {Encoded}
 */
export function encodeError(thrown) {
  const { name, message, code } = describe(thrown);
  const text = [name, message, code].map((part) => part.replaceAll('\0', '\uFFFD'));
  return { kind: hostError, data: encoder.encode(`${text.join('\0')}\0`) };
}

/**
 * What C is told of a thrown value.
 * @param {unknown} thrown any value; its getters may throw
 */
export function describe(thrown) {
  try {
    if (thrown === null || typeof thrown !== 'object') {
      return { name: 'Error', message: String(thrown), code: '' };
    }
    const { name = 'Error', message, code = '' } = /** @type {any} */ (thrown);
    return {
      name: String(name),
      message: message === undefined ? String(thrown) : String(message),
      code: String(code),
    };
  } catch {
    return { name: 'Error', message: 'something that cannot be printed was thrown', code: '' };
  }
}

/**
 * Writes a value whose string or bytes lie at `data`.
 * @param {DataView} view
 * @param {number} at
 * @param {Encoded} value
 * @param {number} data
 */
export function writeValue(view, at, { kind, number = 0, data: { length } = none }, data) {
  const payload = at + GoValue.number * 4;
  view.setUint32(at + GoValue.kind * 4, kind, true);
  view.setUint32(at + GoValue.len * 4, length, true);
  if (kind === GoKind.number) view.setFloat64(payload, Number(number), true);
  else if (kind === GoKind.int) view.setBigInt64(payload, BigInt(number), true);
  else view.setUint32(payload, data, true);
}

const none = new Uint8Array();

/**
 * Reads a value that C has written.
 * @param {import('./memory.js').Memory} memory
 * @param {number} ptr
 * @param {string} what for complaints
 * @returns {HostValue}
 */
export function readValue(memory, ptr, what) {
  const view = memory.view(ptr + GoValue.words * 4);
  const payload = ptr + GoValue.number * 4;
  const kind = view.getUint32(ptr + GoValue.kind * 4, true);
  const length = view.getUint32(ptr + GoValue.len * 4, true);
  const data = view.getUint32(payload, true);
  switch (kind) {
    case GoKind.null:
      return null;
    case GoKind.number:
      return view.getFloat64(payload, true);
    case GoKind.int:
      return view.getBigInt64(payload, true);
    case GoKind.string:
    case GoKind.bytes: {
      const bytes = copyOf(memory, data, length, what);
      return kind === GoKind.bytes ? bytes : textOf(bytes, what);
    }
    default:
      throw fault('TypeError', 'ERR_BAD_ARGUMENT', `${what} is of kind ${kind}`);
  }
}

/**
 * @param {import('./memory.js').Memory} memory
 * @param {number} ptr
 * @param {number} length
 * @param {string} what
 */
function copyOf(memory, ptr, length, what) {
  try {
    return memory.copy(ptr, length);
  } catch {
    const where = `${length} bytes at 0x${ptr.toString(16)}`;
    throw fault('RangeError', 'ERR_BAD_ARGUMENT', `${what} is ${where}, beyond the memory`);
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {string} what
 */
function textOf(bytes, what) {
  try {
    return strict.decode(bytes);
  } catch {
    throw fault('TypeError', 'ERR_BAD_ARGUMENT', `${what} is not UTF-8`);
  }
}
