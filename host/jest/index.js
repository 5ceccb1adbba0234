// @ts-check
// 'worldsema/jest': C programs in tests of Jest, or of another test runner that accepts Jest's
// matchers. Node only.

export { matchers } from './matchers.js';
export { runProgram } from './run.js';
