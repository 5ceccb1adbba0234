// @ts-check
// worldsema run: a program as a process, with the manners of a Go program.

import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createRuntime, ProgramError } from '../host/index.js';
import { outputLost } from './output.js';
import { numberOf, readOptions, wrong } from './options.js';

/** @typedef {import('../host/index.js').Runtime} Runtime */
/** @typedef {import('./recorders.js').Recorder} Recorder */

export const help = `worldsema run [options] app.wasm [arguments]

Runs a program that worldsema build made, in Node.js, and ends with its exit code. Arguments behind
app.wasm are the program's.

  --procs N            GOMAXPROCS: goroutines that may run at once (default: the number of cores)
  --mode MODE          workers, or one: on one worker, without shared memory, as in a page that is
                       not isolated (default: workers)
  --env NAME=VALUE     a variable of the program's environment; --env NAME passes the value that it
                       has here. May be repeated. GOMAXPROCS, GOTRACEBACK, GOGC, GOMEMLIMIT and
                       GODEBUG are always passed, other variables are not
  --pprof [HOST:]PORT  serve profiles while it runs, as Go's net/http/pprof does: then
                         go tool pprof http://localhost:PORT/debug/pprof/heap
                       By default only this machine may ask
  --memprofile FILE    a heap profile for go tool pprof, taken after a collection: it is written
                       every second and at the end, and the last one is kept. If the program dies,
                       memory that a collection would have freed counts as used
  --cpuprofile FILE    a CPU profile for go tool pprof, from start to end, also if the program dies
  --trace FILE         what the scheduler did, to the end (an hour at most), for ui.perfetto.dev

Ctrl+\\ (SIGQUIT) shows every goroutine and ends the program with exit code 2. Ctrl+C ends it with
exit code 130.

Example:

  worldsema run --procs 4 --env GODEBUG=gctrace=1 --pprof 6060 build/hello.wasm one two
`;

const names = /** @type {const} */ ([
  ...['procs', 'mode', 'env', 'pprof', 'memprofile', 'cpuprofile', 'trace'],
]);

/** The variables that the runtime itself reads. */
const goVariables = ['GOMAXPROCS', 'GOTRACEBACK', 'GOGC', 'GOMEMLIMIT', 'GODEBUG'];

const exitCodes = { SIGINT: 130, SIGTERM: 143 };
const quitCode = 2;

/** How long a program may take to answer before it is ended. */
const lastWordsMs = 5000;

/** @param {string[]} argv @returns {Promise<number>} the program's exit code */
export async function main(argv) {
  const { given, rest } = readOptions(argv, names);
  const [wasm, ...args] = rest;
  if (wasm === undefined) throw wrong('run: which program? name its .wasm file');
  const address = readAddress(given.pprof?.at(-1));
  const procs = numberOf('procs', given.procs, { min: 1, max: 256 });
  const mode = readMode(given.mode?.at(-1));
  const { memprofile, cpuprofile, trace } = given;
  const files = { mem: memprofile?.at(-1), cpu: cpuprofile?.at(-1), trace: trace?.at(-1) };
  for (const file of Object.values(files)) checkPlace(file);
  const wanted = Object.values(files).some((file) => file !== undefined);
  const recording = wanted ? await import('./recorders.js') : undefined;
  /** @type {Recorder[]} */
  let open = [];
  const finish = async () => void (await Promise.all(open.map((recorder) => recorder.finish())));
  const env = readEnv(given.env);
  const beforeExit = files.mem === undefined && files.cpu === undefined ? undefined : finish;
  /** @type {Runtime | undefined} */
  let rt;
  try {
    rt = await createRuntime({ wasm, args, procs, mode, env, beforeExit, stdin: 'inherit' });
    open = recording?.recorders(rt, files) ?? [];
    return await supervise(rt, { address, open, finish });
  } catch (error) {
    const code = exitCodeOf(error); // the program died before main began
    recording?.tellMissing(files);
    return code;
  } finally {
    await rt?.close();
  }
}

/** @param {string} [mode] */
function readMode(mode) {
  if (mode === undefined || mode === 'workers' || mode === 'one') return mode;
  throw wrong(`--mode ${mode}: expected workers or one`);
}

