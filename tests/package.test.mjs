// @ts-check
// The files of the package that users get. docs.test.mjs checks that it builds and runs programs.

import { beforeAll, expect, test } from '@jest/globals';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../scripts/paths.mjs';
import { linksOf } from './helpers/docs.mjs';
import { npmPack } from './helpers/package.mjs';

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/**
 * The files that an entry of `exports` names, by whatever conditions.
 * @param {any} entry
 * @returns {string[]}
 */
const filesOf = (entry) =>
  typeof entry === 'string' ? [entry] : Object.values(entry).flatMap(filesOf);

/** @type {string[]} */
let files;
beforeAll(async () => {
  files = (await npmPack(['--dry-run'])).files.map(({ path }) => path);
});

test('the package holds what it promises and nothing of the workshop', () => {
  const promised = [
    ...Object.values(manifest.exports).flatMap(filesOf),
    ...Object.values(manifest.bin),
    ...['types', 'main', 'module', 'browser', 'unpkg', 'jsdelivr'].map((name) => manifest[name]),
    'LICENSE',
    'docs/guide.md',
    'docs/demo.png',
    'README.md',
    'CHANGELOG.md',
    'runtime/worldsema.h',
    'runtime/worldsema_context.h',
    'runtime/worldsema_host.h',
    'runtime/worldsema_convert.h',
    'CMakeLists.txt',
    'wasm/mark_foreign.c',
  ].map((path) => path.replace(/^\.\//, ''));
  expect(files).toEqual(expect.arrayContaining(promised));
  const strangers = files.filter(
    (path) =>
      !/^(cli|dist|docs|host|runtime|wasm)\/|^(CHANGELOG\.md|CMakeLists\.txt|LICENSE|README\.md|package\.json)$/.test(
        path,
      ) || /(^|\/)(tests?|build|node_modules)\/|\.(wasm|o|a|tgz)$/.test(path),
  );
  expect(strangers).toEqual(['tests/README.md']); // README leads to it
});

test('README leads to nothing that the package lacks', () => {
  const links = linksOf('README.md').filter((to) => !/^(https?:|#)/.test(to));
  const absent = links.map((to) => to.replace(/#.*/, '')).filter((to) => !files.includes(to));
  expect(absent).toEqual([]);
});

test('who only runs programs installs little', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const needed = Object.keys(packages).filter((path) => path && !packages[path].dev);
  expect(needed).toContain('node_modules/ws');
  expect(needed).not.toContain('node_modules/binaryen');
  let bytes = 0;
  for (const path of needed)
    for (const file of readdirSync(join(root, path), { recursive: true, withFileTypes: true }))
      if (file.isFile()) bytes += statSync(join(file.parentPath ?? file.path, file.name)).size;
  expect(bytes / 1e6).toBeLessThan(8);
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
