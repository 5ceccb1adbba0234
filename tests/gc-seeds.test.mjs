// @ts-check
// No live block is ever freed. Two programs of tests/c change graphs of blocks at random and hold
// blocks in every possible place, under collections, preemptions and schedules of many seeds.
//
// WORLDSEMA_SEED=N begins with another seed.

import { expect, test } from '@jest/globals';
import { buildProgram, compileObject } from './helpers/build.mjs';
import { dispatcher, goldenPrograms } from './helpers/golden.mjs';
import { runProgram } from './helpers/run.mjs';
import { isTurn, notItsTurn, some } from './helpers/sample.mjs';

const stress = process.env.WORLDSEMA_STRESS === '1';
const first = Number(process.env.WORLDSEMA_SEED) || 1 + (Date.now() % 1_000_000);
const seeds = Array.from({ length: stress ? 300 : 2 }, (_, i) => first + i);
const programs = goldenPrograms('c', { exit: 0 }).filter(({ name }) =>
  /^c\/gc_(graph|roots)_stress$/.test(name),
);

/** @type {ReturnType<typeof buildProgram>} */
let built;
// Other random programs have the other turn (dump-random.test.mjs).
const testInTurn = isTurn(0) ? test : test.skip;
if (!isTurn(0)) console.log(`Collections of random graphs: ${notItsTurn}.`);

testInTurn('the programs compile', async () => {
  expect(programs.length).toBe(2);
  const objects = programs.map(({ source, symbol }) => compileObject(source, { main: symbol }));
  built = buildProgram(dispatcher(programs), {
    ...{ name: 'seeds', sources: await Promise.all(objects), opt: '-O2', assert: true },
  });
  await built;
});

/** What each run does besides: collects at every Nth allocation, and checks the heap in each. */
const ways = [
  'gcstress=61,heapcheck=1',
  'gcstress=97,heapcheck=1,preemptstress=5',
  'gcstress=150,heapcheck=1,preemptstress=3',
];

testInTurn.each(seeds)('seed %d', async (seed) => {
  const { wasm } = await built;
  const way = `${ways[seed % ways.length]},schedstress=${seed}`;
  for (const { name, expected } of programs)
    for (const n of some([1], [2, 8], seed, 2)) {
      const env = { GOMAXPROCS: String(n), GODEBUG: way };
      const ran = await runProgram({ name, wasm }, { args: [name, String(seed)], env });
      expect({ name, env, ...ran }).toEqual({ name, env, stdout: expected, stderr: '', code: 0 });
    }
});
