// @ts-check
// The last check of the module that will run, after all optimisation: do its frames agree with the
// table? Each resumed body (twins.js) must take a pc and the bytes of its function from memory and
// put them back. It must have one place for each pc, and a pc for each call that may suspend. It
// must be in the function table where the table says. Straight bodies only push, which the pass
// `pcs` has checked before the optimiser ran. They may have any form now, but must push pcs of a
// function, and ask after each call whether to leave.
import { rawIndex } from './binaryen.js';
import { insist } from './error.js';
import { addend, asyncifyGlobals, nesting } from './frames.js';
import { globalOf } from './kinds.js';
import { HOME_OFFSET } from './machine.js';
import { isCall, Op } from './opcodes.js';
import { checksIn } from './stackcheck.js';
import { beforeSites, INDEX_BYTES, isResumed } from './twins.js';

/**
 * @typedef {import('./reader.js').Module} Module
 * @typedef {import('./reader.js').Body} Body
 * @typedef {import('./reader.js').Instr} Instr
 * @typedef {import('./rebase.js').PcFunction} PcFunction
 *
 * @typedef {object} Known
 * @property {Module} m
 * @property {(pc: number) => PcFunction | undefined} byPc
 * @property {{ state: number, data: number }} globals
 * @property {number} self  the wasm global rt_self_m
 * @property {(f: number) => number} raw
 * @property {(raw: number) => boolean} may     can a call of this function suspend?
 * @property {(raw: number) => string} nameOf
 */

/**
 * @param {Module} m  the optimised module, functions named after raw indices
 * @param {PcFunction[]} functions  in the order of pcs
 * @param {import('./suspend.js').Suspends} s
 * @param {(raw: number) => string} nameOf
 * @param {number} firstResumed  slot of the function table
 * @returns {{ frames: number, sites: number }} numbers counted in the module
 */
export function verify(m, functions, s, nameOf, firstResumed) {
  checkPcs(functions, nameOf);
  const byRaw = new Map(functions.map((f) => [f.raw, f]));
  const globals = asyncifyGlobals(m);
  const raw = (/** @type {number} */ f) => rawIndex(m.names.get(f));
  /** @type {Known} */
  const known = {
    ...{ m, globals, raw, nameOf, self: globalOf(m, 'rt_link_self_m') },
    byPc: (pc) => functions.findLast(({ entry }) => entry < pc),
    may: (f) => s.suspending.has(f) || s.top.has(f),
  };
  functions.forEach((f, n) => {
    const there = m.names.get(m.table.get(firstResumed + n) ?? -1) ?? '';
    const it = isResumed(there) && rawIndex(there) === f.raw;
    insist(it, nameOf(f.raw), `is not resumed by the function in slot ${firstResumed + n}`);
  });
  const seen = { frames: 0, sites: 0 };
  for (const body of m.bodies) {
    if (globals.own.has(body.index)) continue;
    const self = raw(body.index);
    const f = byRaw.get(self);
    const name = nameOf(self);
    for (const i of body.instrs) {
      const calls = i.op === Op.call && isResumed(m.names.get(i.a));
      insist(!calls, name, 'calls a resumed function, which only the scheduler may call');
    }
    if (f && isResumed(m.names.get(body.index))) {
      seen.sites += checkResumed(body, f, known);
      seen.frames++;
    } else if (f) checkStraight(body, f, known);
    else if (!s.top.has(self) && !s.bottom.has(self)) seen.frames += pushes(body, known).length;
  }
  return seen;
}

/**
 * The pc that the store at instruction n puts into memory: `U base add store`, or a constant if
 * there is one call.
 * @returns {number} the base of the index, or the pc; 0 if it stores something else
 */
function storedPc(/** @type {Instr[]} */ i, /** @type {number} */ n) {
  if (i[n].op !== Op.i32_store || i[n].b !== 0) return 0;
  if (i[n - 1]?.op === Op.i32_const) return i[n - 1].a;
  return i[n - 3]?.op === Op.local_get ? addend(i, n - 2) : 0;
}

