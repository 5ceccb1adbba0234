// @ts-check
// setjmp and C++ exceptions, as LLVM lowers them for Emscripten. A call behind which code catches
// goes through an import: `invoke_iii(f, a, b)` calls f by the function table, and JavaScript
// catches. Here nothing is thrown in the engine: a throw unwinds to memory, as any switch does
// (wasm/ctx.c). So the call is made without JavaScript:
//
//   sp = $__stack_pointer; call f (a, b); sp; call $rt_link_landed
//
// The call of rt_link_landed marks the call before it as a landing site, and keeps the stack
// pointer in the frame. In resumed bodies it is made (twins.js); elsewhere nothing can land, and it
// is left out.
//
// LLVM gives f as a constant most often: then the call is direct.
//
// The compiled code sets the thread-local __THREW__ to 0 before the call, and looks at it behind
// the call. Where this code has the usual form, two marks take the place of the accesses:
// rt_link_threw reads it, rt_link_unthrow sets it to 0. Bodies in which nothing can land lose them,
// and so the code that handles what lands (twins.js). So there a call that catches costs what any
// call costs. Accesses of another form stay, and are right too.
import { Lands } from '../../host/layout.js';
import { insist } from './error.js';
import { exportedFunction, stackPointerOf } from './kinds.js';
import { call, globalGet, leb, Op, opens, takesAndGives } from './opcodes.js';
import { threwAccesses, threwOffset } from './threw.js';
import { readLeb, readModule } from './reader.js';
import { rewrite } from './editor.js';

/**
 * @typedef {import('./reader.js').Module} Module
 * @typedef {import('./reader.js').Body} Body
 * @typedef {import('./reader.js').Instr} Instr
 * @typedef {import('./editor.js').Edit} Edit
 * @typedef {{ type: number, params: number[] }} Invoke  the type of what it calls
 */

const I32 = -1;

/** What Emscripten's JavaScript has for exceptions: see wasm/cxa.c. */
const LEFT = /^(__cxa_|__resumeException|llvm_eh_|_emscripten_throw_longjmp)/;

/**
 * @param {Module} m
 * @param {import('./editor.js').Row[]} rows
 * @returns {{ m: Module, rows: import('./editor.js').Row[], count: number }}
 */
export function replaceInvokes(m, rows) {
  const invokes = invokesOf(m);
  if (invokes.size === 0) return { m, rows, count: 0 };
  const landed = exportedFunction(m, 'rt_link_landed');
  const stackPointer = stackPointerOf(m);
  const offset = threwOffset(m);
  /** @type {Map<number, Edit[]>} */
  const edits = new Map();
  let count = 0;
  for (const body of m.bodies) {
    const sites = body.instrs.flatMap(({ op, a }, n) =>
      op === Op.call && invokes.has(a) ? [n] : [],
    );
    if (sites.length === 0) continue;
    const how = { invokes, landed, stackPointer };
    edits.set(body.index, [...landing(m, body, sites, how), ...threwAccesses(m, body, offset)]);
    count += sites.length;
  }
  const done = rewrite(m, { edits, rows });
  return { m: readModule(done.bytes, 'the program'), rows: done.rows, count };
}

/**
 * What may land in a function: exceptions and panics if it asks which of them did, longjmp if it
 * asks where to go on, or jumps further.
 * @param {Module} m
 * @returns {(f: number) => number}
 */
export function landsIn(m) {
  const bits = new Map(
    [...m.names].map(([f, name]) => {
      const throws = /^__cxa_find_matching_catch/.test(name) ? Lands.throw : 0;
      const jumps = /^(testSetjmp|__wasm_setjmp_test|emscripten_longjmp)$/.test(name)
        ? Lands.jump
        : 0;
      return [f, throws | jumps];
    }),
  );
  return (f) =>
    (m.bodies[f - m.nimports]?.instrs ?? []).reduce(
      (all, { op, a }) => all | (op === Op.call ? (bits.get(a) ?? 0) : 0),
      0,
    );
}

/** @returns {Map<number, Invoke>} by import */
function invokesOf(/** @type {Module} */ m) {
  const found = new Map();
  m.imports
    .filter(({ kind }) => kind === 0)
    .forEach(({ module, field }, f) => {
      insist(
        module !== 'env' || !LEFT.test(field),
        field,
        'is a part of C++ exceptions that worldsema does not know: is this Emscripten too new?',
      );
      if (!/^invoke_[vijfdp]+$/.test(field)) return;
      const { params, results } = m.types[m.funcType[f]];
      const same = (/** @type {number[]} */ a, /** @type {number[]} */ b) => `${a}` === `${b}`;
      const type = m.types.findIndex(
        (t) => same(t.params, params.slice(1)) && same(t.results, results),
      );
      found.set(f, { type, params });
    });
  return found;
}

