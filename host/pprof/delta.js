// @ts-check
// The difference between two profiles.

import { profileOf, samplesOf } from './samples.js';
import { kindOf } from './kinds.js';

/** @typedef {import('./index.d.ts').AnyProfile} AnyProfile */

/**
 * The later profile minus the earlier one. Stacks that did not change are left out. Figures may be
 * negative.
 * @param {AnyProfile} before
 * @param {AnyProfile} after of the same program and kind
 * @returns {AnyProfile}
 */
export function subtractProfile(before, after) {
  if (before.kind !== after.kind) {
    throw new TypeError(`a ${after.kind} profile and a ${before.kind} profile have no difference`);
  }
  const both = samplesOf({ ...after, records: [...after.records, ...before.records.map(negate)] });
  const changed = both.filter(({ values }) => values.some((value) => value !== 0));
  const { timeMs, program } = after;
  return profileOf(after.kind, changed, {
    period: kindOf(after.kind).period(after),
    ...(timeMs !== undefined && { timeMs }),
    ...(timeMs && before.timeMs && { durationNs: (timeMs - before.timeMs) * 1e6 }),
    ...(program && { program }),
  });

  /** @param {import('./index.d.ts').AnyRecord} record */
  function negate(record) {
    const fields = kindOf(after.kind).columns.map(({ field = 'count' }) => field);
    const values = /** @type {any} */ (record);
    return { ...record, ...Object.fromEntries(fields.map((field) => [field, -values[field]])) };
  }
}
