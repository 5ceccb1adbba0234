// @ts-check
// The link step: from the module that emcc links to the module that runs. passes.js has the order of what is done;
// this file runs it and measures how long each pass takes.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LinkError } from './error.js';
import { besideName } from './glue.js';
import { passes, workOf } from './passes.js';

/**
 * @typedef {object} LinkOptions
 * @property {string} raw                  the module as emcc links it, with DWARF
 * @property {string} out                  where the final module goes
 * @property {string} [level]              -O0 ... -O3, -Os, -Oz: how the result is optimised
 * @property {import('./polls.js').PollMode} [polls]
 * @property {'inside' | 'separate'} [tables]  where names and lines go: into the module, or beside it
 * @property {string} [sourceRoot]         file names inside it are told relative to it
 * @property {string} [emcc]               path of emcc, to find the LLVM tools beside it
 * @property {string} [why]                explain why the function of this name may suspend
 * @property {boolean} [assert]             check that no function is unwound that is not instrumented
 * @property {string} [keep]               a folder to keep the modules between the passes in
 * @property {(line: string) => void} [log]  one line per pass
 * @property {(text: string) => void} [progress]  what takes long, before it is done
 *
 * @typedef {{ name: string, ms: number }} PassTime
 */

/**
 * @param {LinkOptions} options
 * @returns {import('./passes.js').Report & { times: PassTime[] }}
 */
export function link(options) {
  const dir = options.keep ?? mkdtempSync(path.join(tmpdir(), 'worldsema-link-'));
  mkdirSync(dir, { recursive: true });
  try {
    const work = workOf(options, dir);
    const times = passes.map((pass) => timed(pass, work));
    for (const line of work.report.decided.waiting) options.log?.(`          may wait: ${line}`);
    return { ...work.report, times };
  } catch (error) {
    for (const file of [options.out, besideName(options.out)]) rmSync(file, { force: true });
    throw error instanceof LinkError ? error : unforeseen(options.raw, error);
  } finally {
    if (!options.keep) rmSync(dir, { recursive: true, force: true });
  }
}

/** @type {(pass: import('./passes.js').Pass, work: import('./passes.js').Work) => PassTime} */
function timed({ name, run }, work) {
  const start = performance.now();
  const did = run(work);
  const ms = performance.now() - start;
  const line = `${(ms / 1000).toFixed(2).padStart(6)} s  ${name}`;
  work.options.log?.(did ? `${line}: ${did}` : line);
  return { name, ms };
}

/**
 * What no pass has looked for is told in a sentence, too.
 * @type {(file: string, error: unknown) => LinkError}
 */
export function unforeseen(file, error) {
  const { message, syscall } = /** @type {NodeJS.ErrnoException} */ (error);
  if (syscall) return new LinkError('', message); // a full disk, a folder that cannot be: not the module's
  const found = new LinkError(
    file,
    `is damaged, or of a kind that the link step does not know: ${message}`,
  );
  found.cause = error;
  return found;
}
