// @ts-check
// The portable runtime on the native machine (tests/native), under the address and thread
// sanitizers. They find in a second what the wasm build would hide for a week.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { isTurn, notItsTurn, oneWay } from './helpers/sample.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const stress = process.env.WORLDSEMA_STRESS === '1';
const compiler = process.env.CC ?? 'cc';

const baseFlags = ['-std=gnu17', '-g', '-O1', '-no-pie', '-fno-pie', '-pthread', '-DRT_ASSERT'];
/** @type {Record<string, string[]>} */
const modes = {
  address: ['-fsanitize=address,undefined', '-fno-sanitize-recover=undefined'],
  thread: ['-fsanitize=thread'],
};
const environment = {
  // Goroutines that never end keep their memory, on purpose.
  ASAN_OPTIONS: 'detect_leaks=0:allocator_may_return_null=1',
  UBSAN_OPTIONS: 'print_stacktrace=1',
  TSAN_OPTIONS: [
    'halt_on_error=1',
    'allocator_may_return_null=1',
    `suppressions=${join(root, 'tests/native/tsan.txt')}`,
  ].join(':'),
};

/** @param {string} folder @param {string} suffix */
function files(folder, suffix) {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith(suffix))
    .map((name) => join(folder, name));
}

const floors = ['base', 'trace', 'mem', 'sched', 'sync', 'gc', 'look', 'host', 'prof', 'ask'].map(
  (name) => join('runtime', name),
);
const machine = ['os_posix.c', 'ctx_ucontext.c', 'self.c'].map((n) => join('tests', 'native', n));
const sources = [
  join('runtime', 'go.c'),
  ...floors.flatMap((folder) => files(folder, '.c')),
  ...machine,
];
const headers = ['runtime', ...floors, join('tests', 'native')].flatMap((f) => files(f, '.h'));

