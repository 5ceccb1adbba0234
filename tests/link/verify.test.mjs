// @ts-check
// A whole link of a small module, then the same with one thing broken: each must be found.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { numberNames } from '../../wasm/link/binaryen.js';
import { rewrite } from '../../wasm/link/editor.js';
import { asyncifyGlobals, framesOf } from '../../wasm/link/frames.js';
import { globalOf, kindsOf } from '../../wasm/link/kinds.js';
import { link } from '../../wasm/link/link.js';
import { call, Op } from '../../wasm/link/opcodes.js';
import { readModule } from '../../wasm/link/reader.js';
import { rebase } from '../../wasm/link/rebase.js';
import { tableLimits } from '../../wasm/link/sections.js';
import { suspends } from '../../wasm/link/suspend.js';
import { encodeTable, SECTION } from '../../wasm/link/table.js';
import { HOME_OFFSET } from '../../wasm/link/machine.js';
import { twins } from '../../wasm/link/twins.js';
import { verify } from '../../wasm/link/verify.js';
import { decodeTable, describePc } from '../helpers/table.mjs';
import { assemble, program, tables } from './modules.mjs';

// $sum parks in the middle of its work, at two calls, and keeps three locals over them.
const PARTS = {
  top: '(global $result (export "result") (mut i32) (i32.const 0))',
  user: `
    (func $inner (param $n i32) (result i32)
      (call $park)
      (i32.mul (local.get $n) (i32.const 10)))
    (func $sum (param $n i32) (result i32) (local $s i32)
      (loop $l
        (local.set $s (i32.add (local.get $s) (call $inner (local.get $n))))
        (call $park)
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $s))
    (func $main (global.set $result (call $sum (i32.const 6))))`,
  runtime: `
    (func $rt_protect_mark (call $park))
    (func $go_protect (export "go_protect") (call $rt_protect_mark) (call $main))`,
  entry: '(call $main)',
};

const dir = mkdtempSync(path.join(tmpdir(), 'worldsema-test-'));
const raw = path.join(dir, 'raw.wasm');
const out = path.join(dir, 'out.wasm');
/** @type {ReturnType<typeof inspect>} */
let linked;

