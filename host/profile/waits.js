// @ts-check
// Which goroutines wait for which others: decodes the program's words to a graph. Finds the
// goroutines that are stuck for ever, and the cycles among them.

import {
  DumpHead,
  ThingFlag,
  ThingKind,
  WaitsFlag,
  WaitsHead,
  WaitsPair,
  WaitsThing,
} from '../layout.js';
import { long } from '../words.js';

/** @typedef {import('./dump.js').Goroutine} Goroutine */
/** @typedef {import('../index.d.ts').WaitEdge} WaitEdge */
/**
 * @typedef {object} Thing what is waited for
 * @property {number} object its address; 0 if not known
 * @property {WaitEdge['kind']} kind
 * @property {boolean} anybody goroutines other than the wakers could wake the waiters
 * @property {number[]} waiters
 * @property {number[]} wakers
 */
/** @typedef {{ things: Thing[], truncated: boolean, asleep: boolean }} Waits */

/** The name of each kind of object. @type {WaitEdge['kind'][]} */
const kinds = [];
kinds[ThingKind.chan] = 'channel';
kinds[ThingKind.mutex] = 'mutex';
kinds[ThingKind.rwMutex] = 'rwmutex';
kinds[ThingKind.waitGroup] = 'wait group';
kinds[ThingKind.cond] = 'condition';
kinds[ThingKind.semaphore] = 'semaphore';
kinds[ThingKind.thread] = 'thread';

/** Does this kind of object have a holder? @param {WaitEdge['kind']} kind */
const isHeld = (kind) => kind.endsWith('mutex') || kind === 'thread';

/**
 * Reads the words that follow the words of a dump.
 * @param {Uint32Array} words
 * @returns {Waits}
 */
export function decodeWaits(words) {
  const start = words[DumpHead.waits];
  const head = (/** @type {keyof typeof WaitsHead} */ name) => words[start + WaitsHead[name]];
  const nthings = head('nthings');
  const flags = head('flags');
  const things = start + WaitsHead.words;
  const waits = things + nthings * WaitsThing.words;
  const edges = waits + head('nwaits') * WaitsPair.words;
  const goroutines = (/** @type {number} */ from, /** @type {number} */ n) => {
    /** @type {number[][]} */
    const lists = Array.from({ length: nthings }, () => []);
    for (let i = 0, at = from; i < n; i++, at += WaitsPair.words)
      lists[words[at + WaitsPair.thing]].push(long(words, at + WaitsPair.id));
    return lists;
  };
  const wakers = goroutines(edges, head('nedges'));
  return {
    things: goroutines(waits, head('nwaits')).map((waiters, i) => {
      const at = things + i * WaitsThing.words;
      return {
        object: ~words[at + WaitsThing.inverted] >>> 0,
        kind: kinds[words[at + WaitsThing.kind]],
        anybody: (words[at + WaitsThing.flags] & ThingFlag.anybody) !== 0,
        waiters,
        wakers: wakers[i],
      };
    }),
    truncated: (flags & (WaitsFlag.cut | WaitsFlag.blind)) !== 0,
    asleep: (flags & WaitsFlag.asleep) !== 0,
  };
}

/**
 * @param {Goroutine[]} goroutines the goroutines that wait, and those that they wait for; `leaked`:
 *   it waits for nothing, so nobody can wake it
 * @param {Waits} waits
 */
export function makeWaitGraph(goroutines, { things, truncated, asleep }) {
  /** @type {Map<number, Thing[]>} the objects that each goroutine waits for */
  const waits = new Map();
  for (const { id, leaked } of goroutines) if (leaked) waits.set(id, []);
  for (const thing of things) {
    for (const id of thing.waiters) waits.set(id, [...(waits.get(id) ?? []), thing]);
  }
  const stuck = findStuck(waits, asleep);
  return {
    nodes: goroutines.map(({ leaked: _, ...goroutine }) => ({
      ...goroutine,
      stuck: stuck.has(goroutine.id),
    })),
    edges: things.flatMap((thing) => edgesOf(thing, asleep)),
    cycles: findCycles(waits, stuck),
    truncated,
  };
}

