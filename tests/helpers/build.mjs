// @ts-check
// Building test programs. See tests/README.md.

import { buildProgram as build } from '../../scripts/programs.mjs';

export { compileObject } from '../../scripts/programs.mjs';

// In mode one, a loop that only computes would keep the worker from its event loop.
const polling =
  process.env.WORLDSEMA_TEST_MODE === 'one' ? { polls: /** @type {const} */ ('unwind') } : {};

/**
 * Builds a program, or finds it built. With -O1 a link takes two thirds of the time of one with
 * -O2.
 * @param {string} source
 * @param {import('../../scripts/programs.mjs').ProgramOptions} [options]
 */
export const buildProgram = (source, options = {}) =>
  build(source, { opt: '-O1', ...polling, ...options });
