// @ts-check
// Which of the runtime's own functions may suspend, read from a real program. No other test would
// notice that one got slower, or that the host's thread may have to wait.
import { beforeAll, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Runtime } from '../../wasm/link/kinds.js';
import { loopsOf } from '../../wasm/link/loops.js';
import { Op } from '../../wasm/link/opcodes.js';
import { readModule } from '../../wasm/link/reader.js';
import { findEmcc } from '../../wasm/link/tools.js';
import { SECTION } from '../../wasm/link/table.js';
import { buildProgram } from '../helpers/build.mjs';
import { decodeTable } from '../helpers/table.mjs';

/** @type {import('../../wasm/link/reader.js').Module} */
let m;
/** @type {Set<string>} names of the functions that Asyncify has instrumented */
let suspendable;
/** @type {string[]} of these, the runtime's */
let runtimes;

// The benchmarks: between them they use most of what there is.
beforeAll(async () => {
  const names = ['switch', 'sync', 'programs', 'look', 'stop', 'mem'];
  const sources = names.map((name) => `tests/bench/${name}.c`);
  const flags = ['-DBENCH_ALL'];
  const { wasm } = await buildProgram('tests/bench/main.c', { sources, flags, opt: '-O3' });
  const bytes = readFileSync(wasm);
  m = readModule(bytes);
  const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(bytes), SECTION);
  const { funcs } = decodeTable(new Uint8Array(section));
  suspendable = new Set(funcs.map(({ name }) => name));
  runtimes = funcs.filter(({ kind }) => kind === Runtime).map(({ name }) => name);
});

test('what must be fast, or holds a lock, is never suspended', () => {
  const never = [
    ...['rt_ready', 'rt_lock', 'rt_unlock', 'rt_newproc', 'rt_wakep', 'rt_runqput', 'rt_runqget'],
    ...['go_at', 'go_mutex_unlock', 'go_semrelease', 'go_timer_start', 'go_timer_stop'],
    ...['go_defer', 'rt_gentraceback', 'rt_host_request', 'rt_host_counts', 'rt_host_heap'],
    ...[
      'rt_schedule',
      'malloc',
      'rt_malloc',
      'rt_free',
      'rt_new',
      'rt_mark_range',
      'rt_mheap_alloc',
    ],
    ...['free', 'printf', 'fwrite', 'memcpy'],
  ];
  expect(never.filter((name) => suspendable.has(name))).toEqual([]);
  expect(suspendable).toContain('go_chan_recv'); // else the names above would prove nothing
});

// More is not wrong, but slower. `worldsema build --why NAME` tells what made a function
// suspendable that was not; raise the bound only for one that has to be. What is compiled to be
// small is in more functions, and compilers inline differently: hence a few more than there are.
test("the list of the runtime's suspendable functions stays short", () => {
  const bound = findEmcc().version.startsWith('3.1.') ? 103 : 108; // newer clangs inline less
  expect(runtimes.length <= bound ? [] : runtimes.sort()).toEqual([]);
  expect(runtimes.length).toBeGreaterThan(20);
});

// An engine never replaces a frame that runs by optimised code, and code that is not optimised
// counts the turns of its loops in memory that all workers share.
test("a worker's endless loop only calls, so that a switch on two Ps does not take twice as long", () => {
  const start = m.bodies.find(({ index }) => m.names.get(index) === 'rt_host_mstart');
  if (!start) throw new Error('there is no rt_host_mstart');
  const loops = loopsOf(start).map(({ first, last }) => start.instrs.slice(first + 1, last));
  const endless = loops.filter((instrs) => instrs.at(-1)?.op === Op.br);
  const called = endless.map((instrs) =>
    instrs.filter(({ op }) => op === Op.call).map(({ a }) => m.names.get(a)),
  );
  expect(called).toEqual([['rt_rounds']]);
  expect(endless[0].length).toBeLessThan(5);
});

// A worker that ends within malloc leaves its lock held, and then the host's thread would spin.
test('asking a running program does not reach malloc', () => {
  const callees = new Map(
    m.bodies.map(({ index, instrs }) => [
      index,
      instrs.filter(({ op }) => op === Op.call).map(({ a }) => a),
    ]),
  );
  const nameOf = (/** @type {number} */ f) => m.names.get(f) ?? '';
  for (const name of [
    ...['rt_host_request', 'rt_host_request_free', 'rt_host_counts', 'rt_host_heap'],
    ...['rt_host_last_cpu', 'rt_host_last_heap', 'rt_host_last_delays', 'rt_host_last_user'],
  ]) {
    const reached = new Set([m.exports.get(name)?.index ?? -1]);
    // A stack overflow ends the program, whatever it calls.
    for (const f of reached)
      if (nameOf(f) !== 'rt_stack_overflow') for (const to of callees.get(f) ?? []) reached.add(to);
    const names = [...reached].map(nameOf);
    expect(names).toContain(name);
    expect(names.filter((n) => n !== name && /alloc|free$|sbrk/.test(n))).toEqual([]);
    if (/_last_/.test(name)) expect(names).not.toContain('rt_lock'); // likewise
  }
});
