// @ts-check
// Building test programs. See tests/README.md.

export { buildProgram, compileObject } from '../../scripts/programs.mjs';
