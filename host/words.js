// @ts-check
// Reads records of words. layout.js gives names to the places in a record.

/**
 * A number of 64 bits. Exact up to 2^53.
 * @param {ArrayLike<number>} words
 * @param {number} at the index of the lower half
 */
export const long = (words, at) => words[at] + words[at + 1] * 2 ** 32;

/**
 * The names of an enumeration's values, by value.
 * @template {string} T
 * @param {Readonly<Record<T, number>>} enumeration
 * @returns {T[]}
 */
export function namesOf(enumeration) {
  /** @type {T[]} */
  const names = [];
  for (const name of /** @type {T[]} */ (Object.keys(enumeration))) names[enumeration[name]] = name;
  return names;
}
