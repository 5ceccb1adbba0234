// @ts-check
// The package as users get it: what is in it, and that it builds and runs a program from there.

import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../scripts/paths.mjs';
import { runNode } from './helpers/run.mjs';

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/**
 * @param {string[]} args
 * @returns {{ filename: string, files: { path: string }[] }}
 */
function npmPack(args) {
  const output = execFileSync('npm', ['pack', '--json', '--ignore-scripts', ...args], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  // A list in npm 10, an object by name in npm 11.
  return Object.values(JSON.parse(output))[0];
}

test('the package holds what it promises and nothing of the workshop', () => {
  const files = npmPack(['--dry-run']).files.map(({ path }) => path);
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

test('installed in an empty folder, it builds and runs a program', async () => {
  const dir = join(root, 'build', 'package-test');
  const home = join(dir, 'node_modules', 'worldsema');
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const { filename } = npmPack(['--pack-destination', dir]);
  execFileSync('tar', ['-xzf', join(dir, filename), '-C', home, '--strip-components=1']);
  copyFileSync(join(root, 'tests/c/squares.c'), join(dir, 'squares.c'));
  writeFileSync(join(dir, 'package.json'), '{ "type": "module" }\n');
  writeFileSync(
    join(dir, 'run.js'),
    [
      "import { createRuntime } from 'worldsema';",
      "const rt = await createRuntime({ wasm: new URL('out/squares.wasm', import.meta.url) });",
      'process.exitCode = await rt.done;',
    ].join('\n'),
  );
  const cli = join(home, manifest.bin.worldsema);
  // The runtime stays compiled from one time to the next.
  const env = { WORLDSEMA_CACHE: join(dir, 'cache') };
  const build = [cli, 'build', 'squares.c', '-o', 'out/squares'];
  const built = await runNode(build, { cwd: dir, env, timeoutMs: 240_000 });
  expect(built).toEqual({ stdout: '', stderr: '', code: 0 });
  const expected = readFileSync(join(root, 'tests/c/squares.txt'), 'utf8');
  const ran = await runNode(['run.js'], { cwd: dir });
  expect(ran).toEqual({ stdout: expected, stderr: '', code: 0 });
}, 300_000);

test('the lock file names no registry', () => {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  expect(lock).not.toMatch(/"resolved"/);
});

test('the versions of the tools are exact', () => {
  const ranges = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.overrides };
  const loose = Object.entries(ranges).filter(([, range]) => !/^\d+\.\d+\.\d+$/.test(range));
  expect(loose).toEqual([]);
});
