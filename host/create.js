// @ts-check
// Creates a running program from options, on either platform.

import { readOptions } from './options.js';
import { loadProgram } from './program.js';
import { Runtime } from './runtime.js';
import { standardFunctions } from './standard.js';

/** @typedef {import('./program.js').Platform} Platform */

const encoder = new TextEncoder();

/**
 * @param {Platform} platform
 * @param {unknown} options as the user gave them
 */
export async function create(platform, options) {
  const settings = readOptions(options, platform.cores);
  const { signal } = settings;
  platform.checkSupport();
  signal?.throwIfAborted();
  const streams = {
    stdout: openStream(platform, 1, settings.stdout),
    stderr: openStream(platform, 2, settings.stderr),
  };
  const complain = (/** @type {string} */ line) =>
    streams.stderr.write(encoder.encode(`${line}\n`));
  const program = await platform.starting(() => loadProgram(platform, settings, complain));
  try {
    signal?.throwIfAborted();
    const functions = new Map([...standardFunctions(platform), ...settings.host]);
    const { stdin } = settings;
    const input =
      stdin === 'inherit' ? platform.inheritInput() : stdin && { read: stdin, end: () => {} };
    return await Runtime.start(program, settings, { ...streams, stdin: input }, functions);
  } catch (error) {
    await program.team.end();
    throw error;
  }
}

/**
 * @param {Platform} platform
 * @param {1 | 2} fd
 * @param {'inherit' | import('./options.js').Sink} sink
 */
function openStream(platform, fd, sink) {
  return sink === 'inherit' ? platform.inherit(fd) : { write: sink, end: () => {} };
}