/** Does instruction n push the address Machine.home? */
function isHome(/** @type {Instr[]} */ i, /** @type {number} */ n, /** @type {Known} */ { self }) {
  const load = i[n]?.op === Op.local_tee ? n - 1 : n;
  const [from, it] = [i[load - 1], i[load]];
  return (
    it?.op === Op.i32_load && it.b === HOME_OFFSET && from.op === Op.global_get && from.a === self
  );
}

/** The function of each push at the top of the buffer. */
function pushes(/** @type {Body} */ { index, instrs }, /** @type {Known} */ known) {
  const found = [];
  for (let n = 3; n < instrs.length; n++) {
    const pc = storedPc(instrs, n);
    if (pc === 0) continue;
    const d = n - (instrs[n - 1].op === Op.i32_const ? 3 : 5);
    const top = instrs[d];
    if (top?.op !== Op.global_get || top.a !== known.globals.data) continue;
    if (instrs[d + 1].op !== Op.i32_load) continue;
    const of = known.byPc(pc);
    const name = known.nameOf(known.raw(index));
    insist(of, name, `pushes ${pc}, which is not a pc`);
    found.push(of);
  }
  return found;
}

/** Checks a straight body. Others may be inlined into it. */
function checkStraight(
  /** @type {Body} */ body,
  /** @type {PcFunction} */ f,
  /** @type {Known} */ known,
) {
  const { instrs } = body;
  const name = known.nameOf(f.raw);
  const own = pushes(body, known).includes(f);
  let asks = false;
  instrs.forEach((i, n) => {
    const to = i.op === Op.call ? known.raw(i.a) : -1;
    if (i.op !== Op.call || !known.may(to)) return;
    asks = true;
    let k = n + 1;
    while (PASSES.has(instrs[k]?.op)) k++;
    const s = instrs[k];
    const right = s?.op === Op.global_get && s.a === known.globals.state;
    insist(
      right || instrs[k]?.op === Op.unreachable,
      name,
      `does not ask after its call of ${known.nameOf(to)}`,
    );
  });
  insist(own || !asks, name, 'may be suspended, but pushes no frame of its own');
}

/** Opcodes that may stand between a call and the question. @type {Set<number>} */
const PASSES = new Set([Op.local_set, Op.local_tee, Op.drop, Op.i32_const]);

/**
 * Checks a resumed body: one pop, one push, and a place for each pc. Returns the number of places.
 */
function checkResumed(
  /** @type {Body} */ body,
  /** @type {PcFunction} */ f,
  /** @type {Known} */ known,
) {
  const { instrs } = body;
  const name = known.nameOf(f.raw);
  const nested = nesting(body);
  const { push, open, close } = pushOf(instrs, nested.openOf, f, known);
  const bytes = savedBytes(f.returns ? instrs.slice(0, -2) : instrs, push);
  insist(bytes === f.bytes, name, `saves ${bytes} bytes, not ${f.bytes}`);
  const { places, calls } = checkPlaces(body, nested, { open, close }, f, known);
  for (const { pc } of f.sites)
    insist(places.has(pc - (f.entry + 1)), name, `has lost its place for pc ${pc}`);
  instrs.forEach((i, n) => {
    if (i.op !== Op.call || calls.has(n)) return;
    const to = known.raw(i.a);
    insist(!known.may(to), name, `calls ${known.nameOf(to)} without a pc`);
  });
  pushes(body, known);
  return places.size;
}

/**
 * Finds where a resumed body puts its pc into memory, and the block that the pc comes from.
 * @returns {{ push: number, open: number, close: number }} numbers of instructions
 */
