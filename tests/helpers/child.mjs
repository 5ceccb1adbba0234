// @ts-check
// The process that runProgram starts. It runs one program through the package, as a user would.
// argv[2] is JSON: the options of createRuntime.

import { setTimeout as delay } from 'node:timers/promises';
import { createRuntime, ProgramError, RuntimeClosed } from '../../host/index.js';

/** @type {import('../../host/index.js').Runtime | undefined} */
let rt;

// The watchdog's question: what is everybody waiting for?
process.on('SIGQUIT', async () => {
  process.stderr.write(`SIGQUIT\n\n${rt ? await lastWords(rt) : 'createRuntime is not through\n'}`);
  process.exit(3);
});

/** @param {import('../../host/index.js').Runtime} rt */
function lastWords(rt) {
  const counts = `no answer; ${JSON.stringify(rt.counts())}\n`;
  return Promise.race([rt.stack({ all: true }), delay(3000, counts)]).catch(String);
}

try {
  rt = await createRuntime(JSON.parse(process.argv[2]));
  process.exitCode = await rt.done;
} catch (error) {
  process.exitCode = error instanceof ProgramError ? error.exitCode : 3;
  // A program that dies prints why. All other errors are printed here.
  const told = error instanceof RuntimeClosed || (error instanceof ProgramError && error.dump);
  if (!told) process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
}
