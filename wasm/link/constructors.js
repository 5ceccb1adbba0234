// @ts-check
// Constructors: functions that run before main. wasm-ld calls them one after the other in
// __wasm_call_ctors, which the glue calls on the page's thread before the runtime exists. There the
// program's constructors could not wait, and nobody could report what they die of. So they move to
// rt_link_constructors, which goroutine 1 calls right before main. Constructors of libc, of the
// runtime and of GO_EXPORT stay.
import { rewrite } from './editor.js';
import { exportedFunction, isPolled } from './kinds.js';
import { call, Op } from './opcodes.js';
import { readModule } from './reader.js';

/** GO_EXPORT's constructor registers an export. The host may ask for exports before main runs. */
const REGISTERS = /^go_export_\w+_(\(\))?$/;

/**
 * @param {import('./reader.js').Module} m
 * @param {Uint8Array} kinds
 * @param {import('./editor.js').Row[]} rows
 * @returns {{ m: import('./reader.js').Module, rows: import('./editor.js').Row[] }}
 */
export function moveConstructors(m, kinds, rows) {
  const from = m.bodies.find(({ index }) => m.names.get(index) === '__wasm_call_ctors');
  const isOwn = (/** @type {number} */ f) =>
    isPolled(kinds[f]) && !REGISTERS.test(m.names.get(f) ?? '');
  const own = from?.instrs.filter(({ op, a }) => op === Op.call && isOwn(a)) ?? [];
  if (!from || own.length === 0) return { m, rows };
  const to = exportedFunction(m, 'rt_link_constructors');
  const at = m.bodies[to - m.nimports].code;
  const edits = new Map([
    [from.index, own.map((i) => ({ at: i.at, remove: i.end - i.at, bytes: [] }))],
    [to, [{ at, remove: 0, bytes: own.flatMap(({ a }) => call(a)) }]],
  ]);
  const moved = rewrite(m, { edits, rows });
  return { m: readModule(moved.bytes, 'the program'), rows: moved.rows };
}
