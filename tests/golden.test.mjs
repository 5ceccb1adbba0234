// @ts-check
// Each pair NAME.c and NAME.txt of c/ and crash/ becomes tests: one for each way it is run.

import { describe, expect, test } from '@jest/globals';
import { buildProgram, compileObject } from './helpers/build.mjs';
import { dispatcher, goldenPrograms, missingLine } from './helpers/golden.mjs';
import { runProgram } from './helpers/run.mjs';

/** @typedef {import('./helpers/golden.mjs').Golden} Golden */
/** @typedef {{ name: string, env: Record<string, string>, assert?: boolean }} Way */

const warnings = ['-std=gnu17', '-Wall', '-Wextra', '-Wno-unused-parameter', '-Werror'];
const stress = process.env.WORLDSEMA_STRESS === '1';
const seed = Number(process.env.WORLDSEMA_SEED) || 1 + (Date.now() % 1_000_000);

const printing = goldenPrograms('c', { exit: 0 });
const dying = goldenPrograms('crash', { exit: 2 });
const together = [...printing, ...dying].filter(
  ({ header, problem }) => !header.alone && !header.skip && !problem,
);

/**
 * How a program is run.
 * @param {Golden} program
 * @returns {Way[]}
 */
function waysOf({ header }) {
  /** @type {(n: number) => Way} */
  const procs = (n) => ({ name: `GOMAXPROCS=${n}`, env: { GOMAXPROCS: String(n) } });
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
  if (header.procs.length > 0) ways.push(...header.procs.map(procs));
  else if ('GOMAXPROCS' in header.env) ways.push({ name: 'plain', env: {} });
  else ways.push({ name: 'plain', env: {} }, procs(1));
  if (!stress) return ways;
  if (!header.counts)
    ways.push({ name: 'gcstress=7', env: { GODEBUG: 'gcstress=7,heapcheck=1' }, assert: true });
  for (const n of [1, 2, 3]) {
    ways.push({ ...procs(8), name: `GOMAXPROCS=8, time ${n}`, assert: true });
    ways.push(shuffled(seed + n), preempted(n));
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
 * Remembers what `make` gave for each key.
 * @template T
 * @param {(key: string) => T} make
 */
function remembered(make) {
  /** @type {Map<string, T>} */
  const known = new Map();
  return (/** @type {string} */ key) => {
    const value = known.get(key) ?? make(key);
    known.set(key, value);
    return value;
  };
}

/** The objects of the common module; those that do not compile are left out and fail by themselves. */
const objects = remembered(async () => {
  const results = new Map();
  const queue = [...together];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { name, source, symbol } = next;
      const flags = [...warnings, `-Dmain=${symbol}`];
      results.set(name, await compileObject(source, { flags }).catch((error) => error));
    }
  };
  await Promise.all([worker(), worker()]);
  return results;
});

const commonModule = remembered(async (kind) => {
  const compiled = await objects('');
  const usable = together.filter(({ name }) => typeof compiled.get(name) === 'string');
  return buildProgram(dispatcher(usable), {
    name: 'golden',
    sources: usable.map(({ name }) => compiled.get(name)),
    assert: kind === 'assert',
  });
});

/**
 * @param {Golden} program
 * @param {Way} way
 */
async function moduleOf({ name, source, header, problem }, { assert = false }) {
  if (problem) throw new Error(problem);
  if (header.alone) return buildProgram(source, { flags: [...warnings, ...header.flags], assert });
  const compiled = await objects('');
  if (compiled.get(name) instanceof Error) throw compiled.get(name);
  return commonModule(assert ? 'assert' : '').catch((error) => {
    throw new Error('the common module was not built: see the first test', { cause: error });
  });
}

/**
 * @param {Golden} program
 * @param {Way} way
 */
async function run(program, way) {
  const { name, symbol, header } = program;
  const { wasm } = await moduleOf(program, way);
  const ran = await runProgram(
    { name, wasm },
    {
      args: header.alone ? header.args : [name, ...header.args],
      env: envOf(program, way),
    },
  );
  const mainAgain = (/** @type {string} */ text) => text.replaceAll(symbol, 'main');
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
    else test.each(waysOf(program))(`${name} $name`, (way) => check(program, way));
  }
}

test('all programs compile and link into one module', async () => {
  const broken = [...(await objects('')).values()].filter((result) => result instanceof Error);
  expect(broken).toEqual([]);
  await commonModule('');
  if (stress) await commonModule('assert');
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

describe('dies', () => {
  testAll(dying, async (program, way) => {
    const { header, expected } = program;
    const { stderr, code } = await run(program, way);
    const wrong = [
      code === header.exit ? undefined : `exit code ${code}, expected ${header.exit}`,
      missingLine(stderr, expected),
      ...header.stderr.map((text) => (stderr.includes(text) ? undefined : `not said: ${text}`)),
    ].filter(Boolean);
    if (wrong.length > 0) throw new Error(`${wrong.join('\n')}\n--- stderr\n${stderr}`);
  });
});