function pushOf(
  /** @type {Instr[]} */ instrs,
  /** @type {number[]} */ openOf,
  /** @type {PcFunction} */ f,
  /** @type {Known} */ known,
) {
  const name = known.nameOf(f.raw);
  const at = (/** @type {(n: number) => boolean} */ is) =>
    instrs.flatMap((_, n) => (is(n) ? [n] : []));
  const stores = at((n) => storedPc(instrs, n) === f.entry + 1 && isHome(instrs, n - 4, known));
  insist(stores.length === 1, name, `puts its pc into memory ${stores.length} times`);
  const [push] = stores;
  const pops = at((n) => isLoad(instrs[n]) && tellsPlace(instrs, n + 1, f));
  insist(pops.length > 0 && pops[0] < push, name, 'does not take its pc out of memory');
  let set = push - 4;
  while (set > 0 && instrs[set].op !== Op.local_set) set--;
  const close = set - 1;
  const open = openOf[close] ?? -1;
  const block =
    instrs[set].a === instrs[push - 3].a && instrs[close]?.op === Op.end && instrs[open];
  insist(
    block && block.op === Op.block && block.a === -1,
    name,
    'the pc that it puts there does not come from its calls',
  );
  return { push, open, close };
}

/**
 * Checks that each branch out of the block is behind a call with the pc of its index.
 * @returns {{ places: Set<number>, calls: Set<number> }} places: the indices; calls: the numbers of
 *   the call instructions
 */
function checkPlaces(
  /** @type {Body} */ { instrs },
  /** @type {ReturnType<typeof nesting>} */ { depth, openOf },
  /** @type {{ open: number, close: number }} */ { open, close },
  /** @type {PcFunction} */ f,
  /** @type {Known} */ known,
) {
  const name = known.nameOf(f.raw);
  const places = new Set();
  const calls = new Set();
  for (let n = open; n < close; n++) {
    if (instrs[n].op !== Op.br_if && instrs[n].op !== Op.br) continue;
    if (depth[n] - 1 - instrs[n].a !== depth[open]) continue;
    const site = siteAt(instrs, openOf, n, known.globals.state);
    insist(site, name, 'leaves at a place without a call');
    insist(!places.has(site.index), name, `call index ${site.index} occurs twice`);
    places.add(site.index);
    const pc = f.sites.find((x) => x.pc === f.entry + 1 + site.index);
    insist(pc, name, `uses call index ${site.index}, which has no pc`);
    for (const call of site.calls) {
      calls.add(call);
      if (site.calls.length > 1 || instrs[call].op !== Op.call) continue; // the callee is inlined
      const to = known.raw(instrs[call].a);
      const right = pc.to === to || pc.to < 0 || !known.may(to);
      insist(
        right,
        name,
        `pc ${pc.pc} is of a call of ${known.nameOf(pc.to)}, but stands at one of ` +
          known.nameOf(to),
      );
    }
  }
  return { places, calls };
}

/** Do the instructions from n on make a pc an index of f, or compare it with one of f's pcs? */
function tellsPlace(
  /** @type {Instr[]} */ i,
  /** @type {number} */ n,
  /** @type {PcFunction} */ { entry, sites },
) {
  if (addend(i, n) === -(entry + 1)) return true;
  const compares = i[n + 1]?.op === Op.i32_eq || i[n + 1]?.op === Op.i32_ne;
  return compares && i[n].op === Op.i32_const && sites.some(({ pc }) => pc === i[n].a);
}

const isLoad = (/** @type {Instr} */ i) => i?.op === Op.i32_load && i.b === 0;

/** Bytes of stores, by opcode. @type {Map<number, number>} */
const STORES = new Map([
  [0x36, 4],
  [0x37, 8],
  [0x38, 4],
  [0x39, 8],
  [0xfd0b, 16],
]);

/**
 * The bytes of a frame that are stored behind the pc, up to the end of the function: each local
 * once. A function that returns a value stores that last; the caller leaves that store out.
 */
function savedBytes(/** @type {Instr[]} */ instrs, /** @type {number} */ push) {
  const end = instrs.findIndex(({ op }, n) => n > push && op === Op.end);
  const sizes = instrs
    .slice(push + 1, end < 0 ? instrs.length : end)
    .map(({ op }) => STORES.get(op) ?? 0);
  return sizes.reduce((sum, size) => sum + size, INDEX_BYTES);
}

