// @ts-check
// The cycles of the program's call graph. Each gets a poll in one of its functions, its *head*.
import { isPolled } from './kinds.js';
import { Op, opens } from './opcodes.js';

/** @typedef {import('./reader.js').Module} Module */
/** @typedef {import('./reader.js').Instr} Instr */

/**
 * The cycles of the call graph of the program's functions. Indirect calls reach every one of their
 * type whose address is taken. (Ways around through the runtime or libc are bounded by the stack and
 * need no poll for the program to stay stoppable.)
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
  /** @type {[number, number][]} who calls whom in a loop */
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
    /** Are these two on a cycle, or the same? */
    same,
    /** May this call in f lead back to f? */
    callsAgain: (/** @type {number} */ f, /** @type {Instr} */ i) =>
      targets(i).some((g) => same(f, g)),
  };
}

/** Two type indices of the same signature are the same type to an indirect call. */
export const typeKey = (/** @type {Module} */ m, /** @type {number} */ type) =>
  `${m.types[type].params}>${m.types[type].results}`;

/**
 * Functions of which each cycle has one: those that call themselves, and where a walk meets its own
 * path. It begins at functions that are not called in a loop of the cycle, since they are called less.
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
 * Gabow's way to the strong components.
 * @param {Map<number, number[]>} edges
 * @returns {Map<number, number>} of each node one of those in its component
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
 * Depth first, without recursion.
 * @param {number} root
 * @param {Map<number, number[]>} edges
 * @param {object} on
 * @param {(v: number) => void} on.enter
 * @param {(v: number, w: number) => boolean} on.goes  along this edge?
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
