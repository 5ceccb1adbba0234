// @ts-check
// Polls: the places where a goroutine that computes notices that it should stop. A poll is one load
// and one branch on a word of its own M:
//
//   global.get $rt_self_m; i32.atomic.load offset=8; if; call $rt_safepoint; end
//
// Only the user's functions get them. Loops get a plain poll behind the `loop` opcode, where any
// stack is fine because a poll leaves it as it was. A function with a call in it is taken apart by
// Asyncify, though, and so a hot loop would become slow. Innermost loops without a call are
// therefore *wrapped*: the flag is read at each back edge, but the call lies outside, and Asyncify
// guards the loop as one unit:
//
//   block EXIT (type of the loop)
//     loop OUT
//       block POLL
//         loop L ... end        back edge `br L`     ->  flag; br_if POLL; br L
//                               back edge `br_if L`  ->  if; flag; br_if POLL; br L; end
//         br EXIT               branches past L      ->  three labels further
//       end
//       call $rt_safepoint
//       br OUT
//     end
//     unreachable
//   end
//
// Entering L anew is the same as going around it, since all its state is in locals: that is why a
// loop with block parameters is not wrapped. Functions that are on a cycle of the call graph get a
// poll at their entry.
import { call, globalGet, isCall, leb, Op, opens, VOID } from './opcodes.js';
import { locAt } from './editor.js';
import { User } from './kinds.js';

/**
 * @typedef {import('./reader.js').Module} Module
 * @typedef {import('./reader.js').Body} Body
 * @typedef {import('./editor.js').Edit} Edit
 * @typedef {import('./editor.js').Row} Row
 * @typedef {'none' | 'calls' | 'loops'} PollMode
 */

const FLAG_OFFSET = 8;

/** @typedef {{ plain: number, wrapped: number, entry: number }} PollCounts */

/**
 * @param {Module} m
 * @param {Uint8Array} kinds
 * @param {object} how
 * @param {PollMode} how.mode      none; calls: recursive functions only; loops: those and loops
 * @param {number} how.selfGlobal  the wasm global rt_self_m
 * @param {number} how.safepoint   the function rt_safepoint
 * @param {Row[]} how.rows
 * @param {Map<number, number>} how.decl
 * @returns {{ edits: Map<number, Edit[]>, counts: PollCounts }}
 */
export function polls(m, kinds, { mode, selfGlobal, safepoint, rows, decl }) {
  /** @type {Map<number, Edit[]>} */
  const edits = new Map();
  const counts = { plain: 0, wrapped: 0, entry: 0 };
  if (mode === 'none') return { edits, counts };
  const flag = [...globalGet(selfGlobal), 0xfe, 0x10, 2, FLAG_OFFSET];
  const poll = [...flag, Op.if, VOID, ...call(safepoint), Op.end];
  const recursive = onCycles(m, kinds);
  for (const body of m.bodies) {
    if (kinds[body.index] !== User) continue;
    /** @type {Edit[]} */
    const list = [];
    if (recursive.has(body.index)) {
      list.push({ at: body.code, remove: 0, bytes: poll, loc: decl.get(body.index) });
      counts.entry++;
    }
    for (const loop of mode === 'loops' ? loopsOf(body) : []) {
      const loc = locAt(rows, body.instrs[backEdge(body, loop)].at);
      if (loop.wrap && !hasParams(m, body.instrs[loop.first].a)) {
        list.push(...wrap(m, body, loop, flag, call(safepoint), loc));
        counts.wrapped++;
      } else {
        list.push({ at: body.instrs[loop.first].end, remove: 0, bytes: poll, loc });
        counts.plain++;
      }
    }
    if (list.length) edits.set(body.index, list);
  }
  return { edits, counts };
}

/** @typedef {{ first: number, last: number, wrap: boolean }} Loop  instruction numbers */

/** @returns {Loop[]} outer before inner */
export function loopsOf(/** @type {Body} */ body) {
  /** @type {Loop[]} */
  const found = [];
  /** @type {(Loop | null)[]} */
  const open = [];
  const spoil = () => {
    for (const o of open) if (o) o.wrap = false;
  };
  body.instrs.forEach((i, n) => {
    if (opens(i.op)) {
      if (i.op !== Op.loop) {
        if (i.op === Op.try || i.op === Op.try_table) spoil();
        open.push(null);
        return;
      }
      spoil();
      const loop = { first: n, last: 0, wrap: true };
      open.push(loop);
      found.push(loop);
    } else if (i.op === Op.end || i.op === Op.delegate) {
      const loop = open.pop();
      if (loop) loop.last = n;
    } else if (isCall(i.op) || i.op === Op.br_table) spoil();
  });
  return found;
}

/** The last branch to a loop's head. The `loop` opcode itself has the place of what stands before it. */
function backEdge(/** @type {Body} */ body, /** @type {Loop} */ loop) {
  let found = loop.first;
  let depth = 0;
  for (let n = loop.first + 1; n < loop.last; n++) {
    const i = body.instrs[n];
    if (opens(i.op)) depth++;
    else if (i.op === Op.end) depth--;
    else if ((i.op === Op.br || i.op === Op.br_if) && i.a === depth) found = n;
  }
  return found;
}

