// @ts-check
// `npm run lint`: lint, form and types, without the tests.

import { runChecks } from './checks.mjs';
import { setup } from './setup.mjs';

export async function main() {
  await setup(['clangFormat']);
  const outcomes = await runChecks();
  return outcomes.some(({ state }) => state === 'failed') ? 1 : 0;
}
