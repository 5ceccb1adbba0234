// @ts-check
// The link step: from the module emcc links to the module that runs. Every step is a file of its
// own; this one is the order, and the words for what was done.
//
//   read > kinds > locations > polls, stack checks > what suspends > asyncify > rebase > twins
//   > optimise > hints, table > verify
//
// Asyncify must come before anything inlines: Binaryen merges what C calls noinline, and the program
// would restart or corrupt itself silently.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildIdSection } from './buildid.js';
import { asyncify, CROWDED, optimise, rawIndex } from './binaryen.js';
import { rewrite } from './editor.js';
import { insist, LinkError } from './error.js';
import { asyncifyGlobals } from './frames.js';
import { moveConstructors } from './constructors.js';
import { besideName } from './glue.js';
import { exportedFunction, globalOf, kindsOf, Runtime } from './kinds.js';
import { locate } from './locations.js';
import { Op } from './opcodes.js';
import { checks } from './check.js';
import { hints, HINTS } from './hints.js';
import { checkFeatures } from './objects.js';
import { prepare } from './prepare.js';
import { readModule } from './reader.js';
import { rebase } from './rebase.js';
import { decided } from './report.js';
import { sectionsAlone, tableLimits } from './sections.js';
import { bareTable, encodeTable, SECTION, SEPARATE } from './table.js';
import { told } from './told.js';
import { contentsOf, findSymbolizer } from './tools.js';
import { twins } from './twins.js';
import { checkSeen } from './unseen.js';
import { validate, verify, verifyStack } from './verify.js';

/**
 * @typedef {object} LinkOptions
 * @property {string} raw                  the module as emcc links it, with DWARF
 * @property {string} out                  where the final module goes
 * @property {string} [level]              -O0 ... -O3, -Os, -Oz: how the result is optimised
 * @property {import('./polls.js').PollMode} [polls]
 * @property {'inside' | 'separate'} [tables]  where names and lines go: into the module, or beside it
 * @property {string} [sourceRoot]         file names inside it are told relative to it
 * @property {string} [emcc]               path of emcc, to find the LLVM tools beside it
 * @property {string} [why]                explain why the function of this name may suspend
 * @property {boolean} [assert]             check that no function is unwound that is not instrumented
 * @property {string} [keep]               a folder to keep the modules between the steps in
 * @property {(line: string) => void} [log]  one line per step
 * @property {(text: string) => void} [progress]  what takes long, before it is done
 */

/** Functions of the runtime whose calls are out of the way. */
const SELDOM = new Set([
  ...['rt_safepoint', 'rt_safepoint_inplace', 'rt_stack_overflow', 'rt_throw', 'rt_trace_context'],
]);

/**
 * @param {LinkOptions} options
 * @returns {{ instrumented: number, functions: number, sites: number, bytes: number, decided: import('./report.js').Decided }}
 */
export function link(options) {
  const dir = options.keep ?? mkdtempSync(path.join(tmpdir(), 'worldsema-link-'));
  mkdirSync(dir, { recursive: true });
  try {
    return linkIn(dir, options);
  } catch (error) {
    for (const file of [options.out, besideName(options.out)]) rmSync(file, { force: true });
    throw error instanceof LinkError ? error : unforeseen(options.raw, error);
  } finally {
    if (!options.keep) rmSync(dir, { recursive: true, force: true });
  }
}

/**
 * What no step has looked for is told in a sentence, too.
 * @type {(file: string, error: unknown) => LinkError}
 */
export function unforeseen(file, error) {
  const { message, syscall } = /** @type {NodeJS.ErrnoException} */ (error);
  if (syscall) return new LinkError('', message); // a full disk, a folder that cannot be: not the module's
  const found = new LinkError(
    file,
    `is damaged, or of a kind that the link step does not know: ${message}`,
  );
  found.cause = error;
  return found;
}

