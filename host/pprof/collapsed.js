// @ts-check
// Collapsed stacks, as flame graph scripts take them: a line a stack, `outermost;...;innermost N`.

import { kindOf, mainColumn } from './kinds.js';
import { frameOf, notA, profileOf, samplesOf } from './samples.js';

/** @typedef {import('./index.d.ts').AnyProfile} AnyProfile */

/** A semicolon in a name would end the frame. @param {string} func */
const written = (func) => func.replaceAll(';', ':').replaceAll('\n', ' ') || '?';

/**
 * Functions only, equal stacks merged.
 * @param {AnyProfile} profile
 * @param {{ type?: string }} [options] which figure of a profile that has several; by default the
 *   one that pprof shows first: of heap 'inuse_space', of cpu 'cpu'
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
 * Reads such a text. It tells neither kind nor unit: the profile counts stacks.
 * @param {string} text
 * @param {{ kind?: string }} [options] what the profile is to be called; default 'samples'
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
