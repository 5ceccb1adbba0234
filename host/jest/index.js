// @ts-check
// 'worldsema/jest': C programs in tests of Jest, or of whatever else takes its matchers. Node only.

export { matchers } from './matchers.js';
export { runProgram } from './run.js';