const hasParams = (/** @type {Module} */ m, /** @type {number} */ type) =>
  type >= 0 && m.types[type].params.length > 0;

/** @returns {Edit[]} */
function wrap(
  /** @type {Module} */ m,
  /** @type {Body} */ body,
  /** @type {Loop} */ loop,
  /** @type {number[]} */ flag,
  /** @type {number[]} */ safepoint,
  /** @type {number} */ loc,
) {
  const head = body.instrs[loop.first];
  const type = m.bytes.subarray(head.at + 1, head.end);
  const open = [Op.block, ...type, Op.loop, VOID, Op.block, VOID];
  /** @type {Edit[]} */
  const list = [{ at: head.at, remove: 0, bytes: open }];
  let depth = 0;
  for (let n = loop.first + 1; n < loop.last; n++) {
    const i = body.instrs[n];
    if (opens(i.op)) depth++;
    else if (i.op === Op.end) depth--;
    else if (i.op === Op.br || i.op === Op.br_if) {
      if (i.a < depth) continue;
      let bytes;
      if (i.a > depth) bytes = [i.op, ...leb(i.a + 3)];
      else if (i.op === Op.br) bytes = [...flag, Op.br_if, ...leb(depth + 1), Op.br, ...leb(depth)];
      else
        bytes = [
          ...[Op.if, VOID, ...flag, Op.br_if, ...leb(depth + 2), Op.br, ...leb(depth + 1)],
          Op.end,
        ];
      list.push({ at: i.at, remove: i.end - i.at, bytes });
    }
  }
  const close = [Op.br, 2, Op.end, ...safepoint, Op.br, 0, Op.end, Op.unreachable, Op.end];
  list.push({ at: body.instrs[loop.last].end, remove: 0, bytes: close, loc });
  return list;
}

/**
 * User functions that can reach themselves through user functions. Indirect calls reach every user
 * function of their type whose address is taken. (Ways around through the runtime or libc are
 * bounded by the stack and need no poll for the program to stay stoppable.)
 * @param {Module} m
 * @param {Uint8Array} kinds
 * @returns {Set<number>}
 */
export function onCycles(m, kinds) {
  /** @type {Map<string, number[]>} */
  const byType = new Map();
  for (const f of m.addressTaken) {
    if (kinds[f] !== User || f < m.nimports) continue;
    const key = typeKey(m, m.funcType[f]);
    byType.set(key, [...(byType.get(key) ?? []), f]);
  }
  /** @type {Map<number, number[]>} */
  const edges = new Map();
  for (const body of m.bodies) {
    if (kinds[body.index] !== User) continue;
    const to = new Set();
    for (const i of body.instrs) {
      if (i.op === Op.call || i.op === Op.return_call) {
        if (kinds[i.a] === User && i.a >= m.nimports) to.add(i.a);
      } else if (i.op === Op.call_indirect || i.op === Op.return_call_indirect)
        for (const f of byType.get(typeKey(m, i.a)) ?? []) to.add(f);
    }
    edges.set(body.index, [...to]);
  }
  return cyclic(edges);
}

/** Two type indices of the same signature are the same type to an indirect call. */
export const typeKey = (/** @type {Module} */ m, /** @type {number} */ type) =>
  `${m.types[type].params}>${m.types[type].results}`;

/** Nodes that lie on a cycle: strongly connected components (Tarjan), without recursion. */
function cyclic(/** @type {Map<number, number[]>} */ edges) {
  const result = new Set();
  const index = new Map();
  const low = new Map();
  const onStack = new Set();
  /** @type {number[]} */
  const stack = [];
  for (const root of edges.keys()) {
    if (index.has(root)) continue;
    /** @type {{ v: number, next: number }[]} */
    const work = [{ v: root, next: 0 }];
    while (work.length) {
      const top = work[work.length - 1];
      const { v } = top;
      if (!index.has(v)) {
        index.set(v, index.size);
        low.set(v, index.get(v));
        stack.push(v);
        onStack.add(v);
      }
      const to = edges.get(v) ?? [];
      if (top.next < to.length) {
        const w = to[top.next++];
        if (w === v) result.add(v);
        if (!index.has(w)) work.push({ v: w, next: 0 });
        else if (onStack.has(w)) low.set(v, Math.min(low.get(v), index.get(w)));
        continue;
      }
      work.pop();
      if (work.length) {
        const up = work[work.length - 1].v;
        low.set(up, Math.min(low.get(up), low.get(v)));
      }
      if (low.get(v) === index.get(v)) {
        const component = [];
        let w;
        do {
          w = /** @type {number} */ (stack.pop());
          onStack.delete(w);
          component.push(w);
        } while (w !== v);
        if (component.length > 1) for (const f of component) result.add(f);
      }
    }
  }
  return result;
}
