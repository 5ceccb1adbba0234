// @ts-check
// Random programs (tests/random) at several optimisation levels. Their dumps must agree, frame by
// frame, with what each program knows about its own stacks. And programs that suspend everywhere.
//
// Every second `npm test` takes one of the levels, another one each time. WORLDSEMA_SEED=N
// tries random program N, with the level that it always has, and those after it;
// WORLDSEMA_PROGRAMS=N that many of them.

import { afterEach, describe, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRuntime, parseDump } from '../host/index.js';
import { root } from '../scripts/paths.mjs';
import { buildProgram, compileObject } from './helpers/build.mjs';
import { dispatcher, goldenPrograms } from './helpers/golden.mjs';
import { runProgram } from './helpers/run.mjs';
import { isTurn, notItsTurn, some } from './helpers/sample.mjs';
import { generate } from './random/generate.mjs';

const stress = process.env.WORLDSEMA_STRESS === '1';
const levels = ['-O0', '-O1', '-O2', '-O3', '-Os'];
const cases = stress ? 1000 : 300;
const seeds = (() => {
  const first = Number(process.env.WORLDSEMA_SEED) || (stress ? Date.now() % 1_000_000 : 1);
  const count = Number(process.env.WORLDSEMA_PROGRAMS) || (stress ? 200 : levels.length);
  return Array.from({ length: count }, (_, i) => first + i);
})();
const asked = stress || process.env.WORLDSEMA_SEED || process.env.WORLDSEMA_PROGRAMS;
const tried = asked ? levels : some([], levels, 0, 2);
const programs = seeds
  .map((seed) => ({ seed, level: levels[(seed - 1) % levels.length] }))
  .filter(({ level }) => tried.includes(level));

/**
 * How each is run. With preemptstress, goroutines move to other workers all the time.
 * @type {{ env: Record<string, string> }[]}
 */
const ways = [
  { env: { GOMAXPROCS: '8', GODEBUG: 'preemptstress=3' } },
  { env: { GOMAXPROCS: '2' } },
  ...(stress ? [{ env: { GOMAXPROCS: '1' } }] : []),
];

/** Programs that switch at every depth; each level is tried with them. */
const golden = goldenPrograms('c', { exit: 0 }).filter(({ name }) =>
  ['c/migrate', 'c/panic', 'c/preempt', 'c/select_double'].includes(name),
);

/**
 * @param {number} seed
 * @param {string} opt
 */
async function build(seed, opt) {
  // They are always the same: no other worker of Jest can see them half written.
  const folder = join(root, 'build', 'random', String(seed));
  mkdirSync(folder, { recursive: true });
  const header = readFileSync(join(root, 'tests/random/shadow.h'), 'utf8');
  const files = { ...generate(seed), 'shadow.h': header };
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text);
  }
  const sources = Object.keys(files).filter((name) => name.endsWith('.c'));
  const flags = ['-Wno-infinite-recursion'];
  const objects = await Promise.all([
    ...sources.map((name) => compileObject(`build/random/${seed}/${name}`, { opt, flags })),
    compileObject('tests/random/main.c', { opt, flags, main: 'random_main' }),
    ...golden.map(({ source, symbol }) => compileObject(source, { opt, flags, main: symbol })),
  ]);
  const random = { ...golden[0], name: 'random', symbol: 'random_main', takesArgs: true };
  const isForeign = (/** @type {string} */ object) => /\/foreign\d\.o$/.test(object);
  return buildProgram(dispatcher([random, ...golden]), {
    // Every other one dies if a function is unwound that the link step has not instrumented.
    ...{ name: 'level', opt, assert: seed % 2 === 1 },
    sources: objects.filter((object) => !isForeign(object)),
    foreign: objects.filter(isForeign),
  });
}

/** @type {import('../host/index.js').Runtime[]} */
const started = [];

afterEach(() => Promise.all(started.splice(0).map((rt) => rt.close())));

// Random graphs for the collector have the other turn (gc-seeds.test.mjs).
const suite = isTurn(1) ? describe : describe.skip;
if (!isTurn(1)) console.log(`Dumps of random programs: ${notItsTurn}.`);

suite.each(programs)('$level, program $seed', ({ seed, level }) => {
  const args = ['random', String(seed), String(cases)];

  test('it builds', async () => {
    await build(seed, level);
  }, 300_000);

  test.each(ways)('every dump agrees: $env', async ({ env }) => {
    const ran = await runProgram(await build(seed, level), { args, env });
    const stdout = `${cases} cases, 0 wrong\nall returned, 0 wrong\n`;
    expect(ran).toEqual({ code: 0, stdout, stderr: '' });
  });

  test('so does what the host is told', async () => {
    const { wasm } = await build(seed, level);
    let said = '';
    const decoder = new TextDecoder();
    await new Promise((resolve, reject) => {
      const stdout = (/** @type {Uint8Array} */ chunk) => {
        said += decoder.decode(chunk, { stream: true });
        if (said.endsWith('\nlook\n')) resolve(undefined);
      };
      const starting = createRuntime({ wasm, args: [...args, 'host'], procs: 2, stdout });
      starting.then((rt) => {
        started.push(rt);
        rt.done.then(reject, reject);
      }, reject);
    });
    const shadows = shadowsOf(said);
    expect(shadows.size).toBe(cases);

    const asData = framesOf(await started[0].goroutines(), ['user', 'foreign']);
    const asText = framesOf(parseDump(await started[0].stack({ all: true })));
    for (const [id, shadow] of shadows) {
      expect({ id, frames: asData.get(id) }).toEqual({ id, frames: shadow });
      expect({ id, frames: asText.get(id) }).toEqual({ id, frames: shadow });
    }
  });

  // Once a level is enough.
  if (seed - seeds[0] >= levels.length) return;
  const hard = stress ? ways : ways.slice(0, 1);
  const runs = golden.flatMap((program) => hard.map((way) => ({ ...program, ...way })));
  test.each(runs)('$name $env', async ({ name, expected, env }) => {
    const ran = await runProgram(await build(seed, level), { args: [name], env });
    expect(ran).toEqual({ code: 0, stdout: expected, stderr: '' });
  });
});

/**
 * What the program says of each goroutine: "case ID func:file:line ...".
 * @param {string} said
 */
function shadowsOf(said) {
  const lines = said.split('\n').filter((line) => line.startsWith('case '));
  return new Map(
    lines.map((line) => {
      const [, id, ...frames] = line.split(' ');
      return [Number(id), frames];
    }),
  );
}

/**
 * @param {import('../host/index.js').Goroutine[]} goroutines
 * @param {string[]} [kinds] only these frames
 */
function framesOf(goroutines, kinds) {
  return new Map(
    goroutines.map(({ id, frames }) => [
      id,
      frames
        .filter((frame) => !kinds || kinds.includes(frame.kind))
        .map(({ func, file, line }) => `${func}:${file.replace(/.*\//, '')}:${line}`),
    ]),
  );
}
