// @ts-check
// The package in Bun and Deno, where they are installed: both have Node's worker threads.

import { beforeAll, describe, expect, test } from '@jest/globals';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/paths.mjs';
import { which } from '../../wasm/link/tools.js';
import { buildProgram } from '../helpers/build.mjs';
import { installPackage } from '../helpers/package.mjs';
import { runNode } from '../helpers/run.mjs';

const folder = join(root, 'build', 'runtimes');

const script = `import { createRuntime } from 'worldsema';

const [mode] = process.argv.slice(2);
const decoder = new TextDecoder();
async function start(...args) {
  let stdout = '';
  const keep = (bytes) => (stdout += decoder.decode(bytes));
  const rt = await createRuntime({ wasm: 'program.wasm', mode, args, stdout: keep, stderr() {} });
  const ended = () => rt.done.catch(({ name, dump }) => [name, /goroutine 1 .*/.exec(dump)?.[0]]);
  const ready = async () => {
    while (!stdout.includes('ready')) await new Promise((next) => setTimeout(next, 1));
  };
  return { rt, ended, ready, stdout: () => stdout };
}

const seen = {};
const echo = await start('echo', 'a');
seen.mode = echo.rt.mode;
seen.echo = [await echo.ended(), echo.stdout()];
seen.deadlock = await (await start('deadlock')).ended();
seen.trap = (await (await start('trap', '0')).ended())[0];
if (mode === 'workers') {
  const crowd = await start('crowd');
  await crowd.ready();
  const goroutines = await crowd.rt.goroutines();
  const own = ({ frames }) => frames.find(({ kind, line }) => kind === 'user' && line > 0)?.func;
  seen.crowd = goroutines.map(own).sort();
  await crowd.rt.close();
  seen.closed = (await crowd.ended())[0];
}
console.log(JSON.stringify(seen));
`;

const runtimes = [
  { name: 'Bun', file: which(process.env.BUN ?? 'bun'), args: /** @type {string[]} */ ([]) },
  { name: 'Deno', file: which(process.env.DENO ?? 'deno'), args: ['run', '--allow-all'] },
];

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  await installPackage(folder);
  const { wasm, glue } = await buildProgram('tests/host/program.c');
  copyFileSync(wasm, join(folder, 'program.wasm'));
  copyFileSync(glue, join(folder, 'program.mjs'));
  writeFileSync(join(folder, 'run.mjs'), script);
});

for (const { name, file, args } of runtimes) {
  if (!file)
    console.log(`The test in ${name} is skipped: name its program in ${name.toUpperCase()}.`);
  (file ? describe : describe.skip)(name, () => {
    test.each(['workers', 'one'])('runs a program in mode %s', async (mode) => {
      const options = { cwd: folder, file: String(file) };
      const ran = await runNode([...args, 'run.mjs', mode], options);
      expect(ran).toMatchObject({ code: 0, stderr: '' });
      const { crowd, closed, ...seen } = JSON.parse(ran.stdout);
      expect(seen).toEqual({
        mode,
        echo: [0, 'echo\na\n(null) alone\n'],
        deadlock: ['Deadlock', 'goroutine 1 [chan receive]:'],
        trap: 'RuntimeTrap',
      });
      if (mode === 'one') return;
      const waiters = ['waiter', 'waiter', 'waiter'];
      expect(crowd).toEqual(['crowd', 'spinner', 'spinner', ...waiters]);
      expect(closed).toBe('RuntimeClosed');
    });
  });
}
