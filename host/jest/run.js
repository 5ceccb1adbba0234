// @ts-check
// Runs a C program in a test. The program is built once for each process.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { build } from '../../wasm/link/build.js';
import { OptionError, ProgramError } from '../errors.js';
import { createRuntime } from '../index.js';

/** @type {Map<string, Promise<string>>} */
const built = new Map();

/**
 * Runs a program until it ends or dies.
 * @param {string | URL | string[]} program a file that `worldsema build` made, or the C sources
 * @param {import('./index.d.ts').RunOptions} [options]
 * @returns {Promise<import('./index.d.ts').Ran>}
 */
export async function runProgram(program, { buildArgs = {}, ...options } = {}) {
  const wasm = isWasm(program) ? program : await buildOnce([program].flat(), buildArgs);
  const stdout = collector();
  const stderr = collector();
  const starting = createRuntime({ ...options, wasm, stdout: stdout.sink, stderr: stderr.sink });
  /** @type {ProgramError | null} */
  let error = null;
  const code = await starting
    .then(({ done }) => done)
    .catch((cause) => {
      if (!(cause instanceof ProgramError)) throw cause;
      error = cause;
      return cause.exitCode;
    });
  return { code, stdout: stdout.text(), stderr: stderr.text(), error };
}

/**
 * @param {string | URL | string[]} program
 * @returns {program is string | URL}
 */
const isWasm = (program) => !Array.isArray(program) && /\.wasm$/.test(String(program));

/**
 * @param {(string | URL)[]} sources
 * @param {import('./index.d.ts').BuildArgs} args
 * @returns {Promise<string>} the .wasm file
 */
function buildOnce(sources, args) {
  const files = sources.map((source) => {
    if (typeof source === 'string') return source;
    throw new OptionError('ERR_BAD_WASM', `${source}: name sources by their paths`);
  });
  const key = JSON.stringify([files, args]);
  const known = built.get(key);
  if (known) return known;
  const dir = mkdtempSync(join(tmpdir(), 'worldsema-jest-'));
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
  const out = join(dir, basename(files[0], extname(files[0])));
  const made = Promise.resolve(build({ ...args, sources: files, out })).then(() => `${out}.wasm`);
  built.set(key, made);
  return made;
}

/** A sink that keeps what is written. */
function collector() {
  const decoder = new TextDecoder();
  let all = '';
  return {
    sink: (/** @type {Uint8Array} */ chunk) =>
      void (all += decoder.decode(chunk, { stream: true })),
    text: () => all + decoder.decode(),
  };
}
