// @ts-check
// A dump as the page shows it: goroutines grouped by equal stacks, compared with the dump before.

import { formatDump, groupStacks } from 'worldsema';

/** @typedef {import('worldsema').Goroutine} Goroutine */
/** @typedef {import('worldsema').Frame} Frame */
/**
 * @typedef {{ file: string, line: number, by?: string }} Place and the button that chose it, by its
 *   data-focus
 */
/**
 * @typedef {object} Group goroutines with the same state, reason and stack
 * @property {string} key the same in every dump
 * @property {number} count
 * @property {number | null} change since the dump before; null: there was none
 * @property {Goroutine[]} members
 * @property {import('worldsema').GoroutineState} state
 * @property {string} reason
 * @property {{ min: number, max: number }} waitMs
 * @property {Frame[]} frames
 * @property {Frame | undefined} top the innermost frame of the program's own code
 */
/**
 * @typedef {object} Dump
 * @property {Group[]} groups most frequent first
 * @property {Group | undefined} first the one to look at first
 * @property {number} total goroutines
 * @property {number} atMs since the program's start
 * @property {number} askedAt of the page's clock: when the key was pressed
 * @property {number | null} tookMs from then until it was shown, once it is
 * @property {boolean} last the program printed it itself, when it died
 * @property {() => string} text as Go prints it; long for many goroutines
 * @property {Map<string, Map<number, number>>} lines how many goroutines are at each line of each
 *   file
 */

/**
 * @param {Goroutine[]} goroutines
 * @param {object} how
 * @param {number} how.atMs
 * @param {number} [how.askedAt]
 * @param {Dump | null} [how.before]
 * @param {string} [how.text] what the program printed
 * @param {Goroutine} [how.culprit] whose fault it is that there is a dump
 * @returns {Dump}
 */
export function makeDump(goroutines, { atMs, askedAt = 0, before = null, text, culprit }) {
  const byId = new Map(goroutines.map((goroutine) => [goroutine.id, goroutine]));
  const counts = new Map(before?.groups.map(({ key, count }) => [key, count]));
  const groups = groupStacks(goroutines).map((group) => {
    const key = keyOf(group);
    const ids = group.ids.toSorted((a, b) => a - b);
    return {
      ...group,
      key,
      change: before ? group.count - (counts.get(key) ?? 0) : null,
      members: ids.map((id) => /** @type {Goroutine} */ (byId.get(id))),
      top: group.frames.find(({ kind }) => kind === 'user'),
    };
  });
  return {
    groups,
    first: (culprit && groups.find(({ ids }) => ids.includes(culprit.id))) ?? groups[0],
    total: goroutines.length,
    ...{ atMs, askedAt, tookMs: null, last: text !== undefined },
    text: () => text ?? formatDump(goroutines),
    lines: countLines(groups),
  };
}

/** @param {{ state: string, reason: string, frames: Frame[] }} group */
function keyOf({ state, reason, frames }) {
  return [state, reason, ...frames.map(({ func, file, line }) => `${func} ${file}:${line}`)].join();
}

/** @param {Group[]} groups */
function countLines(groups) {
  /** @type {Dump['lines']} */
  const files = new Map();
  for (const { top, count } of groups) {
    if (!top) continue;
    const lines = files.get(top.file) ?? new Map();
    files.set(top.file, lines.set(top.line, (lines.get(top.line) ?? 0) + count));
  }
  return files;
}

/**
 * Frames to show: the program's own, or all of them.
 * @param {Frame[]} frames
 * @param {boolean} all
 */
export function shownFrames(frames, all) {
  const own = frames.filter(({ kind }) => kind === 'user');
  return all || own.length === 0 ? frames : own;
}
