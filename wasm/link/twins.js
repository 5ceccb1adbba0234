// @ts-check
// Two bodies for each function that may be suspended. Asyncify makes one body, which asks in which
// state the program is (S, the global __asyncify_state) at every step, so that it can be entered
// again in the middle, with all that it has called. Here the loop in wasm/ctx.c enters each frame
// again by itself, and nothing else does. So there are two bodies:
//
// - The *straight* body takes the place of the function. It runs from the start, and asks only
//   after calls that may suspend whether to leave; S is 0 everywhere else. It pushes its frame as
//   Asyncify does, at the top of the unwind buffer (*D, D being the global __asyncify_data):
//
//     ... call; N; S == 1; br_if PUSH ...         PUSH: *D = N + entry + 1, then the locals;
//                                                 D moves once
//
// - The *resumed* body has the type () -> () and a slot in the function table; these slots are in
//   the order of pcs. It is entered with S = 2, takes index and locals from memory at Machine.home,
//   and goes to the call at which it was left. It does not make that call again: the callee has
//   ended, and its result is in Machine.result.
//
//     ... S == 0 || index == N; if
//           S == 0; if; call; else; drop the arguments; S = 0; Machine.result; end
//           N; S == 1; br_if PUSH ...             PUSH: the same frame, at Machine.home
//
//   Where the function would return, the resumed body stores its result in Machine.result.
//
// Both bodies push the same frame, so it does not matter which of them left it. A resumed body
// calls straight bodies only. The optimiser removes from the straight body what can no longer
// happen.
import { rawIndex } from './binaryen.js';
import { locAt } from './editor.js';
import { insist } from './error.js';
import { topMoves } from './frames.js';
import { HOME_OFFSET, RESULT_OFFSET } from './machine.js';
import { call, globalGet, i32Const, leb, Op, opens, sleb, VOID } from './opcodes.js';
import { readLeb } from './reader.js';

/**
 * @typedef {import('./reader.js').Module} Module
 * @typedef {import('./reader.js').Body} Body
 * @typedef {import('./editor.js').Edit} Edit
 * @typedef {import('./frames.js').Frame & { entry: number }} Frame
 *
 * @typedef {object} Marks  what takes the place of calls that mark landing sites, by the raw index
 *   of the function called (invoked.js)
 * @property {Map<number, number[]>} resumed    in resumed bodies
 * @property {Map<number, number[]>} elsewhere  in other bodies: nothing lands there
 *
 * @typedef {object} Globals
 * @property {number} state  __asyncify_state
 * @property {number} data   __asyncify_data
 * @property {number} self   rt_self_m
 */

/** @type {Marks} */
const NO_MARKS = { resumed: new Map(), elsewhere: new Map() };

const NORMAL = 0;
const REWINDING = 2;
export const INDEX_BYTES = 4; // at the start of a frame; its locals follow
const I32 = -1;

/**
 * Opcode and alignment of a load and a store, by type.
 * @type {Record<number, [number[], number[]]>}
 */
const ACCESS = {
  [-1]: [
    [0x28, 2],
    [0x36, 2],
  ],
  [-2]: [
    [0x29, 3],
    [0x37, 3],
  ],
  [-3]: [
    [0x2a, 2],
    [0x38, 2],
  ],
  [-4]: [
    [0x2b, 3],
    [0x39, 3],
  ],
  [-5]: [
    [0xfd, 0x00, 4],
    [0xfd, 0x0b, 4],
  ],
};

/** Pushes Machine.result onto the stack. */
export const takeResult = (/** @type {number} */ self, /** @type {number} */ type) => [
  ...[...globalGet(self), ...ACCESS[type][0], RESULT_OFFSET],
];

/** The name of a function's resumed copy, between the passes. */
export const resumedName = (/** @type {number} */ raw) => `s${raw}`;
export const isResumed = (/** @type {string | undefined} */ name) => /^s\d+$/.test(name ?? '');

