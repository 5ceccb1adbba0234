// @ts-check
// `npm start`: sets up, builds the demo, serves it and prints its address.

import { buildDemo } from './build.mjs';
import { setup } from './setup.mjs';

export async function main() {
  await setup(['emcc']);
  await buildDemo();
  const { serve } = await import('../demo/serve.mjs');
  const { url } = await serve();
  console.log(`The demo is at ${url} (end with Ctrl+C)`);
}
