// @ts-check
// The cycles of the program's call graph. One function of each cycle gets a poll: the cycle's
// *head*.
import { isPolled } from './kinds.js';
import { Op, opens } from './opcodes.js';

/** @typedef {import('./reader.js').Module} Module */
/** @typedef {import('./reader.js').Instr} Instr */

/**
 * The cycles of the call graph of the program's functions. An indirect call reaches every function
 * of its type whose address is taken. Cycles through the runtime or libc are ignored: the stack
 * bounds them, so the program can be stopped without a poll in them.
 * @param {Module} m
 * @param {Uint8Array} kinds
 */
export function cyclesOf(m, kinds) {
  /** @type {Map<string, number[]>} */
  const byType = new Map();
  for (const f of m.addressTaken) {
    if (!isPolled(kinds[f]) || f < m.nimports) continue;
    const key = typeKey(m, m.funcType[f]);
    const same = byType.get(key);
    if (same) same.push(f);
    else byType.set(key, [f]);
  }
  /** @type {(i: Instr) => number[]} */
  const targets = (i) => {
    if (i.op === Op.call || i.op === Op.return_call)
      return isPolled(kinds[i.a]) && i.a >= m.nimports ? [i.a] : [];
    if (i.op === Op.call_indirect || i.op === Op.return_call_indirect)
      return byType.get(typeKey(m, i.a)) ?? [];
    return [];
  };
  /** @type {Map<number, number[]>} */
  const edges = new Map();
  /** @type {[number, number][]} caller and callee of each call in a loop */
  const inLoop = [];
  for (const body of m.bodies) {
    if (!isPolled(kinds[body.index])) continue;
    const to = new Set();
    /** @type {number[]} */
    const open = [];
    for (const i of body.instrs) {
      if (opens(i.op)) open.push(i.op);
      else if (i.op === Op.end || i.op === Op.delegate) open.pop();
      else
        for (const f of targets(i)) {
          to.add(f);
          if (open.includes(Op.loop)) inLoop.push([body.index, f]);
        }
    }
    edges.set(body.index, [...to]);
  }
  const component = components(edges);
  const busy = new Set();
  for (const [f, g] of inLoop) if (component.get(f) === component.get(g)) busy.add(g);
  const same = (/** @type {number} */ f, /** @type {number} */ g) =>
    component.get(f) === component.get(g);
  return {
    heads: heads(edges, component, busy),
    /** Are these two functions on one cycle, or the same? */
    same,
    /** Can this call in f lead back to f? */
    callsAgain: (/** @type {number} */ f, /** @type {Instr} */ i) =>
      targets(i).some((g) => same(f, g)),
  };
}

/** An indirect call compares signatures, so two type indices may stand for one type. */
export const typeKey = (/** @type {Module} */ m, /** @type {number} */ type) =>
  `${m.types[type].params}>${m.types[type].results}`;

/**
 * A set of functions that has at least one of each cycle: functions that call themselves, and those
 * where a depth-first walk meets its own path. The walk begins at functions that no loop of the
 * cycle calls, because they are called less often.
 * @param {Map<number, number[]>} edges
 * @param {Map<number, number>} component
 * @param {Set<number>} busy
 */
function heads(edges, component, busy) {
  const result = new Set();
  for (const [f, to] of edges) if (to.includes(f)) result.add(f);
  const seen = new Set(result);
  const onPath = new Set();
  const all = [...edges.keys()];
  for (const root of [...all.filter((f) => !busy.has(f)), ...all.filter((f) => busy.has(f))]) {
    if (seen.has(root)) continue;
    walk(root, edges, {
      enter: (v) => (seen.add(v), onPath.add(v)),
      goes: (v, w) => {
        if (onPath.has(w)) result.add(w);
        return !seen.has(w) && component.get(v) === component.get(w);
      },
      leave: (v) => onPath.delete(v),
    });
  }
  return result;
}

/**
 * The strongly connected components, by Gabow's algorithm.
 * @param {Map<number, number[]>} edges
 * @returns {Map<number, number>} for each node, one node that stands for its component
 */
function components(edges) {
  /** @type {Map<number, number>} */
  const found = new Map();
  /** @type {Map<number, number>} */
  const order = new Map();
  const number = (/** @type {number} */ v) => order.get(v) ?? 0;
  /** @type {number[]} */
  const open = [];
  /** @type {number[]} */
  const bounds = [];
  for (const root of edges.keys()) {
    if (order.has(root)) continue;
    walk(root, edges, {
      enter: (v) => {
        order.set(v, order.size);
        open.push(v);
        bounds.push(v);
      },
      goes: (_, w) => {
        if (!order.has(w)) return true;
        if (!found.has(w)) while (number(bounds[bounds.length - 1]) > number(w)) bounds.pop();
        return false;
      },
      leave: (v) => {
        if (bounds[bounds.length - 1] !== v) return;
        bounds.pop();
        for (let w; w !== v;) found.set((w = /** @type {number} */ (open.pop())), v);
      },
    });
  }
  return found;
}

/**
 * A depth-first walk, without recursion.
 * @param {number} root
 * @param {Map<number, number[]>} edges
 * @param {object} on
 * @param {(v: number) => void} on.enter
 * @param {(v: number, w: number) => boolean} on.goes  whether to follow this edge
 * @param {(v: number) => void} on.leave
 */
function walk(root, edges, { enter, goes, leave }) {
  enter(root);
  const path = [{ v: root, next: 0 }];
  while (path.length) {
    const top = path[path.length - 1];
    const to = edges.get(top.v) ?? [];
    if (top.next === to.length) {
      leave(top.v);
      path.pop();
    } else {
      const w = to[top.next++];
      if (!goes(top.v, w)) continue;
      enter(w);
      path.push({ v: w, next: 0 });
    }
  }
}
