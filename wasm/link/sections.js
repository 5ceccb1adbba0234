// @ts-check
// The sections of a module other than its code, as editor.js writes them: with functions appended
// to types, functions, the table and the exports, with exports left out, and with custom sections.
import { insist } from './error.js';
import { i32Const, leb, nameBytes, Op } from './opcodes.js';
import { readLeb } from './reader.js';

/**
 * @typedef {import('./reader.js').Module} Module
 * @typedef {import('./reader.js').Section} Section
 * @typedef {import('./editor.js').NewFunction} NewFunction
 * @typedef {import('./editor.js').Copy} Copy
 *
 * @typedef {object} Additions
 * @property {NewFunction[]} add
 * @property {Copy[]} copies       appended behind those
 * @property {((name: string) => boolean) | undefined} hide  exports to leave out
 * @property {number[]} slots      functions that get slots of the table, after those of `add`
 */

const TYPE = 1;
const FUNCTION = 3;
const TABLE = 4;
const EXPORT = 7;
const ELEMENTS = 9;

/** Parts of the name section. */
export const GLOBAL_NAMES = 7;
export const DATA_NAMES = 9;

const decoder = new TextDecoder();

/**
 * A section of any kind but code, with what was added.
 * @param {Module} m
 * @param {Section} s
 * @param {Additions} how
 * @returns {Uint8Array}
 */
export function section(m, s, { add, copies, hide = () => false, slots: others }) {
  const slots = add.flatMap(({ slot }, n) => (slot ? [m.funcType.length + n] : [])).concat(others);
  if (s.id === TYPE) return longer(m, s, add.map(typeBytes));
  if (s.id === FUNCTION) {
    const types = add.map((_, n) => m.types.length + n);
    const more = copies.map(({ of, type }) => type ?? m.funcType[of]);
    return longer(m, s, [...types, ...more].map(leb));
  }
  if (s.id === EXPORT) return exportSection(m, s, hide, add);
  if (s.id === TABLE && slots.length) return tableSection(m, s, slots.length);
  if (s.id === ELEMENTS && slots.length) {
    const at = i32Const(tableLimits(m).min);
    return longer(m, s, [[0, ...at, Op.end, ...leb(slots.length), ...slots.flatMap(leb)]]);
  }
  return whole(m, s);
}

const whole = (/** @type {Module} */ m, /** @type {Section} */ s) => m.bytes.subarray(s.at, s.end);

/** A section that is a vector, with items appended to it. */
function longer(
  /** @type {Module} */ m,
  /** @type {Section} */ s,
  /** @type {number[][]} */ items,
) {
  if (items.length === 0) return whole(m, s);
  const { value, at } = readLeb(m.bytes, s.start);
  const head = leb(value + items.length);
  const more = items.flat();
  const size = head.length + (s.end - at) + more.length;
  return Uint8Array.from([s.id, ...leb(size), ...head, ...m.bytes.subarray(at, s.end), ...more]);
}

function typeBytes(/** @type {NewFunction} */ { params, results }) {
  const vector = (/** @type {number[]} */ types) => [
    ...leb(types.length),
    ...types.map((t) => t & 0x7f),
  ];
  return [0x60, ...vector(params), ...vector(results)];
}

function exportSection(
  /** @type {Module} */ m,
  /** @type {Section} */ s,
  /** @type {(name: string) => boolean} */ hide,
  /** @type {NewFunction[]} */ add,
) {
  const places = new Map(add.map(({ exported }, n) => [exported, m.funcType.length + n]));
  const kept = [...m.exports].filter(([name]) => !hide(name));
  if (kept.length === m.exports.size && add.length === 0) return whole(m, s);
  const items = kept.flatMap(([name, { kind, index }]) => [
    ...nameBytes(name),
    kind,
    ...leb(places.get(name) ?? index),
  ]);
  const head = leb(kept.length);
  return Uint8Array.from([EXPORT, ...leb(head.length + items.length), ...head, ...items]);
}

/** The limits of the module's own table. */
export function tableLimits(/** @type {Module} */ m) {
  const section = m.sections.find(({ id }) => id === TABLE);
  insist(section, 'function table', 'is imported, so it cannot grow');
  const flags = m.bytes[section.start + 2];
  const min = readLeb(m.bytes, section.start + 3);
  const max = flags & 1 ? readLeb(m.bytes, min.at).value : undefined;
  return { flags, min: min.value, max };
}

function tableSection(
  /** @type {Module} */ m,
  /** @type {Section} */ s,
  /** @type {number} */ more,
) {
  const { flags, min, max } = tableLimits(m);
  const limits = [...leb(min + more), ...(max === undefined ? [] : leb(max + more))];
  const body = [1, m.bytes[s.start + 1], flags, ...limits];
  return Uint8Array.from([TABLE, ...leb(body.length), ...body]);
}

/** @returns {Uint8Array} */
export function customSection(/** @type {string} */ name, /** @type {Uint8Array} */ bytes) {
  const label = nameBytes(name);
  const head = [0, ...leb(label.length + bytes.length), ...label];
  const out = new Uint8Array(head.length + bytes.length);
  out.set(head);
  out.set(bytes, head.length);
  return out;
}

/** A module that has only custom sections. @param {{ name: string, bytes: Uint8Array }[]} custom */
export const sectionsAlone = (custom) =>
  Buffer.concat([
    Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
    ...custom.map(({ name, bytes }) => customSection(name, bytes)),
  ]);

/** A name section with the names of functions only. */
export function nameSection(/** @type {Map<number, string>} */ names) {
  const sorted = [...names].sort((x, y) => x[0] - y[0]);
  const body = [...leb(sorted.length)];
  for (const [index, name] of sorted) body.push(...leb(index), ...nameBytes(name));
  return Uint8Array.from([1, ...leb(body.length), ...body]);
}

/**
 * @param {import('./reader.js').Module} m
 * @param {number} part  of the name section
 * @returns {Map<number, string>} by index
 */
export function namesOf(m, part) {
  const names = new Map();
  const section = m.sections.find(({ id, name }) => id === 0 && name === 'name');
  for (let p = section?.start ?? 0; section && p < section.end;) {
    const size = readLeb(m.bytes, p + 1);
    const end = size.at + size.value;
    if (m.bytes[p] === part) {
      let { value: left, at } = readLeb(m.bytes, size.at);
      for (; left > 0; left--) {
        const index = readLeb(m.bytes, at);
        const length = readLeb(m.bytes, index.at);
        at = length.at + length.value;
        insist(at <= end, 'name section', `a name at ${index.at} runs past its end`);
        names.set(index.value, decoder.decode(m.bytes.subarray(length.at, at)));
      }
    }
    p = end;
  }
  return names;
}
