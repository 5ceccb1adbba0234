// @ts-check
// `npm start`: sets up, builds the demo, serves it and prints its address. With --no-isolation
// it is served without the headers that workers need.

import { buildDemo } from './build.mjs';
import { ExpectedError } from './tools.mjs';
import { setup } from './setup.mjs';

/** @param {string[]} args */
export async function main(args) {
  const strange = args.find((arg) => arg !== '--no-isolation');
  if (strange !== undefined)
    throw new ExpectedError(`${strange}: the only option is --no-isolation`);
  await setup(['emcc']);
  await buildDemo();
  const { serve } = await import('../demo/serve.mjs');
  const { url } = await serve({ isolated: args.length === 0 });
  console.log(`The demo is at ${url} (end with Ctrl+C)`);
}
