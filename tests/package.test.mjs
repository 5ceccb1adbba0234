// @ts-check
// What `npm pack` would ship.

import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../scripts/paths.mjs';

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** @returns {string[]} */
function packed() {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const report = JSON.parse(output);
  const [{ files }] = Array.isArray(report) ? report : Object.values(report);
  return files.map((/** @type {{ path: string }} */ { path }) => path);
}

test('the package holds what it promises and nothing of the workshop', () => {
  const files = packed();
  const promised = [
    ...Object.values(manifest.exports['.']),
    ...Object.values(manifest.bin),
    manifest.types,
    'LICENSE',
    'README.md',
    'CHANGELOG.md',
    'runtime/worldsema.h',
  ].map((path) => path.replace(/^\.\//, ''));
  expect(files).toEqual(expect.arrayContaining(promised));
  const strangers = files.filter(
    (path) =>
      !/^(host|runtime|wasm)\/|^(CHANGELOG\.md|CMakeLists\.txt|LICENSE|README\.md|package\.json)$/.test(
        path,
      ) || /(^|\/)(tests?|build|node_modules)\/|\.(wasm|o|a|tgz)$/.test(path),
  );
  expect(strangers).toEqual([]);
});

test('the lock file names no registry', () => {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  expect(lock).not.toMatch(/"resolved"/);
});

test('the versions of the tools are exact', () => {
  const ranges = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.overrides };
  const loose = Object.entries(ranges).filter(([, range]) => !/^\d+\.\d+\.\d+$/.test(range));
  expect(loose).toEqual([]);
});
