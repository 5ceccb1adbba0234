#!/usr/bin/env node
// @ts-check
// The command `worldsema`: a table of its commands, each in a file of its own.

import { WorldsemaError } from '../host/errors.js';
import { LinkError } from '../wasm/link/error.js';
import { outputLost } from './output.js';

/**
 * A file is loaded only when its command is wanted: to load all of them takes longer than to start
 * a program.
 * @typedef {object} Command
 * @property {string} does
 * @property {() => Promise<{ help: string, main: (argv: string[]) => Promise<number> }>} load
 *   main gives the exit code
 */

const link = () => import('./build.js');

/** @type {Map<string, Command>} */
const commands = new Map([
  ['build', { does: 'C and C++ to a program', load: async () => (await link()).building }],
  ['run', { does: 'runs a program here, in Node.js', load: () => import('./run.js') }],
  [
    'serve',
    { does: 'serves a folder to browsers, with shared memory', load: () => import('./serve.js') },
  ],
  ['relay', { does: 'the profiles of a program in a tab', load: () => import('./relay.js') }],
  ['link', { does: 'only the last step of build', load: async () => (await link()).linking }],
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
    console.log((await commands.get(rest[0])?.load())?.help ?? help);
    return name === undefined ? 2 : 0;
  }
  const command = commands.get(name);
  if (!command) {
    const names = [...commands.keys()].join(', ');
    throw new LinkError(name, `unknown command: ${names}; --help explains them`);
  }
  const loaded = await command.load();
  if (asksHelp(rest[0])) {
    console.log(loaded.help);
    return 0;
  }
  return loaded.main(rest);
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
