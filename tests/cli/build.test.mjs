// @ts-check
// The command line: what it builds, and what it says when it cannot.
import { afterAll, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from '../../cli/build.js';
import { checkSources } from '../../wasm/link/sources.js';
import { SECTION } from '../../wasm/link/table.js';
import { isTurn } from '../helpers/sample.mjs';
import { decodeTable, describePc } from '../helpers/table.mjs';

const cli = fileURLToPath(new URL('../../cli/main.js', import.meta.url));
const dir = mkdtempSync(path.join(tmpdir(), 'worldsema-cli-'));
const out = path.join(dir, 'out', 'prog');
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** @param {string[]} args @param {NodeJS.ProcessEnv} [env] */
const run = (args, env = {}) =>
  spawnSync(process.execPath, [cli, ...args], {
    cwd: dir,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });

/** @param {string} name @param {string} text */
const source = (name, text) => writeFileSync(path.join(dir, name), text);

/** A whole build takes long. */
const [testInTurn, testInOtherTurn] = [0, 1].map((turn) => (isTurn(turn) ? test : test.skip));

source('ok.c', 'int main(void) { return 0; }\n');

test('arguments go where they belong', () => {
  const options = parse([
    'a.c',
    '-O',
    '-I',
    'x',
    '-DY=1',
    '-lm',
    '-s',
    'STRICT=1',
    '-o',
    'p',
    'b.o',
  ]);
  expect(options).toMatchObject({
    sources: ['a.c', 'b.o'],
    out: 'p',
    opt: '-O1',
    compileArgs: ['-I', 'x', '-DY=1'],
    emccArgs: ['-lm', '-sSTRICT=1'],
  });
  expect(parse(['--polls=none', '--thread-stack', '131072'])).toMatchObject({
    polls: 'none',
    threadStack: 131072,
  });
});

test('clang has other names for some levels', () => {
  const levels = ['-O', '-Og', '-O4', '-Ofast'].map((level) => parse(['a.c', level]));
  expect(levels.map(({ opt }) => opt)).toEqual(['-O1', '-O1', '-O3', '-O3']);
  expect(levels.map(({ compileArgs }) => compileArgs)).toEqual([[], [], [], ['-ffast-math']]);
});

test('a file that no build made is not overwritten', () => {
  source('mine.c', 'int main(void) { return 0; }\n');
  for (const suffix of ['.js', '.mjs', '.worker.js', '.d.ts']) {
    const file = path.join(dir, `mine${suffix}`);
    writeFileSync(file, 'export const mine = 1;\n');
    const { status, stderr } = run(['build', 'mine.c', '-o', 'mine']);
    expect({ suffix, status }).toEqual({ suffix, status: 1 });
    expect(stderr).toContain(`mine${suffix}: would be overwritten, and no build made it`);
    expect(readFileSync(file, 'utf8')).toBe('export const mine = 1;\n');
    rmSync(file);
  }
});

test.each([
  [['build', '-o', out], /no input: name at least one C file/],
  [['build', 'ok.c'], /-o: missing/],
  [['build', 'gone.c', '-o', out], /gone\.c: no such file/],
  [['build', 'ok.c', '-o', out, '-O9'], /-O9: unknown level/],
  [['build', 'ok.c', '-o', out, '--polls', 'all'], /--polls all: one of none, calls, loops/],
  [['build', 'ok.c', '-o', out, '--tables=beside'], /--tables beside: one of inside, separate/],
  [['build', 'ok.c', '-o', out, '--frobnicate'], /--frobnicate: unknown option/],
  [['build', 'ok.c', '-o', out, '--thread-stack', '7'], /at least 65536 bytes/],
  [['build', 'ok.c', '-o', 'ok.c/prog'], /EEXIST: .*ok\.c/],
  [['build', 'ok.c', '-o', out, '--keep', 'ok.c/kept'], /ENOTDIR: .*ok\.c/],
  [['link', 'raw/prog.wasm', '-o', 'ok.c/prog'], /EEXIST: .*ok\.c/],
  [['frobnicate'], /frobnicate: unknown command/],
])('%j is refused with a sentence', (args, says) => {
  const { status, stderr } = run(args);
  expect(stderr).toMatch(says);
  expect(stderr).toMatch(/^worldsema: [^\n]*\n$/);
  expect(status).toBe(1);
});

test('a missing emcc is told with what to install', () => {
  const { status, stderr } = run(['build', 'ok.c', '-o', out], { EMCC: '/nowhere/emcc' });
  expect(stderr).toMatch(/EMCC=\/nowhere\/emcc does not exist. Install Emscripten/);
  expect(status).toBe(1);
});

test('--help teaches', () => {
  const { status, stdout } = run(['build', '--help']);
  expect(stdout).toMatch(/worldsema build hello\.c -o build\/hello/);
  expect(status).toBe(0);
});

test('every source of the runtime is listed', checkSources);

test('what does not compile is shown, and nothing stays', () => {
  source('bad.c', 'int main(void) { return x; }\n');
  const { status, stderr } = run(['build', 'bad.c', '-o', out]);
  expect(stderr).toMatch(/bad\.c: does not compile/);
  expect(stderr).toMatch(/use of undeclared identifier 'x'/);
  expect(stderr).not.toMatch(/emcc: error: '/);
  expect(status).toBe(1);
  expect(existsSync(path.dirname(out)) ? readdirSync(path.dirname(out)) : []).toEqual([]);
});

test('a call that does not fit what it calls is refused, with both files', () => {
  source('a.c', 'int helper();\nint main(void) { return helper(1); }\n');
  source('b.c', 'void helper(void) {}\n');
  const { status, stderr } = run(['build', 'a.c', 'b.c', '-o', out]);
  expect(stderr).toMatch(
    /^worldsema: helper: is \(i32\) -> i32 in a\.c, but \(\) -> void in b\.c: /m,
  );
  expect(status).toBe(1);
});

test.each([
  ['int main(int argc, char **argv, char **envp) { return argc + !argv + !envp; }'],
  ['void main(void) {}'],
])('another main is refused by name: %s', (text) => {
  source('main.c', `${text}\n`);
  const { status, stderr } = run(['build', 'main.c', '-o', out, '-Wno-main-return-type']);
  expect(stderr).toMatch(/^worldsema: main: must be int main\(void\) .* in main\.c /m);
  expect(status).toBe(1);
});

testInTurn('a program is built, and its table knows lines and inlined calls', () => {
  source(
    'prog.c',
    `#include <worldsema.h>
static inline __attribute__((always_inline)) void
pause(void)
{
	go_gosched();
}
__attribute__((noinline)) void
twice(void)
{
	pause();
	pause();
}
int
main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	twice();
	return 0;
}
`,
  );
  const { status, stderr } = run(['build', 'prog.c', '-o', out, '-O2']);
  expect(stderr).toMatch(
    /^worldsema: 2 of 2 functions of the program can wait and are instrumented; code \d+ KB as compiled, \d+ KB as it runs\n$/,
  );
  expect(status).toBe(0);
  const module = new WebAssembly.Module(readFileSync(`${out}.wasm`));
  const [section] = WebAssembly.Module.customSections(module, SECTION);
  const table = decodeTable(new Uint8Array(section));
  const lines = (/** @type {string} */ name) => {
    const func = table.funcs.find((f) => f.name === name);
    const chains = [];
    for (let pc = (func?.entry ?? 0) + 1; describePc(table, pc)?.func === func; pc++)
      chains.push(describePc(table, pc)?.chain.map((l) => `${l.func} ${l.file}:${l.line}`));
    return chains;
  };
  expect(lines('main')).toEqual([['main prog.c:18']]);
  expect(lines('twice')).toEqual([
    ['pause prog.c:5', 'twice prog.c:10'],
    ['pause prog.c:5', 'twice prog.c:11'],
  ]);
  const twice = table.funcs.find((f) => f.name === 'twice');
  expect(table.locs[twice?.loc ?? 0]).toMatchObject({ func: 'twice', line: 8 });
  const runtime = table.locs.find((l) => l.func === 'go_gosched');
  expect(runtime).toMatchObject({ kind: 1 });
  expect(runtime?.file).toMatch(/^worldsema\/(runtime|wasm)\//);
});

testInTurn('a function marked GO_NOSUSPEND that can be suspended is refused, with the path', () => {
  source(
    'nosuspend.c',
    `#include <worldsema.h>
    static int deep(int x) { go_gosched(); return x; }
    int quick(int x);
    GO_NOSUSPEND(quick) int quick(int x) { return deep(x) + 1; }
    int main(void) { return quick(0) - 1; }\n`,
  );
  const { status, stderr } = run(['build', 'nosuspend.c', '-O0', '-o', out]);
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /quick: is marked GO_NOSUSPEND, but may be suspended:\nquick\n {2}calls deep\n {2}calls go_gosched\n/,
  );
  expect(existsSync(`${out}.wasm`)).toBe(false);
});

testInOtherTurn(
  'a function marked GO_NOSUSPEND may unlock and signal: NULL ends the program there',
  () => {
    source(
      'quick.c',
      `#include <worldsema.h>
    #include <stdio.h>
    __attribute__((noinline)) static void both(GoMutex *m, GoCond *c) { go_mutex_unlock(m); go_cond_signal(c); }
    int quick(GoMutex *m, GoCond *c);
    GO_NOSUSPEND(quick) __attribute__((noinline)) int quick(GoMutex *m, GoCond *c) {
      both(m, c);
      return go_mutex_trylock(m);
    }
    int main(int argc, char **argv) {
      static GoMutex m;
      static GoCond c;
      (void)argv;
      go_mutex_lock(&m);
      printf("%d\\n", quick(&m, argc > 1 ? NULL : &c));
      return 0;
    }\n`,
    );
    expect(run(['build', 'quick.c', '-O1', '--quiet', '-o', out])).toMatchObject({
      stderr: '',
      status: 0,
    });
    expect(run(['run', `${out}.wasm`])).toMatchObject({ stdout: '1\n', status: 0 });
    const { stderr, status } = run(['run', `${out}.wasm`, 'x']);
    expect(stderr).toMatch(
      /^panic: runtime error: invalid memory address or nil pointer dereference\n/,
    );
    expect(status).toBe(2);
  },
);

test('a mark on a static function is refused by the compiler', () => {
  source(
    'static.c',
    '#include <worldsema.h>\nGO_NOPOLL(f) static int f(void) { return 0; }\nint main(void) { return f(); }\n',
  );
  const { status, stderr } = run(['build', 'static.c', '-o', out]);
  expect(status).toBe(1);
  expect(stderr).toMatch(/static.c:2:.*cannot combine with previous 'extern'/);
});

testInOtherTurn(
  'marks, foreign sources and plain archives are found, and the marks do not stay',
  () => {
    source('lib.c', 'int lib(int n) { return n * 3; }\n');
    source(
      'kinds.c',
      `#include <worldsema.h>
    int lib(int);
    unsigned nopoll(unsigned n);
    GO_NOPOLL(nopoll) unsigned nopoll(unsigned n) { unsigned s = 1; while (n--) s ^= n * s; return s; }
    int main(int argc, char **argv) { (void)argv; return lib(argc) + (int)nopoll((unsigned)argc); }\n`,
    );
    const { status, stderr } = run([
      'build',
      'kinds.c',
      '-O1',
      '--foreign',
      'lib.c',
      '-o',
      out,
      '-v',
    ]);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stderr).toMatch(/^ +foreign: lib\.c \(--foreign\)$/m);
    expect(stderr).toMatch(/^worldsema: 0 of 2 functions of the program can wait/m);
    expect(stderr).toMatch(
      /^worldsema: foreign, at full speed: lib\.c \(--foreign\); 1 function$/m,
    );
    expect(stderr).toMatch(/polls: 0 loops wrapped, 0 counted, 0 plain, 0 behind, 0 entries/);
    const module = new WebAssembly.Module(readFileSync(`${out}.wasm`));
    const names = WebAssembly.Module.exports(module).map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('worldsema_'))).toEqual([]);
  },
);

