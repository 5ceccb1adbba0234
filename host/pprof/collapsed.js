// @ts-check
// Collapsed stacks for flame graph scripts: one line for each stack, `outermost;...;innermost N`.

import { kindOf, mainColumn } from './kinds.js';
import { frameOf, notA, profileOf, samplesOf } from './samples.js';

/** @typedef {import('./index.d.ts').AnyProfile} AnyProfile */

/** Replaces semicolons in a name: one would end the frame. @param {string} func */
const written = (func) => func.replaceAll(';', ':').replaceAll('\n', ' ') || '?';

/**
 * Writes function names only. Equal stacks are merged.
 * @param {AnyProfile} profile
 * @param {{ type?: string }} [options] which figure, if the profile has several; by default the one
 *   that pprof shows first ('inuse_space' for heap, 'cpu' for cpu)
 * @returns {string}
 */
export function toCollapsed(profile, { type } = {}) {
  const column = columnOf(profile, type);
  const samples = samplesOf(profile, { frame: ({ func }) => written(func), labels: false });
  const counted = samples.filter(({ values }) => values[column] !== 0);
  return counted.map(({ frames, values }) => `${line(frames)} ${values[column]}\n`).join('');
}

/** @param {import('../index.d.ts').Frame[]} frames */
const line = (frames) =>
  frames
    .map(({ func }) => written(func))
    .reverse()
    .join(';') || '?';

/**
 * @param {AnyProfile} profile
 * @param {string} [type]
 */
function columnOf(profile, type) {
  const kind = kindOf(profile.kind);
  if (type === undefined) return mainColumn(kind);
  const found = kind.columns.findIndex((column) => column.type === type);
  if (found >= 0) return found;
  const types = kind.columns.map((column) => column.type).join(', ');
  throw new RangeError(`a ${profile.kind} profile has no ${type}; there are ${types}`);
}

/**
 * Reads such a text. The text has neither kind nor unit, so the profile counts stacks.
 * @param {string} text
 * @param {{ kind?: string }} [options] the kind of the profile; default 'samples'
 * @returns {AnyProfile}
 */
export function fromCollapsed(text, { kind = 'samples' } = {}) {
  const lines = text.split('\n').filter((line) => line !== '');
  const samples = lines.map((line) => {
    const [, stack, count] = /^(.+) (-?\d+)$/.exec(line) ?? [];
    if (count === undefined) throw notA('text of collapsed stacks', `line ${JSON.stringify(line)}`);
    const frames = stack.split(';').map((func) => frameOf({ func }));
    return { frames: frames.reverse(), label: '', values: [Number(count)] };
  });
  return profileOf(kind, samples);
}
