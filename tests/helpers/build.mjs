// @ts-check
// Building test programs. See tests/README.md.

import { buildProgram as build } from '../../scripts/programs.mjs';

export { compileObject } from '../../scripts/programs.mjs';

/**
 * Builds a program, or finds it built. With -O1 a link takes two thirds of the time of one with
 * -O2.
 * @param {string} source
 * @param {import('../../scripts/programs.mjs').ProgramOptions} [options]
 */
export const buildProgram = (source, options = {}) => build(source, { opt: '-O1', ...options });
