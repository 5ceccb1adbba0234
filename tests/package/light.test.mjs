// @ts-check
// The package without binaryen, which is 100 MB and which only a build needs.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../../scripts/paths.mjs';
import { buildProgram } from '../helpers/build.mjs';
import { installPackage } from '../helpers/package.mjs';
import { runNode } from '../helpers/run.mjs';

const { dependencies, devDependencies } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
);

/** @type {string} */ let dir;
/** @type {string} */ let cli;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'worldsema-light-'));
  cli = join(await installPackage(dir), 'cli', 'main.js');
  for (const name of Object.keys(dependencies)) place(name);
});

afterAll(() => rmSync(dir, { recursive: true }));

/** Makes a package of the repository one of the folder. @param {string} name */
function place(name) {
  const link = join(dir, 'node_modules', name);
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(join(root, 'node_modules', name), link);
}

test('a program runs', async () => {
  const { wasm } = await buildProgram('tests/host/program.c');
  const ran = await runNode([cli, 'run', wasm, 'exit', '3'], { cwd: dir });
  expect(ran).toMatchObject({ code: 3, stderr: '' });
});

test('a build asks for it by name, before it does anything', async () => {
  writeFileSync(join(dir, 'a.c'), 'int main(void) { return 0; }\n');
  const build = () =>
    runNode([cli, 'build', 'a.c', '-o', 'a'], { cwd: dir, env: { WORLDSEMA_WASM_OPT: '' } });
  const type = `Type: npm install --save-dev binaryen@${devDependencies.binaryen}`;
  const absent = await build();
  expect(absent).toMatchObject({ code: 1, stdout: '' });
  expect(absent.stderr).toContain(`worldsema: wasm-opt: building needs the npm package binaryen`);
  expect(absent.stderr).toContain(type);
  const old = join(dir, 'node_modules', 'binaryen');
  mkdirSync(old);
  writeFileSync(join(old, 'package.json'), '{ "name": "binaryen", "version": "122.0.0" }');
  const outdated = await build();
  expect(outdated).toMatchObject({ code: 1, stdout: '' });
  expect(outdated.stderr).toContain('binaryen is version 122.0.0; 131 or newer is needed');
  expect(outdated.stderr).toContain(type);
  expect(existsSync(join(dir, 'a.wasm'))).toBe(false);
});
