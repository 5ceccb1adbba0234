// @ts-check
// A profile as the page shows it: a table of functions, as `go tool pprof -top` prints it, and a
// tree of calls.

/** @typedef {import('worldsema').Frame} Frame */
/**
 * @typedef {{ name: string, key: 'inuseBytes' | 'inuseObjects' | 'allocBytes' | 'allocObjects',
 *   bytes: boolean, what: string }} SampleType
 */
/**
 * @typedef {object} Row a function
 * @property {string} func
 * @property {string} file
 * @property {number} line the one that most of it is due to
 * @property {Frame['kind']} kind
 * @property {number} flat what it allocated, or took, itself
 * @property {number} cum the same, with those whom it called
 */
/**
 * @typedef {object} Node a function, called from those above it
 * @property {string} name
 * @property {string} file
 * @property {number} line
 * @property {Frame['kind']} kind
 * @property {number} value
 * @property {Node[]} children
 * @property {boolean} [fade] a part of it is zoomed to
 * @property {boolean} [hide] it is beside what is zoomed to
 */

/** What can be asked of a heap profile, by pprof's names. @type {SampleType[]} */
export const sampleTypes = [
  { name: 'inuse_space', key: 'inuseBytes', bytes: true, what: 'in use' },
  { name: 'inuse_objects', key: 'inuseObjects', bytes: false, what: 'in use' },
  { name: 'alloc_space', key: 'allocBytes', bytes: true, what: 'ever allocated' },
  { name: 'alloc_objects', key: 'allocObjects', bytes: false, what: 'ever allocated' },
];

/** @param {string} name */
export const sampleType = (name) =>
  sampleTypes.find((type) => type.name === name) ?? sampleTypes[0];

/** Files of the allocator itself, which every allocation goes through. */
const allocator = /^worldsema\/(runtime\/mem\/|wasm\/malloc\.c)/;

/**
 * The frames that show who allocates: without the allocator's own, and without the callers of main.
 * @param {readonly Frame[]} frames innermost first
 */
export function tellingFrames(frames) {
  const user = frames.findIndex(({ kind }) => kind !== 'runtime');
  const first =
    user >= 0 ? user : frames.findIndex(({ file }) => file !== '' && !allocator.test(file));
  if (first < 0) return frames.slice(-1);
  const own = frames.slice(first);
  const last = own.findLastIndex(({ kind }) => kind !== 'runtime');
  return last < 0 ? own : own.slice(0, last + 1);
}

/** @param {Frame} frame */
const idOf = ({ func, file }) => `${func}\t${file}`;

/**
 * Functions, sorted by what they have themselves, the largest first.
 * @template {string} Key
 * @param {{ records: readonly ({ frames: Frame[] } & Record<Key, number>)[] }} profile
 * @param {{ key: Key }} type what is to be told
 * @returns {{ rows: Row[], total: number }}
 */
export function topOf({ records }, { key }) {
  /** @type {Map<string, Row & { lines: Map<number, { flat: number, cum: number }> }>} */
  const rows = new Map();
  let total = 0;
  for (const record of records) {
    const value = record[key];
    if (value === 0) continue;
    total += value;
    const seen = new Set();
    tellingFrames(record.frames).forEach((frame, i) => {
      const id = idOf(frame);
      if (seen.has(id)) return; // recursion
      seen.add(id);
      const { func, file, kind } = frame;
      const row = rows.get(id) ?? { func, file, kind, line: 0, flat: 0, cum: 0, lines: new Map() };
      const line = row.lines.get(frame.line) ?? { flat: 0, cum: 0 };
      const flat = i === 0 ? value : 0;
      row.flat += flat;
      row.cum += value;
      row.lines.set(frame.line, { flat: line.flat + flat, cum: line.cum + value });
      rows.set(id, row);
    });
  }
  const named = [...rows.values()].map(({ lines, ...row }) => ({ ...row, line: most(lines) }));
  return { rows: named.sort((a, b) => b.flat - a.flat || b.cum - a.cum), total };
}

/** @param {Map<number, { flat: number, cum: number }>} lines */
function most(lines) {
  return [...lines].sort(([, a], [, b]) => b.flat - a.flat || b.cum - a.cum)[0][0];
}

/**
 * Calls from the outermost function inwards, equal calls merged. A recursive call is drawn once.
 * @template {string} Key
 * @param {{ records: readonly ({ frames: Frame[] } & Record<Key, number>)[] }} profile
 * @param {{ key: Key }} type what is to be told
 * @returns {Node}
 */
export function treeOf({ records }, { key }) {
  /** @type {Node} */
  const root = { name: 'all', file: '', line: 0, kind: 'system', value: 0, children: [] };
  for (const record of records) {
    const value = record[key];
    if (value === 0) continue;
    let node = root;
    node.value += value;
    for (const frame of tellingFrames(record.frames).toReversed()) {
      if (node.name === frame.func && node.file === frame.file) continue;
      node = childOf(node, frame);
      node.value += value;
    }
  }
  return root;
}

/** @param {Node} node @param {Frame} frame @returns {Node} */
function childOf({ children }, { func, file, line, kind }) {
  const found = children.find((child) => child.name === func && child.file === file);
  if (found) return found;
  const made = { name: func, file, line, kind, value: 0, children: [] };
  children.push(made);
  return made;
}

/**
 * Marks a tree as d3-flame-graph does when it zooms to a function. If the function is not in the
 * tree, the tree stays whole.
 * @param {Node} root @param {readonly Pick<Node, 'name' | 'file'>[]} path from its first call on
 */
export function zoomTo(root, path) {
  const nodes = [root];
  for (const { name, file } of path) {
    const next = nodes.at(-1)?.children.find((node) => node.name === name && node.file === file);
    if (!next) return;
    nodes.push(next);
  }
  for (const [i, next] of nodes.slice(1).entries()) {
    nodes[i].fade = true;
    for (const child of nodes[i].children) child.hide = child !== next;
  }
}