/** @param {Thing} thing @param {boolean} asleep @returns {WaitEdge[]} */
function edgesOf({ object, kind, anybody, waiters, wakers }, asleep) {
  const proven = asleep || !anybody;
  const held = isHeld(kind);
  return waiters.flatMap((from) => [
    ...wakers.filter((to) => to !== from || held).map((to) => ({ from, to, object, kind, proven })),
    ...(anybody ? [{ from, to: null, object, kind, proven }] : []),
  ]);
}

/**
 * The goroutines that nobody can ever wake: all goroutines that could wake them are stuck
 * themselves.
 * @param {Map<number, Thing[]>} waits
 * @param {boolean} asleep all goroutines are asleep
 */
function findStuck(waits, asleep) {
  const stuck = new Set(waits.keys());
  const free = (/** @type {Thing} */ { anybody, wakers }) =>
    anybody || wakers.some((id) => !stuck.has(id));
  let before = -1;
  while (stuck.size !== before && !asleep) {
    before = stuck.size;
    for (const id of stuck) if (waits.get(id)?.some(free)) stuck.delete(id);
  }
  return stuck;
}

/**
 * The cycles of stuck goroutines: strongly connected components, by Tarjan's algorithm.
 * @param {Map<number, Thing[]>} waits
 * @param {Set<number>} stuck
 */
function findCycles(waits, stuck) {
  /** @param {number | Thing} node @returns {(number | Thing)[]} */
  const next = (node) => {
    if (typeof node === 'number') return waits.get(node) ?? [];
    if (!node.anybody) return node.wakers;
    // All goroutines are asleep. Those that wait for this object alone cannot wake its waiters.
    return [...stuck].filter((id) => waits.get(id)?.some((thing) => thing !== node));
  };
  const parts = connected([...stuck], next);
  return parts
    .map((part) => part.filter((node) => typeof node === 'number').sort((a, b) => a - b))
    .filter((ids) => ids.length > 1 || ids.some((id) => isOwn(id, waits.get(id) ?? [])))
    .sort(([a], [b]) => a - b);
}

/** Does it wait for a mutex that it holds itself? @param {number} id @param {Thing[]} things */
const isOwn = (id, things) =>
  things.some(({ kind, wakers }) => isHeld(kind) && wakers.includes(id));

/**
 * The strongly connected components of a graph. Without recursion, since the graph may be deep.
 * @template T
 * @param {T[]} roots
 * @param {(node: T) => T[]} next
 */
function connected(roots, next) {
  /** @type {Map<T, number>} when each node was met; Infinity once its component is known */
  const met = new Map();
  /** @type {Map<T, number>} the earliest node that each node leads to */
  const low = new Map();
  /** @type {T[]} */
  const open = [];
  /** @type {T[][]} */
  const parts = [];
  const enter = (/** @type {T} */ node) => {
    low.set(node, met.size);
    met.set(node, met.size);
    open.push(node);
    return { node, after: next(node).values() };
  };
  const lower = (/** @type {T} */ node, /** @type {number} */ to) =>
    low.set(node, Math.min(/** @type {number} */ (low.get(node)), to));
  for (const root of roots) {
    const path = met.has(root) ? [] : [enter(root)];
    for (let top; (top = path.at(-1));) {
      const { value, done } = top.after.next();
      if (!done) {
        const seen = met.get(value);
        if (seen === undefined) path.push(enter(value));
        else lower(top.node, seen);
        continue;
      }
      path.pop();
      const least = /** @type {number} */ (low.get(top.node));
      const parent = path.at(-1);
      if (parent) lower(parent.node, least);
      if (least !== met.get(top.node)) continue;
      const part = open.splice(open.lastIndexOf(top.node));
      for (const node of part) met.set(node, Infinity);
      parts.push(part);
    }
  }
  return parts;
}
