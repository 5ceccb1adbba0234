// @ts-check
// Thread-locals belong to the goroutine: the switch sets the wasm global __tls_base (wasm/ctx.c).
// wasm-ld keeps the addresses of some of them in wasm globals of their own, which it sets when a
// thread begins. A goroutine that comes from another worker would find that worker's address there.
// So whoever reads such a global gets __tls_base plus the offset instead.
import { insist } from './error.js';
import { globalGet, i32Const, Op } from './opcodes.js';

/** @typedef {import('./reader.js').Module} Module */

/** The functions in which wasm-ld sets these globals. */
const SETTERS = new Set(['__wasm_init_tls', '__wasm_apply_global_tls_relocs']);

/** @type {(m: Module) => import('./plan.js').Edits} */
export function addressesOfThreadLocals(m) {
  const { base, offsets } = keptAddresses(m);
  const edits = new Map();
  for (const { index, instrs } of offsets.size > 0 ? m.bodies : []) {
    if (SETTERS.has(m.names.get(index) ?? '')) continue;
    const list = [];
    for (const i of instrs) {
      const offset = i.op === Op.global_get ? offsets.get(i.a) : undefined;
      if (offset === undefined) continue;
      const bytes = [...globalGet(base), ...i32Const(offset), Op.i32_add];
      list.push({ at: i.at, remove: i.end - i.at, bytes });
    }
    if (list.length > 0) edits.set(index, list);
  }
  return edits;
}

/**
 * The global __tls_base, and the offset of each thread-local whose address is in a global.
 * @param {Module} m
 */
function keptAddresses(m) {
  /** @type {Map<number, number>} */
  const offsets = new Map();
  let base = -1;
  for (const { index, instrs } of m.bodies) {
    const name = m.names.get(index) ?? '';
    if (!SETTERS.has(name)) continue;
    instrs.forEach((i, n) => {
      if (i.op !== Op.global_set) return;
      const [a, b, c] = [instrs[n - 1], instrs[n - 2], instrs[n - 3]];
      if (base < 0 && name === '__wasm_init_tls' && a?.op === Op.local_get) {
        base = i.a;
        return;
      }
      const plus = a?.op === Op.i32_add && b?.op === Op.i32_const && c?.op === Op.global_get;
      const from = plus ? c : a;
      insist(
        from?.op === Op.global_get && (base < 0 || from.a === base),
        name,
        'sets a wasm global in a way that is not known: an unknown Emscripten',
      );
      base = from.a;
      offsets.set(i.a, plus ? b.a : 0);
    });
  }
  return { base, offsets };
}
