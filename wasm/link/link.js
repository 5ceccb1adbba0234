// @ts-check
// The link step: from the module that emcc links to the module that runs. passes.js lists what is
// done. This file runs the passes and measures how long each takes.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { mapName } from './debugmap.js';
import { LinkError } from './error.js';
import { besideName } from './glue.js';
import { passes, workOf } from './passes.js';

/**
 * @typedef {object} LinkOptions
 * @property {string} raw                  the module as emcc links it, with DWARF
 * @property {string} out                  where the final module goes
 * @property {string} [level]              -O0 ... -O3, -Os, -Oz: the level of the optimiser
 * @property {import('./polls.js').PollMode | 'unwind'} [polls]
 * @property {'inside' | 'separate'} [tables]  where names and lines go: in the module, or in a file
 *   beside it
 * @property {boolean} [sourceMap]         write a source map beside the module, for debuggers
 * @property {string} [sourceRoot]         file names inside it are shown relative to it
 * @property {string} [emcc]               path of emcc, to find the LLVM tools beside it
 * @property {string} [why]                explain why the function of this name may be suspended
 * @property {boolean} [assert]             add checks that only instrumented functions are unwound
 * @property {string} [keep]               a folder that keeps the modules between the passes
 * @property {(line: string) => void} [log]  one line per pass
 * @property {(text: string) => void} [progress]  reports what takes long, before it begins
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
    for (const file of [options.out, besideName(options.out), mapName(options.out)])
      rmSync(file, { force: true });
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
 * An error that no pass expects: it is reported in a sentence too.
 * @type {(file: string, error: unknown) => LinkError}
 */
export function unforeseen(file, error) {
  const { message, syscall } = /** @type {NodeJS.ErrnoException} */ (error);
  if (syscall) return new LinkError('', message); // a full disk: not the module's fault
  const found = new LinkError(
    file,
    `is damaged, or of a kind that the link step does not know: ${message}`,
  );
  found.cause = error;
  return found;
}
