// @ts-check
// The link step: from the module emcc links to the module that runs. Every step is a file of its
// own; this one is the order, and the words for what was done.
//
//   read > kinds > locations > polls, stack checks > what suspends > asyncify > rebase > twins
//   > optimise > hints, table > verify
//
// Asyncify must come before anything inlines: Binaryen merges what C calls noinline, and the program
// would restart or corrupt itself silently.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildIdSection } from './buildid.js';
import { asyncify, numberNames, optimise, rawIndex } from './binaryen.js';
import { rewrite } from './editor.js';
import { insist } from './error.js';
import { asyncifyGlobals } from './frames.js';
import {
  exportedFunction,
  Foreign,
  globalOf,
  kindsOf,
  MARK,
  marked,
  Runtime,
  stackPointerOf,
  User,
} from './kinds.js';
import { locate } from './locations.js';
import { i32Const, Op } from './opcodes.js';
import { callbacks } from './callbacks.js';
import { checks } from './check.js';
import { callersOf, guarded, guards } from './guards.js';
import { hints, HINTS } from './hints.js';
import { pinCalls } from './pinned.js';
import { inlined } from './inlined.js';
import { polls } from './polls.js';
import { lowIsFree, placeRaised } from './lowmem.js';
import { readModule } from './reader.js';
import { tellConstants } from './rodata.js';
import { rebase } from './rebase.js';
import { decided } from './report.js';
import { ROOT } from './sources.js';
import { stackChecks } from './stackcheck.js';
import { explain, suspends } from './suspend.js';
import { encodeTable, SECTION } from './table.js';
import { findSymbolizer } from './tools.js';
import { twins } from './twins.js';
import { validate, verify } from './verify.js';

/**
 * @typedef {object} LinkOptions
 * @property {string} raw                  the module as emcc links it, with DWARF
 * @property {string} out                  where the final module goes
 * @property {string} [level]              -O0 ... -O3, -Os, -Oz: how the result is optimised
 * @property {import('./polls.js').PollMode} [polls]
 * @property {string} [sourceRoot]         file names inside it are told relative to it
 * @property {string} [emcc]               path of emcc, to find the LLVM tools beside it
 * @property {string} [why]                explain why the function of this name may suspend
 * @property {boolean} [assert]             check that no function is unwound that is not instrumented
 * @property {string} [keep]               a folder to keep the modules between the steps in
 * @property {(line: string) => void} [log]  one line per step
 */

// Node 20's baseline compiler loses a local around an atomic wait: os_wait holds nothing but the
// wait. And what the scheduler's endless loop calls must not become part of a frame that is entered
// once, which no engine replaces by optimised code.
const NEVER_INLINE = /^(os_wait.*|rt_schedule|rt_execute)$/;

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
  try {
    return linkIn(dir, options);
  } catch (error) {
    rmSync(options.out, { force: true });
    throw error;
  } finally {
    if (!options.keep) rmSync(dir, { recursive: true, force: true });
  }
}

/**
 * Binaryen's inlining leaves no trace of the function that called: where the engine's own stack is
 * all there is (a trap, an abort), the program's frames would be missing. So its functions, and those
 * it calls, stay functions; clang has inlined what is worth it, and wrote that down.
 * @type {(m: import('./reader.js').Module, kinds: Uint8Array) => Set<number>}
 */
function calledByProgram(m, kinds) {
  const apart = new Set();
  for (const { index, instrs } of m.bodies) {
    if (kinds[index] !== User && kinds[index] !== Foreign) continue;
    apart.add(index);
    for (const { op, a } of instrs) if (op === Op.call) apart.add(a);
  }
  return apart;
}

/**
 * What wasm/nosuspend.txt declares, of the runtime's own functions.
 * @type {(m: import('./reader.js').Module, kinds: Uint8Array) => Set<number>}
 */
function neverSuspended(m, kinds) {
  const text = readFileSync(path.join(ROOT, 'wasm/nosuspend.txt'), 'utf8');
  const names = new Set(text.split('\n').filter((line) => line && !line.startsWith('#')));
  const found = [...m.names].filter(([f, name]) => kinds[f] === Runtime && names.has(name));
  return new Set(found.map(([f]) => f));
}

/**
 * GO_NOSUSPEND is a promise that the call graph must keep.
 * @type {(m: import('./reader.js').Module, s: import('./suspend.js').Suspends) => void}
 */
function checkMarks(m, s) {
  for (const f of marked(m, 'nosuspend'))
    insist(
      !s.suspending.has(f),
      m.names.get(f) ?? '',
      `is marked GO_NOSUSPEND, but may be suspended:\n${explain(m, s, f)}`,
    );
}

/**
 * Does the program itself ask for collected memory?
 * @type {(m: import('./reader.js').Module, kinds: Uint8Array) => boolean}
 */
