// @ts-check
// Small modules in text form, with what every linked program has: marks, globals, a scheduler of
// the kind a test can run. Helpers for the tests of the link step.
import openWabt from 'wabt';
import { HOME_OFFSET, SWITCHING_OFFSET } from '../../wasm/link/machine.js';
import { readModule } from '../../wasm/link/reader.js';

const wabt = await openWabt();

/** @type {Map<string, Uint8Array>} */
const assembled = new Map();

/** @param {string} text @returns {Uint8Array} */
export function assemble(text) {
  const bytes = assembled.get(text) ?? wasmOf(text);
  assembled.set(text, bytes);
  return bytes;
}

/** @param {string} text @returns {Uint8Array} */
function wasmOf(text) {
  const module = wabt.parseWat('test.wat', text, { threads: true, tail_call: true });
  try {
    return module.toBinary({ write_debug_names: true }).buffer;
  } finally {
    module.destroy();
  }
}

/**
 * A program around user functions: a page of memory whose word at 8 says how many Ms are wanted,
 * and a runtime that unwinds in $rt_run, and goes on with the frames. Goroutine code calls $park.
 * The M is at 0; frames are kept below 28,672, their bytes at 1032 and, by pc, bytes and slots at
 * 40,960: tables() has these.
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
  ${imports}
  (memory (export "memory") 1)
  (global $__stack_pointer (mut i32) (i32.const 32768))
  (global $self (export "self") (mut i32) (i32.const 0)) ;; as if set elsewhere
  (global $low (mut i32) (i32.const 0))
  (global $parks (export "parks") (mut i32) (i32.const 0))
  (global $suspended (export "suspended") (mut i32) (i32.const 0))
  (type $resumed (func))
  ${top.includes('(table') ? '' : '(table 2 funcref) (elem (i32.const 1) $rt_mark_user_end)'}
  ${top}
  ${user}
  (func $rt_mark_user_end (export "rt_mark_user_end") (nop))
  ${foreign}
  (func $rt_mark_foreign_end (export "rt_mark_foreign_end") (nop))
  (func $mcall
    (global.set $suspended (i32.const 1))
    (i32.store (i32.const ${SWITCHING_OFFSET}) (i32.const 1))
    (i32.store (i32.const 1024) (i32.const 1040))
    (i32.store (i32.const 1028) (i32.const 16384))
    (call $su (i32.const 1024)))
  (func $park (global.set $parks (i32.add (global.get $parks) (i32.const 1))) (call $mcall))
  (func $rt_safepoint (export "rt_safepoint") ${safepoint})
  (func $rt_safepoint_inplace (export "rt_safepoint_inplace") (param i32) ${safepoint})
  (func $left
    (local $n i32)
    (global.set $suspended (i32.const 0))
    (i32.store (i32.const ${SWITCHING_OFFSET}) (i32.const 0))
    (local.set $n (i32.sub (i32.load (i32.const 1024)) (i32.const 1040)))
    (i32.store (i32.const 1032) (i32.add (i32.load (i32.const 1032)) (local.get $n)))
    (memory.copy
      (i32.sub (i32.const 28672) (i32.load (i32.const 1032))) (i32.const 1040) (local.get $n)))
  (func $goon (param $floor i32)
    (local $info i32)
    (loop $more
      (if (i32.gt_u (i32.load (i32.const 1032)) (local.get $floor))
        (then
          (i32.store (i32.const ${HOME_OFFSET}) (i32.sub (i32.const 28672) (i32.load (i32.const 1032))))
          (local.set $info
            (i32.add (i32.const 40960)
              (i32.shl (i32.load (i32.load (i32.const ${HOME_OFFSET}))) (i32.const 3))))
          (call $sr (i32.const 1024))
          (call_indirect (type $resumed) (i32.load offset=4 (local.get $info)))
          (if (global.get $suspended)
            (then (call $st) (call $left))
            (else
              (i32.store
                (i32.const 1032)
                (i32.sub (i32.load (i32.const 1032)) (i32.load (local.get $info))))))
          (br $more)))))
  (func $rt_callback_left (export "rt_callback_left")
    (local $floor i32)
    (call $st)
    (local.set $floor (i32.load (i32.const 1032)))
    (call $left)
    (call $goon (local.get $floor))
    (i32.store (i32.const ${HOME_OFFSET}) (i32.sub (i32.const 28672) (i32.load (i32.const 1032)))))
  (func $rt_stack_overflow (export "rt_stack_overflow") (param i32) (unreachable))
  (func $rt_run (export "rt_run")
    ${entry}
    (if (global.get $suspended) (then (call $st) (call $left) (call $goon (i32.const 0)))))
  (func $rt_link_raised (export "rt_link_raised") (result i32) (i32.const 8))
  (func $rt_link_self_m (export "rt_link_self_m") (result i32) (global.get $self))
  (global $polls_left (export "polls_left") (mut i32) (i32.const 0))
  (global $inplace_left (export "inplace_left") (mut i32) (i32.const 0))
  (func $rt_link_inplace_left (export "rt_link_inplace_left") (result i32)
    (global.get $inplace_left))
  (func $rt_link_polls_left (export "rt_link_polls_left") (result i32) (global.get $polls_left))
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

/**
 * For an instance of program(): what $goon reads, as the runtime makes it of the section.
 * @param {WebAssembly.Memory} memory
 * @param {{ funcs: { entry: number, bytes: number }[], sites: number[], firstResumed: number }}
 *   table
 */
export function tables(memory, { funcs, sites, firstResumed }) {
  const words = new Uint32Array(memory.buffer, 40_960);
  funcs.forEach(({ entry, bytes }, n) => {
    const end = funcs[n + 1]?.entry ?? sites.length;
    for (let pc = entry; pc < end; pc++) words.set([bytes, firstResumed + n], 2 * pc);
  });
}

/**
 * Where rt_raised is in a linked program.
 * @param {import('../../wasm/link/reader.js').Module} m
 */
export const raisedIn = (m) =>
  m.bodies.find(({ index }) => m.names.get(index) === 'rt_link_raised')?.instrs[0].a ?? 0;
