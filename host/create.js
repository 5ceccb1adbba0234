// @ts-check
// Creates a running program from options, on either platform.

import { readOptions } from './options.js';
import { startOne } from './one/remote.js';
import { chooseMode } from './platform/choose.js';
import { readProgram, startWorkers } from './program.js';
import { LocalRuntime } from './runtime.js';
import { standardFunctions } from './standard.js';

/** @typedef {import('./program.js').Platform} Platform */

const encoder = new TextEncoder();

/**
 * @param {Platform} platform
 * @param {unknown} options as the user gave them
 */
export async function create(platform, options) {
  const given = readOptions(options, platform.cores);
  const { mode, reason: modeReason } = await chooseMode(platform, given.mode);
  const settings = { ...given, modeReason, terminals: terminalsOf(platform, given) };
  const { signal } = settings;
  signal?.throwIfAborted();
  const streams = {
    stdout: openStream(platform, 1, settings.stdout),
    stderr: openStream(platform, 2, settings.stderr),
  };
  const complain = (/** @type {string} */ line) =>
    streams.stderr.write(encoder.encode(`${line}\n`));
  const functions = new Map([...standardFunctions(platform), ...settings.host]);
  return platform.starting(async () => {
    if (mode === 'one') return startOne(platform, settings, streams, functions, complain);
    const file = await readProgram(platform, settings, complain);
    signal?.throwIfAborted();
    const program = await startWorkers(platform, settings, file, complain);
    try {
      signal?.throwIfAborted();
      const { stdin } = settings;
      const input =
        stdin === 'inherit' ? platform.inheritInput() : stdin && { read: stdin, end: () => {} };
      return await LocalRuntime.start(program, settings, { ...streams, stdin: input }, functions);
    } catch (error) {
      await program.team.end();
      throw error;
    }
  });
}

/**
 * A bit for each of the descriptors 0 to 2 that is a terminal.
 * @param {Platform} platform
 * @param {import('./options.js').Settings} given
 */
const terminalsOf = (platform, { stdin, stdout, stderr }) =>
  [stdin, stdout, stderr].reduce(
    (bits, stream, fd) =>
      stream === 'inherit' && platform.isTerminal(fd) ? bits | (1 << fd) : bits,
    0,
  );

/**
 * @param {Platform} platform
 * @param {1 | 2} fd
 * @param {'inherit' | import('./options.js').Sink} sink
 */
function openStream(platform, fd, sink) {
  return sink === 'inherit' ? platform.inherit(fd) : { write: sink, end: () => {} };
}
