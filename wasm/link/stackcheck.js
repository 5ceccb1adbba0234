// @ts-check
// C stack checks: wherever a function lowers the stack pointer, compare it with the end of this
// goroutine's stack (a wasm global of the worker; 0 where no goroutine runs, so never reached):
//
//   global.get $__stack_pointer; global.get $rt_stack_lo; i32.lt_u
//   if; i32.const FUNCTION; call $rt_stack_overflow; end
//
// A prologue, an over-aligned one and an alloca all end alike; the `and` is for alignment, and the
// set/get pair is how code looks that was compiled without optimisation:
//
//   ... i32.sub  [i32.const|local.get; i32.and]  [local.tee X | local.set X; local.get X]  global.set SP
import { Runtime } from './kinds.js';
import { call, globalGet, i32Const, Op, VOID } from './opcodes.js';

/**
 * @typedef {import('./reader.js').Module} Module
 * @typedef {import('./reader.js').Instr} Instr
 * @typedef {import('./editor.js').Edit} Edit
 */

// The overflow report itself, and the scheduler's loop where the stack pointer changes owners.
const EXEMPT = /^rt_(stack_overflow|run)/;

/**
 * @param {Module} m
 * @param {Uint8Array} kinds
 * @param {object} how
 * @param {number} how.stackPointer  wasm global
 * @param {number} how.stackLow      wasm global
 * @param {number} how.overflow      the function rt_stack_overflow
 * @param {Map<number, number>} how.decl
 * @returns {{ edits: Map<number, Edit[]>, count: number }}
 */
export function stackChecks(m, kinds, { stackPointer, stackLow, overflow, decl }) {
  /** @type {Map<number, Edit[]>} */
  const edits = new Map();
  let count = 0;
  for (const body of m.bodies) {
    const f = body.index;
    if (f === overflow || (kinds[f] === Runtime && EXEMPT.test(m.names.get(f) ?? ''))) continue;
    const bytes = [
      ...globalGet(stackPointer),
      ...globalGet(stackLow),
      ...[Op.i32_lt_u, Op.if, VOID, ...i32Const(f), ...call(overflow), Op.end],
    ];
    body.instrs.forEach((i, n) => {
      if (i.op !== Op.global_set || i.a !== stackPointer || !lowers(body.instrs, n)) return;
      const edit = { at: i.end, remove: 0, bytes, loc: decl.get(f) };
      edits.set(f, [...(edits.get(f) ?? []), edit]);
      count++;
    });
  }
  return { edits, count };
}

/** Is the value set at instruction n the result of a subtraction? */
function lowers(/** @type {Instr[]} */ instrs, /** @type {number} */ n) {
  let k = n - 1;
  if (instrs[k]?.op === Op.local_tee) k--;
  else if (
    instrs[k]?.op === Op.local_get &&
    instrs[k - 1]?.op === Op.local_set &&
    instrs[k - 1].a === instrs[k].a
  )
    k -= 2;
  if (instrs[k]?.op === Op.i32_and) {
    const mask = instrs[k - 1]?.op;
    if (mask !== Op.i32_const && mask !== Op.local_get) return false;
    k -= 2;
  }
  return instrs[k]?.op === Op.i32_sub;
}
