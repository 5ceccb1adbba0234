// @ts-check
// Makes call indices unique in the module, so that a suspended frame says where it is. Asyncify
// numbers the calls of each function from 0. Here a function with n call sites gets n + 1
// consecutive pcs: `entry` for the function, and entry + 1 + k for its call k. A pc is made when a
// frame is pushed, by adding entry + 1, and made an index again when it is popped (twins.js). Code
// that is not suspended pays nothing. pcs start at 1; 0 is no pc.
import { asyncifyGlobals, framesOf } from './frames.js';
import { locAt } from './editor.js';
import { insist } from './error.js';
import { NO_FUNCTION } from './kinds.js';
import { isCall, Op } from './opcodes.js';
import { rawIndex } from './binaryen.js';

/**
 * @typedef {import('./reader.js').Module} Module
 * @typedef {import('./frames.js').Frame} Frame
 * @typedef {import('./editor.js').Row} Row
 *
 * @typedef {object} PcFunction
 * @property {number} raw     function index in the raw module
 * @property {number} entry   its first pc
 * @property {number} bytes   of a saved frame
 * @property {boolean} returns  a value
 * @property {PcSite[]} sites by pc
 *
 * @typedef {{ pc: number, loc: number, to: number, lands: number }} PcSite
 *   `to` is the raw index of the function called, -1 for an indirect call; `lands`: what may
 *   land behind the call (invoked.js)
 */

/**
 * @param {Module} m      as Asyncify left it, functions named after raw indices
 * @param {Row[]} rows
 * @param {import('./suspend.js').Suspends} suspends
 * @param {Map<number, number>} decl
 * @param {(raw: number) => string} nameOf
 * @param {number} [landed]  the raw index of rt_link_landed
 * @param {(raw: number) => number} [landsIn]  what may land in a function
 * @returns {{ frames: Map<number, Frame & { entry: number }>, functions: PcFunction[], maxPc:
 *   number }} frames: by function of m; both in the order of pcs
 */
export function rebase(m, rows, suspends, decl, nameOf, landed = NO_FUNCTION, landsIn = () => 0) {
  const globals = asyncifyGlobals(m);
  /** @type {Map<number, Frame & { entry: number }>} */
  const frames = new Map();
  /** @type {PcFunction[]} */
  const functions = [];
  const raw = (/** @type {number} */ f) => rawIndex(m.names.get(f));
  let pc = 1;
  for (const body of m.bodies) {
    if (globals.own.has(body.index)) continue;
    const self = raw(body.index);
    const name = nameOf(self);
    const [frame, ...more] = framesOf(body, globals, name);
    if (!frame) {
      insist(!suspends.suspending.has(self), name, 'may be suspended, but Asyncify left it alone');
      continue;
    }
    insist(
      suspends.suspending.has(self),
      name,
      'cannot be suspended, but Asyncify instrumented it',
    );
    insist(more.length === 0, name, 'has several frames, although nothing is inlined yet');
    checkCalls(m, body, frame, suspends, raw, name);
    const entry = pc;
    frames.set(body.index, { ...frame, entry });
    const own = decl.get(self) ?? 0;
    const sites = frame.sites.map(({ index, call }) => {
      const i = body.instrs[call];
      const to = i.op === Op.call ? raw(i.a) : -1;
      const next = body.instrs.slice(call + 1).find(({ op }) => isCall(op));
      const lands = next?.op === Op.call && raw(next.a) === landed ? landsIn(self) : 0;
      return { pc: entry + 1 + index, loc: locAt(rows, i.at) || own, to, lands };
    });
    sites.sort((x, y) => x.pc - y.pc);
    const returns = m.types[m.funcType[body.index]].results.length > 0;
    functions.push({ raw: self, entry, bytes: frame.bytes, returns, sites });
    pc = (sites.at(-1)?.pc ?? entry) + 1;
  }
  return { frames, functions, maxPc: pc - 1 };
}

/** Checks that calls that may suspend have an index, and that no others have. */
function checkCalls(
  /** @type {Module} */ m,
  /** @type {import('./reader.js').Body} */ body,
  /** @type {import('./frames.js').Frame} */ frame,
  /** @type {import('./suspend.js').Suspends} */ s,
  /** @type {(f: number) => number} */ raw,
  /** @type {string} */ name,
) {
  const indexed = new Set(frame.sites.map((site) => site.call));
  body.instrs.forEach((i, n) => {
    if (!isCall(i.op)) return;
    const to = i.op === Op.call ? raw(i.a) : -1;
    const may = i.op !== Op.call || s.suspending.has(to) || s.top.has(to);
    if (may === indexed.has(n)) return;
    const what = i.op === Op.call ? `the call of ${m.names.get(i.a)}` : 'an indirect call';
    insist(false, name, may ? `${what} may suspend but has no index` : `${what} has an index`);
  });
}
