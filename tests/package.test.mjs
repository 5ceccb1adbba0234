// @ts-check
// The package as users get it: what is in it, and that it builds and runs a program from there.

import { expect, test } from '@jest/globals';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../scripts/paths.mjs';
import { installPackage, npmPack } from './helpers/package.mjs';
import { runNode } from './helpers/run.mjs';

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
      !/^(cli|host|runtime|wasm)\/|^(CHANGELOG\.md|CMakeLists\.txt|LICENSE|README\.md|package\.json)$/.test(
        path,
      ) || /(^|\/)(tests?|build|node_modules)\/|\.(wasm|o|a|tgz)$/.test(path),
  );
  expect(strangers).toEqual([]);
});

test('installed in an empty folder, it builds and runs a program', async () => {
  const dir = join(root, 'build', 'package-test');
  mkdirSync(dir, { recursive: true });
  const home = installPackage(dir);
  copyFileSync(join(root, 'tests/c/squares.c'), join(dir, 'squares.c'));
  writeFileSync(join(dir, 'package.json'), '{ "type": "module" }\n');
  writeFileSync(
    join(dir, 'run.js'),
    [
      "import { createRuntime } from 'worldsema';",
      "import { fromPprof, servePprof, toPprof } from 'worldsema/pprof';",
      "import { matchers, runProgram } from 'worldsema/jest';",
      "const rt = await createRuntime({ wasm: new URL('out/squares.wasm', import.meta.url) });",
      'process.exitCode = await rt.done;',
      "const profile = { kind: 'goroutine', timeMs: 0, total: 0, records: [] };",
      'const read = await fromPprof(await toPprof(profile));',
      'if (JSON.stringify(read) !== JSON.stringify(profile)) throw new Error(JSON.stringify(read));',
      "if (typeof servePprof !== 'function') throw new Error('no servePprof in Node');",
      "const ran = await runProgram('out/squares.wasm');",
      'if (ran.code !== process.exitCode || !matchers.toDeadlock) throw new Error(ran.stderr);',
    ].join('\n'),
  );
  const cli = join(home, manifest.bin.worldsema);
  // The runtime stays compiled from one time to the next.
  const env = { WORLDSEMA_CACHE: join(dir, 'cache') };
  const build = [cli, 'build', 'squares.c', '-o', 'out/squares'];
  const built = await runNode(build, { cwd: dir, env, timeoutMs: 240_000 });
  const report = expect.stringMatching(
    // Before it the first build says what it is doing.
    /^(worldsema: compiling .*\n)*worldsema: \d+ of \d+ functions of the program .*\n$/,
  );
  expect(built).toEqual({ stdout: '', stderr: report, code: 0 });
  const expected = readFileSync(join(root, 'tests/c/squares.txt'), 'utf8');
  expect(await runNode([cli, 'run', 'out/squares.wasm'], { cwd: dir })).toEqual({
    ...{ stdout: expected, stderr: '', code: 0 },
  });
  // A strict TypeScript project for Node.js, without the types of pages.
  writeFileSync(
    join(dir, 'user.ts'),
    [
      "import { createRuntime, type RuntimeOptions } from 'worldsema';",
      "import createProgram from './out/squares.mjs';",
      'const options: RuntimeOptions = { wasm: new Uint8Array(8), glue: createProgram };',
      'export const code: Promise<number> = createRuntime(options).then((rt) => rt.done);',
    ].join('\n'),
  );
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const strict = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    'false',
    '--module',
    'nodenext',
  ];
  const types = [
    '--lib',
    'es2022',
    '--types',
    'node',
    '--typeRoots',
    join(root, 'node_modules/@types'),
  ];
  const checked = await runNode([tsc, ...strict, ...types, 'user.ts'], { cwd: dir });
  expect(checked).toEqual({ stdout: '', stderr: '', code: 0 });
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
