// @ts-check
// What the optimised module gets before its tables are made: the names of C, a location for each
// place at which an engine may stop, and branch hints.
import { rawIndex } from './binaryen.js';
import { rewrite } from './editor.js';
import { asyncifyGlobals } from './frames.js';
import { hints, HINTS } from './hints.js';
import { readModule } from './reader.js';

/**
 * @typedef {import('./reader.js').Module} Module
 * @typedef {import('./editor.js').Row} Row
 */

/** Functions of the runtime that are seldom called. */
const SELDOM = new Set([
  ...['rt_safepoint', 'rt_safepoint_inplace', 'rt_stack_overflow', 'rt_throw', 'rt_trace_context'],
]);

/** @param {import('./passes.js').Work} work */
export function label(work) {
  const { optimised, plan, nameOf } = work;
  const { m } = optimised;
  const names = new Map();
  for (let f = 0; f < m.funcType.length; f++) {
    const name = m.names.get(f) ?? '';
    const index = rawIndex(name);
    names.set(f, index >= 0 ? nameOf(index) : name);
  }
  const hint = hints(m, {
    ...{ raised: plan.raised, state: asyncifyGlobals(m).state },
    seldom: new Set([...names].filter(([, name]) => SELDOM.has(name)).map(([f]) => f)),
  });
  const { bytes, rows } = rewrite(m, {
    ...{ rows: adopted(m, unlessSaid(m, optimised.rows), plan.inlined), names },
    ahead: plan.small ? [] : [{ name: HINTS, bytes: hint.bytes }],
    hide: (name) => name.startsWith('rt_link_'), // for the link step
  });
  work.labelled = { m: readModule(bytes), rows };
  return `${hint.count} hints`;
}

/**
 * The first instructions of a function have no location unless a row says so; without this they
 * would have the location of the function before. The last `end` has no location either: nothing is
 * called there, but V8 (Chromium 156) reports a frame at that place if it inlined one target of an
 * indirect call and another target is called.
 * @param {Module} m
 * @param {Row[]} rows
 */
function unlessSaid(m, rows) {
  const starts = m.bodies.map(({ start }) => ({ at: start, loc: 0 }));
  const ends = m.bodies.map(({ instrs }) => ({ at: instrs[instrs.length - 1].at, loc: 0 }));
  // Stable: of rows at the same place the last one counts.
  return [...starts, ...rows, ...ends].sort((x, y) => x.at - y.at);
}

/**
 * Rows whose locations have the callers of what was inlined.
 * @type {(m: Module, rows: Row[], inline: import('./inlined.js').Inlined) => Row[]}
 */
function adopted(m, rows, { adopt }) {
  let n = 0;
  return rows.map(({ at, loc }) => {
    while (n < m.bodies.length - 1 && m.bodies[n].end <= at) n++;
    return { at, loc: adopt(loc, rawIndex(m.names.get(m.bodies[n].index))) };
  });
}
