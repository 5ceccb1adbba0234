// @ts-check
// Jest's environment for Node.js, in a process that ends at once when it has nothing left to do.

import { TestEnvironment } from 'jest-environment-node';

// Jest gives its workers half a second to end, and else says that tests leak. What Node.js does
// after its event 'exit', it frees all memory, takes longer on a busy machine. process.exit skips
// it. Jest's own process has more to do at its end: its exit code.
const told = Symbol.for('worldsema.ends');
const once = /** @type {any} */ (process);
if (/\bjest-worker\b/.test(process.argv[1] ?? '') && !once[told]) {
  once[told] = true;
  process.on('exit', (code) => process.exit(code));
}

export default TestEnvironment;
