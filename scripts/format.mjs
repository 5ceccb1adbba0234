// @ts-check
// `npm run format`: lays out every file as the checks require.

import { format } from './checks.mjs';
import { setup } from './setup.mjs';

export async function main() {
  await setup(['clangFormat']);
  return format();
}
