// @ts-check
// The files of the package that users get. docs.test.mjs checks that it builds and runs programs.

import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../scripts/paths.mjs';
import { npmPack } from './helpers/package.mjs';

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

test('the package holds what it promises and nothing of the workshop', () => {
  const files = npmPack(['--dry-run']).files.map(({ path }) => path);
  const promised = [
    ...Object.values(manifest.exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry),
    ),
    ...Object.values(manifest.bin),
    manifest.types,
    'LICENSE',
    'docs/guide.md',
    'docs/demo.png',
    'README.md',
    'CHANGELOG.md',
    'runtime/worldsema.h',
    'runtime/worldsema_host.h',
    'runtime/worldsema_convert.h',
    'CMakeLists.txt',
    'wasm/mark_foreign.c',
  ].map((path) => path.replace(/^\.\//, ''));
  expect(files).toEqual(expect.arrayContaining(promised));
  const strangers = files.filter(
    (path) =>
      !/^(cli|docs|host|runtime|wasm)\/|^(CHANGELOG\.md|CMakeLists\.txt|LICENSE|README\.md|package\.json)$/.test(
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
