// @ts-check
// The command line: what it says when it cannot, and what it builds when it can.
import { afterAll, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from '../../wasm/link/cli.js';
import { checkSources } from '../../wasm/link/sources.js';
import { decodeTable, describePc, SECTION } from '../../wasm/link/table.js';

const cli = fileURLToPath(new URL('../../wasm/link/cli.js', import.meta.url));
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

test.each([
  [['build', '-o', out], /no input: name at least one C file/],
  [['build', 'ok.c'], /-o: missing/],
  [['build', 'gone.c', '-o', out], /gone\.c: no such file/],
  [['build', 'ok.c', '-o', out, '-O9'], /-O9: unknown level/],
  [['build', 'ok.c', '-o', out, '--polls', 'all'], /--polls all: one of none, calls, loops/],
  [['build', 'ok.c', '-o', out, '--frobnicate'], /--frobnicate: unknown option/],
  [['build', 'ok.c', '-o', out, '--thread-stack', '7'], /at least 65536 bytes/],
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
  const { status, stdout } = run(['--help']);
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

test('a program is built, and its table knows lines and inlined calls', () => {
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
  expect(stderr).toBe('');
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
  expect(runtime?.file).toMatch(/^worldsema\/runtime\//);
});