testInTurn(
  '-v says of each function that is instrumented why, --quiet nothing, --why only its answer',
  () => {
    source(
      'report.c',
      `#include <worldsema.h>
    __attribute__((noinline)) static void relay(void) { go_gosched(); }
    int plain(int n);
    GO_FOREIGN(plain) int plain(int n) { return n + 1; }
    int main(void) { relay(); return plain(-1); }\n`,
    );
    const loud = run(['build', 'report.c', '-O1', '-o', out, '-v']);
    expect(loud.stderr).toMatch(/^ +may wait: relay: calls go_gosched$/m);
    expect(loud.stderr).toMatch(/^ +may wait: main: calls relay, which calls go_gosched$/m);
    expect(loud.stderr).toMatch(/^worldsema: 2 of 2 functions of the program can wait/m);
    expect(loud.stderr).toMatch(/full speed: 1 function marked GO_FOREIGN; 1 function$/m);
    const quiet = run(['build', 'report.c', '-O1', '-o', out, '--quiet', '--why', 'relay']);
    expect(quiet).toMatchObject({ stderr: '', status: 0 });
    expect(quiet.stdout).toMatch(/^relay\n {2}calls go_gosched\n/);
    expect(quiet.stdout).not.toMatch(/may wait|main/);
  },
);