beforeAll(() => {
  writeFileSync(raw, assemble(program(PARTS)));
  link({ raw, out, level: '-O3', keep: dir });
  linked = inspect();
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** The modules between the steps, and the findings the last step works with. */
function inspect() {
  const m = readModule(readFileSync(raw));
  const read = (/** @type {string} */ name) => readModule(readFileSync(path.join(dir, name)));
  const index = (/** @type {string} */ name) => [...m.names].find(([, n]) => n === name)?.[0] ?? -1;
  const s = suspends(m, kindsOf(m), new Set([index('rt_stack_overflow')]));
  const nameOf = (/** @type {number} */ f) => m.names.get(f) ?? '';
  const asyncified = read('asyncify-out.wasm');
  const { functions } = rebase(asyncified, [], s, new Map(), nameOf);
  const firstResumed = tableLimits(asyncified).min;
  const final = read('optimise-out.wasm');
  return { m, s, nameOf, functions, firstResumed, asyncified, final, index };
}

/**
 * @type {(m: import('../../wasm/link/reader.js').Module, frames: ReturnType<typeof
 *   rebase>['frames']) => ReturnType<typeof twins>}
 */
const twinsOf = (m, frames) =>
  twins(m, frames, [], { ...asyncifyGlobals(m), self: globalOf(m, 'rt_link_self_m') });

/** The functions with one change. */
function changed(/** @type {(f: any) => void} */ change) {
  const copy = structuredClone(linked.functions);
  change(copy.find((f) => f.raw === linked.index('sum')));
  return copy;
}

test('the linked module computes through its suspensions', () => {
  const bytes = readFileSync(out);
  const module = new WebAssembly.Module(bytes);
  const { exports } = new WebAssembly.Instance(module);
  const { rt_run, result, parks, memory } = /** @type {any} */ (exports);
  const [section] = WebAssembly.Module.customSections(module, SECTION);
  tables(memory, decodeTable(new Uint8Array(section)));
  rt_run();
  expect(result.value).toBe(210);
  expect(parks.value).toBe(12);
});

test('the table in the module tells pcs, frames and functions', () => {
  const module = new WebAssembly.Module(readFileSync(out));
  const [section] = WebAssembly.Module.customSections(module, SECTION);
  const table = decodeTable(new Uint8Array(section));
  expect(table.funcs.map((f) => f.name)).toEqual([
    ...['inner', 'sum', 'main', 'park', 'rt_protect_mark', 'go_protect'],
  ]);
  expect(table.funcs.map((f) => f.kind)).toEqual([0, 0, 0, 1, 1, 1]);
  const protect = table.funcs[5];
  expect(table.protectPc).toBe(protect.entry + 1);
  expect(table.funcs[0].entry).toBe(1);
  expect(describePc(table, table.funcs[1].entry + 1)?.func.name).toBe('sum');
  expect(describePc(table, 0)).toBeNull();
  expect(describePc(table, table.sites.length)).toBeNull();
  expect(Buffer.from(encodeTable(table)).equals(Buffer.from(section))).toBe(true);
});

test('the module as linked passes', () => {
  const { final, functions, firstResumed, s, nameOf } = linked;
  const seen = verify(final, functions, s, nameOf, firstResumed);
  expect(seen.frames).toBeGreaterThanOrEqual(functions.length - 1);
});

test('a wrong frame size is found', () => {
  const { final, firstResumed, s, nameOf } = linked;
  const wrong = changed((f) => (f.bytes += 4));
  expect(() => verify(final, wrong, s, nameOf, firstResumed)).toThrow(
    /^sum: saves \d+ bytes, not \d+/,
  );
});

test('a missing call site is found', () => {
  const { final, firstResumed, s, nameOf } = linked;
  const wrong = changed((f) => (f.sites = f.sites.slice(1)));
  expect(() => verify(final, wrong, s, nameOf, firstResumed)).toThrow(
    /^sum.*: uses call index \d+, which has no pc/,
  );
});

test('pcs used twice are found', () => {
  const { final, firstResumed, s, nameOf } = linked;
  const wrong = changed((f) => (f.sites[1].pc = f.sites[0].pc));
  expect(() => verify(final, wrong, s, nameOf, firstResumed)).toThrow(/^sum: pc \d+ is used twice/);
});

test('a call of something else than the table says is found', () => {
  const { s, nameOf, index, firstResumed, asyncified } = linked;
  const based = rebase(asyncified, [], s, new Map(), nameOf);
  const both = twinsOf(asyncified, based.frames);
  const m3 = readModule(rewrite(asyncified, both).bytes);
  expect(() => verify(m3, linked.functions, s, nameOf, firstResumed)).not.toThrow();
  const wrong = changed((f) => {
    for (const site of f.sites) if (site.to === index('inner')) site.to = index('main');
  });
  expect(() => verify(m3, wrong, s, nameOf, firstResumed)).toThrow(
    /^sum: pc \d+ is of a call of main/,
  );
});

/**
 * The module before the optimisation, with a change of the edits that make its resumed functions.
 */
function resumedWith(/** @type {(both: ReturnType<typeof twins>, at: number) => void} */ change) {
  const { s, nameOf, index, asyncified, functions, firstResumed } = linked;
  const both = twinsOf(asyncified, rebase(asyncified, [], s, new Map(), nameOf).frames);
  const at = functions.findIndex(({ raw }) => raw === index('sum'));
  change(both, at);
  const m = readModule(rewrite(asyncified, both).bytes);
  return () => verify(m, functions, s, nameOf, firstResumed);
}

/** Edits of a copy whose new bytes hold these, changed. */
const replaceIn = (
  /** @type {import('../../wasm/link/editor.js').Copy} */ { edits },
  /** @type {number[]} */ from,
  /** @type {number[]} */ to,
) => {
  let found = 0;
  for (const edit of edits) {
    const n = edit.bytes.findIndex((_, k) => from.every((byte, i) => edit.bytes[k + i] === byte));
    if (n < 0) continue;
    edit.bytes.splice(n, from.length, ...to);
    found++;
  }
  expect(found).toBeGreaterThan(0);
};

test('a resumed function that stands in another slot than the table says is found', () => {
  const swapped = resumedWith(({ slots }) => slots.reverse());
  expect(swapped).toThrow(/is not resumed by the function in slot \d+/);
});

test('a resumed function that is called is found', () => {
  const { index } = linked;
  const called = resumedWith((both, at) => {
    const raw = index('main');
    const [f] = [...both.edits.keys()].filter((k) => both.names.get(k) === `n${raw}`);
    const code = linked.asyncified.bodies[f - linked.asyncified.nimports].code;
    both.edits.get(f)?.push({ at: code, remove: 0, bytes: call(both.slots[at]), loc: 0 });
  });
  expect(called).toThrow(/^main: calls a resumed function/);
});

test('a resumed function that puts its frame elsewhere is found', () => {
  const elsewhere = resumedWith(({ copies }, at) =>
    replaceIn(copies[at], [Op.i32_load, 2, HOME_OFFSET], [Op.i32_load, 2, HOME_OFFSET + 4]),
  );
  expect(elsewhere).toThrow(/^sum: puts its pc into memory 0 times/);
});

test('two pushes are found', () => {
  const { asyncified, s, nameOf } = linked;
  const globals = asyncifyGlobals(asyncified);
  const body = asyncified.bodies.find((b) => framesOf(b, globals, '').length > 0);
  if (!body) throw new Error('nothing was instrumented');
  const [frame] = framesOf(body, globals, '');
  const from = body.instrs[frame.pushAt - 3].at; // local.set U; D; load; U; store
  const to = body.instrs[frame.pushAt + 1 + 6].end; // ... and the move of the top
  const bytes = [...asyncified.bytes.subarray(from + 2, to)];
  const edits = new Map([[body.index, [{ at: to, remove: 0, bytes }]]]);
  const twice = readModule(rewrite(asyncified, { edits }).bytes);
  expect(() => rebase(twice, [], s, new Map(), nameOf)).toThrow(
    /Asyncify's code is not as expected/,
  );
});

test('a function that Asyncify was told to leave alone is found', () => {
  const { m, s, nameOf, index } = linked;
  const plain = readModule(rewrite(m, { names: numberNames(m, () => false) }).bytes);
  plain.exports.set('asyncify_start_unwind', { kind: 0, index: index('mcall') });
  expect(() =>
    rebase(linked.asyncified, [], { ...s, suspending: new Set() }, new Map(), nameOf),
  ).toThrow(/cannot be suspended, but Asyncify instrumented it/);
});

test.each([
  ['twice', '(call $rt_protect_mark) (call $rt_protect_mark)', /go_protect: calls .* 2 times/],
  ['never', '', /go_protect: calls rt_protect_mark 0 times/],
])('go_protect that calls its mark %s is refused', (_, calls, says) => {
  const runtime = `
    (func $rt_protect_mark (export "mark") (call $park))
    (func $go_protect (export "go_protect") ${calls} (call $main))`;
  const bad = path.join(dir, 'protect.wasm');
  writeFileSync(bad, assemble(program({ ...PARTS, runtime })));
  expect(() => link({ raw: bad, out })).toThrow(says);
});

test('a failed link leaves no output', () => {
  const bad = path.join(dir, 'bad.wasm');
  writeFileSync(out + '.old', '');
  writeFileSync(bad, assemble('(module (func $f (export "f")))'));
  const target = path.join(dir, 'bad-out.wasm');
  writeFileSync(target, 'of an earlier build');
  expect(() => link({ raw: bad, out: target })).toThrow(/rt_mark_user_end: not exported/);
  expect(existsSync(target)).toBe(false);
});
