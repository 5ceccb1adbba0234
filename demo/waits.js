// @ts-check
// The wait graph as a picture. A box is a goroutine, or several that are alike. An arrow leads from
// a box to the box that it waits for, which is to its right. The boxes of a cycle form a ring.

/** @typedef {import('worldsema').WaitGraph} WaitGraph */
/** @typedef {import('worldsema').WaitNode} WaitNode */
/** @typedef {import('worldsema').WaitEdge} WaitEdge */
/**
 * @typedef {object} Waits
 * @property {WaitGraph} graph
 * @property {number} atMs since the program's start
 * @property {number} askedAt of the page's clock
 * @property {number | null} tookMs from then until it was shown, once it is
 */
/**
 * @typedef {object} Box
 * @property {WaitNode[]} nodes goroutines that are alike; none: anybody
 * @property {number} cycle -1: in none
 * @property {Set<string>} kinds what they wait for
 * @property {number} x of its middle
 * @property {number} y
 */
/** @typedef {{ from: Box, to: Box, kind: string, proven: boolean, dead: boolean }} Arrow */
/**
 * @typedef {{ boxes: Box[], arrows: Arrow[], width: number, height: number, more: number }} Picture
 */

export const boxWidth = 150;
export const boxHeight = 40;
const gap = 14;
const between = 90;
const around = 60;
const boxesShown = 60;
const ringMost = 16;

/** The innermost frame of the program's own code. @param {WaitNode} node */
export const placeOf = ({ frames }) => frames.find(({ kind }) => kind === 'user');

/** @param {WaitGraph} graph @returns {Picture} */
export function picture({ nodes, edges, cycles }) {
  const { boxes: all, of } = boxesOf(nodes, edges, cycles);
  const boxes = all.slice(0, boxesShown);
  const shown = new Set(boxes);
  const anybody = edges.some(({ to }) => to === null) ? newBox([], -1) : null;
  if (anybody) shown.add(anybody);
  /** @type {Map<string, Arrow>} */
  const arrows = new Map();
  for (const { from, to, kind, proven } of edges) {
    const [a, b] = [of.get(from), to === null ? anybody : of.get(to)];
    if (!a || !b || !shown.has(a) || !shown.has(b)) continue;
    a.kinds.add(kind);
    const dead = proven && a.cycle >= 0 && (a.cycle === b.cycle || b === anybody);
    arrows.set([all.indexOf(a), all.indexOf(b), kind].join(), {
      from: a,
      to: b,
      kind,
      proven,
      dead,
    });
  }
  const list = [...arrows.values()];
  const size = place([...shown], list);
  const more = all.slice(boxesShown).reduce((sum, { nodes }) => sum + nodes.length, 0);
  return { boxes: [...shown], arrows: list, ...size, more };
}

/** @param {WaitNode[]} nodes @param {number} cycle @returns {Box} */
const newBox = (nodes, cycle) => ({ nodes, cycle, kinds: new Set(), x: 0, y: 0 });

/**
 * Joins goroutines that are alike: at the same place, with the same edges.
 * @param {WaitNode[]} nodes
 * @param {WaitEdge[]} edges
 * @param {number[][]} cycles
 */
function boxesOf(nodes, edges, cycles) {
  const cycleOf = new Map(cycles.flatMap((ids, i) => ids.map((id) => [id, i])));
  const sides = new Map(nodes.map(({ id }) => [id, /** @type {string[]} */ ([])]));
  for (const { from, to, kind } of edges) {
    sides.get(from)?.push(`> ${to} ${kind}`);
    if (to !== null) sides.get(to)?.push(`< ${from} ${kind}`);
  }
  /** @type {Map<string, Box>} */
  const boxes = new Map();
  /** @type {Map<number, Box>} */
  const of = new Map();
  for (const node of nodes) {
    const { id, reason, stuck } = node;
    const cycle = cycleOf.get(id) ?? -1;
    const at = placeOf(node);
    const key = [reason, stuck, cycle, at?.func, at?.line, ...(sides.get(id) ?? []).sort()].join();
    const box = boxes.get(key) ?? newBox([], cycle);
    boxes.set(key, box);
    box.nodes.push(node);
    of.set(id, box);
  }
  const rank = (/** @type {Box} */ { cycle, nodes: [{ stuck }] }) =>
    cycle >= 0 ? cycle : cycles.length + (stuck ? 0 : 1);
  return { boxes: [...boxes.values()].sort((a, b) => rank(a) - rank(b)), of };
}

/**
 * Gives every box its place, in columns by the length of the wait. A cycle is placed as one.
 * @param {Box[]} boxes
 * @param {Arrow[]} arrows
 */