/**
 * @param {Module} m  as Asyncify left it, functions named after raw indices
 * @param {Map<number, Frame>} frames  of the instrumented functions, in the order of pcs
 * @param {import('./editor.js').Row[]} rows
 * @param {Globals} globals
 * @param {object} [how]
 * @param {Marks} [how.marks]   of landing sites
 * @param {boolean} [how.apart] what a resumed body adds to a call has no location, so that no
 *   breakpoint on that line stops there
 * @returns {{ edits: Map<number, Edit[]>, copies: import('./editor.js').Copy[], names: Map<number,
 *   string>, slots: number[] }}  slots: the copies, for the function table
 */
export function twins(m, frames, rows, globals, { marks = NO_MARKS, apart = false } = {}) {
  const unit = m.types.findIndex(({ params, results }) => !params.length && !results.length);
  insist(unit >= 0 || frames.size === 0, 'resumed functions', 'no type () -> () in the module');
  const names = new Map(m.names);
  /** @type {Map<number, Edit[]>} */
  const edits = new Map();
  /** @type {import('./editor.js').Copy[]} */
  const copies = [];
  /** @type {number[]} */
  const slots = [];
  for (const [f, frame] of frames) {
    const body = m.bodies[f - m.nimports];
    const name = m.names.get(f) ?? `function ${f}`;
    const shape = shapeOf(body, frame, globals, name);
    const index = m.funcType.length + copies.length;
    edits.set(f, straight(body, shape, rows, globals.state));
    copies.push({
      of: f,
      type: unit,
      edits: [
        ...resumed(m, body, frame, shape, rows, { ...globals, apart }),
        ...marked(m, body, marks.resumed),
      ],
    });
    names.set(index, resumedName(rawIndex(m.names.get(f))));
    slots.push(index);
  }
  for (const body of m.bodies) {
    const list = marked(m, body, marks.elsewhere);
    if (list.length) edits.set(body.index, [...(edits.get(body.index) ?? []), ...list]);
  }
  return { edits, copies, names, slots };
}

/** Replaces the calls that mark landing sites. @returns {Edit[]} */
const marked = (
  /** @type {Module} */ m,
  /** @type {Body} */ body,
  /** @type {Map<number, number[]>} */ marks,
) =>
  body.instrs.flatMap((i, n) => {
    const bytes = i.op === Op.call ? marks.get(rawIndex(m.names.get(i.a))) : undefined;
    return bytes ? [replace(body, n, n, bytes)] : [];
  });

/**
 * @typedef {object} Shape  where a frame is pushed and popped, as numbers of instructions
 * @property {import('./frames.js').Move[]} moves  of the top, in order: down for the locals, down
 *   for the index, up, up. Only two if there are no locals
 * @property {number[]} tops   other places that read the top: `D load`
 * @property {number[]} asked  where S is read before the index is popped
 * @property {{ at: number, bytes: number[] }[]} pcs  where the index becomes a pc, and a pc the
 *   index
 */

/** @returns {Shape} */
function shapeOf(
  /** @type {Body} */ { instrs },
  /** @type {Frame} */ frame,
  /** @type {Globals} */ { state, data },
  /** @type {string} */ name,
) {
  const moves = topMoves(instrs, data);
  const total = frame.bytes - INDEX_BYTES;
  const by = total > 0 ? [-total, -INDEX_BYTES, INDEX_BYTES, total] : [-INDEX_BYTES, INDEX_BYTES];
  insist(
    `${moves.map((move) => move.by)}` === `${by}`,
    name,
    'does not push and pop its frame exactly once',
  );
  const inMove = (/** @type {number} */ n) => moves.some((move) => n >= move.n && n < move.n + 6);
  const tops = [];
  const asked = [];
  for (let n = 0; n < instrs.length; n++) {
    if (instrs[n].op !== Op.global_get || inMove(n)) continue;
    if (instrs[n].a === state && n < frame.popAt) asked.push(n);
    if (instrs[n].a !== data) continue;
    insist(
      instrs[n + 1].op === Op.i32_load && instrs[n + 1].b === 0,
      name,
      'uses the top of the buffer in an unknown way',
    );
    tops.push(n);
  }
  const base = i32Const(frame.entry + 1);
  const pcs = [
    { at: instrs[frame.pushAt].end, bytes: [...base, Op.i32_add] },
    { at: instrs[frame.popAt].end, bytes: [...base, Op.i32_sub] },
  ];
  return { moves, tops, asked, pcs };
}

