// @ts-check
// Finds, in a function that Asyncify (Binaryen 131, 132) has instrumented, how its frame is pushed
// and popped and which call has which index. D is the global __asyncify_data, which holds the
// address of the buffer's top; S is __asyncify_state. The shape is
//
//   if (S == 2) { *D -= total; locals = load... }         absent if total is 0; may be in the block
//   local.set U (block (result i32)
//     ... *D -= 4; index = load(*D) ...                    the pop, under any expression
//     ... call; [local.set]; i32.const N; S == 1; br_if block; drop ...
//   )
//   store(*D, U); *D += 4                                  the push
//   locals stored from *D; *D += total
//
// Anything else is an error: a frame that cannot be read must not be linked.
import { insist } from './error.js';
import { isCall, Op, opens } from './opcodes.js';

/**
 * @typedef {import('./reader.js').Module} Module
 * @typedef {import('./reader.js').Body} Body
 * @typedef {import('./reader.js').Instr} Instr
 *
 * @typedef {{ index: number, call: number }} Site  index in the function; instruction number of the call
 *
 * @typedef {object} Frame
 * @property {number} bytes      of the saved frame, index included
 * @property {number} pushAt     instruction number of the push's `local.get U`
 * @property {number} popAt      instruction number of the pop's second load
 * @property {Site[]} sites      in order of the code
 */

/**
 * The globals of Asyncify: state and data, as asyncify_start_unwind sets them.
 * @param {Module} m
 * @returns {{ state: number, data: number, own: Set<number> }} and Asyncify's own functions
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
 * How a change of *D begins at instruction n: `D D load const add store`. Binaryen writes x + 64
 * as x - -64.
 * @param {Instr[]} i
 * @param {number} n
 * @param {number} data
 * @returns {number} bytes added, or 0
 */
export function topMove(i, n, data) {
  const [d1, d2, load, by, how, store] = i.slice(n, n + 6);
  if (store?.op !== Op.i32_store || store.b !== 0) return 0;
  if (d1.op !== Op.global_get || d1.a !== data || d2.op !== Op.global_get || d2.a !== data)
    return 0;
  if (load.op !== Op.i32_load || load.b !== 0 || by.op !== Op.i32_const) return 0;
  if (how.op === Op.i32_add) return by.a;
  return how.op === Op.i32_sub ? -by.a : 0;
}

/**
 * @param {Body} body
 * @param {{ state: number, data: number }} globals
 * @param {string} name  for errors
 * @returns {Frame | null} null if the function is not instrumented
 */
export function frameOf(body, { state, data }, name) {
  const i = body.instrs;
  if (!i.some((x) => x.op === Op.global_get && x.a === data)) return null;
  const need = (/** @type {any} */ cond, /** @type {string} */ found) =>
    insist(cond, name, `Asyncify's code is not as expected: ${found}`);

  /** @type {{ n: number, by: number }[]} */
  const moves = [];
  for (let n = 0; n < i.length; n++) {
    const by = topMove(i, n, data);
    if (by !== 0) moves.push({ n, by });
  }
  const down = moves.filter((x) => x.by < 0);
  const up = moves.filter((x) => x.by > 0);
  need(down.length === 1 || down.length === 2, `${down.length} pops`);
  need(up.length === down.length, `${up.length} pushes for ${down.length} pops`);
  need(
    down.every((x) => x.n < up[0].n),
    'a push before a pop',
  );
  need(down.at(-1)?.by === -4 && up[0].by === 4, 'the index is not 4 bytes');
  const total = down.length === 2 ? -down[0].by : 0;
  need(down.length === 1 || up[1].by === total, `saves ${up[1]?.by} bytes and restores ${total}`);

  // The push: the only store of a local at *D between the block's end and the first increment.
  const push = up[0].n - 4;
  const [d, top, get, store] = i.slice(push, push + 4);
  need(
    d?.op === Op.global_get &&
      d.a === data &&
      top.op === Op.i32_load &&
      top.b === 0 &&
      get.op === Op.local_get &&
      store.op === Op.i32_store &&
      store.b === 0,
    'no store of the index before the top moves',
  );
  const depth = depths(body);
  need(depth[push] === 0, 'the push is inside a block');
  const set = i[push - 1];
  const close = i[push - 2];
  need(
    set?.op === Op.local_set && set.a === get.a && close?.op === Op.end,
    'the index has no block',
  );
  const open = opening(body, push - 2);
  need(open >= 0 && i[open].op === Op.block && i[open].a === -1, 'the block gives no index');

  // The pop: the only load of what *D points to after the last decrement.
  const pops = [];
  for (let n = down[down.length - 1].n + 6; n < push; n++)
    if (
      i[n].op === Op.global_get &&
      i[n].a === data &&
      i[n + 1].op === Op.i32_load &&
      i[n + 1].b === 0 &&
      i[n + 2].op === Op.i32_load &&
      i[n + 2].b === 0
    )
      pops.push(n + 2);
  need(pops.length === 1, `${pops.length} loads of the index`);

  /** @type {Site[]} */
  const sites = [];
  const seen = new Set();
  for (let n = open; n < push - 2; n++) {
    if (i[n].op !== Op.br_if || depth[n] - 1 - i[n].a !== 0) continue;
    // br_if out of the block with an index: i32.const N; S; i32.const 1; i32.eq; br_if
    const [number, s, one, eq] = i.slice(n - 4, n);
    need(
      number?.op === Op.i32_const &&
        s.op === Op.global_get &&
        s.a === state &&
        one.op === Op.i32_const &&
        one.a === 1 &&
        eq.op === Op.i32_eq,
      'a branch out of the block that is no unwinding',
    );
    need(!seen.has(number.a), `call index ${number.a} occurs twice`);
    seen.add(number.a);
    let call = n - 5;
    if (i[call].op === Op.local_set || i[call].op === Op.local_tee || i[call].op === Op.drop)
      call--;
    need(isCall(i[call]?.op), `no call before call index ${number.a}`);
    sites.push({ index: number.a, call });
  }
  return { bytes: 4 + total, pushAt: push + 2, popAt: pops[0], sites };
}

/** Nesting depth before each instruction; 0 at function level. */
export function depths(/** @type {Body} */ body) {
  let depth = 0;
  return body.instrs.map((i) => {
    if (i.op === Op.end || i.op === Op.delegate) return --depth + 1;
    return opens(i.op) ? depth++ : depth;
  });
}

/** Instruction number of the construct that the `end` at instruction n closes. */
function opening(/** @type {Body} */ body, /** @type {number} */ n) {
  let depth = 0;
  for (let k = n; k >= 0; k--) {
    const { op } = body.instrs[k];
    if (op === Op.end || op === Op.delegate) depth++;
    else if (opens(op) && --depth === 0) return k;
  }
  return -1;
}