function usesCollected(m, kinds) {
  const asks = new Set(
    [...m.names].filter(([, name]) => /^go_(alloc|weak_make)/.test(name)).map(([f]) => f),
  );
  if ([...asks].some((f) => m.addressTaken.has(f))) return true;
  return m.bodies.some(
    ({ index, instrs }) =>
      (kinds[index] === User || kinds[index] === Foreign) &&
      instrs.some(({ op, a }) => op === Op.call && asks.has(a)),
  );
}

/**
 * Of a program that uses collected memory: what can be suspended, and what its goroutine code has to
 * guard, which each may enlarge the other.
 * @type {(m: import('./reader.js').Module, kinds: Uint8Array, polled: number[], safepoint: number) => {
 *   s: import('./suspend.js').Suspends, g: import('./guards.js').Guarded }}
 */
function suspendsCollected(m, kinds, polled, safepoint) {
  const never = neverSuspended(m, kinds);
  const enter = exportedFunction(m, 'rt_foreign_enter');
  /** @type {[number, number][]} */
  const more = polled.filter((f) => kinds[f] === User).map((f) => [f, safepoint]);
  for (;;) {
    const s = suspends(m, kinds, never, more);
    const g = guarded(m, kinds, s, polled);
    const callers = callersOf(m, kinds, g).filter((f) => !s.suspending.has(f));
    if (callers.length === 0) return { s, g };
    more.push(...callers.map((f) => /** @type {[number, number]} */ ([f, enter])));
  }
}

/**
 * V8 may hand a worker a memory whose size is old, if another thread grows it in that very moment; then
 * memory.init, the first thing a worker does, traps. To ask for nothing more brings it up to date.
 * @type {(m: import('./reader.js').Module) => Map<number, import('./editor.js').Edit[]>}
 */
function freshMemory(m) {
  const bytes = [...i32Const(0), Op.memory_grow, 0, Op.drop];
  const inits = m.bodies.filter(({ index }) =>
    /^_?emscripten_tls_init$/.test(m.names.get(index) ?? ''),
  );
  const threads = [...m.names.values()].includes('__wasm_init_tls');
  insist(!threads || inits.length > 0, 'emscripten_tls_init', 'not found: an unknown Emscripten');
  return new Map(inits.map(({ index, code }) => [index, [{ at: code, remove: 0, bytes }]]));
}

