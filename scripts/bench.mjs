// @ts-check
// `npm run bench`: sets up and runs the benchmarks; arguments go to them.

import { setup } from './setup.mjs';

/** @param {string[]} args */
export async function main(args) {
  await setup(['emcc']);
  const bench = await import('../tests/bench/run.mjs');
  return bench.main(args);
}