/**
 * The call before the branch at instruction n: `call; [set]; const N; S; 1; eq; br_if`. The call
 * may be in one of two branches, or be inlined.
 * @returns {{ index: number, calls: number[] } | null}
 */
function siteAt(
  /** @type {Instr[]} */ i,
  /** @type {number[]} */ openOf,
  /** @type {number} */ n,
  /** @type {number} */ state,
) {
  if (i[n].op !== Op.br_if) return null;
  const [number, s, one, eq] = i.slice(n - 4, n);
  if (number?.op !== Op.i32_const || s.op !== Op.global_get || s.a !== state) return null;
  if (one.op !== Op.i32_const || one.a !== 1 || eq.op !== Op.i32_eq) return null;
  let k = n - 5;
  while ([Op.local_set, Op.local_tee, Op.drop].some((op) => op === i[k]?.op)) k--;
  const open = i[k]?.op === Op.end ? openOf[k] : k;
  const calls = [];
  for (let c = open; c <= k; c++) if (isCall(i[c].op)) calls.push(c);
  return { index: number.a, calls };
}

/** Checks that pcs are unique, ascending and start at 1. */
function checkPcs(
  /** @type {PcFunction[]} */ functions,
  /** @type {(raw: number) => string} */ nameOf,
) {
  let next = 1;
  for (const f of functions) {
    const name = nameOf(f.raw);
    insist(f.entry === next, name, `its first pc is ${f.entry}, not ${next}`);
    insist(f.bytes >= 4 && f.bytes % 4 === 0, name, `has a frame of ${f.bytes} bytes`);
    next = f.entry + 1;
    for (const site of f.sites) {
      insist(site.pc >= next, name, `pc ${site.pc} is used twice`);
      next = site.pc + 1;
    }
  }
}
/**
 * How many stack checks a resumed body has where it may come by, for each function.
 * @param {Module} m  as Asyncify left it
 * @param {Map<number, import('./frames.js').Frame & { entry: number }>} frames
 * @param {number} overflow  raw index
 * @returns {Map<number, number>} by raw index
 */
export function checkedAgain(m, frames, overflow) {
  const to = indexOf(m, overflow);
  return new Map(
    [...frames].map(([f, frame]) => {
      const body = m.bodies[f - m.nimports];
      const raw = rawIndex(m.names.get(f));
      return [raw, checksIn(body.instrs.slice(beforeSites(body, frame)), raw, to)];
    }),
  );
}

/** The function of that raw index, or -1. */
const indexOf = (/** @type {Module} */ m, /** @type {number} */ raw) =>
  m.bodies.find(({ index }) => rawIndex(m.names.get(index)) === raw)?.index ?? -1;

/**
 * Checks that each body that lowers the stack pointer still has a stack check. Inlining may have
 * copied checks, and unreachable ones are gone.
 * @param {Module} m
 * @param {object} checked  how many checks there were, by raw index
 * @param {Map<number, number>} checked.from   in functions, from their start
 * @param {Map<number, number>} checked.again  in resumed bodies
 * @param {number} overflow  raw index
 * @param {(raw: number) => string} nameOf
 */
export function verifyStack(m, { from, again }, overflow, nameOf) {
  const to = indexOf(m, overflow);
  for (const { index, instrs } of m.bodies) {
    const name = m.names.get(index);
    const f = rawIndex(name);
    const wanted = (isResumed(name) ? again : from).get(f) ?? 0;
    const lowers = instrs.some(({ op }) => op === Op.global_set);
    const has = checksIn(instrs, f, to) > 0;
    insist(wanted === 0 || !lowers || has, nameOf(f), 'has lost its stack checks');
  }
}

/**
 * Checks that an engine takes the module.
 * @param {Uint8Array} bytes
 */
export function validate(bytes) {
  try {
    void new WebAssembly.Module(/** @type {BufferSource} */ (bytes));
  } catch (error) {
    insist(false, '', `the linked module is not valid: ${/** @type {Error} */ (error).message}`);
  }
}
