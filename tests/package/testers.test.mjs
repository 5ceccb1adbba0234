// @ts-check
// The package in projects of other test runners, as docs/tools.md shows it. docs.test.mjs runs the
// examples for Jest and Node.js.

import { beforeAll, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/paths.mjs';
import { buildProgram } from '../helpers/build.mjs';
import { blocksOf } from '../helpers/docs.mjs';
import { hostProgram } from '../helpers/hostprograms.mjs';
import { installPackage } from '../helpers/package.mjs';
import { runNode } from '../helpers/run.mjs';

const folder = join(root, 'build', 'testers');
const stress = process.env.WORLDSEMA_STRESS === '1';

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "commonjs" }\n');
  const { wasm } = await hostProgram('jest');
  copyFileSync(wasm, join(folder, 'program.wasm'));
  copyFileSync(wasm.replace(/wasm$/, 'mjs'), join(folder, 'program.mjs'));
  await installPackage(folder);
});

/** Runs a test file of a CommonJS project by Jest. @param {string} text */
async function jest(text) {
  writeFileSync(join(folder, 'program.test.js'), text);
  const bin = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  return runNode([bin, '--rootDir', folder], { cwd: folder, env: { WORLDSEMA_RESULTS: '' } });
}

test('a CommonJS project of Jest', async () => {
  const ran = await jest(`
    const { matchers, runProgram } = require('worldsema/jest');
    const { createRuntime, GoPanic, OptionError } = require('worldsema');
    const { toPprof } = require('worldsema/pprof');
    expect.extend(matchers);
    test('a program that is run', async () => {
      await expect(await runProgram('program.wasm', { args: ['deadlock'] })).toDeadlock('leaked');
      const { error, code } = await runProgram('program.wasm', { args: ['panic'] });
      expect(error).toBeInstanceOf(GoPanic);
      expect(code).toBe(2);
    });
    test('a runtime', async () => {
      const seen = new Promise((resolve) => (globalThis.stdout = resolve));
      const rt = await createRuntime({ wasm: 'program.wasm', args: ['leak'], stdout: globalThis.stdout });
      await seen;
      await expect(rt).not.toHaveNoLeakedGoroutines({ timeoutMs: 0 });
      expect((await toPprof(await rt.profile('goroutine'))).length).toBeGreaterThan(100);
      await rt.close();
      await expect(createRuntime({})).rejects.toBeInstanceOf(OptionError);
    });`);
  expect(ran.stderr).toContain('2 passed, 2 total');
});

test('require, in Node.js itself, gives the modules that import gives', async () => {
  const text = `import('worldsema').then((module) => console.log(module === require('worldsema')));`;
  const { stdout } = await runNode(['-e', text], { cwd: folder });
  expect(stdout).toBe('true\n');
});

/** A project with the packages of bundlers.json. @type {string} */
let installed;

async function install() {
  if (installed) return installed;
  const dir = join(folder, 'installed');
  mkdirSync(dir);
  copyFileSync(join(root, 'tests', 'package', 'bundlers.json'), join(dir, 'package.json'));
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: dir });
  await installPackage(dir);
  return (installed = dir);
}

const inStress = stress ? test : test.skip;

inStress('Vitest (npm run stress)', async () => {
  const block = blocksOf('docs/tools.md').find(({ name }) => name === 'squares.vitest.mjs');
  const dir = await install();
  const readme = blocksOf('README.md').find(({ name }) => name === 'squares.c');
  const { wasm } = await buildProgram(readme?.code ?? '', { name: 'squares' });
  for (const suffix of ['wasm', 'mjs'])
    copyFileSync(wasm.replace(/wasm$/, suffix), join(dir, `squares.${suffix}`));
  writeFileSync(join(dir, 'squares.test.mjs'), block?.code ?? '');
  const bin = join(dir, 'node_modules', 'vitest', 'vitest.mjs');
  const ran = await runNode([bin, 'run', '--root', dir, '--no-color'], { cwd: dir });
  expect(ran.stdout).toMatch(/Tests +1 passed/);
});

inStress('profiles by Express (npm run stress)', async () => {
  const script = `import express from 'express';
    import { createRuntime } from 'worldsema';
    import { pprofHandler } from 'worldsema/pprof';
    const rt = await createRuntime({ wasm: '../program.wasm', args: ['leak'], stdout: () => {} });
    const app = express();
    app.use(pprofHandler(rt));
    app.use('/admin', pprofHandler(rt));
    app.use('/full/debug/pprof', pprofHandler(rt));
    app.get('/', (request, response) => response.send('the page'));
    const server = app.listen(0, '127.0.0.1', async () => {
      const get = async (path) => {
        const response = await fetch('http://127.0.0.1:' + server.address().port + path);
        return response.status + ' ' + (await response.text()).split('\\n')[0].slice(0, 20);
      };
      for (const path of ['/', '/debug/pprof/goroutine?debug=1', '/other'])
        console.log(await get(path));
      for (const path of ['/admin/debug/pprof/symbol', '/full/debug/pprof/symbol', '/admin/debug/pprof'])
        console.log(await get(path));
      server.close();
      await rt.close();
    });`;
  const ran = await runNode(['--input-type=module', '-e', script], { cwd: await install() });
  expect(ran.stdout.split('\n')).toEqual([
    ...['200 the page', '200 goroutine profile: t', '404 <!DOCTYPE html>'],
    ...['200 num_symbols: 1', '200 num_symbols: 1', '200 <!DOCTYPE html>', ''],
  ]);
});
