// @ts-check
// How a program runs here: with workers, or with one.

/**
 * @param {import('../program.js').Platform} platform
 * @param {'auto' | 'workers' | 'one'} wanted
 * @returns {Promise<{ mode: 'workers' | 'one', reason: string }>}
 */
export async function chooseMode(platform, wanted) {
  const vain = wanted === 'auto' ? await platform.isolating() : undefined;
  const missing = wanted === 'one' ? undefined : platform.lacks();
  if (wanted === 'workers' && missing) throw missing;
  if (wanted !== 'auto') return { mode: wanted, reason: `option mode says ${wanted}` };
  return missing
    ? { mode: 'one', reason: vain ? `${missing.message} (isolate.js: ${vain})` : missing.message }
    : { mode: 'workers', reason: 'there is shared memory' };
}
