// @ts-check
// The process that runProgram starts. It runs one program after another through the package, as a
// user would. A message has the options of createRuntime, and the mark that is written behind all
// that the program writes.

import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import { createRuntime, ProgramError, RuntimeClosed } from '../../host/index.js';

/** @type {import('../../host/index.js').Runtime | undefined} */
let rt;

const streams = [process.stdout, process.stderr];
/** How many resources keep this process alive when no program runs. */
let own = 0;

// The watchdog's question: what is everybody waiting for?
process.on('SIGQUIT', async () => {
  process.stderr.write(`SIGQUIT\n\n${rt ? await lastWords(rt) : 'no program runs\n'}`);
  process.exit(3);
});

/** @param {import('../../host/index.js').Runtime} rt */
function lastWords(rt) {
  const counts = `no answer; ${JSON.stringify(rt.counts())}\n`;
  return Promise.race([rt.stack({ all: true }), delay(3000, counts)]).catch(String);
}

/**
 * Runs a program to its end. Gives the exit code of a process that runs only this program.
 * @param {import('../../host/index.js').RuntimeOptions} options
 */
async function run(options) {
  try {
    rt = await createRuntime(options);
    return await rt.done;
  } catch (error) {
    // A program that dies prints why. All other errors are printed here.
    const told = error instanceof RuntimeClosed || (error instanceof ProgramError && error.dump);
    if (!told) process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    return error instanceof ProgramError ? error.exitCode : 3;
  }
}

process.on('message', async (/** @type {any} */ { options, mark }) => {
  own ||= process.getActiveResourcesInfo().length;
  const code = await run(options);
  // As long as something of the program is left, a process of its own would not end.
  while (process.getActiveResourcesInfo().length > own) await setImmediate();
  rt = undefined;
  for (const stream of streams) stream.write(`${mark}${code}\n`);
});
