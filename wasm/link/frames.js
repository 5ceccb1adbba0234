// @ts-check
// Reads the code that Asyncify (Binaryen 131, 132) has added to a function: how its frame is pushed
// and popped, and which index each call has. D is the global __asyncify_data, which holds the
// address of the buffer's top; S is __asyncify_state. The code has this form:
//
//   if (S == 2) { *D -= total; locals = load... }         absent if total is 0; may be in the block
//   local.set U (block (result i32)
//     ... *D -= 4; index = load(*D) ...                    the pop, under any expression
//     ... call; [local.set]; i32.const N; S == 1; br_if block; drop ...
//   )
//   store(*D, U); *D += 4                                  the push
//   locals stored from *D; *D += total
//
// Any other form is an error: a frame that cannot be read must not be linked.
import { insist } from './error.js';
import { isCall, Op, opens } from './opcodes.js';

/**
 * @typedef {import('./reader.js').Module} Module
 * @typedef {import('./reader.js').Body} Body
 * @typedef {import('./reader.js').Instr} Instr
 *
 * @typedef {{ index: number, call: number }} Site  index in the frame; instruction number of the
 *   call
 *
 * @typedef {object} Frame
 * @property {number} bytes   of the saved frame, index included
 * @property {number} pushAt  instruction number of the push's `local.get U`
 * @property {number} popAt   instruction number of the pop's second load
 * @property {Site[]} sites   in order of the code
 */

const UNEXPECTED = "Asyncify's code is not as expected:";

/**
 * The globals of Asyncify, state and data: asyncify_start_unwind sets them in this order.
 * @param {Module} m
 * @returns {{ state: number, data: number, own: Set<number> }} own: Asyncify's own functions
 */
export function asyncifyGlobals(m) {
  const own = new Set();
  for (const [name, { kind, index }] of m.exports)
    if (kind === 0 && /^asyncify_(start|stop|get)_/.test(name)) own.add(index);
  const start = m.exports.get('asyncify_start_unwind');
  const body = start && m.bodies[start.index - m.nimports];
  const sets = body?.instrs.filter((i) => i.op === Op.global_set).map((i) => i.a) ?? [];
  insist(
    sets.length === 2,
    'asyncify_start_unwind',
    'does not set state and data: unknown Binaryen',
  );
  return { state: sets[0], data: sets[1], own };
}

/**
 * @param {Body} body
 * @param {{ state: number, data: number }} globals
 * @param {string} name  for errors
 * @returns {Frame[]} none if the function is not instrumented
 */
export function framesOf(body, { state, data }, name) {
  const i = body.instrs;
  if (!i.some((x) => x.op === Op.global_get && x.a === data)) return [];
  const need = (/** @type {any} */ cond, /** @type {string} */ found) =>
    insist(cond, name, `${UNEXPECTED} ${found}`);
  const { depth, openOf } = nesting(body);
  const moves = topMoves(i, data);
  const pushes = moves.map((move) => pushBefore(i, move, data)).filter((p) => p !== null);
  if (moves.length === 0) return []; // asyncify_start_unwind itself, inlined
  need(pushes.length > 0, 'no push of an index');

  /** @type {Block[]} */
  const blocks = pushes.map((push) => {
    const close = push.start - 2;
    const set = i[push.start - 1];
    const open = openOf[close];
    const isSet = set?.op === Op.local_set && set.a === i[push.get].a;
    const isBlock = i[close]?.op === Op.end && i[open]?.op === Op.block && i[open].a === -1;
    need(isSet, 'the value that is pushed is not set before');
    need(isBlock, 'the value that is set is not that of a block that returns an index');
    return { push, open, close, frame: emptyFrame(push) };
  });

  // Pops and branches belong to the innermost block around them.
  const within = (/** @type {number} */ n) => {
    let best;
    for (const b of blocks)
      if (b.open < n && n < b.close && (!best || b.open > best.open)) best = b;
    return best;
  };
  for (let n = 0; n + 2 < i.length; n++) {
    const isIndex =
      i[n].op === Op.global_get && i[n].a === data && isLoad(i[n + 1]) && isLoad(i[n + 2]);
    const b = isIndex ? within(n) : undefined;
    if (!b || lastMove(moves, n)?.by !== -4) continue;
    // If a frame has one local, the same instructions load it. The index is loaded last.
    b.frame.popAt = n + 2;
  }
  checkBytes(blocks, moves, need);
  for (const b of blocks) {
    const { frame } = b;
    need(frame.popAt >= 0, 'a push without a pop');
    for (let n = b.open; n < b.close; n++) {
      if (i[n].op !== Op.br_if && i[n].op !== Op.br) continue;
      if (depth[n] - 1 - i[n].a !== depth[b.open]) continue;
      const site = siteAt(i, n, state);
      insist(site, name, `${UNEXPECTED} a branch out of the block that does not unwind`);
      need(
        !frame.sites.some((s) => s.index === site.index),
        `call index ${site.index} occurs twice`,
      );
      frame.sites.push(site);
    }
  }
  return blocks.map((b) => b.frame);
}

