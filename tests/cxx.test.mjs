// @ts-check
// C++ programs.
import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDump } from '../host/index.js';
import { root } from '../scripts/paths.mjs';
import { buildProgram, compileObject } from './helpers/build.mjs';
import { dispatcher } from './helpers/golden.mjs';
import { runProgram } from './helpers/run.mjs';
import { isTurn, some } from './helpers/sample.mjs';

/**
 * Programs that are linked into one module, because a link of C++ is long. Each main has a name of
 * its own, as the compiler mangles it.
 */
const joined = [
  { name: 'exceptions', takesArgs: true, flags: ['-std=c++17', '-fexceptions'] },
  { name: 'uncaught', takesArgs: true, flags: ['-std=c++17', '-fexceptions', '-Wno-exceptions'] },
  { name: 'throws', takesArgs: false, flags: ['-std=c++17', '-fexceptions'] },
  { name: 'threads', takesArgs: false, flags: ['-std=c++17'] },
  { name: 'left', takesArgs: false, flags: ['-std=c++17', '-fexceptions'] },
  { name: 'ends', takesArgs: true, flags: ['-std=c++17', '-fexceptions'] },
  { name: 'idiom', takesArgs: false, flags: ['-std=c++17', '-fexceptions'] },
  { name: 'atomics', takesArgs: true, flags: ['-std=c++20'] },
].map((one) => {
  const main = `cxx_${one.name}`;
  return { ...one, main, symbol: `_Z${main.length}${main}${one.takesArgs ? 'iPPc' : 'v'}` };
});

/** Each has a module of its own to build. */
const [testInTurn, testInOtherTurn] = [0, 1].map((turn) => (isTurn(turn) ? test : test.skip));

/** For the link of what is compiled with -fexceptions. */
const catching = ['-sDISABLE_EXCEPTION_CATCHING=0'];

/** @type {ReturnType<typeof buildProgram> | undefined} */
let module;

async function linkJoined() {
  const sources = await Promise.all([
    ...joined.map(({ name, main, flags }) =>
      compileObject(`tests/cxx/${name}.cc`, { main, flags }),
    ),
    compileObject('tests/cxx/dispatch.cc', { flags: ['-std=c++17', '-fexceptions'] }),
  ]);
  return buildProgram(dispatcher(/** @type {any} */ (joined)), {
    ...{ name: 'cxx', sources, opt: '-O2', emccArgs: catching },
  });
}

/** @param {string} name @param {import('./helpers/run.mjs').RunOptions} options */
async function runJoined(name, { args = [], ...options }) {
  const program = await (module ??= linkJoined());
  return runProgram(program, { args: [name, ...args], ...options });
}

/** What each of them prints, but `uncaught`. */
const right = { code: 0, stdout: '0 wrong\n', stderr: '' };

test.each(some([1], [2, 8]))(
  'exceptions pass through frames that waited, GOMAXPROCS=%i',
  async (procs) => expect(await runJoined('exceptions', { procs })).toEqual(right),
);

/** On workers and on one, as it is and preempted all the time. */
async function rightInAll(/** @type {string} */ name, /** @type {number} */ procs) {
  for (const mode of /** @type {const} */ (['workers', 'one']))
    for (const GODEBUG of ['', 'preemptstress=5'])
      expect(await runJoined(name, { procs, mode, env: { GODEBUG } })).toEqual(right);
}

test.each(some([1], [2, 8]))(
  "a throw lands in the right frame, and what is caught is the goroutine's, GOMAXPROCS=%i",
  async (procs) => {
    const GODEBUG = procs > 1 ? 'preemptstress=3' : '';
    expect(await runJoined('throws', { procs, env: { GODEBUG } })).toEqual(right);
  },
);

testInTurn.each(some([1], [2, 8], 1, 2))(
  'exceptions pass through foreign code that was handed collected memory, GOMAXPROCS=%i',
  async (procs) => {
    const flags = ['-fexceptions', '-std=c++17'];
    const options = { flags, emccArgs: catching, opt: '-O2' };
    const program = await buildProgram('tests/cxx/collected.cc', options);
    const env = { GODEBUG: 'gcstress=10,heapcheck=1' };
    expect(await runProgram(program, { procs, env })).toEqual(right);
  },
);

