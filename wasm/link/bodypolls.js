// @ts-check
// The polls of one body: where they stand, and which of the forms described in polls.js each has.
import { locAt } from './editor.js';
import { Foreign } from './kinds.js';
import { backEdges, callsFirst, exitOf, lastBefore, loopsOf, stepOf } from './loops.js';
import { call, globalGet, i32Const, isCall, leb, Op, VOID } from './opcodes.js';
import { counter, repeat, wrap } from './wrap.js';

/**
 * @typedef {import('./reader.js').Module} Module
 * @typedef {import('./reader.js').Body} Body
 * @typedef {import('./reader.js').Instr} Instr
 * @typedef {import('./loops.js').Loop} Loop
 * @typedef {import('./editor.js').Edit} Edit
 */

const TURNS = 255; // between two looks, in a loop that calls nothing; copies count together
const TURNS_OF_CALLS = 127; // in other brief loops; both are a power of two less 1
const COPIES = 8; // of a body of up to TINY bytes; larger ones have fewer
const TINY = 32;
const DISPATCHED = 512; // bytes: a loop that dispatches is written twice up to this size
const LITTLE = 64; // bytes: less than this outside of inner loops needs no poll of its own

const ATOMIC_LOAD = [0xfe, 0x10, 2, 0];

/**
 * @typedef {object} Polled  what all bodies share
 * @property {Module} m
 * @property {Uint8Array} kinds
 * @property {import('./polls.js').How} how
 * @property {ReturnType<typeof import('./cycles.js').cyclesOf>} cycles
 * @property {Map<number, Entry>} entries
 * @property {(body: Body, loop: Loop) => boolean} isBrief
 * @property {import('./polls.js').PollCounts} counts
 *
 * @typedef {object} Style  how a loop is polled
 * @property {number} loc
 * @property {boolean} isFree   has it no block parameters? Only then can its head be entered anew
 * @property {boolean} isOften  does it neither call nor move much memory?
 * @property {boolean} isEntry  is its poll the entry poll of the function?
 * @property {number} copies    how many times its body is written
 */

/** The polls of one body. */
export class BodyPolls {
  #program;
  #body;
  #entry;
  #needsEntry;
  #waits;
  #counter;
  #hasCounter = false;
  /**
   * The outermost loop without calls around this place, and whether the counter is set before it.
   */
  #nest = { last: -1, at: 0, isSet: false };
  #loops;
  /** Loops that have a poll behind them already. */
  #isLookedAt = new Set();
  /** @type {Edit[]} */
  #list = [];

  /** @param {Polled} program @param {Body} body */
  constructor(program, body) {
    const { mode, laid, canWait } = program.how;
    this.#program = program;
    this.#body = body;
    this.#entry = program.entries.get(body.index);
    this.#needsEntry = this.#entry !== undefined;
    this.#waits = canWait(body.index);
    this.#counter = leb(body.nlocals);
    this.#loops = mode === 'loops' ? realLoops(body, laid) : [];
  }