/** Replaces the instructions from n to last. @returns {Edit} */
const replace = (
  /** @type {Body} */ { instrs },
  /** @type {number} */ n,
  /** @type {number} */ last,
  /** @type {number[]} */ bytes,
  loc = 0,
) => ({ at: instrs[n].at, remove: instrs[last].end - instrs[n].at, bytes, loc });

/** Is the top read at instruction n for the locals of the frame, and not for its index? */
const isOfLocals = (/** @type {Shape} */ { moves }, /** @type {number} */ n) =>
  moves.length === 4 && (n < moves[1].n || n > moves[2].n);

/** @returns {Edit[]} */
function straight(
  /** @type {Body} */ body,
  /** @type {Shape} */ shape,
  /** @type {import('./editor.js').Row[]} */ rows,
  /** @type {number} */ state,
) {
  const { instrs } = body;
  const { moves, tops, pcs } = shape;
  /** @type {Edit[]} */
  const edits = pcs.map(({ at, bytes }) => ({ at, remove: 0, bytes }));
  instrs.forEach((i, n) => {
    if (i.op === Op.global_get && i.a === state && !leavesAfterCall(instrs, n))
      edits.push(replace(body, n, n, i32Const(NORMAL), locAt(rows, i.at)));
  });
  if (moves.length < 4) return edits;
  // One move for the whole frame.
  const [, , index, locals] = moves;
  edits.push(replace(body, index.n, index.n + 5, []));
  for (const n of tops)
    if (n > index.n)
      edits.push({
        at: instrs[n + 1].end,
        remove: 0,
        bytes: [...i32Const(INDEX_BYTES), Op.i32_add],
      });
  const by = [...i32Const(locals.by + INDEX_BYTES), Op.i32_add];
  edits.push(replace(body, locals.n + 3, locals.n + 4, by));
  return edits;
}

/** @returns {Edit[]} */
function resumed(
  /** @type {Module} */ m,
  /** @type {Body} */ body,
  /** @type {Frame} */ frame,
  /** @type {Shape} */ shape,
  /** @type {import('./editor.js').Row[]} */ rows,
  /** @type {Globals & { apart: boolean }} */ { state, self, apart },
) {
  const { instrs } = body;
  const { moves, tops, asked, pcs } = shape;
  const { params, results } = m.types[m.funcType[body.index]];
  insist(
    results.length <= 1,
    m.names.get(body.index) ?? '',
    'returns several values, which cannot be suspended',
  );
  const home = [...globalGet(self), Op.i32_load, 2, HOME_OFFSET];
  const locals = [...home, ...i32Const(INDEX_BYTES), Op.i32_add];
  /** @type {Edit[]} */
  const edits = pcs.map(({ at, bytes }) => ({ at, remove: 0, bytes }));
  edits.push(declarations(m, body, params));
  for (const { n } of moves) edits.push(replace(body, n, n + 5, []));
  for (const n of tops) edits.push(replace(body, n, n + 1, isOfLocals(shape, n) ? locals : home));
  const never = beforeSites(body, frame);
  for (const n of [...asked, ...readsOf(instrs, state, frame.popAt, never)])
    edits.push(replace(body, n, n, i32Const(REWINDING)));
  // A block around the body takes the result; a return becomes a branch to its end.
  const begin = results.length ? globalGet(self) : [];
  edits.push({
    ...{ at: body.code, remove: 0, loc: 0 },
    bytes: [...begin, Op.block, results.length ? results[0] & 0x7f : VOID],
  });
  const store = results.flatMap((type) => [...ACCESS[type][1], RESULT_OFFSET]);
  const last = instrs[instrs.length - 1];
  edits.push({ at: last.at, remove: 0, bytes: [Op.end, ...store], loc: 0 });
  let depth = 0;
  instrs.forEach((i, n) => {
    if (i.op === Op.end || i.op === Op.delegate) depth--;
    if (i.op === Op.return)
      edits.push(replace(body, n, n, [Op.br, ...leb(depth)], locAt(rows, i.at)));
    if (opens(i.op)) depth++;
  });
  for (const { call: n } of frame.sites) {
    const { before, made, after } = onceMore(m, body, n, { state, self });
    const loc = locAt(rows, instrs[n].at);
    const added = { remove: 0, loc: apart ? 0 : loc };
    edits.push({ at: instrs[n].at, bytes: before, ...added });
    edits.push(replace(body, n, n, made, loc));
    edits.push({ at: instrs[n].end, bytes: after, ...added });
  }
  return edits;
}

