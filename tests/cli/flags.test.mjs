// @ts-check
// Compiler flags. Each one reaches the tool it is for, or is refused with the reason.
import { afterAll, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildCommand, parse } from '../../cli/build.js';
import { expanded } from '../../cli/flags.js';
import { linkerSays } from '../../wasm/link/warnings.js';
import { isTurn } from '../helpers/sample.mjs';

const cli = fileURLToPath(new URL('../../cli/main.js', import.meta.url));
const dir = mkdtempSync(path.join(tmpdir(), 'worldsema-flags-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const put = (/** @type {string} */ name, /** @type {string} */ text) => {
  writeFileSync(path.join(dir, name), text);
  return path.join(dir, name);
};

test.each([
  ['-fexceptions', ['-fexceptions'], ['-fexceptions']],
  ['-fsanitize=undefined', ['-fsanitize=undefined'], ['-fsanitize=undefined']],
  ['-fsanitize=signed-integer-overflow', 1, 1],
  ['-fno-rtti', 1, 0],
  ['-g3', 1, 0],
  ['-ggdb', 1, 0],
  ['-Wl,--trace', 0, 1],
  ['-Wall', 1, 0],
  ['-Xclang -fblocks', ['-Xclang', '-fblocks'], []],
  ['-iquote dir', ['-iquote', 'dir'], []],
  ['--embed-file a.txt', [], ['--embed-file', 'a.txt']],
  ['--embed-file=a.txt', 0, 1],
  ['--js-library lib.js', [], ['--js-library', 'lib.js']],
  ['--pre-js a.js', [], ['--pre-js', 'a.js']],
  ['-lembind', [], ['--bind']],
  ['--bind', [], ['--bind']],
  ['-s ASSERTIONS=1', [], ['-sASSERTIONS=1']],
])('%s goes to its steps', (flags, compile, link) => {
  const { compileArgs, emccArgs } = parse(['a.c', ...flags.split(' '), '-o', 'p']);
  const given = (/** @type {number | string[]} */ what) =>
    Array.isArray(what) ? what : what ? [flags] : [];
  expect({ compileArgs, emccArgs }).toEqual({ compileArgs: given(compile), emccArgs: given(link) });
});

test.each([
  ...['-flto', '-flto=thin', '-emit-llvm', '-c', '-S', '-E', '-MMD', '-MF', '-g0'],
  '-fsyntax-only',
  '--source-map-base=/',
  ...['-Wl,--strip-all', '-Wl,-s', '-Wl,--gc-sections,--strip-debug', '-Wl,--export-all'],
  ...['-Wl,-z,stack-size=65536', '-Wl,-zstack-size=65536', '-Wl,stack-size=65536'],
  ...['-gsplit-dwarf', '-fwasm-exceptions', '-fsanitize=address', '-fsanitize=thread', '-shared'],
  ...['-fprofile-instr-generate', '--coverage', '-fPIC', '-x', '--preload-file', '--closure'],
  ...['-sSINGLE_FILE', '-sSINGLE_FILE=1', '-sASYNCIFY', '-sASYNCIFY=1', '-sWASM=0', '-sMEMORY64=1'],
  ...['-sSUPPORT_LONGJMP=wasm', '-sMAIN_MODULE=2', '-sPROXY_TO_PTHREAD', '-sSTACK_SIZE=1MB'],
  ...['-sMALLOC=emmalloc', '-sMODULARIZE=0', '-sJSPI'],
  ...['-sSTACK_OVERFLOW_CHECK=2', '-sSTACK_OVERFLOW_CHECK', '-sPROXY_TO_WORKER'],
])('%s is refused in a line', (flag) => {
  expect(() => parse(['a.c', flag, '-o', 'p'])).toThrow(
    /^-[^\n]{1,30}: is not supported: [^\n]{10,}$/,
  );
});

test.each(['--strip-all', '-S', '--export-all', 'stack-size=1000'])(
  '-Xlinker %s is refused as behind -Wl',
  (option) =>
    expect(() => parse(['a.c', '-Xlinker', option, '-o', 'p'])).toThrow(
      `-Xlinker ${option}: is not supported: `,
    ),
);

test('what switches such a setting off is no matter', () => {
  expect(parse(['-sSINGLE_FILE=0', '-sMAIN_MODULE=0']).emccArgs).toHaveLength(2);
});

test.each(['.', '..', 'out/', 'out/..'])('a program is not written as hidden files: -o %s', (out) =>
  expect(buildCommand(['a.c', '-o', out])).rejects.toThrow('is a folder'),
);

/** A whole build takes long. */
const [testInTurn, testInOtherTurn] = [0, 1].map((turn) => (isTurn(turn) ? test : test.skip));

test('a name that is too long for the files of a build is refused', () =>
  expect(buildCommand([put('long.c', ''), '-o', 'ü'.repeat(81)])).rejects.toThrow(
    'the name has 162 bytes, and may have 160',
  ));

testInTurn(
  'emcc takes the longest name that is let through',
  async () => {
    const out = path.join(dir, 'l'.repeat(160));
    await buildCommand([
      put('longest.c', 'int main(void) { return 0; }'),
      '-g',
      '-o',
      out,
      '--quiet',
    ]);
    expect(existsSync(`${out}.wasm.map`)).toBe(true);
  },
  120_000,
);

test('a linker that crashes is told in a sentence', () => {
  const text = 'wasm-ld: error: x\nPLEASE submit a bug report to …\nStack dump:\n0. wasm-ld';
  const how = { nameOf: new Map(), warn: () => {}, failed: true };
  expect(() => linkerSays(text, how)).toThrow(
    /^wasm-ld: crashed\. wasm-ld 14 does so where --wrap=NAME .*\nwasm-ld: error: x\n$/,
  );
});

test('response files are read, in one another too', () => {
  put('inner.rsp', '-O1');
  const file = put('a.rsp', `a.c '-DX="a b"' "-DY=\\"c\\"" -I/d\\ e\n@${dir}/inner.rsp`);
  expect(expanded(['x', `@${file}`, 'y'])).toEqual([
    ...['x', 'a.c', '-DX="a b"', '-DY="c"', '-I/d e', '-O1', 'y'],
  ]);
  const itself = put('itself.rsp', `@${dir}/itself.rsp`);
  expect(() => expanded([`@${itself}`])).toThrow(/response files include one another/);
  expect(() => expanded(['@/nowhere.rsp'])).toThrow(/^\/nowhere\.rsp: cannot be read/);
});

test('files, JavaScript, bindings, assertions and exceptions come into a program, without a warning', () => {
  put('asset.txt', 'an asset\n');
  put(
    'lib.js',
    'mergeInto(LibraryManager.library, { js_add: function (a, b) { return a + b; } });',
  );
  put('pre.js', 'Module["answer"] = 42;');
  put(
    'all.cc',
    `#include <cstdio>
    #include <emscripten.h>
    #include <emscripten/bind.h>
    #include <worldsema.h>
    extern "C" int js_add(int, int);
    static int twice(int n) { return 2 * n; }
    EMSCRIPTEN_BINDINGS(all) { emscripten::function("twice", &twice); }
    int main() {
      char text[32] = "";
      std::FILE *f = std::fopen("asset.txt", "r");
      try {
        go_gosched();
        if (!f || !std::fgets(text, sizeof text, f)) throw 7;
        std::printf("%s%d %d\\n", text, js_add(1, 2), EM_ASM_INT({ return Module["answer"]; }));
        throw 8;
      } catch (int n) {
        std::printf("%d\\n", n);
      }
    }`,
  );
  put(
    'all.rsp',
    'all.cc -O1 -o all --quiet -sASSERTIONS=1 -fexceptions -lembind --embed-file asset.txt --js-library lib.js --pre-js pre.js',
  );
  const run = (/** @type {string[]} */ args) =>
    spawnSync(process.execPath, [cli, ...args], { cwd: dir, encoding: 'utf8' });
  expect(run(['build', '@all.rsp'])).toMatchObject({ status: 0, stderr: '' });
  expect(run(['run', 'all.wasm'])).toMatchObject({ status: 0, stdout: 'an asset\n3 42\n8\n' });
});

testInOtherTurn('a large function without optimisation takes seconds, not minutes', () => {
  const steps = Array.from({ length: 400 }, (_, n) => {
    return `long v${n + 1} = step(v${n}, ${n}); if (v${n + 1} < 0) return v${Math.max(0, n - 7)};`;
  });
  put(
    'large.c',
    `#include <stdio.h>
    #include <worldsema.h>
    static long step(long a, int k) { if (k % 97 == 0) go_gosched(); return a + k; }
    static long large(long v0) { ${steps.join('\n')} return v400; }
    int main(void) { printf("%ld\\n", large(1)); }`,
  );
  const run = (/** @type {string[]} */ args) =>
    spawnSync(process.execPath, [cli, ...args], { cwd: dir, encoding: 'utf8' });
  expect(run(['build', 'large.c', '-O0', '-o', 'large', '--quiet'])).toMatchObject({ status: 0 });
  expect(run(['run', 'large.wasm'])).toMatchObject({ status: 0, stdout: '79801\n' });
});
