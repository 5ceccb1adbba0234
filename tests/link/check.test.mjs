// @ts-check
// A build with checks names a function that is unwound although the link step took it for one that
// never is.
import { afterAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { asyncify, numberNames } from '../../wasm/link/binaryen.js';
import { checks } from '../../wasm/link/check.js';
import { rewrite } from '../../wasm/link/editor.js';
import { asyncifyGlobals } from '../../wasm/link/frames.js';
import { globalOf, kindsOf } from '../../wasm/link/kinds.js';
import { readModule } from '../../wasm/link/reader.js';
import { rebase } from '../../wasm/link/rebase.js';
import { suspends } from '../../wasm/link/suspend.js';
import { tableLimits } from '../../wasm/link/sections.js';
import { twins } from '../../wasm/link/twins.js';
import { moduleOf, tables } from './modules.mjs';

const dir = mkdtempSync(path.join(tmpdir(), 'worldsema-test-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const PARTS = {
  top: '(global $culprit (export "culprit") (mut i32) (i32.const -1))',
  user: `
    (func $wise (call $park))
    (func $overlooked (result i32) (call $park) (i32.const 7))
    (func $main (call $wise) (drop (call $overlooked)))`,
  runtime: `
    (func $rt_unwound (export "rt_unwound") (param i32)
      (call $st)
      (global.set $suspended (i32.const 0))
      (global.set $culprit (local.get 0))
      (unreachable))`,
  entry: '(call $main)',
};

/** @param {string[]} overlooked  what the analysis is told never to be suspended */
function run(overlooked) {
  const { m, index } = moduleOf(PARTS);
  const never = ['rt_stack_overflow', ...overlooked].map(index);
  const s = suspends(m, kindsOf(m), new Set(never));
  const names = numberNames(m, () => false);
  const first = rewrite(m, { names });
  const left = m.bodies
    .map((body) => body.index)
    .filter((f) => !s.suspending.has(f) && !s.top.has(f) && !s.bottom.has(f));
  const second = readModule(asyncify(first, new Set(left), names, dir).bytes);
  const nameOf = (/** @type {number} */ f) => m.names.get(f) ?? '';
  const { frames, functions, maxPc } = rebase(second, [], s, new Map(), nameOf);
  const globals = { ...asyncifyGlobals(second), self: globalOf(second, 'rt_link_self_m') };
  const both = twins(second, frames, [], globals);
  const { edits } = checks(second, s, index('rt_unwound'), () => false);
  const { bytes } = rewrite(second, { ...both, edits: new Map([...both.edits, ...edits]) });
  const module = new WebAssembly.Module(/** @type {BufferSource} */ (bytes));
  const { exports } = new WebAssembly.Instance(module);
  const { rt_run, culprit, parks, memory } = /** @type {any} */ (exports);
  const firstResumed = tableLimits(second).min;
  tables(memory, { funcs: functions, sites: new Array(maxPc + 1).fill(0), firstResumed });
  let trapped = false;
  try {
    rt_run();
  } catch {
    trapped = true;
  }
  return { trapped, parks: parks.value, culprit: m.names.get(culprit.value) };
}

test('a right analysis is not disturbed', () => {
  expect(run([])).toEqual({ trapped: false, parks: 2, culprit: undefined });
});

test('the function that was overlooked is named', () => {
  expect(run(['overlooked'])).toMatchObject({ trapped: true, culprit: 'overlooked' });
});