function place(boxes, arrows) {
  /** @type {Map<Box, Set<Box>>} whom it waits for */
  const next = new Map(boxes.map((box) => [box, new Set()]));
  for (const { from, to } of arrows) if (from !== to) next.get(from)?.add(to);
  const groups = groupBy(boxes, (box) => (box.cycle < 0 ? box : box.cycle));
  const clusters = [...groups.values()].map((members) => cluster(members, next));
  const of = new Map(clusters.flatMap((one) => one.boxes.map((box) => [box, one])));
  /**
   * @type {Map<unknown, number>} how many wait behind each other from there on; -1: not known yet
   */
  const depths = new Map();
  /** @param {Cluster} one @returns {number} */
  const depth = (one) => {
    const known = depths.get(one);
    if (known !== undefined) return known;
    depths.set(one, -1);
    const beyond = one.boxes.flatMap((box) => [...(next.get(box) ?? [])]);
    const far = beyond.map((box) => depth(/** @type {Cluster} */ (of.get(box))));
    depths.set(one, Math.max(-1, ...far) + 1);
    return Math.max(-1, ...far) + 1;
  };
  // Boxes without arrows come before all others.
  const joined = new Set(arrows.flatMap(({ from, to }) => [from, to]));
  const columns = groupBy(clusters, (one) =>
    one.boxes.some((box) => joined.has(box)) ? depth(one) : Infinity,
  );
  let [x, height] = [gap, 0];
  for (const [, column] of [...columns].sort(([a], [b]) => b - a)) {
    let y = gap;
    const width = Math.max(...column.map(({ width }) => width));
    for (const one of column) {
      for (const box of one.boxes) {
        box.x += x + width / 2;
        box.y += y + one.height / 2;
      }
      y += one.height + gap;
    }
    x += width + between;
    height = Math.max(height, y);
  }
  return { width: x - between + gap, height };
}

/**
 * @template T, K
 * @param {T[]} items
 * @param {(item: T) => K} keyOf
 */
function groupBy(items, keyOf) {
  /** @type {Map<K, T[]>} */
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}

/** @typedef {{ boxes: Box[], width: number, height: number }} Cluster */

/**
 * Places members around a middle: one there, two one above the other, more in a ring, many in a
 * column.
 * @param {Box[]} members
 * @param {Map<Box, Set<Box>>} next
 * @returns {Cluster}
 */
function cluster(members, next) {
  const boxes = inOrder(members, next);
  const n = boxes.length;
  if (n < 3 || n > ringMost) {
    const step = boxHeight + (n === 2 ? 4 : 1) * gap;
    for (const [i, box] of boxes.entries()) box.y = (i - (n - 1) / 2) * step;
    return { boxes, width: boxWidth, height: (n - 1) * step + boxHeight };
  }
  const rx = (boxWidth + around) / 2 / Math.sin(Math.PI / n);
  const ry = ((boxHeight + 2 * gap) * n) / Math.PI;
  for (const [i, box] of boxes.entries()) {
    const angle = ((i - (n % 2 ? 0 : 0.5)) / n - 0.25) * 2 * Math.PI;
    box.x = rx * Math.cos(angle);
    box.y = ry * Math.sin(angle);
  }
  return { boxes, width: 2 * rx + boxWidth, height: 2 * ry + boxHeight };
}

/**
 * Orders members so that each comes behind one that waits for it, if there is one.
 * @param {Box[]} members
 * @param {Map<Box, Set<Box>>} next
 */
function inOrder(members, next) {
  const rest = new Set(members);
  const order = [];
  for (let box = members.at(0); box;) {
    rest.delete(box);
    order.push(box);
    const after = [...(next.get(box) ?? [])].find((one) => rest.has(one));
    box = after ?? [...rest].at(0);
  }
  return order;
}

/**
 * The path of an arrow. It is bent, so that an arrow and its opposite lie beside each other.
 * @param {Arrow} arrow
 * @returns {{ path: string, x: number, y: number }} and where its text stands
 */
export function course({ from, to }) {
  if (from === to) {
    const [x, y] = [from.x + boxWidth / 2, from.y];
    return {
      path: `M${x} ${y - 8}C${x + 40} ${y - 30} ${x + 40} ${y + 30} ${x} ${y + 8}`,
      x: x + 34,
      y,
    };
  }
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy);
  const bend = Math.min(18, length / 8);
  const x = (from.x + to.x) / 2 - (dy / length) * bend;
  const y = (from.y + to.y) / 2 + (dx / length) * bend;
  const [a, b] = [border(from, x, y), border(to, x, y)];
  return {
    path: `M${a.x} ${a.y}Q${x} ${y} ${b.x} ${b.y}`,
    x: (a.x + b.x + 2 * x) / 4,
    y: (a.y + b.y + 2 * y) / 4,
  };
}

/**
 * The point where a line from a box's middle leaves the box.
 * @param {Box} box
 * @param {number} x
 * @param {number} y
 */
function border(box, x, y) {
  const [dx, dy] = [x - box.x, y - box.y];
  const part =
    1 / Math.max(Math.abs(dx) / (boxWidth / 2 + 3), Math.abs(dy) / (boxHeight / 2 + 3), 1e-9);
  return { x: box.x + dx * Math.min(part, 1), y: box.y + dy * Math.min(part, 1) };
}
