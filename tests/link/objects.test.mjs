// @ts-check
// Objects and archives that were compiled elsewhere. Those in which the link step could miss
// something are refused by name; the others work.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from '../../wasm/link/build.js';
import { LinkError } from '../../wasm/link/error.js';
import { readInput, readObject } from '../../wasm/link/objects.js';
import { findEmcc, run } from '../../wasm/link/tools.js';
import { runProgram } from '../helpers/run.mjs';
import { mutations } from './mutate.mjs';

const dir = mkdtempSync(path.join(tmpdir(), 'worldsema-objects-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const emcc = findEmcc();
const file = (/** @type {string} */ name) => path.join(dir, name);

/** @param {string} name @param {string[]} flags @param {string} text */
function object(name, flags, text) {
  const source = file(`${name}.c`);
  writeFileSync(source, text);
  run('emcc', [emcc.path, '-O2', ...flags, '-c', source, '-o', file(name)], { env: emcc.env });
  return file(name);
}

/** @param {string} name @param {[string, Uint8Array][]} members */
function archive(name, members) {
  const parts = [Buffer.from('!<arch>\n')];
  for (const [member, bytes] of members) {
    const head = `${`${member}/`.padEnd(16)}${'0'.padEnd(32)}${`${bytes.length}`.padEnd(10)}\`\n`;
    parts.push(Buffer.from(head), Buffer.from(bytes), Buffer.alloc(bytes.length & 1, 10));
  }
  writeFileSync(file(name), Buffer.concat(parts));
  return file(name);
}

const ADD = 'int add(int a, int b) { return a + b; }\n';
const TLS = '_Thread_local int mine; int *where(void) { return &mine; }\n';
const THROWS = 'void f(void); int g(void) { try { f(); } catch (int) { return 1; } return 0; }\n';
/** @type {Record<string, Uint8Array>} */
let bytes;

beforeAll(() => {
  bytes = {
    good: readFileSync(
      object(
        'good.o',
        ['-pthread', '-g'],
        `#include <string.h>\n${ADD}
      extern int state; int (*how)(int, int) = add;
      int use(char *to, const char *from) { strcpy(to, from); return how(state++, 2); }`,
      ),
    ),
    lto: readFileSync(object('lto.o', ['-flto'], ADD)),
    threads: readFileSync(object('threads.o', [], TLS)),
    wide: readFileSync(object('wide.o', ['-sMEMORY64=1'], ADD)),
    thrown: readFileSync(object('thrown.o', ['-xc++', '-fwasm-exceptions'], THROWS)),
  };
});

test.each([
  ['lto', /^x\.o: is LLVM bitcode.* compile without -flto/],
  ['threads', /^x\.o: .*compile with -pthread$/],
  ['wide', /^x\.o: is wasm64/],
  ['thrown', /^x\.o: uses exceptions of WebAssembly.*-fexceptions/],
])('an object of another kind is refused by name: %s', (kind, says) => {
  expect(() => readObject(bytes[kind], 'x.o')).toThrow(says);
  const inside = archive(`${kind}.a`, [
    ['ok.o', bytes.good],
    ['bad.o', bytes[kind]],
  ]);
  const message = says.source.replace('^x\\.o', `${kind}\\.a\\(bad\\.o\\)`);
  expect(() => readInput(inside)).toThrow(new RegExp(message));
});

test('what is no wasm is refused by name', () => {
  const refused = (/** @type {number[] | string} */ start) => () =>
    readObject(Uint8Array.from([...Buffer.from(start), 0, 0, 0, 0]), 'x.o');
  expect(refused('\x7fELF')).toThrow(/^x\.o: is an ELF object, for another machine/);
  expect(refused([0xcf, 0xfa, 0xed, 0xfe])).toThrow(/^x\.o: is a Mach-O object/);
  expect(refused([0xde, 0xc0, 0x17, 0x0b])).toThrow(/^x\.o: is LLVM bitcode/);
  expect(refused('int main')).toThrow(/^x\.o: is not a wasm object$/);
  const module = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  expect(() => readObject(module, 'x.o')).toThrow(/^x\.o: is a linked module, not an object/);
});

test('the functions that an object needs are known', () => {
  expect(readInput(file('good.o'))).toEqual([{ name: file('good.o'), needs: ['strcpy'] }]);
  const two = archive('two.a', [
    ['a.o', bytes.good],
    ['b.o', bytes.good],
  ]);
  expect(readInput(two).map(({ needs }) => needs)).toEqual([['strcpy'], ['strcpy']]);
});

test('2000 damaged objects and archives are refused by name, or are valid', () => {
  const whole = new Uint8Array(
    readFileSync(
      archive('w.a', [
        ['a.o', bytes.good],
        ['b.o', bytes.good],
      ]),
    ),
  );
  const read = (/** @type {Uint8Array} */ damaged) => {
    writeFileSync(file('damaged.a'), damaged);
    return readInput(file('damaged.a'));
  };
  for (const [from, how] of /** @type {const} */ ([
    [bytes.good, (/** @type {Uint8Array} */ damaged) => readObject(damaged, 'damaged.o')],
    [whole, read],
  ]))
    for (const { name, bytes: damaged } of mutations(from, 1000)) {
      try {
        how(damaged);
      } catch (error) {
        if (!(error instanceof LinkError)) throw new Error(name, { cause: error });
        expect(error.message).toMatch(/damaged\.[ao][^\n]*: [^\n]{5,}$/);
      }
    }
});

test('objects compiled without our flags keep what they have below the stack pointer', async () => {
  const leaf = `#include <stdint.h>
    int NAME(volatile int *stop, uint32_t seed)
    {
      volatile uint32_t a[16]; // in the red zone
      for (int i = 0; i < 16; i++) a[i] = seed + i;
      while (!*stop) ;
      for (int i = 0; i < 16; i++) if (a[i] != seed + i) return -1 - i;
      return 1;
    }\n`;
  const of = (/** @type {string} */ name, /** @type {string[]} */ flags) =>
    object(`${name}.o`, [`-DNAME=${name}`, ...flags], leaf);
  const inside = archive('inside.a', [['leaf.o', readFileSync(of('archived', ['-pthread']))]]);
  const theirs = archive('theirs.a', [['leaf.o', readFileSync(of('foreign', ['-pthread', '-g']))]]);
  writeFileSync(
    file('main.c'),
    `#include <worldsema.h>
    #include <stdint.h>
    #include <stdio.h>
    #define EACH(X) X(plain) X(debug) X(alone) X(slow) X(archived) X(foreign)
    #define DECLARE(f) int f(volatile int *stop, uint32_t seed);
    #define NAME(f) f,
    EACH(DECLARE)
    static int (*const leaves[])(volatile int *, uint32_t) = {EACH(NAME)};
    enum { N = sizeof leaves / sizeof leaves[0] };
    static volatile int stop;
    static _Atomic int begun;
    static int result[N];
    static GoWaitGroup wg;
    static void spin(void *p)
    {
      int n = (int)(intptr_t)p;
      begun++;
      result[n] = leaves[n](&stop, 0x1000u * (uint32_t)n);
      go_waitgroup_done(&wg);
    }
    int main(void)
    {
      go_waitgroup_add(&wg, N);
      for (int n = 0; n < N; n++) go(spin, (void *)(intptr_t)n);
      while (begun < N) go_gosched();
      for (int i = 0; i < 200; i++) { go_alloc(64); go_gosched(); }
      stop = 1;
      go_waitgroup_wait(&wg);
      for (int n = 0; n < N; n++) printf("%d ", result[n]);
      return 0;
    }\n`,
  );
  await build({
    sources: [
      ...[file('main.c'), of('plain', ['-pthread']), of('debug', ['-pthread', '-g'])],
      ...[of('alone', []), of('slow', ['-pthread', '-O0'])],
    ],
    goroutine: [inside],
    foreign: [theirs],
    out: file('app'),
    warn: () => {},
  });
  const program = { name: 'objects', wasm: file('app.wasm') };
  const { stdout, code } = await runProgram(program, { procs: 2 });
  expect({ stdout, code }).toEqual({ stdout: '1 1 1 1 1 1 ', code: 0 });
});
