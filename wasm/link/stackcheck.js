// @ts-check
// C stack checks. Where a function lowers the stack pointer, the new value is compared with the end
// of this goroutine's stack. The end is a wasm global of the worker; it is 0 where no goroutine
// runs, so no value is below it:
//
//   global.get $__stack_pointer; global.get $rt_stack_lo; i32.lt_u
//   if; i32.const FUNCTION; call $rt_stack_overflow; end
//
// A check stands behind every assignment of the stack pointer, unless the value is certainly not
// lower than one it had before: a former value, or a local that keeps one, plus a positive
// constant. An epilogue assigns such a value, and so does the end of a scope with an array of
// variable length.
import { insist } from './error.js';
import { Runtime } from './kinds.js';
import { call, globalGet, i32Const, Op, VOID } from './opcodes.js';

/**
 * @typedef {import('./reader.js').Module} Module
 * @typedef {import('./reader.js').Body} Body
 * @typedef {import('./reader.js').Instr} Instr
 * @typedef {import('./editor.js').Edit} Edit
 */

// Functions that move the stack pointer to another stack: the switch, and the report of an
// overflow.
const EXEMPT = new Set([
  ...['rt_os_run_', 'rt_os_systemstack_', 'rt_callback_left', 'rt_link_landed', 'rt_run'],
  ...['rt_borrow', 'rt_giveback', 'rt_os_turn_', 'rt_host_turn_lost'],
  ...['rt_stack_overflow', 'rt_host_trap'],
]);

/**
 * @param {Module} m
 * @param {Uint8Array} kinds
 * @param {object} how
 * @param {number} how.stackPointer  wasm global
 * @param {number} how.stackLow      wasm global
 * @param {number} how.overflow      the function rt_stack_overflow
 * @param {Map<number, number>} how.decl
 * @returns {{ edits: Map<number, Edit[]>, count: number, checked: Map<number, number> }}
 *   `checked`: how many checks each function has
 */
export function stackChecks(m, kinds, { stackPointer, stackLow, overflow, decl }) {
  /** @type {Map<number, Edit[]>} */
  const edits = new Map();
  const checked = new Map();
  for (const body of m.bodies) {
    const f = body.index;
    if (kinds[f] === Runtime && EXEMPT.has(m.names.get(f) ?? '')) continue;
    const bytes = [
      ...globalGet(stackPointer),
      ...globalGet(stackLow),
      ...[Op.i32_lt_u, Op.if, VOID, ...i32Const(f), ...call(overflow), Op.end],
    ];
    const list = lowered(body, stackPointer).map((n) => {
      return { at: body.instrs[n].end, remove: 0, bytes, loc: decl.get(f) };
    });
    if (list.length === 0) continue;
    edits.set(f, list);
    checked.set(f, list.length);
  }
  const count = [...checked.values()].reduce((a, b) => a + b, 0);
  return { edits, count, checked };
}

/** The assignments in a body that may lower the stack pointer. */
function lowered(/** @type {Body} */ { instrs }, /** @type {number} */ stackPointer) {
  const isSet = (/** @type {Instr} */ { op, a }) => op === Op.global_set && a === stackPointer;
  const sets = instrs.flatMap((i, n) => (isSet(i) ? [n] : []));
  if (sets.length === 0) return [];
  const { isKnown, keep } = values(instrs, stackPointer);
  return sets.filter((n) => {
    const known = isKnown(n);
    keep(n);
    return !known;
  });
}

/**
 * @typedef {{ local: number } | { constant: number } | { global: number } | { add: [Value, Value] }
 *   | null} Value
 *
 * The values that are assigned, if they can be followed. Code that was compiled without
 * optimisation has each value in a local of its own, which is assigned once.
 * @param {Instr[]} instrs
 * @param {number} stackPointer
 */
function values(instrs, stackPointer) {
  /** @type {Map<number, number[]>} */
  const assigned = new Map();
  for (const [n, { op, a }] of instrs.entries())
    if (op === Op.local_set || op === Op.local_tee)
      assigned.set(a, [...(assigned.get(a) ?? []), n]);

  /**
   * @returns {{ value: Value, at: number }} the value on top of the stack before instruction n, and
   *   where it begins
   */
  const top = (/** @type {number} */ n) => {
    const i = instrs[n - 1];
    const one = (/** @type {Value} */ value) => ({ value, at: n - 1 });
    if (i?.op === Op.i32_const) return one({ constant: i.a });
    if (i?.op === Op.local_get) return one({ local: i.a });
    if (i?.op === Op.global_get) return one({ global: i.a });
    if (i?.op === Op.local_tee) return { value: { local: i.a }, at: top(n - 1).at };
    if (i?.op !== Op.i32_add) return one(null);
    const right = top(n - 1);
    const left = top(right.at);
    return { value: { add: [left.value, right.value] }, at: left.at };
  };
  /** The value of a local that is assigned once. @returns {Value} */
  const assignedTo = (/** @type {number} */ local) => {
    const at = assigned.get(local) ?? [];
    return at.length === 1 ? top(at[0]).value : null;
  };
  const isPositive = (/** @type {Value} */ value) => {
    const from = value && 'local' in value ? assignedTo(value.local) : value;
    return from !== null && 'constant' in from && from.constant >= 0;
  };
  /** Locals that hold a former value of the stack pointer, which was checked. */
  const kept = new Set();
  // Is the value certainly not lower than a former stack pointer? Locals may be assigned in a
  // circle, so only 8 steps are followed.
  /** @returns {boolean} */
  const isOld = (/** @type {Value} */ value, left = 8) => {
    if (!value || left === 0 || 'constant' in value) return false;
    if ('global' in value) return value.global === stackPointer;
    if ('local' in value) return kept.has(value.local) || isOld(assignedTo(value.local), left - 1);
    const [x, y] = value.add;
    return (isPositive(y) && isOld(x, left - 1)) || (isPositive(x) && isOld(y, left - 1));
  };
  const keep = (/** @type {number} */ n) => {
    const { value } = top(n);
    if (value && 'local' in value && assigned.get(value.local)?.length === 1) kept.add(value.local);
  };
  return { isKnown: (/** @type {number} */ n) => isOld(top(n).value), keep };
}

/**
 * Checks that every function has as many stack checks in the written module as were counted.
 * @param {Module} m
 * @param {Map<number, number>} checked
 * @param {number} overflow
 * @param {(f: number) => string} nameOf
 */
export function verifyChecks(m, checked, overflow, nameOf) {
  for (const { index, instrs } of m.bodies) {
    const found = checksIn(instrs, index, overflow);
    const wanted = checked.get(index) ?? 0;
    insist(found === wanted, nameOf(index), `has ${found} stack checks, not ${wanted}`);
  }
}

/** How many calls of rt_stack_overflow name function f. */
export const checksIn = (
  /** @type {Instr[]} */ instrs,
  /** @type {number} */ f,
  /** @type {number} */ overflow,
) =>
  instrs.filter(({ op, a }, n) => {
    const by = instrs[n - 1];
    return op === Op.call && a === overflow && by?.op === Op.i32_const && by.a === f;
  }).length;
