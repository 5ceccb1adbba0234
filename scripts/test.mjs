// @ts-check
// `npm test`: sets up, checks lint, form and types, runs every test, and ends with one line,
// `N passed, N failed` (and `, N skipped` when some were). A check counts like a test.
//
// With arguments only Jest runs, and the arguments go to Jest: `npm test -- golden -t chan`.
// `npm run stress` is the same with WORLDSEMA_STRESS=1: full counts, more ways to run each program.

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runChecks } from './checks.mjs';
import { root } from './paths.mjs';
import { setup } from './setup.mjs';

const results = join(root, 'build', 'test-results.json');

/** In minutes. Jest's own time limit cannot end a test that never lets go of its thread. */
const limits = { test: { file: 30, all: 60 }, stress: { file: 120, all: 240 } };

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * @param {string[]} args
 * @param {string} name
 */
export async function main(args, name) {
  await setup();
  const checks = args.length === 0 ? countChecks(await runChecks()) : none();
  const stress = name === 'stress';
  const { file, all } = stress ? limits.stress : limits.test;
  const env = {
    WORLDSEMA_FILE_MINUTES: `${file}`,
    ...(stress && { WORLDSEMA_STRESS: '1' }),
    ...(args.length === 0 && { WORLDSEMA_WHOLE: '1' }),
  };
  const sample = process.env.WORLDSEMA_SAMPLE ?? `${Date.now() % 1000}`;
  if (!stress) console.log(`Sample ${sample}: WORLDSEMA_SAMPLE=${sample} repeats it.`);
  const tests = await runJest(args, { ...env, WORLDSEMA_SAMPLE: sample }, all);
  const ran = tests.passed + tests.failed > 0;
  if (!ran) console.log('No test ran.');
  const total = add(checks, tests);
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
  return ran && total.failed === 0 ? 0 : 1;
}

/** @returns {Counts} */
function none() {
  return { passed: 0, failed: 0, skipped: 0 };
}

/** @param {Counts} a @param {Counts} b @returns {Counts} */
function add(a, b) {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  };
}

/** @param {import('./checks.mjs').Outcome[]} outcomes */
function countChecks(outcomes) {
  const counts = none();
  for (const { state } of outcomes) counts[state]++;
  return counts;
}

/**
 * Runs Jest and takes the counts from the file that scripts/reporter.mjs writes.
 * @param {string[]} args
 * @param {Record<string, string>} env
 * @param {number} limitMinutes
 * @returns {Promise<Counts>}
 */
async function runJest(args, env, limitMinutes) {
  mkdirSync(dirname(results), { recursive: true });
  rmSync(results, { force: true });
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const options = ['--experimental-vm-modules', '--no-warnings=ExperimentalWarning'];
  const child = spawn(process.execPath, [...options, jest, ...args], {
    cwd: root,
    env: { ...process.env, ...env, WORLDSEMA_RESULTS: results },
    // Jest's report for people goes to stderr. The report for machines is in the file.
    stdio: ['ignore', 'ignore', 'inherit'],
    // Jest has a process group of its own, so that its workers can be ended even if they hang.
    detached: true,
  });
  const end = () => endGroup(child.pid);
  const watchdog = setTimeout(() => {
    console.log(`The tests did not end within ${limitMinutes} minutes.`);
    end();
  }, limitMinutes * 60_000);
  const stop = () => {
    end();
    process.exit(1);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, stop);
  const code = await new Promise((resolve) => {
    child.on('error', () => resolve(1));
    child.on('close', resolve);
  });
  clearTimeout(watchdog);
  return countTests(code);
}

/** @param {number | undefined} pid of the group's first process */
function endGroup(pid) {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Jest has ended by itself.
  }
}

/**
 * @param {number | null} code Jest's exit code
 * @returns {Counts}
 */
function countTests(code) {
  let counts = none();
  try {
    counts = JSON.parse(readFileSync(results, 'utf8'));
  } catch {
    // Jest died before the first file had ended.
  }
  return counts.failed === 0 && code !== 0 ? { ...counts, failed: 1 } : counts;
}
