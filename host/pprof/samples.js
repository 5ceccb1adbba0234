// @ts-check
// Converts between profiles and lists of samples. A sample is a stack with its figures. All writers
// start with such a list, and all readers produce one.

import { sumCounts } from '../profile/heap.js';
import { kindOf } from './kinds.js';

/** @typedef {import('../index.d.ts').Frame} Frame */
/** @typedef {import('./index.d.ts').AnyProfile} AnyProfile */
/** @typedef {import('./index.d.ts').AnyRecord} AnyRecord */
/**
 * @typedef {object} Sample
 * @property {Frame[]} frames innermost first
 * @property {string} label '' if there is none
 * @property {number[]} values by column of the kind
 */

/** A text that differs for different frames. @param {Frame} frame */
const wholeFrame = ({ pc, func, file, line, inlined }) =>
  `${pc}\t${func}\t${file}\t${line}\t${inlined ? 1 : 0}`;

/**
 * The samples of a profile, in the order of its records. Samples are merged if the caller's format
 * shows no difference between them.
 * @param {AnyProfile} profile
 * @param {{ frame?: (frame: Frame) => string, labels?: boolean }} [told] what the format shows of
 *   each sample
 * @returns {Sample[]}
 */
export function samplesOf(profile, { frame = wholeFrame, labels = true } = {}) {
  if (!Array.isArray(profile?.records)) {
    throw new TypeError('expected a profile: it has no records');
  }
  const kind = kindOf(profile.kind);
  const period = kind.period(profile);
  /** @type {Map<string, Sample>} */
  const merged = new Map();
  for (const record of profile.records) {
    const frames = kind.memory ? withoutRuntime(record.frames) : record.frames;
    const values = kind.columns.map(({ field }) => valueOf(record, field, period));
    const label = (labels && record.label) || '';
    const key = [label, ...frames.map(frame)].join('\n');
    const same = merged.get(key);
    if (same) same.values = same.values.map((value, i) => value + values[i]);
    else merged.set(key, { frames, label, values });
  }
  return [...merged.values()];
}

/**
 * @param {any} record
 * @param {string | undefined} field
 * @param {number} period
 */
function valueOf(record, field, period) {
  const value = field === undefined ? record.count * period : record[field];
  if (Number.isSafeInteger(value)) return value;
  throw new TypeError(`a record's ${field ?? 'count'} is ${value}: expected a whole number`);
}

/**
 * A stack without the runtime frames at its top. A stack with runtime frames only is returned
 * whole.
 * @param {Frame[]} frames
 */
export function withoutRuntime(frames) {
  const first = frames.findIndex(({ kind }) => kind !== 'runtime');
  return first > 0 ? frames.slice(first) : frames;
}

/**
 * Makes a profile from samples.
 * @param {string} kindName
 * @param {Sample[]} samples
 * @param {{ period?: number, timeMs?: number, durationNs?: number,
 *   program?: import('./index.d.ts').ProgramId }} [about]
 * @returns {AnyProfile}
 */
export function profileOf(kindName, samples, about = {}) {
  const kind = kindOf(kindName);
  const { period = derivedPeriod(kind, samples), ...rest } = about;
  const records = samples.map(({ frames, label, values }) => {
    const fields = kind.columns.flatMap(({ field }, i) => (field ? [[field, values[i]]] : []));
    const pcs = frames.filter(({ inlined }) => !inlined).map(({ pc }) => pc);
    const named = label === '' ? {} : { label };
    return { .../** @type {AnyRecord} */ (Object.fromEntries(fields)), ...named, pcs, frames };
  });
  const total = kind.memory
    ? sumCounts(/** @type {any} */ (records))
    : records.reduce((sum, { count = 0 }) => sum + count, 0);
  return { kind: kindName, ...kind.fromPeriod?.(period), ...rest, total, records };
}

/**
 * The period: how much one count stands for, computed from a figure that is count * period.
 * @param {import('./kinds.js').Kind} kind
 * @param {Sample[]} samples
 */
function derivedPeriod({ columns }, samples) {
  const derived = columns.findIndex(({ field }) => field === undefined);
  const counted = samples.find(({ values }) => values[0] > 0);
  return derived > 0 && counted ? counted.values[derived] / counted.values[0] : 1;
}

/**
 * A frame of which only some properties are known.
 * @param {Partial<Frame>} known
 * @returns {Frame}
 */
export const frameOf = (known) => ({
  ...{ func: '', file: '', line: 0, inlined: false, pc: 0, offset: 0, kind: 'user' },
  ...known,
});

/**
 * Numbers items in the order in which they are first seen.
 * @template T
 */
export class Index {
  /** @type {Map<string, number>} */
  #known = new Map();
  /** @type {T[]} */
  list = [];

  /**
   * @param {string} key
   * @param {() => T} make
   * @returns {number} the place of the item in the list
   */
  of(key, make) {
    let place = this.#known.get(key);
    if (place === undefined) {
      place = this.list.push(make()) - 1;
      this.#known.set(key, place);
    }
    return place;
  }
}

/**
 * Parses the content of a JSON file.
 * @param {string | object} file its text, or what JSON.parse made of it
 * @param {string} format for the error
 */
export function readJson(file, format) {
  if (typeof file !== 'string') return file;
  try {
    return JSON.parse(file);
  } catch (cause) {
    throw notA(format, /** @type {Error} */ (cause).message);
  }
}

/**
 * The error of a reader for a file in the wrong format.
 * @param {string} format
 * @param {string} why
 */
export const notA = (format, why) => new TypeError(`this is not a ${format}: ${why}`);
