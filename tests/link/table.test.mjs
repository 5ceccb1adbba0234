// @ts-check
// The section "worldsema": the program reads what the encoder was given. From damaged bytes it
// reads nothing, or a table without contradictions.
import { expect, test } from '@jest/globals';
import { partsOf } from '../../host/profile/tables.js';
import { Symbols } from '../../host/profile/symbols.js';
import { Op } from '../../wasm/link/opcodes.js';
import { locAt } from '../../wasm/link/editor.js';
import { encodeTable } from '../../wasm/link/table.js';
import { told } from '../../wasm/link/told.js';
import { decodeTable } from '../helpers/table.mjs';
import { moduleOf } from './modules.mjs';
import { mutations, random } from './mutate.mjs';

const MUTATIONS = process.env.WORLDSEMA_STRESS ? 20_000 : 500;

/** @typedef {import('../../wasm/link/table.js').Table} Table */

/** A table of random rows. @param {number} seed @returns {Table} */
function randomTable(seed) {
  const r = random(seed);
  const some = (/** @type {number} */ n) => Array.from({ length: r() % n }, (_, i) => i);
  const word = () => r() >>> (r() % 32);
  const name = () => ['', 'main', 'größe', `f${r() % 40}`, 'a::b<int (*)()>'][r() % 5];
  const locs = [{ func: '', file: '', line: 0, parent: 0, kind: 0 }];
  for (const i of some(60))
    locs.push({
      ...{ func: name(), file: `${name()}.c`, line: word() },
      parent: r() % (i + 1),
      kind: r() % 4,
    });
  const loc = () => r() % locs.length;
  let [entry, at] = [0, 0];
  const funcs = some(20).map(() => ({
    ...{ entry: (entry += 1 + (r() % 9)), bytes: word(), name: name(), kind: r() % 4, loc: loc() },
  }));
  return {
    funcs,
    sites: [0, ...some(200).map(loc)],
    locs,
    offsets: some(300).map(() => ({ at: (at += r() % 300), loc: loc() })),
    names: some(50).map(name),
    table: some(30).map(() => ({ name: name(), loc: loc() })),
    lands: some(20).map(() => (at += r() % 300)),
    protectPc: word(),
    firstResumed: word(),
  };
}

/** With the chain of locations in place of its number. @param {Table} t */
function meaning({ locs, funcs, sites, offsets, table, ...rest }) {
  const chain = (/** @type {number} */ loc) => {
    const { parent, ...it } = locs[loc];
    /** @type {object[]} */
    const above = parent ? chain(parent) : [];
    return loc ? [it, ...above] : [];
  };
  const located = (/** @type {{ loc: number }} */ { loc, ...row }) => ({ row, at: chain(loc) });
  const lists = [funcs, offsets, table].map((list) => list.map(located));
  return { ...rest, lists, sites: sites.map(chain) };
}

test('what was written is read', () => {
  for (let seed = 0; seed < 60; seed++) {
    const table = randomTable(seed);
    const section = encodeTable(table);
    const read = decodeTable(section);
    expect(meaning(read)).toEqual(meaning(table));
    expect(read.locs.length).toBeLessThanOrEqual(table.locs.length);
    expect(encodeTable(read)).toEqual(section);
  }
});

test('locations that nothing leads to are left out', () => {
  const { locs, ...rest } = randomTable(1);
  const more = [...locs, { func: 'inlined_once', file: 'gone.c', line: 1, parent: 0, kind: 0 }];
  expect(encodeTable({ ...rest, locs: more })).toEqual(encodeTable({ ...rest, locs }));
});

test('of each cut and each mutation there is the error with its name, or a table', () => {
  const whole = encodeTable(randomTable(5));
  const cuts = [...whole.keys()].map((n) => ({ name: `first ${n}`, bytes: whole.subarray(0, n) }));
  let taken = 0;
  for (const { name, bytes } of [...cuts, ...mutations(whole, MUTATIONS)]) {
    const found = verdict(Uint8Array.from(bytes));
    if (found.code === undefined) taken++;
    else
      expect({ name, code: found.code }).toEqual({
        name,
        code: found.code.match(/^ERR_(BAD_TABLES|ABI_VERSION)$/)?.[0],
      });
  }
  expect(taken).toBeGreaterThan(0); // else nothing was looked at behind the head
  expect(taken).toBeLessThan(MUTATIONS);
});

/** @param {Uint8Array<ArrayBuffer>} bytes @returns {{ code?: string }} */
function verdict(bytes) {
  let table;
  try {
    table = decodeTable(bytes);
  } catch (error) {
    return /** @type {any} */ (error);
  }
  const { locs, sites, funcs, offsets } = table;
  const parts = [...funcs, ...offsets, ...table.table].map(({ loc }) => loc);
  for (const loc of [...sites, ...parts]) expect(loc).toBeLessThan(locs.length);
  locs.forEach(({ parent }, n) => expect(parent).toBeLessThan(Math.max(n, 1)));
  const ascends = offsets.every(({ at }, n) => n === 0 || at >= offsets[n - 1].at);
  expect(ascends).toBe(true);
  const symbols = new Symbols(bytes.buffer);
  for (let pc = 0; pc < sites.length + 2; pc++) symbols.frames(pc);
  return {};
}

test('rows that no engine asks for are left out, and all others answer as before', () => {
  const { m } = moduleOf({
    user: `(func $f (param i32) (result i32)
      (i32.store (local.get 0) (i32.add (local.get 0) (i32.const 1)))
      (block (br_if 0 (local.get 0)) (call $park) (drop (i32.const 7)) (call $park))
      (memory.fill (i32.const 64) (i32.const 0) (i32.const 8))
      (loop (result i32) (i32.div_s (i32.load (local.get 0)) (i32.const 3))))`,
  });
  const rows = m.bodies.flatMap(({ instrs }) => instrs.map(({ at }, n) => ({ at, loc: n + 1 })));
  const kept = told(m, rows);
  const { instrs } = m.bodies[0];
  const asked = instrs.filter(({ at }) => kept.some((row) => row.at === at)).map(({ op }) => op);
  expect(asked).toEqual([
    ...[Op.i32_store, Op.call, Op.call, Op.memory_fill, Op.i32_load, 0x6d, Op.end],
  ]);
  for (const op of asked) expect(op).not.toBe(Op.local_get);
  for (const { at } of instrs.filter(({ op }) => asked.slice(0, -1).includes(op)))
    expect(locAt(kept, at)).toBe(locAt(rows, at));
});

test('parts lie behind one another', () => {
  const counts = { nfuncs: 2, maxpc: 9, nlocs: 3, noffsets: 4, nnames: 5, nslots: 6, nlands: 7 };
  expect(partsOf(counts)).toEqual({
    funcs: 13,
    sites: 23,
    locs: 33,
    offsets: 48,
    names: 56,
    table: 61,
    lands: 73,
    strings: 80,
  });
});
