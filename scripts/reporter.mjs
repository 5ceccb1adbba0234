// @ts-check
// Runs beside Jest's own report and does two things. It counts after every file, so that nothing is
// lost when a run is ended. And it ends a run in which a file hangs. A test that never lets go of
// its thread cannot answer, so only this process, Jest's first, can report which file it was.

import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';

/** @typedef {{ path: string }} TestFile */
/** @typedef {{ test: string, watchdog: NodeJS.Timeout }} Running */
/**
 * @typedef {object} FileResult
 * @property {number} numPassingTests
 * @property {number} numFailingTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {unknown} [testExecError]
 */

const { WORLDSEMA_RESULTS: results = '', WORLDSEMA_FILE_MINUTES: minutes = '' } = process.env;

export default class Reporter {
  #counts = { passed: 0, failed: 0, skipped: 0 };
  /** @type {Map<string, Running>} by path */
  #running = new Map();

  /** @param {TestFile} file */
  onTestFileStart({ path }) {
    const limitMs = Number(minutes) * 60_000;
    if (!(limitMs > 0)) return;
    const watchdog = setTimeout(() => this.#hung(path), limitMs);
    this.#running.set(path, { test: 'its first test', watchdog });
  }

  /** @param {TestFile} file @param {{ fullName: string }} about */
  onTestCaseStart({ path }, { fullName }) {
    const running = this.#running.get(path);
    if (running) running.test = `'${fullName}'`;
  }

  /**
   * @param {TestFile} file
   * @param {FileResult} result
   */
  onTestFileResult({ path }, result) {
    clearTimeout(this.#running.get(path)?.watchdog);
    this.#running.delete(path);
    this.#counts.passed += result.numPassingTests;
    // A file that could not be loaded has no tests to count, but it failed.
    this.#counts.failed += result.numFailingTests + (result.testExecError ? 1 : 0);
    this.#counts.skipped += result.numPendingTests + result.numTodoTests;
    this.#keep();
  }

  #keep() {
    if (results) writeFileSync(results, JSON.stringify(this.#counts));
  }

  /** @param {string} path */
  #hung(path) {
    const test = this.#running.get(path)?.test;
    const name = relative(process.cwd(), path);
    console.error(`HUNG ${name}: not done within ${minutes} minutes, in ${test}`);
    this.#counts.failed += 1;
    this.#keep();
    // This ends Jest with its workers: scripts/test.mjs has given it a process group.
    process.kill(-process.pid, 'SIGKILL');
  }
}
