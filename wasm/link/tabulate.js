// @ts-check
// Collects what goes into the custom section "worldsema", and makes the sections. table.js encodes
// it.
import { rawIndex } from './binaryen.js';
import { buildIdSection } from './buildid.js';
import { rewrite } from './editor.js';
import { insist } from './error.js';
import { isPolled, Runtime } from './kinds.js';
import { Op } from './opcodes.js';
import { SECTION as POLL_FORMS } from './pollroom.js';
import { bareTable, encodeTable, SECTION, SEPARATE } from './table.js';
import { creationRows, functionRows, pollRows, told } from './told.js';

/**
 * @typedef {import('./reader.js').Module} Module
 * @typedef {import('./passes.js').Work} Work
 */

/**
 * Makes the module that runs, and the tables beside it if they are separate.
 * @param {Work} work
 */
export function tabulate(work) {
  const { labelled } = work;
  const table = tableOf(work);
  const whole = { name: SECTION, bytes: encodeTable(table) };
  const id = buildIdSection(labelled.m.bytes, whole.bytes);
  const separate = work.options.tables === 'separate';
  const bare = { name: SECTION, bytes: encodeTable(bareTable(table), SEPARATE) };
  const final = rewrite(labelled.m, {
    drop: ({ id, name }) => separate && id === 0 && name === 'name',
    custom: [separate ? bare : whole, { name: POLL_FORMS, bytes: work.pollForms }, id],
  });
  work.final = final.bytes;
  work.beside = separate ? [whole, id] : [];
  return `${table.locs.length} locations, ${table.offsets.length} offsets`;
}

/** @returns {import('./table.js').Table} */
function tableOf(/** @type {Work} */ work) {
  const { linked, kinds, locations, decl, shown, pcs, labelled } = work;
  const sites = new Array(pcs.maxPc + 1).fill(0);
  for (const f of pcs.functions) {
    sites[f.entry] = decl.get(f.raw) ?? 0;
    for (const site of f.sites) sites[site.pc] = site.loc;
  }
  return {
    funcs: pcs.functions.map((f) => ({
      ...{ entry: f.entry, bytes: f.bytes, name: shown(f.raw), kind: kinds[f.raw] ?? Runtime },
      loc: decl.get(f.raw) ?? 0,
    })),
    sites,
    locs: locations.list,
    offsets: [
      ...told(labelled.m, labelled.rows),
      ...pollRows(labelled, work.pollsInPlace),
      ...creationRows(work.created),
      ...functionRows(functionLocs(work)),
    ],
    names: Array.from({ length: linked.funcType.length }, (_, f) => shown(f)),
    table: slotsOf(work),
    lands: pcs.functions.flatMap(({ sites }) =>
      sites.filter(({ lands }) => lands > 0).map(({ pc, lands }) => pc * 4 + lands),
    ),
    protectPc: protectPc(linked, pcs.functions),
    firstResumed: work.firstResumed,
  };
}

/**
 * Where the functions of the final module are declared: those that stacks show, and the loops that
 * resume frames (runtime/prof/traceback.c).
 */
function functionLocs(/** @type {Work} */ { optimised, kinds, decl, nameOf }) {
  const { m } = optimised;
  return m.funcType.map((_, f) => {
    const raw = rawIndex(m.names.get(f));
    const isTold = isPolled(kinds[raw]) || RESUMERS.has(nameOf(raw));
    return isTold ? (decl.get(raw) ?? 0) : 0;
  });
}

const RESUMERS = new Set([
  ...['rt_callback_left', 'rt_os_run_', 'rt_execute', 'rt_schedule', 'rt_rounds', 'rt_host_mstart'],
]);

/**
 * The slots of the function table that emcc has filled.
 * @returns {{ name: string, loc: number }[]}
 */
function slotsOf(/** @type {Work} */ { linked, optimised, shown, decl }) {
  const slots = Math.max(0, ...[...linked.table.keys()].map((slot) => slot + 1));
  return Array.from({ length: slots }, (_, slot) => {
    const f = optimised.m.table.get(slot);
    if (f === undefined) return { name: '', loc: 0 };
    const raw = rawIndex(optimised.m.names.get(f));
    return { name: shown(raw), loc: decl.get(raw) ?? 0 };
  });
}

/**
 * The pc of the one call of rt_protect_mark inside go_protect; 0 if the program has no go_protect.
 */
function protectPc(
  /** @type {Module} */ m,
  /** @type {import('./rebase.js').PcFunction[]} */ functions,
) {
  const find = (/** @type {string} */ name) => {
    for (const { index } of m.bodies) if (m.names.get(index) === name) return index;
    return -1;
  };
  const protect = find('go_protect');
  if (protect < 0) return 0;
  const mark = find('rt_protect_mark');
  insist(mark >= 0, 'go_protect', 'rt_protect_mark is not in the program (is it noinline?)');
  const calls = m.bodies[protect - m.nimports].instrs.filter(
    (i) => i.op === Op.call && i.a === mark,
  );
  insist(calls.length === 1, 'go_protect', `calls rt_protect_mark ${calls.length} times, not once`);
  const sites = functions.find((f) => f.raw === protect)?.sites.filter((site) => site.to === mark);
  insist(
    sites?.length === 1,
    'go_protect',
    'its call of rt_protect_mark has no pc, because it cannot be suspended',
  );
  return sites[0].pc;
}