/** @type {(dir: string, options: LinkOptions) => ReturnType<typeof link>} */
function linkIn(
  dir,
  {
    raw,
    out,
    level = '-O2',
    polls: mode = 'loops',
    tables = 'inside',
    sourceRoot,
    emcc,
    why,
    assert,
    log,
    progress,
  },
) {
  const step = timer(log);
  const linked = readModule(contentsOf(raw), raw);
  const nameOf = (/** @type {number} */ f) => linked.names.get(f) ?? `function ${f}`;
  insist(linked.names.size > 0, raw, 'has no function names: link with -g');
  const features = linked.sections.find(({ id, name }) => id === 0 && name === 'target_features');
  checkFeatures(linked.bytes, features, raw);
  const kinds = kindsOf(linked);
  step(`read: ${linked.bodies.length} functions, ${linked.bytes.length} bytes`);

  const {
    locations,
    rows: all,
    decl,
  } = locate(linked, kinds, {
    file: raw,
    symbolizer: findSymbolizer(emcc),
    sourceRoot: sourceRoot ?? process.cwd(),
  });
  checkSeen(linked, kinds, { locations, decl });
  const { m, rows } = moveConstructors(linked, kinds, all);
  step(`locations: ${locations.list.length}`);

  const {
    first,
    did,
    s,
    names,
    never,
    small,
    low,
    raised,
    inline,
    checked: stack,
  } = prepare(m, kinds, { locations, rows, decl }, { level, mode, why, log });
  step(did);

  const crowded = m.bodies.find(
    ({ index, nlocals }) => s.suspending.has(index) && nlocals > CROWDED,
  );
  if (crowded && crowded.nlocals > 4 * CROWDED)
    progress?.(
      `${nameOf(crowded.index)} has ${crowded.nlocals} locals and may wait, so taking it apart may take a minute: ` +
        'with -O1 it has fewer',
    );
  const second = asyncify(first, never, names, dir, Boolean(crowded));
  step(`asyncify: ${second.bytes.length} bytes`);

  const m2 = readModule(second.bytes);
  const based = rebase(m2, second.rows, s, decl, nameOf);
  const two = twins(m2, based.frames, second.rows, {
    ...asyncifyGlobals(m2),
    self: globalOf(m2, 'rt_link_self_m'),
  });
  const firstResumed = tableLimits(m2).min;
  const checked = assert
    ? checks(m2, s, exportedFunction(m, 'rt_unwound'), (f) => f >= m.funcType.length)
    : { edits: new Map(), count: 0 };
  const third = rewrite(m2, {
    ...{ rows: second.rows, copies: two.copies, names: two.names, slots: two.slots },
    edits: new Map([...two.edits, ...checked.edits]), // of different functions
  });
  step(
    `rebase: ${based.maxPc} pcs in ${based.functions.length} functions; ${checked.count} checks`,
  );

  const fourth = optimise(third, level === '-O0' ? '-O1' : level, low, dir);
  step(`optimise ${level}: ${fourth.bytes.length} bytes`);

  const m4 = readModule(fourth.bytes);
  const finalNames = new Map();
  for (let f = 0; f < m4.funcType.length; f++) {
    const name = m4.names.get(f) ?? '';
    const index = rawIndex(name);
    finalNames.set(f, index >= 0 ? nameOf(index) : name);
  }
  const hint = hints(m4, {
    ...{ raised, state: asyncifyGlobals(m4).state },
    seldom: new Set([...finalNames].filter(([, name]) => SELDOM.has(name)).map(([f]) => f)),
  });
  const named = rewrite(m4, {
    ...{ rows: adopted(m4, unlessSaid(m4, fourth.rows), inline), names: finalNames },
    ahead: small ? [] : [{ name: HINTS, bytes: hint.bytes }],
  });
  // As the source has it: main, not __original_main, and C++ readable.
  const shown = (/** @type {number} */ f) => locations.list[decl.get(f) ?? 0].func || nameOf(f);
  const sites = new Array(based.maxPc + 1).fill(0);
  for (const f of based.functions) {
    sites[f.entry] = decl.get(f.raw) ?? 0;
    for (const site of f.sites) sites[site.pc] = site.loc;
  }
  const last = readModule(named.bytes);
  const table = {
    funcs: based.functions.map((f) => ({
      ...{ entry: f.entry, bytes: f.bytes, name: shown(f.raw), kind: kinds[f.raw] ?? Runtime },
      loc: decl.get(f.raw) ?? 0,
    })),
    sites,
    locs: locations.list,
    offsets: told(last, named.rows),
    names: Array.from({ length: m.funcType.length }, (_, f) => shown(f)),
    table: tableSlots(m, m4, shown, decl),
    protectPc: protectPc(m, based.functions),
    firstResumed,
  };
  const whole = { name: SECTION, bytes: encodeTable(table) };
  const id = buildIdSection(named.bytes, whole.bytes);
  const separate = tables === 'separate';
  const bare = { name: SECTION, bytes: encodeTable(bareTable(table), SEPARATE) };
  const final = rewrite(last, {
    drop: ({ id, name }) => separate && id === 0 && name === 'name',
    custom: [separate ? bare : whole, id],
  });
  const seen = verify(m4, based.functions, s, nameOf, firstResumed);
  verifyStack(m4, stack, exportedFunction(m, 'rt_stack_overflow'), nameOf);
  validate(final.bytes);
  step(
    `table: ${table.locs.length} locations, ${table.offsets.length} offsets; ${hint.count} hints; ` +
      `verified ${seen.frames} frames, ${seen.sites} sites`,
  );

  writeFileSync(out, final.bytes);
  if (separate) writeFileSync(besideName(out), sectionsAlone([whole, id]));
  const report = decided(m, m4, kinds, s, shown);
  for (const line of report.waiting) log?.(`          may wait: ${line}`);
  return {
    decided: report,
    instrumented: based.functions.length,
    functions: m.bodies.length,
    sites: based.maxPc - based.functions.length,
    bytes: final.bytes.length,
  };
}

