// @ts-check
// Reads records of words, by the names that layout.js gives to their places.

/**
 * A number of 64 bits; exact up to 2^53.
 * @param {ArrayLike<number>} words
 * @param {number} at of its lower half
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