test.each([1, 2])(
  'a loop that dispatches to what waits, within try, GOMAXPROCS=%i',
  async (procs) =>
    expect(await runJoined('exceptions', { procs, args: ['dispatch'] })).toEqual(right),
);

test.each(some([1], [2, 8]))('threads of C++ are goroutines, GOMAXPROCS=%i', (procs) =>
  rightInAll('threads', procs),
);

test.each(some([1], [2, 8]))(
  'handlers of pthread_cleanup_push do not stay behind when a throw leaves their frame, GOMAXPROCS=%i',
  (procs) => rightInAll('left', procs),
);

test.each(some([1], [2, 8]))(
  'thread_local objects end before what is told at the end of their thread, GOMAXPROCS=%i',
  (procs) => rightInAll('ends', procs),
);

test.each([
  ['main', 0],
  ['exit', 3],
])(
  'thread_local objects end before static ones, and both may wait and throw then: %s',
  async (how, code) => {
    const stdout = [
      ...['a thread_local object ends', 'a static object ends'],
      ...['its thread', 'a static pool ends', ''],
    ].join('\n');
    for (const mode of /** @type {const} */ (['workers', 'one']))
      for (const GODEBUG of ['', 'preemptstress=5']) {
        const ran = await runJoined('ends', { args: [how], mode, env: { GODEBUG } });
        expect(ran).toEqual({ code, stdout, stderr: '' });
      }
  },
);

test.each(['-fno-exceptions', '-fexceptions'])(
  'worldsema.hpp compiles without a warning: %s',
  async (flag) => {
    const warnings = ['-Wall', '-Wextra', '-Wshadow', '-Wconversion', '-Werror'];
    await compileObject('tests/cxx/plain.cc', { flags: ['-std=c++17', flag, ...warnings] });
  },
);

test.each(some([1], [2, 8]))(
  'goroutines, channels, contexts and groups of worldsema.hpp, GOMAXPROCS=%i',
  (procs) => rightInAll('idiom', procs),
);

test.each(some([1], [2, 8]))('waits of C++20 park, GOMAXPROCS=%i', async (procs) => {
  await rightInAll('atomics', procs);
  const { stderr } = await runJoined('atomics', { procs, args: ['deadlock'] });
  expect(stderr).toContain('all goroutines are asleep - deadlock!');
  expect(stderr.match(/^goroutine \d+ \[(futex|semacquire)\]:$/gm)).toHaveLength(4);
});

test.each([
  ['goroutine', 'std::runtime_error: disk is full', 'thrower('],
  ['main', 'std::runtime_error: disk is full', 'thrower('],
  ['often', 'std::runtime_error: disk is full', 'thrower('],
  ['noexcept', 'std::runtime_error: disk is full', 'quiet('],
  ['noexcept', 'std::runtime_error: disk is full', 'thrower('],
  ['again', 'std::runtime_error: first', 'thrower('],
  ['int', 'int', 'thrower('],
  ['text', 'char const*: out of paper', 'thrower('],
  ['lost', 'app::(anonymous namespace)::Lost: no way home', 'thrower('],
  ['both', 'app::Both: second base', 'thrower('],
  ['box', 'app::Box<int>', 'thrower('],
  ['template', 'app::Box<std::pair<std::string, std::string*>>', 'thrower('],
  ['pointer', 'app::Named*', 'thrower('],
  ['alloc', 'std::bad_alloc: std::bad_alloc', 'thrower('],
])('an exception that nobody catches is told: %s', async (how, what, frame) => {
  const { code, stderr } = await runJoined('uncaught', { args: [how] });
  const lines = stderr.split('\n');
  expect(lines[0]).toBe(`fatal error: uncaught exception ${what}`);
  expect(lines[2]).toMatch(/^goroutine \d+ \[running\]:$/);
  expect(stderr).toContain(`\n${frame}`);
  expect(code).toBe(2);
});

