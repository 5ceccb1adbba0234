// @ts-check
// The programs that this project needs beside Node.js: where they are, and which packages have
// them.

import { spawnSync } from 'node:child_process';
import { which } from '../wasm/link/tools.js';

/** A failure whose message is the whole story: printed without a stack. */
export class ExpectedError extends Error {
  expected = true;
}

/**
 * @typedef {object} Tool
 * @property {string} what      for people
 * @property {string} packages  Debian packages that supply it
 * @property {string} [instead] others that do, where these do not exist
 * @property {string} [env]     variable that may name another one
 * @property {string} otherwise what to do on a system without apt
 * @property {boolean} [optional] if it is missing, the tests that need it are skipped, with a
 *   reason
 * @property {() => string | null | undefined} find
 */

/** @type {Record<'emcc' | 'chromium' | 'firefox' | 'cmake' | 'cc' | 'clangFormat' | 'go', Tool>} */
export const tools = {
  emcc: {
    what: 'Emscripten, the C compiler for WebAssembly',
    packages: 'emscripten',
    env: 'EMCC',
    otherwise: 'Install Emscripten 3.1.6 or newer and put emcc on the PATH, or name it in EMCC.',
    find: () => named('EMCC') ?? which('emcc'),
  },
  chromium: {
    what: 'Chromium, for the tests in a browser',
    // It draws without a window system, which takes half the time of the whole browser.
    packages: 'chromium-headless-shell',
    instead: 'chromium',
    env: 'CHROMIUM',
    otherwise: 'Install Chromium or Chrome and put it on the PATH, or name it in CHROMIUM.',
    find: () =>
      named('CHROMIUM') ??
      which('chromium-headless-shell') ??
      which('chromium') ??
      which('chromium-browser') ??
      which('google-chrome-stable') ??
      which('google-chrome'),
  },
  firefox: {
    what: 'Firefox, for the tests in another browser',
    packages: 'firefox-esr',
    env: 'FIREFOX',
    otherwise: 'Install Firefox and put it on the PATH, or name it in FIREFOX.',
    optional: true,
    find: () => named('FIREFOX') ?? which('firefox-esr') ?? which('firefox'),
  },
  cmake: {
    what: 'CMake and make, for the test of the CMake function',
    packages: 'cmake make',
    otherwise: 'Install cmake and make.',
    optional: true,
    find: () => which('make') && which('cmake'),
  },
  cc: {
    what: 'a C compiler with sanitizers, for the tests of the native machine',
    packages: 'gcc libc6-dev',
    env: 'CC',
    otherwise: 'Install GCC or Clang and put cc on the PATH, or name it in CC.',
    optional: true,
    find: () => named('CC') ?? which('cc'),
  },
  clangFormat: {
    what: 'clang-format 14, for the form of C files',
    packages: 'clang-format-14',
    env: 'CLANG_FORMAT',
    otherwise: 'Install clang-format 14, or name it in CLANG_FORMAT.',
    optional: true,
    find: () => named('CLANG_FORMAT') ?? which('clang-format-14') ?? which14('clang-format'),
  },
  go: {
    what: 'Go, whose pprof reads our profiles in the tests',
    packages: 'golang-go',
    env: 'GO',
    otherwise: 'Install Go 1.19 or newer and put go on the PATH, or name it in GO.',
    optional: true,
    find: () => named('GO') ?? which('go'),
  },
};

/** @param {string} variable */
function named(variable) {
  const value = process.env[variable];
  if (!value) return undefined;
  const file = which(value);
  if (!file) {
    throw new ExpectedError(`${variable} names ${value}, and there is no such program.`);
  }
  return file;
}

/**
 * Other versions of clang-format lay out the same file differently.
 * @param {string} program
 */
function which14(program) {
  const file = which(program);
  if (!file) return undefined;
  const { stdout } = spawnSync(file, ['--version'], { encoding: 'utf8' });
  return /version 14\./.test(stdout ?? '') ? file : undefined;
}
