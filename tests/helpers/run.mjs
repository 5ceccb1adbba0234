// @ts-check
// Running a built program in another Node.js process. See tests/README.md.

import { fork, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

const script = fileURLToPath(new URL('child.mjs', import.meta.url));

/** How long a program that has printed its stacks may take to go away. */
const lastWordsMs = 5_000;

/** How long a process waits for the next program, in ms. */
const idleMs = 10_000;

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

/** @typedef {{ name: string, wasm: string }} Program what buildProgram gave */

/** @type {{ child: ChildProcess, timer: NodeJS.Timeout }[]} they have run a program */
const idle = [];

/**
 * Runs a program to its end. Rejects only if the program does not end. The message then has the
 * stack of every goroutine. Programs that run one after another share a process, which takes longer
 * to start than most of them run.
 * @param {Program} program
 * @param {RunOptions} [options]
 * @returns {Promise<Ran>}
 */
export async function runProgram(program, options = {}) {
  const child = again() ?? start();
  const ran = await run(child, program, options);
  if (child.connected) rest(child);
  return ran;
}

/**
 * The same in a process that runs no other program.
 * @param {Program} program
 * @param {RunOptions} [options]
 * @returns {Promise<Ran>}
 */
export async function runAlone(program, options = {}) {
  const child = start();
  const ran = await run(child, program, options);
  if (child.connected) child.disconnect();
  return ran;
}

/** @param {ChildProcess} child */
function rest(child) {
  const timer = setTimeout(() => {
    idle.splice(idle.indexOf(resting), 1);
    child.disconnect();
  }, idleMs);
  timer.unref();
  const resting = { child, timer };
  idle.push(resting);
}

function again() {
  const resting = idle.pop();
  clearTimeout(resting?.timer);
  return resting?.child;
}

// Jest's own options are not for the children.
const ownEnv = () => ({ ...process.env, NODE_OPTIONS: '' });

const start = () =>
  fork(script, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: ownEnv(), execArgv: [] });

/**
 * Whether a child keeps this process alive.
 * @param {any} child
 * @param {'ref' | 'unref'} how
 */
function hold(child, how) {
  for (const handle of [child, child.channel, child.stdout, child.stderr]) handle?.[how]?.();
}

/**
 * @param {ChildProcess} child
 * @param {Program} program
 * @param {RunOptions} options
 * @returns {Promise<Ran>}
 */
async function run(child, { name, wasm }, { timeoutMs, args, env, procs, mode }) {
  const mark = `\n${randomUUID()} `;
  hold(child, 'ref');
  child.send({ options: { wasm, args, env, procs, mode }, mark });
  try {
    return await watch(child, { name, timeoutMs, mark });
  } finally {
    hold(child, 'unref');
  }
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
  { name = args[0], timeoutMs, cwd, env, file = process.execPath } = {},
) {
  const child = spawn(file, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...ownEnv(), ...env },
  });
  return watch(child, { name, timeoutMs });
}

/**
 * Takes what a process writes until it ends, or until both of its streams have the mark, behind
 * which the program's exit code is.
 * @param {ChildProcess} child
 * @param {{ name: string, timeoutMs?: number, mark?: string }} how
 * @returns {Promise<Ran>}
 */
async function watch(child, { name, timeoutMs = 200_000, mark }) {
  const { stdout, stderr } = child;
  const taken = [takeFrom(stdout, mark), takeFrom(stderr, mark)];
  let late = false;
  /** @type {NodeJS.Timeout | undefined} */
  let kill;
  const watchdog = setTimeout(() => {
    late = true;
    child.kill('SIGQUIT');
    kill = setTimeout(() => child.kill('SIGKILL'), lastWordsMs);
  }, timeoutMs);
  /** @type {() => void} */
  let forget = () => {};
  /** @type {Promise<number | null>} */
  const closed = new Promise((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
    forget = () => child.off('error', reject).off('close', resolve);
  });
  try {
    const code = await Promise.race([closed, Promise.all(taken.map(({ marked }) => marked))]);
    const [out, err] = taken.map(({ end }) => end());
    if (!late) return { stdout: out, stderr: err, code: Array.isArray(code) ? code[0] : code };
    throw new Error(
      `${name} did not end within ${timeoutMs / 1000} s.\n--- stdout\n${out}\n--- stderr\n${err}`,
    );
  } finally {
    clearTimeout(watchdog);
    clearTimeout(kill);
    forget();
  }
}

/**
 * Takes what a stream gives.
 * @param {any} stream
 * @param {string} [mark]
 */
function takeFrom(stream, mark) {
  let text = '';
  let onChunk = (/** @type {string} */ _chunk) => {};
  /** @type {Promise<number>} the number behind the mark */
  const marked = new Promise((resolve) => {
    onChunk = (chunk) => {
      text += chunk;
      const found = mark !== undefined && text.endsWith('\n') && text.split(mark)[1];
      if (found) resolve(parseInt(found));
    };
  });
  stream.setEncoding('utf8').on('data', onChunk);
  const end = () => {
    stream.off('data', onChunk);
    return mark === undefined ? text : text.split(mark)[0];
  };
  return { marked, end };
}
