// @ts-check
// Loops in a body, and the places in it that every path passes.
import { i32Const, isCall, leb, Op, opens } from './opcodes.js';

/** @typedef {import('./reader.js').Body} Body */
/** @typedef {import('./reader.js').Instr} Instr */

/**
 * @typedef {object} Loop
 * @property {number} first  number of the instruction `loop`
 * @property {number} last   number of its `end`
 * @property {boolean} calls  does it call anything but functions that will be inlined?
 * @property {boolean} moves  does it move much memory?
 * @property {boolean} wrap   is it innermost, without calls, branch tables and `try`?
 * @property {boolean} isInner   is it innermost, without `try`?
 * @property {boolean} hasTable  does it have a branch table?
 */

/**
 * @param {Body} body
 * @param {Set<number>} [laid]  functions without calls and loops that will be inlined
 * @returns {Loop[]} outer before inner
 */
export function loopsOf(body, laid) {
  /** @type {Loop[]} */
  const found = [];
  /** @type {(Loop | null)[]} */
  const open = [];
  const inAll = (/** @type {Partial<Loop>} */ what) => {
    for (const loop of open) if (loop) Object.assign(loop, what);
  };
  body.instrs.forEach((i, n) => {
    if (opens(i.op)) {
      const isLoop = i.op === Op.loop;
      if (isLoop || i.op === Op.try || i.op === Op.try_table)
        inAll({ wrap: false, isInner: false });
      const loop = isLoop ? newLoop(n) : null;
      open.push(loop);
      if (loop) found.push(loop);
    } else if (i.op === Op.end || i.op === Op.delegate) {
      const loop = open.pop();
      if (loop) loop.last = n;
    } else if (i.op === Op.call && laid?.has(i.a)) inAll({ wrap: false });
    else if (isCall(i.op)) inAll({ wrap: false, calls: true });
    else if (i.op === Op.br_table) inAll({ wrap: false, hasTable: true });
    else if (movesMuch(body.instrs, n)) inAll({ moves: true });
  });
  return found;
}

const newLoop = (/** @type {number} */ first) => ({
  ...{ first, last: 0, calls: false, moves: false, wrap: true, isInner: true, hasTable: false },
});

const LITTLE = 4096; // bytes

/** Does instruction n take time that depends on its operands, and may be long? */
export function movesMuch(/** @type {Instr[]} */ instrs, /** @type {number} */ n) {
  const { op } = instrs[n];
  if (op === Op.memory_grow || op === Op.wait32 || op === Op.wait64) return true;
  if (op !== Op.memory_copy && op !== Op.memory_fill) return false;
  const size = instrs[n - 1];
  return size?.op !== Op.i32_const || size.a >>> 0 > LITTLE;
}

/** The function that each turn of a loop calls first, before any branch; -1 if there is none. */
export function callsFirst(/** @type {Body} */ { instrs }, /** @type {Loop} */ loop) {
  for (let n = loop.first + 1; !endsRun(instrs[n].op); n++)
    if (instrs[n].op === Op.call) return instrs[n].a;
  return -1;
}

/** Ends a run of straight code: unreachable, blocks, branches, returns (0x00, 0x02 to 0x0f). */
const endsRun = (/** @type {number} */ op) => op <= Op.return && op !== Op.nop;

/** The branches back to a loop's head. */
export function backEdges(/** @type {Body} */ { instrs }, /** @type {Loop} */ loop) {
  const found = [];
  let depth = 0;
  for (let n = loop.first + 1; n < loop.last; n++) {
    const i = instrs[n];
    if (opens(i.op)) depth++;
    else if (i.op === Op.end || i.op === Op.delegate) depth--;
    else if (i.op === Op.br || i.op === Op.br_if ? i.a === depth : i.table?.includes(depth))
      found.push(n);
  }
  return found;
}

/**
 * @typedef {object} Place
 * @property {number} at    the place is before this instruction
 * @property {number} end   where the walk stopped
 * @property {number} loop  the loop that contains all targets, or -1
 * @property {number[]} passed  instructions that each path passes once
 * @property {[number, number][]} skipped  first and last instruction of the blocks that were
 *   stepped over
 */

/**
 * The last place on every path from instruction `at` to the targets (a common dominator), passed
 * once on each path. The walk follows the code. It enters a block only if the block contains all
 * targets, and never enters a loop. So no branch leads back, and each branch before the place leads
 * behind all targets.
 * @param {Body} body
 * @param {number} at
 * @param {number[]} targets  numbers of instructions behind it
 * @returns {Place}
 */