/**
 * @param {Module} m
 * @param {Body} body
 * @param {number[]} sites  numbers of instructions
 * @param {{ invokes: Map<number, Invoke>, landed: number, stackPointer: number }} how
 */
function landing(m, body, sites, { invokes, landed, stackPointer }) {
  const { instrs } = body;
  const types = [I32]; // of the locals that are added: the stack pointer, then arguments
  const { sp, keep, begin } = stackPointerIn(body, stackPointer);
  /** @type {Edit[]} */
  const edits = [];
  for (const n of sites) {
    const i = instrs[n];
    const { type, params } = /** @type {Invoke} */ (invokes.get(i.a));
    const first = firstOperand(m, body, n, params.length);
    const f = instrs[first]?.op === Op.i32_const ? m.table.get(instrs[first].a) : undefined;
    const mark = [Op.local_get, ...leb(sp), ...call(landed)];
    const target = [...keep];
    if (f !== undefined && m.funcType[f] === type) {
      const { at, end } = instrs[first];
      edits.push({ at, remove: end - at, bytes: [] });
      target.push(...call(f));
    } else if (type < 0) {
      // No function has this type, so the call would trap.
      edits.push({ at: i.at, remove: i.end - i.at, bytes: [Op.unreachable] });
      continue;
    } else {
      const locals = params.map((t) => body.nlocals + types.push(t) - 1);
      target.push(...locals.toReversed().flatMap((k) => [Op.local_set, ...leb(k)]));
      target.push(...[...locals.slice(1), locals[0]].flatMap((k) => [Op.local_get, ...leb(k)]));
      target.push(...[Op.call_indirect, ...leb(type), 0]);
    }
    edits.push({ at: i.at, remove: i.end - i.at, bytes: [...target, ...mark] });
  }
  const { value: groups, at } = readLeb(m.bytes, body.start);
  const declared = [
    ...leb(groups + types.length),
    ...m.bytes.subarray(at, body.code),
    ...types.flatMap((t) => [1, t & 0x7f]),
    ...begin,
  ];
  return [{ at: body.start, remove: body.code - body.start, bytes: declared }, ...edits];
}

/**
 * The local that has the stack pointer of the calls in this body, and the code that keeps it there
 * before each call, or once where the body begins. A function with a frame of fixed size has it in
 * a local anyway.
 * @param {Body} body
 * @param {number} stackPointer  wasm global
 */
function stackPointerIn({ instrs, nlocals }, stackPointer) {
  const copy = [...globalGet(stackPointer), Op.local_set, ...leb(nlocals)];
  const isSet = (/** @type {Instr} */ { op, a }) => op === Op.global_set && a === stackPointer;
  const sets = instrs.flatMap((i, n) => (isSet(i) ? [n] : []));
  if (sets.length === 0) return { sp: nlocals, keep: [], begin: copy };
  const frame = instrs[sets[0] - 1];
  const isFrame = (/** @type {Instr} */ i) => i?.op === Op.local_get && i.a === frame.a;
  const assigned = instrs.filter(
    ({ op, a }) => (op === Op.local_set || op === Op.local_tee) && a === frame.a,
  );
  const fixed =
    frame?.op === Op.local_tee &&
    assigned.length === 1 &&
    !instrs.slice(0, sets[0]).some(({ op }) => opens(op)) &&
    sets.slice(1).every((n) => instrs[n - 1].op === Op.i32_add && isFrame(instrs[n - 3]));
  if (fixed) return { sp: frame.a, keep: [], begin: [] };
  return { sp: nlocals, keep: copy, begin: [] };
}

/**
 * The instruction that begins the first operand of the call at instruction n; -1 if it is not in
 * the same straight line of code.
 */
function firstOperand(
  /** @type {Module} */ m,
  /** @type {Body} */ { instrs },
  /** @type {number} */ n,
  /** @type {number} */ operands,
) {
  let open = operands;
  for (let k = n - 1; k >= 0; k--) {
    const moves = takesAndGives(m, instrs[k]);
    if (!moves || moves.gives > open) return -1;
    open += moves.takes - moves.gives;
    if (open === 0) return k;
  }
  return -1;
}
