// @ts-check
// Each pair NAME.c and NAME.txt in c/ and crash/ becomes tests, one for each way the program is
// run.

import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../scripts/paths.mjs';
import { argsOf, goldenPrograms, missingLine, withMain } from './helpers/golden.mjs';
import { allTogether, moduleOf, TRACEBACK } from './helpers/goldenmodule.mjs';
import { runProgram } from './helpers/run.mjs';
import { notItsTurn, oneWay } from './helpers/sample.mjs';

/** @typedef {import('./helpers/golden.mjs').Golden} Golden */
/** @typedef {{ name: string, env: Record<string, string>, assert?: boolean, mode?: 'one' }} Way */

const stress = process.env.WORLDSEMA_STRESS === '1';
const mode = process.env.WORLDSEMA_TEST_MODE;
const seed = Number(process.env.WORLDSEMA_SEED) || 1 + (Date.now() % 1_000_000);

const printing = goldenPrograms('c', { exit: 0 });
const dying = goldenPrograms('crash', { exit: 2 });

/** @type {(n: number) => Way} */
const procs = (n) => ({ name: `GOMAXPROCS=${n}`, env: { GOMAXPROCS: String(n) } });

/**
 * The usual ways to run a program.
 * @param {Golden} program
 * @returns {Way[]}
 */
function usualWays({ header }) {
  const several = header.procs.length > 0 && !header.procs.includes(1);
  /** @type {Way[]} */
  const one = several || header.workers ? [] : [{ name: 'one worker', env: {}, mode: 'one' }];
  if (mode === 'one') return one;
  if (header.procs.length > 0) return [...header.procs.map(procs), ...one];
  const plain = { name: 'plain', env: {} };
  return 'GOMAXPROCS' in header.env ? [plain, ...one] : [plain, procs(1), ...one];
}

/**
 * How a program is run in this run of the tests.
 * @param {Golden} program
 * @param {number} [number] for the sample
 * @returns {Way[]}
 */
function waysOf(program, number = program.number) {
  const usual = usualWays(program);
  if (mode === 'one') return usual;
  const ways = oneWay(usual, number);
  return stress ? [...ways, ...hardWays(program)] : ways;
}

/**
 * @param {Golden} program
 * @returns {Way[]}
 */
function hardWays({ header }) {
  /** @type {(n: number) => Way} */
  const shuffled = (n) => ({
    name: `schedstress=${n}`,
    env: { GODEBUG: `schedstress=${n}` },
    assert: true,
  });
  /** @type {(n: number) => Way} */
  const preempted = (n) => {
    const name = `preemptstress=${n},schedstress=${seed + n}`;
    return { name, env: { GODEBUG: name }, assert: true };
  };
  const ways = [];
  if (!header.counts)
    ways.push({ name: 'gcstress=7', env: { GODEBUG: 'gcstress=7,heapcheck=1' }, assert: true });
  for (const n of [1, 2, 3]) {
    ways.push({ ...procs(8), name: `GOMAXPROCS=8, time ${n}`, assert: true });
    ways.push(shuffled(seed + n));
    if (!header.deep) ways.push(preempted(n));
  }
  return ways;
}

/**
 * @param {Golden} program
 * @param {Way} way
 */
function envOf({ header }, way) {
  const debug = [header.env.GODEBUG, way.env.GODEBUG].filter(Boolean).join(',');
  return {
    ...way.env,
    ...header.env,
    ...(debug ? { GODEBUG: debug } : {}),
    ...(stress ? { WORLDSEMA_STRESS: '1' } : {}),
  };
}

/**
 * @param {Golden} program
 * @param {Way} way
 */
async function run(program, way) {
  const { name } = program;
  const { wasm } = await moduleOf(program, way);
  const args = argsOf(program);
  const ran = await runProgram({ name, wasm }, { args, env: envOf(program, way), mode: way.mode });
  const mainAgain = (/** @type {string} */ text) => withMain(program, text);
  return { ...ran, stdout: mainAgain(ran.stdout), stderr: mainAgain(ran.stderr) };
}

