// @ts-check
// The last look at the module that will run, after all optimisation: do its frames agree with the
// table? Inlining has put frames into one another and copied some; each copy must still push the
// pcs of its function, with the size the table says, and every call that may suspend must have one.
// Straight functions (twins.js) only push, as the rebase has seen before the optimisation, and may have
// any shape now: of them only what is inlined is looked at.
import { asyncifyGlobals, framesOf } from './frames.js';
import { rawIndex } from './binaryen.js';
import { insist } from './error.js';
import { Op } from './opcodes.js';
import { checksIn } from './stackcheck.js';
import { isResumed, resumedName } from './twins.js';

/**
 * @typedef {import('./reader.js').Module} Module
 * @typedef {import('./rebase.js').PcFunction} PcFunction
 */

/**
 * @param {Module} m  the optimised module, functions named after raw indices
 * @param {PcFunction[]} functions
 * @param {import('./suspend.js').Suspends} suspends
 * @param {(raw: number) => string} nameOf
 * @returns {{ frames: number, sites: number }} counted in the module
 */
export function verify(m, functions, suspends, nameOf) {
  checkPcs(functions, nameOf);
  const byBase = new Map(functions.map((f) => [f.entry + 1, f]));
  const byRaw = new Set(functions.map((f) => f.raw));
  const names = new Set(m.names.values());
  const globals = asyncifyGlobals(m);
  const raw = (/** @type {number} */ f) => rawIndex(m.names.get(f));
  const seen = { frames: 0, sites: 0 };
  for (const body of m.bodies) {
    if (globals.own.has(body.index)) continue;
    const self = raw(body.index);
    const name = nameOf(self);
    const indexed = new Set();
    const resumed = isResumed(m.names.get(body.index));
    const straight = !resumed && names.has(resumedName(self));
    let own = !byRaw.has(self) || straight;
    for (const frame of framesOf(body, globals, name, straight)) {
      const f = byBase.get(frame.base);
      insist(f, name, `pushes indices from ${frame.base}, which is no function's first pc`);
      const of = f.raw === self ? name : `${name}, where ${nameOf(f.raw)} is inlined`;
      insist(frame.bytes === f.bytes, of, `pushes ${frame.bytes} bytes, not ${f.bytes}`);
      seen.frames++;
      if (f.raw === self) own = true;
      for (const { index, call } of frame.sites) {
        const site = f.sites.find((s) => s.pc === frame.base + index);
        insist(site, of, `uses call index ${index}, which has no pc`);
        seen.sites++;
        if (call < 0) continue; // what was called there is inlined
        indexed.add(call);
        const i = body.instrs[call];
        const to = i.op === Op.call ? raw(i.a) : -1;
        insist(
          site.to === to || site.to < 0 || to < 0 || !suspends.suspending.has(to),
          of,
          `pc ${site.pc} is of a call of ${nameOf(site.to)}, but stands at one of ${nameOf(to)}`,
        );
      }
    }
    insist(own, name, 'may be suspended, but pushes no frame of its own');
    if (straight || suspends.top.has(self) || suspends.bottom.has(self)) continue;
    body.instrs.forEach((i, n) => {
      if (i.op !== Op.call || indexed.has(n)) return;
      const to = raw(i.a);
      if (resumed && to === self && !isResumed(m.names.get(i.a))) return; // hands over
      if (suspends.free.has(to)) return; // from the scheduler's loop, inlined
      const may = suspends.suspending.has(to) || suspends.top.has(to);
      insist(!may || !byRaw.has(self), name, `calls ${nameOf(to)} without a pc`);
    });
  }
  return seen;
}

/** pcs are unique, consecutive and start at 1. */
function checkPcs(
  /** @type {PcFunction[]} */ functions,
  /** @type {(raw: number) => string} */ nameOf,
) {
  let next = 1;
  for (const f of functions) {
    const name = nameOf(f.raw);
    insist(f.entry === next, name, `its first pc is ${f.entry}, not ${next}`);
    insist(f.bytes >= 4 && f.bytes % 4 === 0, name, `a frame of ${f.bytes} bytes`);
    next = f.entry + 1;
    for (const site of f.sites) {
      insist(site.pc >= next, name, `pc ${site.pc} is used twice`);
      next = site.pc + 1;
    }
  }
}

/**
 * Has each function that lowers the stack pointer a check still? Inlining may have copied some, and what is
 * never reached is gone.
 * @param {Module} m
 * @param {Map<number, number>} checked  by raw index
 * @param {number} overflow  raw index
 * @param {(raw: number) => string} nameOf
 */
export function verifyStack(m, checked, overflow, nameOf) {
  const raw = (/** @type {number} */ f) => rawIndex(m.names.get(f));
  const to = m.bodies.find(({ index }) => raw(index) === overflow)?.index ?? -1;
  for (const { index, instrs } of m.bodies) {
    const f = raw(index);
    const lowers = instrs.some(({ op }) => op === Op.global_set);
    const has = checksIn(instrs, f, to) > 0;
    insist(!checked.has(f) || !lowers || has, nameOf(f), 'has lost its stack checks');
  }
}

/**
 * The module as an engine sees it: is it valid?
 * @param {Uint8Array} bytes
 */
export function validate(bytes) {
  try {
    void new WebAssembly.Module(/** @type {BufferSource} */ (bytes));
  } catch (error) {
    insist(false, '', `the linked module is not valid: ${/** @type {Error} */ (error).message}`);
  }
}
