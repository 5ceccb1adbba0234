// @ts-check
// Types of functions, for a runtime that calls them as they were defined (wasm/shape.h). wasm traps
// if a pointer is called by another type than its function has, and cannot ask for the type. So the
// link step writes a function that tells it.
import { exportedFunction, Library } from './kinds.js';
import { call, i32Const, leb, Op, VOID } from './opcodes.js';

/** @typedef {import('./reader.js').Module} Module */

/** What handlers are called by instead, by their shape. */
const HANDLES = new Map([
  [0, 'rt_libc_once'],
  [2, 'rt_libc_handler'],
]);

/** Exports that only this step needs. */
export const HANDLING = [...HANDLES.values()];

/** Functions of the C library that call handlers of the program. */
const CALLS = /^_*pthread_(cleanup_pop|tsd_run_dtors|once(_full)?)$/;

const I32 = -1;
const PARAMETERS = 3;
/** What is none of the shapes. */
const UNKNOWN = 2 * (PARAMETERS + 1);

/** The number that shape.h has for a type. @type {(type: Module['types'][number]) => number} */
function shapeOf({ params, results }) {
  const words = [...params, ...results].every((type) => type === I32);
  return words && params.length <= PARAMETERS ? 2 * params.length + results.length : UNKNOWN;
}

/**
 * The new body of rt_link_shape: a jump by the slot of the table.
 * @type {(m: Module) => import('./plan.js').Edits}
 */
export function tellShapes(m) {
  const f = m.exports.get('rt_link_shape')?.index;
  if (f === undefined || m.table.size === 0) return new Map();
  const { code, instrs } = m.bodies[f - m.nimports];
  const slots = Math.max(...m.table.keys()) + 1;
  const labels = Array.from({ length: slots }, (_, slot) => {
    const to = m.table.get(slot);
    return to === undefined ? UNKNOWN : shapeOf(m.types[m.funcType[to]]);
  });
  const shapes = Array.from({ length: UNKNOWN + 1 }, (_, shape) => shape);
  const bytes = [
    ...shapes.flatMap(() => [Op.block, VOID]),
    ...[Op.local_get, 0, Op.br_table, ...leb(slots), ...labels, UNKNOWN],
    ...shapes.flatMap((shape) => [Op.end, ...i32Const(shape), Op.return]),
    Op.unreachable,
  ];
  const last = instrs[instrs.length - 1];
  return new Map([[f, [{ at: code, remove: last.at - code, bytes }]]]);
}

/**
 * Where the C library calls handlers.
 * @type {(m: Module, kinds: Uint8Array) => import('./plan.js').Edits}
 */
export function handlerCalls(m, kinds) {
  const edits = new Map();
  if (HANDLING.some((name) => !m.exports.has(name))) return edits;
  for (const { index, instrs } of m.bodies) {
    if (kinds[index] !== Library || !CALLS.test(m.names.get(index) ?? '')) continue;
    const list = instrs.flatMap(({ op, a, at, end }) => {
      const handles = op === Op.call_indirect && HANDLES.get(shapeOf(m.types[a]));
      const bytes = handles ? call(exportedFunction(m, handles)) : [];
      return handles ? [{ at, remove: end - at, bytes }] : [];
    });
    if (list.length > 0) edits.set(index, list);
  }
  return edits;
}