/**
 * @param {Golden[]} programs
 * @param {(program: Golden, way: Way) => Promise<void>} check
 */
function testAll(programs, check) {
  for (const program of programs) {
    const { name, header } = program;
    if (header.skip) test.skip(`${name} (${header.skip})`, () => {});
    else if (mode !== 'one' && waysOf(program).length === 0)
      test.skip(`${name} (${notItsTurn})`, () => {});
    else if (waysOf(program).length > 0)
      test.each(waysOf(program))(`${name} $name`, (way) => check(program, way));
  }
}

test('the programs compile and link into one module', async () => {
  expect(await allTogether()).toEqual([]);
  if (stress) await allTogether({ assert: true });
}, 900_000);

describe('prints', () => {
  testAll(printing, async (program, way) => {
    const { header, expected } = program;
    const { stdout, stderr, code } = await run(program, way);
    const quiet = header.stderr.length === 0;
    expect({ code, stdout, stderr }).toEqual({
      code: header.exit,
      stdout: expected,
      stderr: quiet ? '' : stderr,
    });
    for (const text of header.stderr) expect(stderr).toContain(text);
  });
});

/**
 * What is wrong with how a program died.
 * @param {Golden} program
 * @param {{ stderr: string, code: number | null }} ran
 */
function checkDeath({ header, expected }, { stderr, code }) {
  const wrong = [
    code === header.exit ? undefined : `exit code ${code}, expected ${header.exit}`,
    missingLine(stderr, expected),
    ...header.stderr.map((text) => (stderr.includes(text) ? undefined : `not said: ${text}`)),
  ].filter(Boolean);
  if (wrong.length > 0) throw new Error(`${wrong.join('\n')}\n--- stderr\n${stderr}`);
}

describe('dies', () => {
  testAll(dying, async (program, way) => checkDeath(program, await run(program, way)));
});

describe('dies, and GOTRACEBACK says what is shown', () => {
  const program = /** @type {Golden} */ (dying.find(({ name }) => name === TRACEBACK));
  const [mainAt, waitsAt] = ['go_panic("', 'go_chan_recv(c'].map((code) => {
    const lines = readFileSync(join(root, program.source), 'utf8').split('\n');
    return `\t${program.source}:${1 + lines.findIndex((line) => line.includes(code))}*`;
  });
  const nothing = ['! goroutine*', '! *tests/crash/*'];
  const running = ['goroutine 1 [running]:', 'main(...)', mainAt];
  const single = [...running, '! goroutine * [chan receive]:', '! go_panic(...)'];
  const waits = ['waits(...)', waitsAt, 'created by main in goroutine 1'];
  const all = [
    ...[...running, 'goroutine * [chan receive]:', ...waits],
    ...['! go_panic(...)', '! go_chan_recv(...)'],
  ];
  const system = [
    ...[running[0], 'rt_fatalpanic(...)', '\t*runtime/sync/panic.c:*', ...running.slice(1)],
    ...['goroutine * [chan receive]:', 'go_chan_recv(...)', '\t*runtime/sync/chan.c:*', ...waits],
  ];
  const rows = { 0: nothing, none: nothing, 1: all, all, single, 2: system, system };
  const ways = Object.entries(rows).flatMap(([GOTRACEBACK, shown], n) =>
    waysOf(program, n).map((way) => ({
      ...way,
      env: { ...way.env, GOTRACEBACK },
      shown,
      GOTRACEBACK,
    })),
  );
  test.each(ways)('GOTRACEBACK=$GOTRACEBACK $name', async ({ shown, ...way }) => {
    const expected = ['panic: look at me', ...shown].join('\n');
    checkDeath({ ...program, expected }, await run(program, way));
  });
});
