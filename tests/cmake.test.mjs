// @ts-check
// Builds with CMake: this repository's own CMakeLists.txt, natively and as wasm, and a project that
// uses the installed package and has foreign code.

import { describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../scripts/paths.mjs';
import { tools } from '../scripts/tools.mjs';
import {
  checkSources,
  MARK_FOREIGN,
  MARK_RUNTIME,
  MARK_USER,
  SOURCES,
  THREADS_WORKERS,
} from '../wasm/link/sources.js';
import { installPackage } from './helpers/package.mjs';
import { runProgram } from './helpers/run.mjs';
import { isTurn } from './helpers/sample.mjs';

const lists = readFileSync(join(root, 'CMakeLists.txt'), 'utf8');

/** The words of a `set(NAME word...)`. @param {string} name */
function listOf(name) {
  const words = new RegExp(`^ *set\\(${name}\\s+([^)]*)\\)`, 'm').exec(lists)?.[1] ?? '';
  return words.trim().split(/\s+/);
}

/** @param {string} folder */
const sourcesIn = (folder) => readdirSync(join(root, folder)).filter((f) => f.endsWith('.c'));

describe('CMakeLists.txt names every source', () => {
  test('of the runtime and its wasm machine, as the link step does', () => {
    checkSources();
    const named = [...listOf('WORLDSEMA_RUNTIME'), ...listOf('WORLDSEMA_MACHINE')];
    const linked = [...SOURCES, MARK_FOREIGN, MARK_RUNTIME, MARK_USER, THREADS_WORKERS];
    expect(named.sort()).toEqual(linked.sort());
  });

  test('of the native machine and its tests', () => {
    const programs = listOf('WORLDSEMA_NATIVE_TESTS').map((name) => `${name}.c`);
    const machine = listOf('WORLDSEMA_NATIVE_MACHINE').map((path) => basename(path));
    expect([...programs, ...machine, 'crash.c'].sort()).toEqual(sourcesIn('tests/native').sort());
    const text = readFileSync(join(root, 'tests/native/crash.c'), 'utf8');
    const ways = [...text.matchAll(/TEST\((\w+)\)/g)].map((m) => m[1]);
    const tried = [...lists.matchAll(/^worldsema_death\((\w+)|native_crash (\w+)\)/gm)];
    expect(tried.map((m) => m[1] ?? m[2]).sort()).toEqual(ways.sort());
  });

  test('of the demo', () => {
    const scenes = listOf('WORLDSEMA_SCENES').map((name) => `${name}.c`);
    expect(scenes.sort()).toEqual(sourcesIn('demo/scenes').sort());
  });
});

const hindrance = tools.cmake.find() ? undefined : 'CMake or make is not installed';
const emcmake = tools.emcc.find()?.replace(/emcc(\.bat)?$/, 'emcmake$1') ?? 'emcmake';

/** @param {string} file @param {string[]} args @param {string} [cwd] */
async function run(file, args, cwd = root) {
  const env = { ...process.env, NODE_OPTIONS: '', CMAKE_GENERATOR: 'Unix Makefiles' };
  const options = { cwd, env, encoding: /** @type {const} */ ('utf8'), timeout: 240_000 };
  const { stdout, stderr } = await promisify(execFile)(file, args, options).catch((error) => {
    throw new Error(`${file} ${args.join(' ')}\n${error.stdout}\n${error.stderr}`);
  });
  return stdout + stderr;
}

describe('CMake', () => {
  if (hindrance) {
    test.skip(`skipped: ${hindrance}`, () => {});
    return;
  }
  const noCompiler = tools.cc.find() ? undefined : 'no C compiler for the host is installed';

  (noCompiler ? test.skip : test)('builds the native machine, and ctest tests it', async () => {
    const dir = 'build/cmake-test/native';
    await run('cmake', ['-B', dir]);
    await run('cmake', ['--build', dir, '-j2']);
    const report = await run('ctest', ['--test-dir', dir, '-j2', '--output-on-failure']);
    expect(report).toMatch(/100% tests passed, 0 tests failed out of [1-9]/);
  });

  // Each compiles the runtime, so they take turns.
  const [withDemo, withPackage] = [1, 3].map((turn) => (isTurn(turn, 4) ? test : test.skip));

  withDemo('with emcmake builds the programs of the demo', async () => {
    const dir = 'build/cmake-test/wasm';
    await run(emcmake, ['cmake', '-B', dir]);
    await run('cmake', ['--build', dir, '--target', 'deadlock', '-j2']);
    const again = await run('cmake', ['--build', dir, '--target', 'deadlock']);
    expect(again).not.toMatch(/Linking/);
    const program = { name: 'deadlock', wasm: join(root, dir, 'deadlock.wasm') };
    const { stderr, code } = await runProgram(program);
    expect(stderr).toMatch(/^fatal error: all goroutines are asleep - deadlock!$/m);
    expect(stderr).toMatch(/^\s+demo\/scenes\/deadlock\.c:\d+ /m);
    expect(code).toBe(2);
  });

  withPackage('from the installed package builds a program with foreign code', async () => {
    const dir = join(root, 'build', 'cmake-test', 'package');
    mkdirSync(dir, { recursive: true });
    cpSync(join(root, 'tests/cmake'), dir, { recursive: true });
    await installPackage(dir);
    await run(emcmake, ['cmake', '-B', 'out', '-DCMAKE_BUILD_TYPE=RelWithDebInfo'], dir);
    await run('cmake', ['--build', 'out', '-j2'], dir);
    const program = { name: 'user', wasm: join(dir, 'out/user.wasm') };
    expect(existsSync(join(dir, 'out/user.tables.wasm'))).toBe(true); // by it the stacks below are known
    const { sources } = JSON.parse(readFileSync(`${program.wasm}.map`, 'utf8'));
    expect(sources).toEqual(expect.arrayContaining(['../main.c', '../visit/visit.c']));
    const { stdout, stderr, code } = await runProgram(program, { procs: 2 });
    expect(stdout).toBe('6 13\n');
    expect(code).toBe(0);
    const stacks = stderr
      .split('\n\n')
      .map((stack) => [
        stack.replace(/^goroutine \d+ \[([a-z ]+)[^]*/, '$1'),
        ...[...stack.matchAll(/^(?:created by )?(\w+)(?:\(\.\.\.\)| in .*)$/gm)].map((m) => m[1]),
        ...[...stack.matchAll(/^\t(.*):\d+/gm)].map((m) => m[1]),
      ]);
    expect(stacks).toContainEqual([
      'chan receive',
      ...['next', 'visit', 'reader', 'main'],
      ...['main.c', 'visit/visit.c', 'main.c', 'main.c'],
    ]);
    expect(stacks.map((words) => words.join(' '))).toContainEqual(
      expect.stringMatching(/^(running|runnable) spin_until spinner main spin\.c main\.c main\.c$/),
    );
  });
});
