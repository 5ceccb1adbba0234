// @ts-check
// The file format of speedscope (https://www.speedscope.app/file-format-schema.json): each figure
// of a profile becomes a profile of its own over the same stacks.

import { kindOf, mainColumn, sameTypes } from './kinds.js';
import { frameOf, Index, notA, profileOf, readJson, samplesOf } from './samples.js';

/** @typedef {import('../index.d.ts').Frame} Frame */
/** @typedef {import('./index.d.ts').AnyProfile} AnyProfile */

const format = 'speedscope file';
const units = { count: 'none', bytes: 'bytes', nanoseconds: 'nanoseconds' };

/**
 * A profile for speedscope, to be stored as JSON.
 * @param {AnyProfile} profile
 * @param {{ lines?: boolean }} [options] with `lines`, calls from different lines of a function are
 *   kept apart; without it, each box is a function
 * @returns {import('./index.d.ts').SpeedscopeFile}
 */
export function toSpeedscope(profile, { lines = false } = {}) {
  const kind = kindOf(profile.kind);
  /** @type {Index<{ name: string, file?: string, line?: number }>} */
  const frames = new Index();
  const key = (/** @type {Frame} */ { func, file, line }) =>
    `${func}\t${file}\t${lines ? line : 0}`;
  const number = (/** @type {Frame} */ frame) => frames.of(key(frame), () => written(frame, lines));
  const samples = samplesOf(profile, { frame: key, labels: false });
  const stacks = samples.map((sample) => sample.frames.map(number).reverse());
  const profiles = kind.columns.map(({ type, unit }, i) => {
    const weights = samples.map(({ values }) => values[i]);
    if (weights.some((weight) => weight < 0)) {
      throw new RangeError(`speedscope has no negative figures, and ${type} has one`);
    }
    const endValue = weights.reduce((sum, weight) => sum + weight, 0);
    return {
      type: /** @type {const} */ ('sampled'),
      name: type,
      unit: units[unit],
      startValue: 0,
      endValue,
      samples: stacks,
      weights,
    };
  });
  return {
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    name: profile.kind,
    exporter: 'worldsema',
    activeProfileIndex: mainColumn(kind),
    shared: { frames: frames.list },
    profiles,
  };
}

/**
 * @param {Frame} frame
 * @param {boolean} lines
 */
const written = ({ func, file, line }, lines) => ({
  name: func || '?',
  ...(file && { file }),
  ...(lines && line > 0 && { line }),
});

/**
 * Reads such a file, if toSpeedscope wrote it. What is not in the file becomes 0 or ''.
 * @param {string | object} file its text, or what JSON.parse made of it
 * @returns {AnyProfile}
 */
export function fromSpeedscope(file) {
  const { name, shared, profiles } = /** @type {any} */ (readJson(file, format) ?? {});
  if (!Array.isArray(shared?.frames) || !Array.isArray(profiles)) {
    throw notA(format, 'it has no profiles over shared frames');
  }
  const types = profiles.map((profile) => profile.name);
  if (!sameTypes(name, types)) {
    throw notA('speedscope file of ours', `${name} does not count ${types.join(', ')}`);
  }
  const samples = profiles[0].samples.map(
    (/** @type {number[]} */ stack, /** @type {number} */ i) => ({
      frames: stack.map((at) => readFrame(shared.frames[at], at)).reverse(),
      label: '',
      values: profiles.map(({ weights }) => weights[i]),
    }),
  );
  return profileOf(name, samples);
}

/**
 * @param {any} frame
 * @param {number} at
 */
function readFrame(frame, at) {
  if (typeof frame?.name !== 'string') throw notA(format, `it has no frame ${at}`);
  return frameOf({ func: frame.name, file: frame.file ?? '', line: frame.line ?? 0 });
}