  edits() {
    const { m, how, counts } = this.#program;
    for (const loop of this.#loops) this.#pollLoop(loop);
    if (this.#hasCounter) this.#list.push(counter(m, this.#body));
    if (this.#entry && this.#needsEntry) {
      const { index, instrs } = this.#body;
      const { at } = instrs[this.#entry.at];
      const loc = (this.#entry.at > 0 && this.#pollAt(at)) || how.decl.get(index);
      this.#list.push({ at, remove: 0, bytes: this.#poll(), loc });
      counts.entry++;
    }
    return this.#list;
  }

  /** What a poll does if some M is wanted. */
  #stop() {
    const { stackPointer, safepoint, number } = this.#program.how;
    const { index } = this.#body;
    const stop = [...(number?.(index) ?? []), ...call(safepoint(index))];
    return aboveRedZone(this.#body, stackPointer, stop);
  }

  #poll() {
    const { raised } = this.#program.how;
    return [...i32Const(raised), Op.i32_load, 2, 0, Op.if, VOID, ...this.#stop(), Op.end];
  }

  #pollLoop(/** @type {RealLoop} */ loop) {
    const { cycles, entries } = this.#program;
    const body = this.#body;
    const style = this.#styleOf(loop);
    if (this.#waits && loop.wrap && style.isFree) return this.#wrap(loop, style);
    const isCounted = !this.#waits && style.isOften;
    if (isCounted && loop.first > this.#nest.last)
      this.#nest = { last: loop.last, at: body.instrs[loop.first].at, isSet: false };
    if (style.isEntry) this.#needsEntry = false;
    else if (isAtStart(entries.get(callsFirst(body, loop)))) return;
    const to = loop.back;
    if (style.isEntry)
      for (let n = loop.first; n < loop.last; n++)
        if (cycles.callsAgain(body.index, body.instrs[n])) to.push(n);
    const last = lastBefore(body, loop.first + 1, to);
    const inner = (/** @type {[number, number]} */ [a, b]) => loopsIn(this.#loops, a, b).length > 0;
    const through = style.isEntry ? [] : last.skipped.filter(inner);
    if (through.length > 0) this.#lookBehindInner(loop, through, style.loc);
    else this.#look(loop, style, isCounted, last);
  }

  /** @returns {Style} */
  #styleOf(/** @type {RealLoop} */ loop) {
    const { m, kinds, how } = this.#program;
    const body = this.#body;
    const isFree = !hasParams(m, body.instrs[loop.first].a);
    const isOften = !loop.calls && !loop.moves;
    const isEntry = loop.first === this.#entry?.loop;
    const dispatches = loop.isInner && loop.hasTable && !this.#waits && !isEntry;
    const isCopied = loop.wrap ? isOften : dispatches;
    const isSmall = how.small || kinds[body.index] === Foreign;
    const copies = isCopied && isFree && !isSmall ? copiesOf(m, body, loop) : 1;
    return { loc: this.#locOf(loop), isFree, isOften, isEntry, copies };
  }

  #locOf(/** @type {RealLoop} */ { back }) {
    return this.#pollAt(this.#body.instrs[back[back.length - 1]].at);
  }

  #pollAt(/** @type {number} */ at) {
    const { rows, pollAt = (loc) => loc } = this.#program.how;
    return pollAt(locAt(rows, at));
  }

  /** Sets the counter. */
  #fill(/** @type {boolean} */ isOften) {
    const { turns = TURNS } = this.#program.how;
    return [...i32Const(isOften ? turns : 0), Op.local_set, ...this.#counter];
  }

  /** Counts down: true after the last turn. */
  #isDown() {
    const left = this.#counter;
    const down = [Op.local_get, ...left, ...i32Const(1), Op.i32_sub, Op.local_tee, ...left];
    return [...down, ...i32Const(0), Op.i32_lt_s];
  }

  /** Moves the call of the poll out of the loop: see wrap.js. */
  #wrap(/** @type {RealLoop} */ loop, /** @type {Style} */ { loc, isOften, copies }) {
    const { m, how, counts } = this.#program;
    const { rows, raised, turns = TURNS } = how;
    const { passed } = lastBefore(this.#body, loop.first + 1, loop.back);
    const step = isOften ? stepOf(this.#body, loop, passed, turns, copies) : null;
    const flag = [...i32Const(raised), ...ATOMIC_LOAD];
    const made = wrap(m, this.#body, loop, {
      ...{ flag, stop: this.#stop(), loc, rows, copies },
      ...{ fill: step ? [] : this.#fill(isOften), isTime: step ?? this.#isDown() },
    });
    this.#list.push(...made);
    this.#lookBehind(loop);
    this.#hasCounter ||= !step;
    counts.wrapped++;
  }

  #lookBehind(/** @type {RealLoop} */ loop) {
    if (this.#isLookedAt.has(loop) || !isInnermost(this.#loops, loop)) return;
    const at = exitOf(this.#body, loop);
    this.#list.push({ at, remove: 0, bytes: this.#poll(), loc: this.#locOf(loop) });
    this.#program.counts.behind++;
  }

  /**
   * Each turn passes the inner loops in `through`. So polls behind those are enough, with one more
   * before the first if a turn has much other code.
   * @param {RealLoop} loop
   * @param {[number, number][]} through
   * @param {number} loc
   */
  #lookBehindInner(loop, through, loc) {
    const { counts } = this.#program;
    const { instrs } = this.#body;
    for (const [a, b] of through) {
      const inside = loopsIn(this.#loops, a, b);
      const last = /** @type {RealLoop} */ (inside.at(-1));
      const at = instrs[b].end;
      this.#list.push({ at, remove: 0, bytes: this.#poll(), loc: this.#locOf(last) });
      if (inside.length === 1) this.#isLookedAt.add(last);
      counts.behind++;
    }
    if (ownSize(this.#body, loop, this.#loops) < LITTLE) return;
    this.#list.push({ at: instrs[through[0][0]].at, remove: 0, bytes: this.#poll(), loc });
    counts.plain++;
  }

  /**
   * A poll in the loop: in each turn, or once in many.
   * @param {RealLoop} loop
   * @param {Style} style
   * @param {boolean} isCounted
   * @param {ReturnType<typeof lastBefore>} last
   */
  #look(loop, { loc, isFree, isOften, isEntry, copies }, isCounted, { at, end, passed }) {
    const { m, how, isBrief, counts } = this.#program;
    const { instrs } = this.#body;
    const { turns = TURNS } = how;
    const most = loop.wrap ? turns : Math.min(turns, TURNS_OF_CALLS);
    const isStepped = isCounted || (!isEntry && isBrief(this.#body, loop));
    const step = isStepped ? stepOf(this.#body, loop, passed, most, copies) : null;
    const poll = this.#poll();
    let look = poll;
    if (step) look = [...step, Op.if, VOID, ...poll, Op.end];
    else if (isCounted) {
      const fill = this.#fill(isOften);
      look = [...this.#isDown(), Op.if, VOID, ...fill, ...poll, Op.end];
      if (!this.#nest.isSet) this.#list.push({ at: this.#nest.at, remove: 0, bytes: fill });
      this.#nest.isSet = this.#hasCounter = true;
    }
    if (copies > 1) this.#list.push(...repeat(m, this.#body, loop, how.rows, copies));
    const [first, ...more] = loop.back;
    const i = instrs[first];
    if (more.length === 0 && end === first && i.op === Op.br_if && isFree) {
      const bytes = [Op.if, VOID, ...look, Op.br, ...leb(i.a + 1), Op.end];
      this.#list.push({ at: i.at, remove: i.end - i.at, bytes, loc });
    } else this.#list.push({ at: instrs[at].at, remove: 0, bytes: look, loc });
    counts[isCounted ? 'counted' : 'plain']++;
    if (look !== poll) this.#lookBehind(loop);
  }
}

/** @typedef {Loop & { back: number[] }} RealLoop  with its back edges, at least one */

/** @type {(body: Body, laid: Set<number> | undefined) => RealLoop[]} outer before inner */
const realLoops = (body, laid) =>
  loopsOf(body, laid)
    .map((loop) => ({ ...loop, back: backEdges(body, loop) }))
    .filter(({ back }) => back.length > 0);

/** The loops that begin between two instructions. */
const loopsIn = (
  /** @type {RealLoop[]} */ loops,
  /** @type {number} */ a,
  /** @type {number} */ b,
) => loops.filter(({ first }) => first >= a && first < b);

const isInnermost = (/** @type {RealLoop[]} */ loops, /** @type {RealLoop} */ { first, last }) =>
  loopsIn(loops, first + 1, last).length === 0;

/** Bytes of a loop's body outside of its inner loops. */
function ownSize(
  /** @type {Body} */ { instrs },
  /** @type {RealLoop} */ { first, last },
  /** @type {RealLoop[]} */ loops,
) {
  let size = instrs[last].at - instrs[first].end;
  let end = first;
  for (const inner of loopsIn(loops, first + 1, last)) {
    if (inner.first < end) continue; // it is in the loop before
    size -= instrs[inner.last].end - instrs[inner.first].at;
    end = inner.last;
  }
  return size;
}

const RED_ZONE = 128; // bytes

/**
 * A leaf that was compiled with a red zone keeps locals below the stack pointer: it reads the stack
 * pointer and never sets it. Its polls lower the stack pointer around the call, so that nothing
 * overwrites these locals.
 * @type {(body: Body, stackPointer: number, stop: number[]) => number[]}
 */
function aboveRedZone({ instrs }, stackPointer, stop) {
  const has = (/** @type {number} */ op) => instrs.some((i) => i.op === op && i.a === stackPointer);
  if (!has(Op.global_get) || has(Op.global_set)) return stop;
  const add = (/** @type {number} */ by) => [
    ...[...globalGet(stackPointer), ...i32Const(by), Op.i32_add],
    ...[Op.global_set, ...leb(stackPointer)],
  ];
  return [...add(-RED_ZONE), ...stop, ...add(RED_ZONE)];
}

/**
 * @typedef {{ at: number, loop: number }} Entry  the poll stands before this instruction, or in
 *   this loop
 */

const isAtStart = (/** @type {Entry | undefined} */ entry) => entry?.at === 0 && entry.loop < 0;

const hasParams = (/** @type {Module} */ m, /** @type {number} */ type) =>
  type >= 0 && m.types[type].params.length > 0;

/**
 * How many times the body of a loop is written. Copies are made of the code as compiled. So a body
 * that another pass edits is written once: one that lowers the stack, or that calls in another way
 * than by a plain call of a function of the module.
 * @type {(m: Module, body: Body, loop: Loop) => number}
 */
function copiesOf(m, { instrs }, { first, last, wrap }) {
  const isEdited = (/** @type {Instr} */ { op, a }) =>
    op === Op.global_set || (isCall(op) && (op !== Op.call || a < m.nimports));
  if (instrs.slice(first, last).some(isEdited)) return 1;
  let size = instrs[last].at - instrs[first].end;
  if (!wrap) return size <= DISPATCHED ? 2 : 1;
  let copies = COPIES;
  for (; size > TINY; size /= 2) copies /= 2;
  return Math.max(copies, 1);
}
//
//