/**
 * A resumed body does nothing before the first call at which the frame may have been left, or
 * before the loop around it: there S is what it was at the entry. So the optimiser can remove what
 * stands there. Returns the number of the first instruction that may run.
 * @param {Body} body
 * @param {Frame} frame
 */
export function beforeSites({ instrs }, { sites }) {
  const first = Math.min(instrs.length, ...sites.map(({ call: n }) => n));
  /** @type {number[]} */
  const open = [];
  for (let n = 0; n < first; n++) {
    const { op } = instrs[n];
    if (op === Op.end || op === Op.delegate) open.pop();
    if (opens(op)) open.push(n);
  }
  return open.find((n) => instrs[n].op === Op.loop) ?? first;
}

/** Where a global is read between two instructions. */
function readsOf(
  /** @type {import('./reader.js').Instr[]} */ instrs,
  /** @type {number} */ global,
  /** @type {number} */ from,
  /** @type {number} */ to,
) {
  const found = [];
  for (let n = from; n < to; n++)
    if (instrs[n].op === Op.global_get && instrs[n].a === global) found.push(n);
  return found;
}

/**
 * A call at which the frame may have been left.
 * @param {Module} m
 * @param {Body} body
 * @param {number} n  the instruction
 * @param {{ state: number, self: number }} globals
 */
function onceMore(m, body, n, { state, self }) {
  const i = body.instrs[n];
  const direct = i.op === Op.call;
  const type = direct ? m.funcType[i.a] : i.a;
  const { params, results } = m.types[type];
  const target = leb(body.nlocals); // the local that declarations() adds
  const made = direct
    ? call(i.a)
    : [Op.local_get, ...target, Op.call_indirect, ...leb(i.a), ...leb(i.b)];
  const before = [
    ...(direct ? [] : [Op.local_set, ...target]),
    ...[...globalGet(state), Op.i32_eqz, Op.if, ...sleb(type)],
  ];
  const after = [
    ...[Op.else, ...params.map(() => Op.drop)],
    ...[...i32Const(NORMAL), Op.global_set, ...leb(state)],
    ...results.flatMap((t) => takeResult(self, t)),
    Op.end,
  ];
  return { before, made, after };
}

/** Parameters become locals, and one more local is declared. @returns {Edit} */
function declarations(
  /** @type {Module} */ m,
  /** @type {Body} */ body,
  /** @type {number[]} */ params,
) {
  const { value: groups, at } = readLeb(m.bytes, body.start);
  const head = [...leb(groups + params.length + 1), ...params.flatMap((t) => [1, t & 0x7f])];
  const bytes = [...head, ...m.bytes.subarray(at, body.code), 1, I32 & 0x7f];
  return { at: body.start, remove: body.code - body.start, bytes, loc: 0 };
}

/** Is the state read at instruction n to leave after a call: `const N; S; 1; eq; br_if`? */
function leavesAfterCall(/** @type {import('./reader.js').Instr[]} */ i, /** @type {number} */ n) {
  return (
    i[n - 1]?.op === Op.i32_const &&
    i[n + 1]?.op === Op.i32_const &&
    i[n + 1].a === 1 &&
    i[n + 2]?.op === Op.i32_eq &&
    i[n + 3]?.op === Op.br_if
  );
}
