#!/usr/bin/env node
// @ts-check
// The command `worldsema`: a table of its commands, each in a file of its own.

import { WorldsemaError } from '../host/errors.js';
import { LinkError } from '../wasm/link/error.js';
import { buildCommand, buildHelp, linkCommand, linkHelp } from './build.js';
import { outputLost } from './output.js';
import { relay, relayHelp } from './relay.js';
import { run, runHelp } from './run.js';
import { serve, serveHelp } from './serve.js';

/**
 * @typedef {object} Command
 * @property {string} does
 * @property {string} help
 * @property {(argv: string[]) => Promise<number>} main gives the exit code
 */

/** @type {Map<string, Command>} */
const commands = new Map([
  ['build', { does: 'C and C++ to a program', help: buildHelp, main: buildCommand }],
  ['run', { does: 'runs a program here, in Node.js', help: runHelp, main: run }],
  [
    'serve',
    { does: 'serves a folder to browsers, with shared memory', help: serveHelp, main: serve },
  ],
  ['relay', { does: 'the profiles of a program in a tab', help: relayHelp, main: relay }],
  ['link', { does: 'only the last step of build', help: linkHelp, main: linkCommand }],
]);

const list = [...commands].map(([name, { does }]) => `  ${name.padEnd(8)}${does}\n`).join('');

const help = `worldsema: goroutines for C programs compiled to WebAssembly

${list}
\`worldsema COMMAND --help\` lists the options of each. A first program:

  worldsema build hello.c -o build/hello
  worldsema run build/hello.wasm
  worldsema run --pprof 6060 build/hello.wasm
`;

const asksHelp = (/** @type {string | undefined} */ arg) => arg === '--help' || arg === '-h';

/** @param {string[]} argv @returns {Promise<number>} exit code */
async function main(argv) {
  const [name, ...rest] = argv;
  if (name === undefined || name === 'help' || asksHelp(name)) {
    console.log(commands.get(rest[0])?.help ?? help);
    return name === undefined ? 2 : 0;
  }
  const command = commands.get(name);
  if (!command) {
    const names = [...commands.keys()].join(', ');
    throw new LinkError(name, `unknown command: ${names}; --help explains them`);
  }
  if (asksHelp(rest[0])) {
    console.log(command.help);
    return 0;
  }
  return command.main(rest);
}

const argv = process.argv.slice(2);
// The command `run` ends its program first, which takes a moment.
if (argv[0] !== 'run') outputLost.then((code) => process.exit(code));

try {
  process.exitCode = await Promise.race([outputLost, main(argv)]);
} catch (error) {
  const { message, syscall } = /** @type {NodeJS.ErrnoException} */ (error);
  // Errors of system calls are expected: a folder that cannot be made, a full disk.
  if (!(error instanceof LinkError || error instanceof WorldsemaError || syscall)) throw error;
  console.error(`worldsema: ${message}`);
  process.exitCode = 1;
}