/**
 * Refuses a file that cannot be written, before the program runs.
 * @param {string | undefined} file
 */
function checkPlace(file) {
  if (file === undefined) return;
  if (file === '' || statSync(file, { throwIfNoEntry: false })?.isDirectory())
    throw wrong(`${JSON.stringify(file)}: expected the name of a file to write`);
  try {
    accessSync(dirname(file), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw wrong(`${file} cannot be written: ${/** @type {Error} */ (error).message}`);
  }
}

/** @param {string[]} [given] @returns {Record<string, string | undefined>} */
function readEnv(given = []) {
  const passed = goVariables.map((name) => [name, process.env[name]]);
  const own = given.map((pair) => {
    const [, name, value] = /^([^=]+)(?:=(.*))?$/s.exec(pair) ?? [];
    if (name === undefined) throw wrong(`--env ${pair}: expected NAME=VALUE`);
    return [name, value ?? process.env[name]];
  });
  return Object.fromEntries([...passed, ...own]);
}

/** @param {string | undefined} text */
function readAddress(text) {
  if (text === undefined) return undefined;
  const [, host, port] = /^(?:(.+):)?(\d+)$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535) {
    throw wrong(`--pprof ${text}: expected a port, or host:port`);
  }
  return { port: Number(port), host: host?.replace(/^\[(.*)\]$/, '$1') };
}

/**
 * Waits until the program ends, or is ended.
 * @param {Runtime} rt
 * @param {object} how
 * @param {{ port: number, host?: string }} [how.address]
 * @param {Recorder[]} how.open
 * @param {() => Promise<void>} how.finish
 * @returns {Promise<number>}
 */
async function supervise(rt, { address, open, finish }) {
  const server = address && (await listen(rt, address));
  const ended = signals(rt, finish);
  const code = await Promise.race([outcome(rt), ended]);
  await rt.close();
  for (const recorder of open) await recorder.stop();
  await server?.close();
  return code;
}

/**
 * @param {Runtime} rt
 * @param {{ port: number, host?: string }} address
 */
async function listen(rt, address) {
  const { servePprof } = await import('../host/pprof/index.js');
  const server = await servePprof(rt, address).catch((error) => {
    throw wrong(`--pprof: cannot listen: ${error.message}`);
  });
  process.stderr.write(`worldsema: profiles at ${server.url}\n`);
  return server;
}

/** @param {Runtime} rt @returns {Promise<number>} */
async function outcome(rt) {
  try {
    return await rt.done;
  } catch (error) {
    return exitCodeOf(error);
  }
}

/** @param {unknown} error the error that ended the program */
function exitCodeOf(error) {
  if (!(error instanceof ProgramError)) throw error;
  // A program prints itself what kills it, if it can.
  if (error.dump === '') process.stderr.write(`worldsema: ${error.message}\n`);
  return error.exitCode;
}

/**
 * Resolves to the exit code when a signal ends the program, or nobody reads its output.
 * @param {Runtime} rt
 * @param {() => Promise<void>} before
 * @returns {Promise<number>} pending as long as there is neither
 */
function signals(rt, before) {
  return new Promise((resolve) => {
    const end = async (/** @type {number} */ code) => {
      await Promise.race([before(), delay(lastWordsMs, undefined, { ref: false })]);
      resolve(code);
    };
    process.once('SIGINT', () => end(exitCodes.SIGINT));
    process.once('SIGTERM', () => end(exitCodes.SIGTERM));
    process.once('SIGQUIT', async () => {
      process.stderr.write(`SIGQUIT: quit\n\n${await stacks(rt)}`);
      resolve(quitCode);
    });
    outputLost.then(end);
  });
}

/** @param {Runtime} rt @returns {Promise<string>} */
function stacks(rt) {
  const counts = () => `the program does not answer: ${JSON.stringify(rt.counts())}\n`;
  const late = delay(lastWordsMs, undefined, { ref: false }).then(counts);
  return Promise.race([rt.stack(), late]).catch((error) => `${error.message}\n`);
}
