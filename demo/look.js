// @ts-check
// Moves about in a dump: which group is open, and which line is shown.

import { shownFrames } from './dump.js';

/** @typedef {import('./main.js').State} State */
/** @typedef {Pick<import('./dump.js').Dump, 'groups'> | null | undefined} Dump */

/**
 * Opens a group and shows its line. Without a group of that key none is open.
 * @param {State} state
 * @param {Dump} dump
 * @param {string} key
 */
export function openGroup(state, dump, key) {
  const group = dump?.groups.find((group) => group.key === key);
  state.picked = true;
  state.group = group ? key : '';
  const frame = group && (group.top ?? group.frames[0]);
  if (frame?.file) state.frame = { file: frame.file, line: frame.line };
}

/**
 * There is a new dump. Its first group is opened, unless the user has picked one, or the open one
 * is still there. The last words of a program are always seen.
 * @param {State} state
 * @param {import('./dump.js').Dump} dump
 */
export function seeDump(state, { groups, first, last }) {
  const open = state.picked || groups.some(({ key }) => key === state.group);
  if (!first || (open && !last)) return;
  openGroup(state, { groups }, first.key);
  state.picked = false;
}

/** Goes to another group. @param {State} state @param {Dump} dump @param {number} by */
export function stepGroup(state, dump, by) {
  const groups = dump?.groups ?? [];
  const at = groups.findIndex(({ key }) => key === state.group);
  const next = groups[within(at < 0 ? 0 : at + by, groups)];
  if (next) openGroup(state, dump, next.key);
}

/**
 * Goes to another frame of the open group.
 * @param {State} state
 * @param {Dump} dump
 * @param {number} by
 */
export function stepFrame(state, dump, by) {
  const group = dump?.groups.find(({ key }) => key === state.group);
  if (!group) return;
  const frames = shownFrames(group.frames, state.internals).filter(({ file }) => file !== '');
  const { file, line } = state.frame ?? {};
  const at = frames.findIndex((frame) => frame.file === file && frame.line === line);
  const next = frames[within(at + by, frames)];
  if (next) state.frame = { file: next.file, line: next.line };
}

/** @param {number} i @param {unknown[]} list */
const within = (i, list) => Math.min(Math.max(i, 0), list.length - 1);

/** A place from text such as demo/scenes/sieve.c:41. @param {string} text */
export function placeFrom(text) {
  const colon = text.lastIndexOf(':');
  return { file: text.slice(0, colon), line: Number(text.slice(colon + 1)) };
}
