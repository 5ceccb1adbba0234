// @ts-check
// The commands behind npm's scripts, where they refuse to go on: the message must say what to do.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../scripts/paths.mjs';

/** @type {string} */ let dir;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'worldsema-scripts-'));
  mkdirSync(join(dir, 'bin'));
  symlinkSync(process.execPath, join(dir, 'bin', 'node'));
});

afterAll(() => rmSync(dir, { recursive: true }));

/**
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, before?: string }} [options] before: code that runs first
 */
function script(args, { env = {}, before } = {}) {
  const first = before ? ['--import', `data:text/javascript,${encodeURIComponent(before)}`] : [];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...first, join(root, 'scripts', 'run.mjs'), ...args],
    { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '', ...env } },
  );
  return { status, stdout, stderr };
}

const nodeVersion = (/** @type {string} */ version) =>
  `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`;

test('an unknown command is told the known ones', () => {
  const { status, stderr } = script(['fly']);
  expect(status).toBe(2);
  expect(stderr).toContain('start|build|bench|setup|test');
});

test.each([
  ['start', '18.20.4', '20.0'],
  ['test', '18.20.4', '20.19'],
  ['test', '20.9.0', '20.19'],
])('npm run %s on Node.js %s asks for %s', (name, version, wanted) => {
  const { status, stderr } = script([name], { before: nodeVersion(version) });
  expect(status).toBe(1);
  expect(stderr).toContain(`needs Node.js ${wanted} or newer; this is ${version}`);
});

test('without apt-get it says what is missing and what to type', () => {
  const { status, stderr } = script(['start'], { env: { PATH: join(dir, 'bin'), EMCC: '' } });
  expect(status).toBe(1);
  expect(stderr).toContain('this system has no apt-get');
  expect(stderr).toMatch(/apt-get install --no-install-recommends emscripten'?\n/);
  expect(stderr).toContain('name it in EMCC');
});

test('a wrong EMCC is named', () => {
  const { status, stderr } = script(['setup'], { env: { EMCC: '/nowhere/emcc' } });
  expect(status).toBe(1);
  expect(stderr).toContain('EMCC names /nowhere/emcc, and there is no such program.');
});

test('when nothing is missing, nothing is installed', () => {
  const { status, stdout } = script(['setup']);
  expect(stdout).toContain('Everything is installed.');
  expect(stdout).not.toMatch(/^(Updating|Installing)/m);
  expect(status).toBe(0);
});