/**
 * What a function begins with has no location unless a row says so, and not that of the function before.
 * Its last `end` has none at all: no call is there, but V8 (Chromium 156) tells a frame at that place
 * where it inlined one target of an indirect call and another is called.
 * @param {import('./reader.js').Module} m
 * @param {import('./editor.js').Row[]} rows
 */
function unlessSaid(m, rows) {
  const starts = m.bodies.map(({ start }) => ({ at: start, loc: 0 }));
  const ends = m.bodies.map(({ instrs }) => ({ at: instrs[instrs.length - 1].at, loc: 0 }));
  // Stable: of rows at the same place the last one counts.
  return [...starts, ...rows, ...ends].sort((x, y) => x.at - y.at);
}

/**
 * With the callers of what was laid in.
 * @type {(m: import('./reader.js').Module, rows: import('./editor.js').Row[],
 *   inline: import('./inlined.js').Inlined) => import('./editor.js').Row[]}
 */
function adopted(m, rows, { adopt }) {
  let n = 0;
  return rows.map(({ at, loc }) => {
    while (n < m.bodies.length - 1 && m.bodies[n].end <= at) n++;
    return { at, loc: adopt(loc, rawIndex(m.names.get(m.bodies[n].index))) };
  });
}

/** @returns {{ name: string, loc: number }[]} */
function tableSlots(
  /** @type {import('./reader.js').Module} */ m,
  /** @type {import('./reader.js').Module} */ last,
  /** @type {(raw: number) => string} */ nameOf,
  /** @type {Map<number, number>} */ decl,
) {
  const slots = Math.max(0, ...[...m.table.keys()].map((slot) => slot + 1));
  return Array.from({ length: slots }, (_, slot) => {
    const f = last.table.get(slot);
    if (f === undefined) return { name: '', loc: 0 };
    const raw = rawIndex(last.names.get(f));
    return { name: nameOf(raw), loc: decl.get(raw) ?? 0 };
  });
}

/** The pc of the one call of rt_protect_mark inside go_protect; 0 if the program has no go_protect. */
function protectPc(
  /** @type {import('./reader.js').Module} */ m,
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
    'its call of rt_protect_mark has no pc: it cannot suspend',
  );
  return sites[0].pc;
}

/** Logs what a step did and how long it took. */
function timer(/** @type {((line: string) => void) | undefined} */ log) {
  let before = performance.now();
  return (/** @type {string} */ what) => {
    const now = performance.now();
    log?.(`${((now - before) / 1000).toFixed(2).padStart(6)} s  ${what}`);
    before = now;
  };
}