/** @type {(dir: string, options: LinkOptions) => ReturnType<typeof link>} */
function linkIn(
  dir,
  { raw, out, level = '-O2', polls: mode = 'loops', sourceRoot, emcc, why, assert, log },
) {
  const step = timer(log);
  const m = readModule(readFileSync(raw));
  const nameOf = (/** @type {number} */ f) => m.names.get(f) ?? `function ${f}`;
  insist(m.names.size > 0, raw, 'has no function names: link with -g');
  const kinds = kindsOf(m);
  const safepoint = exportedFunction(m, 'rt_safepoint');
  const inplace = exportedFunction(m, 'rt_safepoint_inplace');
  const left = exportedFunction(m, 'rt_callback_left');
  const overflow = exportedFunction(m, 'rt_stack_overflow');
  step(`read: ${m.bodies.length} functions, ${m.bytes.length} bytes`);

  const { locations, rows, decl } = locate(m, kinds, {
    file: raw,
    symbolizer: findSymbolizer(emcc),
    sourceRoot: sourceRoot ?? process.cwd(),
  });
  step(`locations: ${locations.list.length}`);

  const small = level === '-Os' || level === '-Oz';
  const selfGlobal = globalOf(m, 'rt_link_self_m');
  const low = lowIsFree(m);
  const { raised, edits: place } = placeRaised(m, low);
  const without = marked(m, 'nopoll');
  const pollsWith = (
    /** @type {(f: number) => boolean} */ canWait,
    /** @type {Set<number> | undefined} */ laid = undefined,
  ) =>
    polls(m, kinds, {
      ...{ mode, small, raised, rows, decl, without, canWait, laid },
      safepoint: (f) => (canWait(f) ? safepoint : inplace),
    });
  const collected = usesCollected(m, kinds);
  const { s, g } = collected
    ? suspendsCollected(m, kinds, [...pollsWith(() => true).edits.keys()], safepoint)
    : { s: suspends(m, kinds, neverSuspended(m, kinds)), g: null };
  checkMarks(m, s);
  const isPlain = (/** @type {number} */ f) =>
    !s.suspending.has(f) && !s.top.has(f) && !s.bottom.has(f);
  const inline = inlined(m, kinds, isPlain, rows, locations);
  const poll = pollsWith((f) => s.suspending.has(f), inline.leaves);
  const stack = stackChecks(m, kinds, {
    stackPointer: stackPointerOf(m),
    stackLow: globalOf(m, 'rt_link_stack_lo'),
    overflow,
    decl,
  });
  if (why) {
    const found = [...m.names].filter(([, name]) => name === why);
    insist(found.length > 0, why, 'no function of this name in the program');
    for (const [f] of found) log?.(explain(m, s, f));
  }
  const apart = calledByProgram(m, kinds);
  for (const f of inline.once) apart.delete(f);
  const names = numberNames(m, (f) => apart.has(f) || NEVER_INLINE.test(nameOf(f)));
  const edits = new Map(stack.edits);
  // A runtime that has no such counter must not keep callbacks in libc.
  const pins = m.exports.has('rt_link_pinned')
    ? pinCalls(m, kinds, s, globalOf(m, 'rt_link_pinned'))
    : { edits: new Map(), count: 0 };
  const guardOf = g ? exportedFunction(m, 'rt_guard_of') : -1;
  const back = callbacks(m, kinds, s, { selfGlobal, left, guardOf });
  const firstGuard = m.funcType.length + back.functions.length;
  const guard = g
    ? guards(m, kinds, s, g, {
        ...{ selfGlobal, enter: exportedFunction(m, 'rt_foreign_enter'), guardOf, rows },
        ...{ first: firstGuard, slots: back.functions.filter(({ slot }) => slot).length },
        before: back.before,
      })
    : { edits: new Map(), functions: [] };
  const added = [...back.functions, ...guard.functions];
  added.forEach((_, n) => names.set(m.funcType.length + n, `n${m.funcType.length + n}`));
  guard.functions.forEach((_, n) => s.suspending.add(firstGuard + n));
  const constant = tellConstants(m);
  for (const more of [
    poll.edits,
    pins.edits,
    back.edits,
    guard.edits,
    freshMemory(m),
    constant,
    place,
  ])
    for (const [f, list] of more) edits.set(f, [...list, ...(edits.get(f) ?? [])]);
  const drop = (/** @type {{ id: number, name: string }} */ section) =>
    section.id === 0 && section.name !== 'target_features';
  const hide = (/** @type {string} */ name) => name.startsWith(MARK);
  const first = rewrite(m, { edits, rows, drop, names, hide, add: added });
  const { plain, counted, wrapped, entry } = poll.counts;
  step(
    `polls: ${wrapped} loops wrapped, ${counted} counted, ${plain} plain, ${entry} entries; ` +
      `${stack.count} stack checks; ${pins.count} pins, ${back.count} callbacks, ` +
      `${guard.functions.length} guards; ` +
      `${s.suspending.size} functions may suspend`,
  );

  /** @type {Set<number>} */
  const never = new Set();
  for (const { index: f } of m.bodies) if (isPlain(f)) never.add(f);
  back.functions.forEach((_, n) => never.add(m.funcType.length + n));
  const second = asyncify(first, never, names, dir);
  step(`asyncify: ${second.bytes.length} bytes`);

  const m2 = readModule(second.bytes);
  const based = rebase(m2, second.rows, s, decl, nameOf);
  // Two bodies are for speed.
  const doubled = (/** @type {number} */ f) => !small && kinds[f] === User;
  const two = twins(m2, based.edits, doubled, second.rows, asyncifyGlobals(m2).state);
  const checked = assert
    ? checks(m2, s, exportedFunction(m, 'rt_unwound'), (f) => f >= m.funcType.length)
    : { edits: new Map(), count: 0 };
  const third = rewrite(m2, {
    ...{ rows: second.rows, copies: two.copies, names: two.names },
    edits: new Map([...two.edits, ...checked.edits]), // of different functions
  });
  step(
    `rebase: ${based.maxPc} pcs in ${based.functions.length} functions, ` +
      `${two.copies.length} with a straight twin; ${checked.count} checks`,
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
  const table = {
    funcs: based.functions.map((f) => ({
      ...{ entry: f.entry, bytes: f.bytes, name: shown(f.raw), kind: kinds[f.raw] ?? Runtime },
      loc: decl.get(f.raw) ?? 0,
    })),
    sites,
    locs: locations.list,
    offsets: named.rows,
    names: Array.from({ length: m.funcType.length }, (_, f) => shown(f)),
    table: tableSlots(m, m4, shown, decl),
    protectPc: protectPc(m, based.functions),
  };
  const tables = { name: SECTION, bytes: encodeTable(table) };
  const final = rewrite(readModule(named.bytes), {
    custom: [tables, buildIdSection(named.bytes, tables.bytes)],
  });
  const seen = verify(m4, based.functions, s, nameOf);
  validate(final.bytes);
  step(
    `table: ${table.locs.length} locations, ${table.offsets.length} offsets; ${hint.count} hints; ` +
      `verified ${seen.frames} frames, ${seen.sites} sites`,
  );

  writeFileSync(out, final.bytes);
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