export function lastBefore({ instrs }, at, targets) {
  const final = targets.reduce((a, b) => Math.max(a, b), -1);
  const within = (/** @type {number} */ from, /** @type {number} */ to) =>
    targets.some((n) => n > from && n < to);
  /** @type {number[]} */
  const passed = [];
  /** @type {[number, number][]} */
  const skipped = [];
  let end = at;
  // Its branches are not among the instructions.
  if (instrs.some(({ op }) => op === Op.try_table)) return { at, end, loop: -1, passed, skipped };
  for (; end <= final && !targets.includes(end); end++) {
    const { op } = instrs[end];
    if (!opens(op)) {
      passed.push(end);
      if (endsRun(op)) at = end + 1;
      continue;
    }
    const { other, close } = shape(instrs, end);
    if (!within(end, close)) {
      skipped.push([end, close]);
      end = close;
      at = end + 1;
      continue;
    }
    if (final > close || op === Op.try) break;
    if (op === Op.loop) return { at, end, loop: end, passed, skipped };
    if (op !== Op.if) continue;
    if (within(end, other) && within(other, close)) break;
    if (!within(end, other)) end = other;
    at = end + 1;
  }
  return { at, end, loop: -1, passed, skipped };
}

/**
 * Where the exits of a loop join: behind the loop, or behind the outermost block that a branch
 * leaves it to. The place is never outside of a loop around it.
 * @param {Body} body
 * @param {Loop} loop
 * @returns {number} an offset
 */
export function exitOf({ instrs }, { first, last }) {
  let furthest = -1; // the outermost label, counted from behind the loop
  let depth = 0;
  for (let n = first + 1; n < last; n++) {
    const { op, a, table } = instrs[n];
    if (opens(op)) depth++;
    else if (op === Op.end || op === Op.delegate) depth--;
    else if (op === Op.br || op === Op.br_if || op === Op.br_table)
      for (const label of table ?? [a]) furthest = Math.max(furthest, label - depth - 1);
  }
  let { end } = instrs[last];
  /** @type {number[]} */
  const open = [];
  for (let n = 0; n < first; n++) {
    if (opens(instrs[n].op)) open.push(n);
    else if (instrs[n].op === Op.end || instrs[n].op === Op.delegate) open.pop();
  }
  for (let label = 0; label <= furthest; label++) {
    const n = open[open.length - 1 - label];
    if (n === undefined || (instrs[n].op !== Op.block && instrs[n].op !== Op.if)) break;
    end = instrs[shape(instrs, n).close].end;
  }
  return end;
}

/**
 * If each turn adds a constant to a local, that local can be the loop counter, and costs no
 * register. Returns a test that is true once in `turns` + 1 turns, or null.
 * @param {Body} body
 * @param {Loop} loop
 * @param {number[]} passed  instructions that each turn passes once
 * @param {number} turns     a power of two less 1
 * @param {number} copies    turns between two looks
 * @returns {number[] | null}
 */
export function stepOf({ instrs }, loop, passed, turns, copies) {
  const sets = (/** @type {Instr} */ i, /** @type {number} */ x) =>
    (i.op === Op.local_set || i.op === Op.local_tee) && i.a === x;
  for (const n of passed) {
    const [get, by, add, set] = instrs.slice(n, n + 4);
    if (get.op !== Op.local_get || by.op !== Op.i32_const || !sets(set, get.a)) continue;
    if ((add.op !== Op.i32_add && add.op !== Op.i32_sub) || by.a === 0) continue;
    if (instrs.slice(loop.first, loop.last).filter((i) => sets(i, get.a)).length > 1) continue;
    const step = Math.imul(by.a, copies);
    const mask = Math.imul(turns, step & -step);
    if (Math.clz32(turns) + Math.clz32(step & -step) < 31) continue;
    return [Op.local_get, ...leb(get.a), ...i32Const(mask), Op.i32_and, Op.i32_eqz];
  }
  return null;
}

/** The `else` (or `end`, if it has none) and the `end` of the block that opens at instruction n. */
function shape(/** @type {Instr[]} */ instrs, /** @type {number} */ n) {
  let other = -1;
  let depth = 0;
  for (let k = n + 1; ; k++) {
    const { op } = instrs[k];
    if (opens(op)) depth++;
    else if (op === Op.else && depth === 0) other = k;
    else if ((op === Op.end || op === Op.delegate) && depth-- === 0)
      return { other: other < 0 ? k : other, close: k };
  }
}