test.each(['cleanups', 'cleanups noexcept'])(
  'frames that an exception left behind are told when nobody catches it: %s',
  async (how) => {
    for (const mode of /** @type {const} */ (['workers', 'one'])) {
      const { stderr } = await runJoined('uncaught', { args: [how], mode });
      const [{ frames }] = parseDump(stderr);
      const names = frames.map(({ func }) => func.replace(/\(.*/, ''));
      const cleanups = ['inner_cleanup', 'outer_cleanup'];
      const last = how === 'cleanups' ? [] : ['quiet_outside'];
      expect(names.slice(0, -2)).toEqual([
        ...['thrower', 'innermost', 'innermost', ...cleanups, ...last],
      ]); // then comes main
    }
  },
);

test('lines of an exception cannot be taken for lines of the report', async () => {
  const { stderr } = await runJoined('uncaught', { args: ['lines'] });
  expect(stderr).toMatch(
    /: out of paper\n\t\n\tgoroutine 99 \[running\]:\n\tprinter\(\.\.\.\)\n\ngoroutine \d+ \[/,
  );
  expect(parseDump(stderr).map(({ id }) => id)).not.toContain(99);
});

test('std::terminate without an exception says so', async () => {
  const { code, stderr } = await runJoined('uncaught', { args: ['terminate'] });
  expect(stderr).toMatch(
    /^fatal error: std::terminate called\n\ngoroutine 1 \[running\]:\n[^]*^main\(/m,
  );
  expect(code).toBe(2);
});

test('the handlers of terminate and SIGABRT run, and what stdout holds is printed', async () => {
  const { code, stdout, stderr } = await runJoined('uncaught', { args: ['handlers'] });
  expect(stdout).toBe('beforemy terminate handler\nsignal 6\n');
  expect(stderr).toMatch(/^fatal error: uncaught exception std::runtime_error: disk is full\n/);
  expect(code).toBe(2);
});

test.each([
  ['main', 'disk is full'],
  ['goroutine', 'disk is full'],
  ['again', 'first'],
  ['noexcept', 'disk is full'],
  ['destructor', 'from a destructor'],
])('a terminate handler can ask what nobody catches, throw and wait: %s', async (how, what) => {
  const before = ['noexcept', 'destructor'].includes(how) ? '' : 'before';
  const stdout = `told: ${what}\ntold again: ${what}\n0 uncaught\n`;
  for (const mode of /** @type {const} */ (['workers', 'one'])) {
    const ran = await runJoined('uncaught', { args: [how, 'tell'], mode });
    expect(ran).toEqual({ code: 5, stdout: before + stdout, stderr: '' });
  }
});

test.each(['operand', 'nothing'])(
  'a throw of nothing calls the terminate handler: %s',
  async (how) => {
    const { code, stdout } = await runJoined('uncaught', { args: [how] });
    expect(stdout).toBe('my terminate handler\n');
    expect(code).toBe(2);
  },
);

testInOtherTurn('without -fexceptions a throw says how to switch them on', async () => {
  const program = await buildProgram('tests/cxx/uncaught.cc', {
    flags: ['-std=c++17'],
  });
  const { code, stderr } = await runProgram(program, { args: ['main'] });
  expect(stderr).toMatch(
    /^fatal error: uncaught exception std::runtime_error: caught \(.*-fexceptions\)/,
  );
  expect(stderr).toMatch(/^main\(\.\.\.\)$/m);
  expect(code).toBe(2);
});

const ways = some([], ['-O2 -fexceptions', '-O2', '-O0']);
test.each(ways)('a dump says where a thread was made: %s', async (way) => {
  const [opt, ...flags] = way.split(' ');
  const file = 'tests/cxx/created.cc';
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  const made = lines.flatMap((line, n) => {
    const by = / made: (.*)$/.exec(line)?.[1];
    return by ? [`created by ${by}\n\t${file}:${n + 1}`] : [];
  });
  const program = await buildProgram(file, { opt, flags: ['-std=c++17', ...flags] });
  const { stdout } = await runProgram(program, {});
  const told = stdout.replace(/ in goroutine \d+$/gm, '').trimEnd();
  expect(told.split(/\n(?=created)/).sort()).toEqual(made.sort());
});
