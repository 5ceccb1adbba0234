// @ts-check
// The opcodes that the link step looks at or writes, and small encoders for them.

export const Op = Object.freeze({
  unreachable: 0x00,
  nop: 0x01,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  try: 0x06,
  catch: 0x07,
  end: 0x0b,
  br: 0x0c,
  br_if: 0x0d,
  br_table: 0x0e,
  return: 0x0f,
  call: 0x10,
  call_indirect: 0x11,
  return_call: 0x12,
  return_call_indirect: 0x13,
  call_ref: 0x14,
  return_call_ref: 0x15,
  delegate: 0x18,
  drop: 0x1a,
  select: 0x1b,
  try_table: 0x1f,
  local_get: 0x20,
  local_set: 0x21,
  local_tee: 0x22,
  global_get: 0x23,
  global_set: 0x24,
  i32_load: 0x28,
  i64_store32: 0x3e,
  memory_grow: 0x40,
  i32_store: 0x36,
  i32_const: 0x41,
  i32_eqz: 0x45,
  i32_eq: 0x46,
  i32_ne: 0x47,
  i32_lt_s: 0x48,
  i32_lt_u: 0x49,
  i32_add: 0x6a,
  i32_sub: 0x6b,
  i32_and: 0x71,
  i32_or: 0x72,
  memory_init: 0xfc08,
  memory_copy: 0xfc0a,
  memory_fill: 0xfc0b,
  notify: 0xfe00,
  wait32: 0xfe01,
  wait64: 0xfe02,
  i32_atomic_load: 0xfe10,
});

/** Does this opcode open a block that an `end` closes? */
export const opens = (/** @type {number} */ op) =>
  op === Op.block || op === Op.loop || op === Op.if || op === Op.try || op === Op.try_table;

/** Calls of every kind. */
export const isCall = (/** @type {number} */ op) => op >= Op.call && op <= Op.return_call_ref;

/** Tail calls. Asyncify cannot instrument them. */
export const isTailCall = (/** @type {number} */ op) =>
  op === Op.return_call || op === Op.return_call_indirect || op === Op.return_call_ref;

/** May this opcode itself trap? (memory access, division, truncation, unreachable) */
export function mayTrap(/** @type {number} */ op) {
  return (
    op === Op.unreachable ||
    (op >= Op.i32_load && op <= Op.i64_store32) ||
    (op >= 0x6d && op <= 0x70) || // i32 div, rem
    (op >= 0x7f && op <= 0x82) || // i64 div, rem
    (op >= 0xa8 && op <= 0xb1) || // trapping float to int
    (op >= 0xfe00 && op <= 0xfeff) // atomics check their alignment
  );
}

/** @param {number} value unsigned, < 2^32 @returns {number[]} */
export function leb(value) {
  const out = [];
  for (value >>>= 0; value > 0x7f; value >>>= 7) out.push((value & 0x7f) | 0x80);
  out.push(value);
  return out;
}

/** @param {number} value signed 32 bit @returns {number[]} */
export function sleb(value) {
  const out = [];
  for (value |= 0; value < -64 || value > 63; value >>= 7) out.push((value & 0x7f) | 0x80);
  out.push(value & 0x7f);
  return out;
}

/** @param {string} text @returns {number[]} a length-prefixed wasm name */
export function nameBytes(text) {
  const utf8 = Buffer.from(text);
  return [...leb(utf8.length), ...utf8];
}

export const call = (/** @type {number} */ index) => [Op.call, ...leb(index)];
export const globalGet = (/** @type {number} */ index) => [Op.global_get, ...leb(index)];
export const i32Const = (/** @type {number} */ value) => [Op.i32_const, ...sleb(value)];
export const VOID = 0x40;

/**
 * How many values an instruction takes from the stack, and how many it leaves there. null: it opens
 * or ends a block, branches, or is not known here.
 * @param {import('./reader.js').Module} m
 * @param {import('./reader.js').Instr} i
 * @returns {{ takes: number, gives: number } | null}
 */
export function takesAndGives(m, { op, a }) {
  const moves = (/** @type {number} */ takes, /** @type {number} */ gives) => ({ takes, gives });
  if (op === Op.call || op === Op.call_indirect) {
    const { params, results } = m.types[op === Op.call ? m.funcType[a] : a];
    return moves(params.length + Number(op === Op.call_indirect), results.length);
  }
  if (op === Op.nop) return moves(0, 0);
  if (op === Op.drop || op === Op.local_set || op === Op.global_set) return moves(1, 0);
  if (op === Op.select) return moves(3, 1);
  if (op === Op.local_get || op === Op.global_get) return moves(0, 1);
  if (op === Op.local_tee) return moves(1, 1);
  if (op >= Op.i32_load && op < Op.i32_store) return moves(1, 1);
  if (op >= Op.i32_store && op <= Op.i64_store32) return moves(2, 0);
  if (op >= Op.i32_const && op <= F64_CONST) return moves(0, 1);
  if (op >= Op.i32_eqz && op <= I64_EXTEND32) return moves(isUnary(op) ? 1 : 2, 1);
  return null;
}

const F64_CONST = 0x44;
const I64_EXTEND32 = 0xc4;

/** Of the numeric instructions: does it take one value? */
const isUnary = (/** @type {number} */ op) =>
  op === Op.i32_eqz ||
  op === 0x50 || // i64.eqz
  (op >= 0x67 && op <= 0x69) || // i32 clz, ctz, popcnt
  (op >= 0x79 && op <= 0x7b) || // i64
  (op >= 0x8b && op <= 0x91) || // f32 abs ... sqrt
  (op >= 0x99 && op <= 0x9f) || // f64
  op >= 0xa7; // conversions
