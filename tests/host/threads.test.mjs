// @ts-check
// Threads of pthreads in dumps and in the wait graph.
import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/paths.mjs';
import { buildProgram } from '../helpers/build.mjs';
import { runProgram } from '../helpers/run.mjs';
import { start } from './start.mjs';

const threads = () => buildProgram('tests/host/threads.c');

test('a deadlock of mutexes taken in different orders is told, with every stack', async () => {
  const { code, stderr } = await runProgram(await threads(), { args: ['order'] });
  const lines = readFileSync(join(root, 'tests/host/threads.c'), 'utf8').split('\n');
  const line = (/** @type {string} */ fn) =>
    `made at ${1 + lines.findIndex((text) => text.includes(`NULL, ${fn},`))}`;
  const told = stderr
    .replace(/(created by.*\n\t)tests\/host\/threads.c:/g, '$1made at ')
    .replace(/\n\ttests.*/g, '');
  expect(told).toBe(
    `fatal error: all goroutines are asleep - deadlock!

goroutine 1 [pthread_join]:
main(...)

goroutine 2 [sync.Mutex.Lock, label: "forwards"]:
forwards(...)
created by main in goroutine 1
	${line('forwards')}

goroutine 3 [sync.Mutex.Lock, label: "backwards"]:
backwards(...)
created by main in goroutine 1
	${line('backwards')}
`,
  );
  expect(code).toBe(2);
  const cond = await runProgram(await threads(), { args: ['cond'] });
  expect(cond.stderr).toContain('\ngoroutine 2 [pthread_cond_wait]:\nwaits(...)\n');
});

test('the wait graph knows who holds a mutex of pthreads', async () => {
  const { wasm } = await threads();
  const { rt } = await start(['stuck'], { wasm });
  const blocked = async () =>
    (await rt.goroutines()).filter(({ reason }) => reason === 'sync.Mutex.Lock').length;
  while ((await blocked()) < 2);
  const { edges, cycles } = await rt.waitGraph();
  expect(edges.map(({ from, to, kind }) => [from, to, kind]).sort()).toEqual([
    [2, 3, 'mutex'],
    [3, 2, 'mutex'],
  ]);
  expect(cycles.map((cycle) => [...cycle].sort())).toEqual([[2, 3]]);
});

test("with --threads=workers threads are Emscripten's own, beside goroutines", async () => {
  const program = await buildProgram('tests/host/strangers.c', { threads: 'workers' });
  for (const procs of [1, 2])
    expect(await runProgram(program, { procs })).toEqual({
      ...{ code: 0, stderr: '' },
      stdout: 'goroutines: 1\nsum 21000, rounds 6000, mine 0\nthe end\nold\ncanceled\n',
    });
  const stuck = await runProgram(program, { args: ['stuck'] });
  expect(stuck.stderr).toMatch(/^fatal error: all goroutines are asleep - deadlock!\n/);
  const one = await runProgram(program, { mode: 'one' });
  expect(one).toEqual({ code: 1, stdout: 'Resource temporarily unavailable\n', stderr: '' });
});