/** @param {string[]} args @param {string} [cwd] */
function run(args, cwd = root) {
  const [command, ...rest] = args;
  const done = spawnSync(command, rest, { cwd, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${args.join(' ')}\n${done.stderr ?? done.error}`);
  return done.stdout;
}

/** Why a mode cannot be used here, or undefined. @param {string[]} flags */
function hindrance(flags) {
  const probe = spawnSync(compiler, [...flags, '-x', 'c', '-', '-o', '/dev/null'], {
    input: 'int main(void) { return 0; }\n',
    encoding: 'utf8',
  });
  if (probe.error) return `no ${compiler}`;
  return probe.status === 0 ? undefined : `${compiler} cannot do ${flags[0]}`;
}

/** @param {string[]} paths @param {string[]} flags */
function hash(paths, flags) {
  const sum = createHash('sha256').update(JSON.stringify([compiler, flags]));
  for (const path of paths) sum.update(path).update(readFileSync(join(root, path)));
  return sum.digest('hex').slice(0, 16);
}

/**
 * Builds a program with the whole runtime, at most once: the result is kept under a hash of all
 * that went into it. The runtime itself is compiled once for all programs.
 * @param {string} name @param {string} mode @param {string} [folder]
 */
function build(name, mode, folder = 'native') {
  const include = ['tests/native', 'runtime'].map((path) => `-I${join(root, path)}`);
  const flags = [...baseFlags, ...modes[mode], ...include];
  const program = join('tests', folder, `${name}.c`);
  const library = join(root, 'build', 'native', `${mode}-${hash([...sources, ...headers], flags)}`);
  const out = join(library, `${name}-${hash([program], flags)}`);
  if (existsSync(out)) return out;
  if (!existsSync(library)) {
    const making = `${library}.${process.pid}`;
    mkdirSync(making, { recursive: true });
    run([compiler, ...flags, '-w', '-c', ...sources.map((s) => join(root, s))], making);
    renameSync(making, library);
  }
  const objects = readdirSync(library).filter((file) => file.endsWith('.o'));
  const main = [compiler, ...flags, '-Wall', '-Wextra', '-Werror', '-Dmain=program_main'];
  run([...main, '-c', program, '-o', `${out}.main`]);
  run(
    [compiler, ...flags, `${out}.main`, ...objects, '-lm', '-o', `${out}.${process.pid}`],
    library,
  );
  renameSync(`${out}.${process.pid}`, out);
  return out;
}

/** @param {string} path @param {string[]} args @param {Record<string, string>} [env] */
function start(path, args, env = {}) {
  return spawnSync(path, args, {
    encoding: 'utf8',
    timeout: 240_000,
    env: { ...process.env, ...environment, ...env },
  });
}

/** @type {[string, string][]} GOMAXPROCS, GODEBUG */
const ways = stress
  ? ['1', '2', '3', '8'].map((n) => [n, `schedstress=${1 + Math.floor(Math.random() * 1e6)}`])
  : ['1', '3'].map((n) => [n, '']);

for (const mode of Object.keys(modes)) {
  const why = hindrance(modes[mode]);
  describe(`${mode} sanitizer`, () => {
    if (why) {
      test.skip(`skipped: ${why}`, () => {});
      return;
    }
    const names = [
      'chan',
      'sync',
      'timer',
      'panic',
      'world',
      'mem',
      'gc',
      'memprof',
      'cpuprof',
      'host',
      'trace',
      'idle',
      'ask',
    ];
    const turn = mode === 'thread' ? 0 : 2;
    if (!isTurn(turn, 4)) {
      test.skip(notItsTurn, () => {});
      return;
    }
    for (const [i, name] of names.entries())
      test.each(oneWay(ways, 4 * i + turn, 4))(`${name}, GOMAXPROCS=%s %s`, (n, debug) => {
        const done = start(build(name, mode), [], {
          GOMAXPROCS: n,
          // Thread sanitizer can look after a few thousand goroutines only.
          ...(mode === 'thread' ? { WORLDSEMA_FEW: '1' } : {}),
          GODEBUG: debug,
        });
        expect(done.stderr.replace(/==\d+==WARNING: .*\n/g, '')).toBe('');
        expect(done.status).toBe(0);
        expect(done.stdout).toMatch(/^(ok \w+\n)+$/);
      });
    test.each(oneWay(ways, 4 * names.length + turn, 4))(
      'c/context, GOMAXPROCS=%s %s',
      (n, debug) => {
        const done = start(build('context', mode, 'c'), [], { GOMAXPROCS: n, GODEBUG: debug });
        expect(done.stderr.replace(/==\d+==WARNING: .*\n/g, '')).toBe('');
        expect(done.stdout).toBe(readFileSync(join(root, 'tests/c/context.txt'), 'utf8'));
      },
    );
  });
}

/** What each way to die in crash.c prints before the stacks. */
const deaths = {
  plain_panic: 'panic: boom\n',
  chained_panic: 'panic: first\n\tpanic: second\n\tpanic: third\n',
  panic_of_lines: 'panic: one\n\ttwo\n\t\n',
  repanic: 'panic: again [recovered, repanicked]\n',
  exit_then_panic: 'panic: late\n',
  panic_elsewhere: 'panic: elsewhere\n',
  panic_at_end: 'panic: at the end\n',
  unlock_unlocked: 'fatal error: sync: unlock of unlocked mutex\n',
  runlock_unlocked: 'fatal error: sync: RUnlock of unlocked RWMutex\n',
  rwunlock_unlocked: 'fatal error: sync: Unlock of unlocked RWMutex\n',
  deadlock: 'fatal error: all goroutines are asleep - deadlock!\n',
  deadlock_after_timer: 'fatal error: all goroutines are asleep - deadlock!\n',
  lock_given_up: 'fatal error: the lock was given up\n',
  main_exits: 'fatal error: no goroutines (main called go_exit) - deadlock!\n',
};

describe('deaths', () => {
  const why = hindrance(modes.address);
  if (why) {
    test.skip(`skipped: ${why}`, () => {});
    return;
  }
  test.each(Object.entries(deaths))('%s', (name, lines) => {
    const done = start(build('crash', 'address'), [name]);
    const report = done.stderr.replace(/==\d+==WARNING: .*\n/g, '');
    expect(report.split('\ngoroutine ')[0]).toBe(lines);
    expect(done.status).toBe(2);
  });

  test('deferred calls of main run when it returns', () => {
    const done = start(build('crash', 'address'), ['main_defers']);
    expect(done.stderr).toMatch(/first\nsecond\n$/);
    expect(done.stdout).toBe('ok main_defers\n');
    expect(done.status).toBe(0);
  });

  test('a deadlock names what each goroutine waits for', () => {
    const { stderr } = start(build('crash', 'address'), ['deadlock']);
    const reasons = [...stderr.matchAll(/^goroutine \d+ \[(.*)\]:$/gm)].map((m) => m[1]);
    expect(reasons).toEqual([
      'sync.Cond.Wait',
      'chan send',
      'chan send (nil chan)',
      'chan receive',
      'chan receive (nil chan)',
      'select',
      'select (no cases)',
      'select',
      'semacquire',
      'sync.Mutex.Lock',
      'sync.RWMutex.Lock',
      'sync.RWMutex.RLock',
      'sync.WaitGroup.Wait',
    ]);
  });
});
