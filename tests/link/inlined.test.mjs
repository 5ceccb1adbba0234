// @ts-check
// Which functions may be inlined, and that tracebacks show them all the same.
import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { buildProgram } from '../helpers/build.mjs';
import { runProgram } from '../helpers/run.mjs';
import { some } from '../helpers/sample.mjs';
import { inlined } from '../../wasm/link/inlined.js';
import { kindsOf } from '../../wasm/link/kinds.js';
import { Locations } from '../../wasm/link/locations.js';
import { readModule } from '../../wasm/link/reader.js';
import { moduleOf } from './modules.mjs';

const FUNCTIONS = `
  (func $once)
  (func $loops (loop $l (br_if $l (i32.const 0))))
  (func $deep (call $once))
  (func $twice)
  (func $taken)
  (func $exported (export "exported"))
  (func $waits (nop))
  (func $itself (call $itself))
  (func $header1 (nop))
  (func $header2 (nop))
  (func $inWaiting)
  (func $waiting (call $inWaiting))
  (func $user
    (call $deep) (call $loops) (call $twice) (call $twice) (call $taken) (call $exported) (call $waits)
    (call $header1) (call $header2) (call $runtime))`;

/** Every function is a file of its own, with the function's number as its line. */
function analysed() {
  const { m, index } = moduleOf({
    top: '(table 2 funcref) (elem (i32.const 1) $taken)',
    user: FUNCTIONS,
    runtime: '(func $runtime (call $inRuntime)) (func $inRuntime)',
  });
  const locations = new Locations();
  const rows = m.bodies.map(({ index: f, code }) => {
    const func = m.names.get(f) ?? '';
    const line = func.startsWith('header') ? 1 : f;
    const name = func.replace(/\d$/, '');
    return { at: code, loc: locations.add({ func: name, file: name, line, parent: 0, kind: 0 }) };
  });
  const suspended = new Set(['waits', 'waiting'].map(index));
  const result = inlined(m, kindsOf(m), (f) => !suspended.has(f), rows, locations);
  const locOf = (/** @type {string} */ name) => rows[index(name) - m.nimports].loc;
  const chain = (/** @type {number} */ loc) => {
    const names = [];
    for (let l = loc; l; l = locations.list[l].parent) names.push(locations.list[l].func);
    return names;
  };
  const adopt = (/** @type {string} */ name, /** @type {string} */ body) =>
    chain(result.adopt(locOf(name), index(body)));
  const names = (/** @type {Set<number>} */ set) => [...set].map((f) => m.names.get(f)).sort();
  return { once: names(result.once), leaves: names(result.leaves), adopt };
}

test('what is called at one place, by code that is never suspended', () => {
  const { once, leaves } = analysed();
  expect(once).toEqual(['deep', 'loops', 'once']);
  expect(leaves).toEqual(['once']);
});

test('a location has the calls that lead to where it was found', () => {
  const { adopt } = analysed();
  expect(adopt('once', 'user')).toEqual(['once', 'deep', 'user']);
  expect(adopt('once', 'deep')).toEqual(['once', 'deep']);
  expect(adopt('once', 'once')).toEqual(['once']);
  expect(adopt('once', 'waiting')).toEqual(['once']); // there is no such way
  expect(adopt('twice', 'user')).toEqual(['twice']);
});

const PROGRAM = `
#include <stdio.h>
#include <stdlib.h>
#include <worldsema.h>

#define NOINLINE __attribute__((noinline)) static

static volatile int never, zero;
static volatile bool running, stop;

NOINLINE void
innermost(void)
{
	running = true;
	while (!stop)
		never++;
}

NOINLINE void
middle(void)
{
	never++;
	innermost();
	never--;
}

NOINLINE void
outer(int n)
{
	if (n == 7)
		middle();
	if (n == 8)
		never = 100 / zero;
	if (n == 9)
		never = (int)atof((char *)0xfffffff0u);
	never--;
}

static void
spin(void *arg)
{
	outer((int)(size_t)arg);
}

int
main(int argc, char **argv)
{
	static char text[4096];

	go(spin, (void *)(size_t)atoi(argv[argc - 1]));
	while (!running)
		go_gosched();
	text[go_stack(text, sizeof text - 1, true)] = 0;
	puts(text);
	stop = true;
	return 0;
}
`;

// Else each allocation makes two more calls.
test.each(some([], ['-O2', '-O3', '-Os'], 1))(
  'the allocator is laid into go_alloc, with %s',
  async (opt) => {
    const program = await buildProgram(
      `#include <stdio.h>
      #include <worldsema.h>
      int main(void) { printf("%d\\n", *(int *)go_alloc(16)); return 0; }`,
      { opt },
    );
    expect((await runProgram(program)).stdout).toBe('0\n');
    const names = new Set(readModule(readFileSync(program.wasm)).names.values());
    expect(names.has('go_alloc')).toBe(true);
    expect(['rt_new', 'rt_new_noscan'].filter((name) => names.has(name))).toEqual([]);
  },
);

test.each(some([], ['-O1', '-O2', '-Os'], 1))(
  'frames of what was laid in, with %s',
  async (opt) => {
    const program = await buildProgram(PROGRAM, { opt });
    const stopped = await runProgram(program, { args: ['7'], procs: 2 });
    const frames = /innermost[^]*?created by/.exec(stopped.stdout)?.[0].replace(/\s+/g, ' ');
    const at = 'program.c:';
    expect(frames).toMatch(
      new RegExp(
        `^innermost\\(\\.\\.\\.\\) ${at}1[56] middle\\(\\.\\.\\.\\) ${at}23 ` +
          `outer\\(\\.\\.\\.\\) ${at}31 spin\\(\\.\\.\\.\\) ${at}42 created by$`,
      ),
    );
    const trapped = await runProgram(program, { args: ['8'], procs: 2 });
    expect(trapped.code).toBe(2);
    expect(trapped.stderr.replace(/\s+/g, ' ')).toContain(
      `outer(...) ${at}33 spin(...) ${at}42 created by`,
    );
    const inLibc = await runProgram(program, { args: ['9'], procs: 2 });
    expect(inLibc.stderr.replace(/\s+/g, ' ')).toContain(
      `outer(...) ${at}35 spin(...) ${at}42 created by`,
    );
    const names = new Set(readModule(readFileSync(program.wasm)).names.values());
    expect(names.has('spin')).toBe(true);
    expect(names.has('middle')).toBe(opt === '-O1');
  },
);
