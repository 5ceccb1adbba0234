// @ts-check
// Damaged modules: whatever is wrong with one, the link step says so in a sentence that names the
// file. What it takes all the same it makes a valid module of. The work is bounded by the size of
// the module, so nothing here hangs.
import { expect, test } from '@jest/globals';
import { editing } from '../../wasm/link/edits.js';
import { LinkError } from '../../wasm/link/error.js';
import { kindsOf } from '../../wasm/link/kinds.js';
import { unforeseen } from '../../wasm/link/link.js';
import { Locations } from '../../wasm/link/locations.js';
import { workOf } from '../../wasm/link/passes.js';
import { readModule } from '../../wasm/link/reader.js';
import { assemble, program } from './modules.mjs';
import { mutations } from './mutate.mjs';

const FILE = 'raw/app.wasm';
const COUNT = process.env.WORLDSEMA_STRESS ? 2000 : 150;

/** As far as the passes go that run here. @param {Uint8Array} bytes @param {'-O0' | '-O2'} level */
function linked(bytes, level) {
  const work = workOf({ raw: FILE, out: '', level }, '');
  const m = readModule(bytes, FILE);
  const nameOf = (/** @type {number} */ f) => m.names.get(f) ?? `function ${f}`;
  Object.assign(work, { linked: m, kinds: kindsOf(m), nameOf });
  Object.assign(work, { locations: new Locations(), rows: [], decl: new Map() });
  for (const { run } of editing) run(work);
  return work.edited.bytes;
}

/** @param {Uint8Array} bytes what the link step says of it, if anything */
function verdict(bytes) {
  try {
    return { out: linked(bytes, '-O2') };
  } catch (error) {
    return { error: error instanceof LinkError ? error : unforeseen(FILE, error) };
  }
}

const whole = assemble(
  program({
    top: `(type $v (func)) (type $cmp (func (param i32 i32) (result i32))) (table 4 funcref)
      (elem (i32.const 1) $leaf $less)`,
    imports: '(import "env" "print" (func $print (param i32)))',
    user: `
      (func $leaf (call $park))
      (func $less (param i32 i32) (result i32) (i32.lt_s (local.get 0) (local.get 1)))
      (func $count (param $n i32) (result i32) (local $sum i32)
        (loop $again
          (local.set $sum (i32.add (local.get $sum) (local.get $n)))
          (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $sum))
      (func $frame (param i32) (local $fp i32)
        (global.set $__stack_pointer
          (local.tee $fp (i32.sub (global.get $__stack_pointer) (i32.const 32))))
        (call $print (call $count (i32.const 9)))
        (block $out (block $one (br_table $one $out (local.get 0))) (call $leaf))
        (call_indirect (type $v) (i32.const 1))
        (global.set $__stack_pointer (i32.add (local.get $fp) (i32.const 32))))
      (func $main (export "main") (param i32 i32) (result i32)
        (memory.fill (i32.const 2048) (i32.const 7) (i32.const 64))
        (call $frame (i32.const 1)) (i32.const 0))`,
    system:
      '(func $sort (param i32) (drop (call_indirect (type $cmp) (i32.const 1) (i32.const 2) (local.get 0))))',
    entry: '(drop (call $main (i32.const 0) (i32.const 0)))',
  }),
);

test('the whole one is linked', () => {
  expect(verdict(whole).error).toBeUndefined();
});

test('an unknown instruction is named with its file and offset', () => {
  const bytes = Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0],
    ...[10, 5, 1, 3, 0, 0xee, 0x0b],
  ]);
  expect(() => readModule(bytes, FILE)).toThrow(/^raw\/app\.wasm: .*0xee @\+23/);
});

test('a full disk is not told as damage of the module', () => {
  const full = Object.assign(new Error('ENOSPC: no space left, write'), { syscall: 'write' });
  expect(unforeseen(FILE, full).message).toBe(full.message);
});

test(`${COUNT} damaged modules are refused by name, or become valid ones`, () => {
  let valid = 0;
  for (const { name, bytes } of mutations(whole, COUNT)) {
    const { out, error } = verdict(bytes);
    if (out && WebAssembly.validate(/** @type {BufferSource} */ (out))) valid++;
    else if (out) throw new Error(`${name}: accepted, but the result is not valid`);
    else if (error?.cause)
      throw new Error(`${name}: no step has looked for it`, { cause: error.cause });
    else expect(error?.message).toMatch(/^[^\n]{1,60}: [^\n]{5,}$/);
  }
  expect(valid).toBeGreaterThan(COUNT / 50);
  expect(valid).toBeLessThan(COUNT);
});
