// @ts-check
// Small modules in text form, with what every linked program has: marks, globals, a scheduler of
// the kind a test can run. Helpers for the tests of the link step.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readModule } from '../../wasm/link/reader.js';

const package_ = createRequire(import.meta.url).resolve('binaryen/package.json');
const WASM_AS = path.join(path.dirname(package_), 'bin', 'wasm-as');

/** @type {Map<string, Uint8Array>} */
const assembled = new Map();

/** @param {string} text @returns {Uint8Array} */
export function assemble(text) {
  const bytes = assembled.get(text) ?? wasmAs(text);
  assembled.set(text, bytes);
  return bytes;
}

/** @param {string} text @returns {Uint8Array} */
function wasmAs(text) {
  const dir = mkdtempSync(path.join(tmpdir(), 'worldsema-as-'));
  try {
    const [from, to] = [path.join(dir, 'm.wat'), path.join(dir, 'm.wasm')];
    writeFileSync(from, text);
    const features = [
      'threads',
      'mutable-globals',
      'bulk-memory',
      'sign-ext',
      'reference-types',
      'tail-call',
    ];
    const argv = [WASM_AS, '-g', ...features.map((f) => `--enable-${f}`), from, '-o', to];
    const { status, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return new Uint8Array(readFileSync(to));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/**
 * A program around user functions: a page of memory whose word at 8 says how many Ms are wanted, and a
 * runtime that unwinds and rewinds in $rt_run. Goroutine code calls $park.
 * @param {object} parts
 * @param {string} [parts.user]     functions of the user
 * @param {string} [parts.runtime]  more functions of the runtime
 * @param {string} [parts.foreign]  functions of foreign code
 * @param {string} [parts.system]   functions of libc
 * @param {string} [parts.imports]
 * @param {string} [parts.top]      types, tables and globals of the test
 * @param {string} [parts.safepoint]  body of rt_safepoint
 * @param {string} [parts.entry]    what rt_run calls: ()->()
 */
export const program = ({
  user = '',
  runtime = '',
  foreign = '',
  system = '',
  imports = '',
  top = '',
  safepoint = '',
  entry = '(nop)',
}) => `(module
  (import "asyncify" "start_unwind" (func $su (param i32)))
  (import "asyncify" "stop_unwind" (func $st))
  (import "asyncify" "start_rewind" (func $sr (param i32)))
  (import "asyncify" "stop_rewind" (func $sw))
  ${imports}
  (memory (export "memory") 1)
  (global $__stack_pointer (mut i32) (i32.const 32768))
  (global $self (export "self") (mut i32) (i32.const 0)) ;; as if set elsewhere
  (global $low (mut i32) (i32.const 0))
  (global $parks (export "parks") (mut i32) (i32.const 0))
  (global $rewinding (mut i32) (i32.const 0))
  (global $suspended (export "suspended") (mut i32) (i32.const 0))
  ${top}
  ${user}
  (func $rt_mark_user_end (export "rt_mark_user_end") (nop))
  ${foreign}
  (func $rt_mark_foreign_end (export "rt_mark_foreign_end") (nop))
  (func $mcall
    (if (global.get $rewinding)
      (then (global.set $rewinding (i32.const 0)) (call $sw))
      (else
        (global.set $suspended (i32.const 1))
        (i32.store (i32.const 12) (i32.const 1)) ;; M.switching
        (i32.store (i32.const 1024) (i32.const 1040))
        (i32.store (i32.const 1028) (i32.const 16384))
        (call $su (i32.const 1024)))))
  (func $park (global.set $parks (i32.add (global.get $parks) (i32.const 1))) (call $mcall))
  (func $rt_safepoint (export "rt_safepoint") ${safepoint})
  (func $rt_safepoint_inplace (export "rt_safepoint_inplace") ${safepoint})
  (func $rt_callback_left (export "rt_callback_left")
    (call $st)
    (global.set $suspended (i32.const 0))
    (i32.store (i32.const 12) (i32.const 0))
    (global.set $rewinding (i32.const 1))
    (call $sr (i32.const 1024)))
  (func $rt_stack_overflow (export "rt_stack_overflow") (param i32) (unreachable))
  (func $rt_run (export "rt_run")
    (loop $again
      ${entry}
      (if (global.get $suspended)
        (then
          (call $st)
          (global.set $suspended (i32.const 0))
          (i32.store (i32.const 12) (i32.const 0))
          (global.set $rewinding (i32.const 1))
          (call $sr (i32.const 1024))
          (br $again)))))
  (func $rt_link_raised (export "rt_link_raised") (result i32) (i32.const 8))
  (func $rt_link_self_m (export "rt_link_self_m") (result i32) (global.get $self))
  (func $rt_link_stack_lo (export "rt_link_stack_lo") (result i32) (global.get $low))
  ${runtime}
  (func $rt_mark_runtime_end (export "rt_mark_runtime_end") (nop))
  ${system}
)`;

/** @param {Parameters<typeof program>[0]} parts */
export function moduleOf(parts) {
  const m = readModule(assemble(program(parts)));
  const index = (/** @type {string} */ name) => {
    for (const [f, n] of m.names) if (n === name) return f;
    throw new Error(`no function ${name} in the test module`);
  };
  return { m, index };
}
