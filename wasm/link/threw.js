// @ts-check
// Where compiled code reads Emscripten's thread-local __THREW__, or sets it to 0: see invoked.js.
import { exportedFunction, globalOf, landedOf } from './kinds.js';
import { call, globalGet, i32Const, leb, Op, opens } from './opcodes.js';

/**
 * @typedef {import('./reader.js').Module} Module
 * @typedef {import('./reader.js').Instr} Instr
 * @typedef {import('./editor.js').Edit} Edit
 *
 * @typedef {object} Threw
 * @property {number} base    the wasm global __tls_base
 * @property {number} offset  of __THREW__ from there
 *
 * @typedef {{ start: number, kept: number }} Address  an expression: the instruction that begins
 *   it, and the local that keeps it; -1 if none does
 */

/** Does the address of a thread-local end at instruction n: `global.get base; const; add`? */
const isAddress = (
  /** @type {Instr[]} */ i,
  /** @type {number} */ n,
  /** @type {Threw} */ { base, offset },
) =>
  i[n]?.op === Op.i32_add &&
  i[n - 1]?.op === Op.i32_const &&
  i[n - 1].a === offset &&
  i[n - 2]?.op === Op.global_get &&
  i[n - 2].a === base;

/** @type {(i: Instr | undefined) => boolean} */
const isLoad = (i) => i?.op === Op.i32_load && i.b === 0;

/**
 * setThrew reads it first. null: it has another form in this version of Emscripten.
 * @param {Module} m
 * @returns {Threw | null}
 */
export function threwOffset(m) {
  const body = m.bodies.find(({ index }) => m.names.get(index) === 'setThrew');
  for (const [n, i] of body?.instrs.entries() ?? []) {
    if (!isLoad(i) || !body) continue;
    const at = body.instrs[n - 1]?.op === Op.local_tee ? n - 2 : n - 1;
    const [get, offset] = body.instrs.slice(Math.max(0, at - 2), at);
    if (get?.op !== Op.global_get || offset?.op !== Op.i32_const) return null;
    const found = { base: get.a, offset: offset.a };
    return isAddress(body.instrs, at, found) ? found : null;
  }
  return null;
}

/**
 * Puts marks in place of the accesses in a body.
 * @param {Module} m
 * @param {import('./reader.js').Body} body
 * @param {Threw | null} threw
 * @returns {Edit[]}
 */
export function threwAccesses(m, { index, instrs }, threw) {
  if (!threw) return [];
  const reads = call(exportedFunction(m, 'rt_link_threw'));
  const clears = call(exportedFunction(m, 'rt_link_unthrow'));
  const keeps = keepers(instrs, threw, m.types[m.funcType[index]].params.length);
  /** @type {(n: number) => Address | null} */
  const addressAt = (n) => {
    const i = instrs[n];
    if (i?.op === Op.local_get && (keeps.has(i.a) || isSetBefore(instrs, n, threw)))
      return { start: n, kept: -1 };
    if (isAddress(instrs, n, threw)) return { start: n - 2, kept: -1 };
    const tees = i?.op === Op.local_tee && isAddress(instrs, n - 1, threw);
    return tees ? { start: n - 3, kept: i.a } : null;
  };
  return instrs.flatMap((i, n) => {
    const zero = instrs[n - 1]?.op === Op.i32_const && instrs[n - 1].a === 0;
    const stores = i.op === Op.i32_store && i.b === 0 && zero;
    const address = isLoad(i) ? addressAt(n - 1) : stores ? addressAt(n - 2) : null;
    if (!address) return [];
    const { start, kept } = address;
    const again = [...globalGet(threw.base), ...i32Const(threw.offset), Op.i32_add];
    const keep = kept < 0 ? [] : [...again, Op.local_set, ...leb(kept)];
    const at = instrs[start].at;
    return [{ at, remove: i.end - at, bytes: [...keep, ...(isLoad(i) ? reads : clears)] }];
  });
}

/**
 * What becomes of the marks: only a resumed body can be landed at.
 * @param {Module} linked
 * @param {Module} m  as Asyncify left it
 * @returns {import('./twins.js').Marks}
 */
export function marksOf(linked, m) {
  const threw = threwOffset(linked);
  const landed = landedOf(linked);
  if (!threw) return { resumed: new Map(), elsewhere: new Map([[landed, [Op.drop]]]) };
  const base = globalOf(m, 'rt_link_tls_base');
  const reads = exportedFunction(linked, 'rt_link_threw');
  const clears = exportedFunction(linked, 'rt_link_unthrow');
  const address = [...globalGet(base), ...i32Const(threw.offset), Op.i32_add];
  return {
    resumed: new Map([
      [reads, [...address, Op.i32_load, 2, 0]],
      [clears, [...address, ...i32Const(0), Op.i32_store, 2, 0]],
    ]),
    elsewhere: new Map([
      [landed, [Op.drop]],
      [reads, i32Const(0)],
      [clears, []],
    ]),
  };
}

/** Is the local that instruction n reads set to this address before, with no branch in between? */
function isSetBefore(
  /** @type {Instr[]} */ instrs,
  /** @type {number} */ n,
  /** @type {Threw} */ threw,
) {
  for (let k = n - 1; k > 0; k--) {
    const { op, a } = instrs[k];
    if (opens(op) || op === Op.else || op === Op.end) return false;
    if ((op === Op.local_set || op === Op.local_tee) && a === instrs[n].a)
      return isAddress(instrs, k - 1, threw);
  }
  return false;
}

/** The locals that have this address and no other value. A parameter has one from the caller. */
function keepers(
  /** @type {Instr[]} */ instrs,
  /** @type {Threw} */ threw,
  /** @type {number} */ nparams,
) {
  const keeps = new Set();
  const others = new Set();
  instrs.forEach(({ op, a }, n) => {
    if (op !== Op.local_set && op !== Op.local_tee) return;
    (a >= nparams && isAddress(instrs, n - 1, threw) ? keeps : others).add(a);
  });
  for (const local of others) keeps.delete(local);
  return keeps;
}
