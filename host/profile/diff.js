// @ts-check
// Compares two dumps of one program: which goroutines are new, which ended, and which are at
// another place.

import { groupStacks, stackKey } from './dump.js';

/** @typedef {import('./dump.js').Goroutine} Goroutine */
/** @typedef {ReturnType<typeof groupStacks>[0]} Group */

/**
 * @param {Goroutine[]} before
 * @param {Goroutine[]} after
 */
export function diffDumps(before, after) {
  const was = new Map(before.map((goroutine) => [goroutine.id, goroutine]));
  const is = new Set(after.map(({ id }) => id));
  const changed = [];
  const unchanged = [];
  for (const goroutine of after) {
    const earlier = was.get(goroutine.id);
    if (!earlier) continue;
    if (stackKey(earlier) === stackKey(goroutine)) unchanged.push(goroutine);
    else changed.push({ before: earlier, after: goroutine });
  }
  return {
    started: after.filter(({ id }) => !was.has(id)),
    ended: before.filter(({ id }) => !is.has(id)),
    changed,
    unchanged,
    groups: diffGroups(groupStacks(before), groupStacks(after)),
  };
}

/**
 * The stacks with more or fewer goroutines than before, largest growth first.
 * @param {Group[]} before
 * @param {Group[]} after
 */
function diffGroups(before, after) {
  const were = new Map(before.map((group) => [stackKey(group), group.count]));
  const are = new Set(after.map(stackKey));
  const gone = before
    .filter((group) => !are.has(stackKey(group)))
    .map((group) => ({ ...group, count: 0 }));
  return [...after, ...gone]
    .map((group) => {
      const { state, reason, frames, count } = group;
      return { state, reason, frames, before: were.get(stackKey(group)) ?? 0, after: count };
    })
    .filter((group) => group.before !== group.after)
    .sort((a, b) => b.after - b.before - (a.after - a.before));
}
