// @ts-check
// `npm run format`: lays out every file the way the checks want it.

import { format } from './checks.mjs';
import { setup } from './setup.mjs';

export async function main() {
  await setup(['clangFormat']);
  return format();
}
