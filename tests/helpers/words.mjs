// @ts-check
// Records as the program writes them, by the names of their fields.

/**
 * The words of a record. A BigInt is a number of 64 bits; a field that is not given is 0.
 * @template {string} T
 * @param {Readonly<Record<T | 'words', number>>} layout
 * @param {Partial<Record<T, number | bigint>>} fields
 * @returns {number[]}
 */
export function record(layout, fields) {
  const words = Array(layout.words).fill(0);
  for (const [name, value] of /** @type {[T, number | bigint][]} */ (Object.entries(fields))) {
    const at = layout[name];
    if (at === undefined) throw new TypeError(`no field ${name}`);
    words[at] = Number(BigInt.asUintN(32, BigInt(value)));
    if (typeof value === 'bigint') words[at + 1] = Number(BigInt.asUintN(32, value >> 32n));
  }
  return words;
}