/**
 * @typedef {{ start: number, get: number, move: Move }} Push  instruction numbers
 * @typedef {{ n: number, by: number }} Move  instruction number; bytes
 * @typedef {{ push: Push, open: number, close: number, frame: Frame }} Block
 */

/** @returns {Frame} */
const emptyFrame = (/** @type {Push} */ { get }) => ({
  ...{ bytes: 0, pushAt: get, popAt: -1, sites: [] },
});

const isLoad = (/** @type {Instr} */ i) => i?.op === Op.i32_load && i.b === 0;

/** The constant that instructions n and n + 1 add; 0 if they do not add one. */
export function addend(/** @type {Instr[]} */ i, /** @type {number} */ n) {
  if (i[n]?.op !== Op.i32_const) return 0;
  if (i[n + 1]?.op === Op.i32_add) return i[n].a;
  return i[n + 1]?.op === Op.i32_sub ? -i[n].a : 0;
}

/**
 * Every move of the top *D: `D D load const add store`. Binaryen writes x + 64 as x - -64.
 * @returns {Move[]}
 */
export function topMoves(/** @type {Instr[]} */ i, /** @type {number} */ data) {
  const moves = [];
  for (let n = 0; n + 5 < i.length; n++) {
    const isData = (/** @type {Instr} */ x) => x.op === Op.global_get && x.a === data;
    if (!isData(i[n]) || !isData(i[n + 1]) || !isLoad(i[n + 2])) continue;
    const by = addend(i, n + 3);
    if (by !== 0 && i[n + 5].op === Op.i32_store && i[n + 5].b === 0) moves.push({ n, by });
  }
  return moves;
}

const lastMove = (/** @type {Move[]} */ moves, /** @type {number} */ n) =>
  moves.findLast((move) => move.n < n);

/** The store of an index right before a move of the top: `D load U store`. */
function pushBefore(
  /** @type {Instr[]} */ i,
  /** @type {Move} */ move,
  /** @type {number} */ data,
) {
  const store = i[move.n - 1];
  if (move.by !== 4 || store?.op !== Op.i32_store || store.b !== 0) return null;
  const get = move.n - 2;
  const [d, top, local] = [i[get - 2], i[get - 1], i[get]];
  if (local?.op !== Op.local_get || !isLoad(top)) return null;
  if (d?.op !== Op.global_get || d.a !== data) return null;
  // The only local of a frame is saved by the same instructions. That follows a push, not a block.
  if (i[get - 3]?.op !== Op.local_set) return null;
  return { start: get - 2, get, move };
}

/** Finds each frame's size, and checks that pops and pushes have equal sizes. */
function checkBytes(
  /** @type {Block[]} */ blocks,
  /** @type {Move[]} */ moves,
  /** @type {(cond: any, found: string) => void} */ need,
) {
  const pushes = new Set(blocks.map((b) => b.push.move));
  const pops = new Set();
  for (const b of blocks) {
    const next = moves[moves.indexOf(b.push.move) + 1];
    const total = next && next.by > 0 && !pushes.has(next) ? next.by : 0;
    b.frame.bytes = 4 + total;
    const pop = lastMove(moves, b.frame.popAt);
    need(pop?.by === -4 && !pops.has(pop), 'the index is not 4 bytes');
    pops.add(pop);
    if (total === 0) continue;
    const before = moves[moves.indexOf(/** @type {Move} */ (pop)) - 1];
    need(
      before?.by === -total,
      `saves ${total} bytes of locals and restores ${-(before?.by ?? 0)}`,
    );
    pops.add(before);
  }
  const ups = moves.filter((move) => move.by > 0).reduce((sum, move) => sum + move.by, 0);
  need(
    ups === blocks.reduce((sum, b) => sum + b.frame.bytes, 0),
    'the top moves more than frames do',
  );
  need(
    moves.filter((move) => move.by < 0).every((move) => pops.has(move)),
    'a pop without a push',
  );
}

/** The call before the branch at instruction n: `call; [set]; const N; S; 1; eq; br_if`. */
function siteAt(/** @type {Instr[]} */ i, /** @type {number} */ n, /** @type {number} */ state) {
  if (i[n].op !== Op.br_if) return null;
  const [number, s, one, eq] = i.slice(n - 4, n);
  if (number?.op !== Op.i32_const || s.op !== Op.global_get || s.a !== state) return null;
  if (one.op !== Op.i32_const || one.a !== 1 || eq.op !== Op.i32_eq) return null;
  let call = n - 5;
  while ([Op.local_set, Op.local_tee, Op.drop].some((op) => op === i[call]?.op)) call--;
  return { index: number.a, call: isCall(i[call]?.op) ? call : -1 };
}

/** Nesting depth before each instruction, and for each `end` the instruction it closes. */
export function nesting(/** @type {Body} */ body) {
  /** @type {number[]} */
  const stack = [];
  /** @type {number[]} */
  const openOf = [];
  const depth = body.instrs.map((i, n) => {
    if (i.op === Op.end || i.op === Op.delegate) openOf[n] = stack.pop() ?? -1;
    const now = stack.length;
    if (opens(i.op)) stack.push(n);
    return now;
  });
  return { depth, openOf };
}
