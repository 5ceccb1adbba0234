// @ts-check
// The commands behind npm's scripts. When one cannot go on, its message says what to do.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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
  expect(stderr).toContain('start|build|bundle|bench|setup|test');
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

// Stands for apt-get: "installs" an empty program for each tool, but knows neither firefox-esr nor
// chromium-headless-shell.
const apt = `#!/bin/sh
for package; do case $package in
  firefox-esr|chromium-headless-shell) echo "E: Unable to locate package $package"; exit 100;;
esac; done
bin="\${0%/*}"
case "$*" in *chromium*) chromium=chromium;; esac
for tool in emcc $chromium make cmake cc clang-format-14 go; do
  printf '#!/bin/sh\\n' >"$bin/$tool"; /bin/chmod +x "$bin/$tool"
done
`;

(process.getuid?.() === 0 ? test : test.skip)(
  'a package that the system does not have does not keep the others away (as root)',
  () => {
    const bin = join(dir, 'apt');
    mkdirSync(bin);
    writeFileSync(join(bin, 'apt-get'), apt, { mode: 0o755 });
    const none = { EMCC: '', CHROMIUM: '', FIREFOX: '', CC: '', CLANG_FORMAT: '', GO: '' };
    const { status, stdout } = script(['setup'], { env: { ...none, PATH: bin } });
    expect(stdout).toContain(
      '  - Firefox, for the tests in another browser\nNot installed, because',
    );
    expect(stdout).toContain('Unable to locate package firefox-esr');
    expect(stdout).not.toContain('  - Emscripten');
    expect(stdout).toContain('Going on without.');
    expect(status).toBe(0);
  },
);

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

test('a test file that hangs is named and ended, and the others are counted', () => {
  const tests = join(dir, 'tests');
  mkdirSync(tests);
  const file = (/** @type {string} */ name, /** @type {string} */ body) =>
    writeFileSync(join(tests, `${name}.test.cjs`), body);
  file('quick', "test('ends', () => {}); test('fails', () => { throw 1; });");
  file('stuck', "test('first', () => {}); test('second', () => { for (;;); });");
  const config = {
    ...{ rootDir: dir, testMatch: ['**/*.test.cjs'], transform: {}, maxWorkers: 2 },
    reporters: [join(root, 'scripts', 'reporter.mjs')],
  };
  const results = join(dir, 'results.json');
  const env = { ...process.env, WORLDSEMA_RESULTS: results, WORLDSEMA_FILE_MINUTES: '0.15' };
  const { status, stderr } = spawnSync(
    'setsid', // a group of its own, as scripts/test.mjs gives it
    ['--wait', process.execPath, join(root, 'node_modules', 'jest', 'bin', 'jest.js')].concat(
      ...['--config', JSON.stringify(config), '--runTestsByPath'],
      ...['stuck', 'quick'].map((name) => join(tests, `${name}.test.cjs`)),
    ),
    { encoding: 'utf8', cwd: dir, env },
  );
  expect(status).not.toBe(0);
  expect(stderr).toContain("HUNG tests/stuck.test.cjs: not done within 0.15 minutes, in 'second'");
  expect(JSON.parse(readFileSync(results, 'utf8'))).toEqual({ passed: 1, failed: 2, skipped: 0 });
});
