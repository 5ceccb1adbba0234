// @ts-check
// Running a built program in a Node.js process of its own. See tests/README.md.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const child = fileURLToPath(new URL('child.mjs', import.meta.url));

/** How long a program that has printed its stacks may take to go away. */
const lastWordsMs = 5_000;

/**
 * @typedef {object} RunOptions
 * @property {string[]} [args]
 * @property {Record<string, string>} [env] GOMAXPROCS, GODEBUG, ...: all that the program sees
 * @property {number} [procs]
 * @property {'one' | 'workers'} [mode]
 * @property {number} [timeoutMs] the watchdog; default 200,000
 */

/**
 * @typedef {object} Ran
 * @property {string} stdout
 * @property {string} stderr
 * @property {number | null} code exit code; null when a signal ended it
 */

/**
 * Runs a program to its end. Rejects only if the program does not end. The message then has the
 * stack of every goroutine.
 * @param {{ name: string, wasm: string }} program what buildProgram gave
 * @param {RunOptions} [options]
 * @returns {Promise<Ran>}
 */
export function runProgram(program, options = {}) {
  const { timeoutMs = 200_000, args, env, procs, mode } = options;
  const { wasm } = program;
  return runNode([child, JSON.stringify({ wasm, args, env, procs, mode })], {
    name: program.name,
    timeoutMs,
  });
}

/**
 * Runs Node.js, or `file`, with these arguments, under the same watchdog.
 * @param {string[]} args
 * @param {{ name?: string, timeoutMs?: number, cwd?: string, env?: Record<string, string>, file?:
 *   string }} [options]
 * @returns {Promise<Ran>}
 */
export function runNode(
  args,
  { name = args[0], timeoutMs = 200_000, cwd, env, file = process.execPath } = {},
) {
  return new Promise((resolve, reject) => {
    const running = spawn(file, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      // Jest's own options are not for the child.
      env: { ...process.env, NODE_OPTIONS: '', ...env },
    });
    let stdout = '';
    let stderr = '';
    running.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    running.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));

    let late = false;
    /** @type {NodeJS.Timeout | undefined} */
    let kill;
    const watchdog = setTimeout(() => {
      late = true;
      running.kill('SIGQUIT');
      kill = setTimeout(() => running.kill('SIGKILL'), lastWordsMs);
    }, timeoutMs);

    running.on('error', reject);
    running.on('close', (code) => {
      clearTimeout(watchdog);
      clearTimeout(kill);
      if (!late) return resolve({ stdout, stderr, code });
      reject(
        new Error(
          `${name} did not end within ${timeoutMs / 1000} s.\n` +
            `--- stdout\n${stdout}\n--- stderr\n${stderr}`,
        ),
      );
    });
  });
}
