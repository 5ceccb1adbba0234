// @ts-check
// The link step: from the module emcc links to the module that runs. Every step is a file of its
// own; this one is the order, and the words for what was done.
//
//   read > kinds > locations > polls, stack checks > what suspends > asyncify > rebase > optimise
//   > table > verify
//
// Asyncify must come before anything inlines: Binaryen merges what C calls noinline, and the program
// would restart or corrupt itself silently.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { asyncify, numberNames, optimise, rawIndex } from './binaryen.js';
import { rewrite } from './editor.js';
import { insist } from './error.js';
import { exportedFunction, globalOf, kindsOf, stackPointerOf, Runtime, User } from './kinds.js';
import { locate } from './locations.js';
import { Op } from './opcodes.js';
import { pinCalls } from './pinned.js';
import { polls } from './polls.js';
import { readModule } from './reader.js';
import { rebase } from './rebase.js';
import { ROOT } from './sources.js';
import { stackChecks } from './stackcheck.js';
import { explain, suspends } from './suspend.js';
import { encodeTable, SECTION } from './table.js';
import { findSymbolizer } from './tools.js';
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
 * @property {string} [keep]               a folder to keep the modules between the steps in
 * @property {(line: string) => void} [log]  one line per step
 */

// Node 20's baseline compiler loses a local around an atomic wait: os_wait holds nothing but the
// wait. And what the scheduler's endless loop calls must not become part of a frame that is entered
// once, which no engine replaces by optimised code.
const NEVER_INLINE = /^(os_wait.*|rt_schedule|rt_execute)$/;

/**
 * @param {LinkOptions} options
 * @returns {{ instrumented: number, functions: number, sites: number, bytes: number }}
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
    if (kinds[index] !== User) continue;
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

/** @type {(dir: string, options: LinkOptions) => ReturnType<typeof link>} */
function linkIn(
  dir,
  { raw, out, level = '-O2', polls: mode = 'loops', sourceRoot, emcc, why, log },
) {
  const step = timer(log);
  const m = readModule(readFileSync(raw));
  const nameOf = (/** @type {number} */ f) => m.names.get(f) ?? `function ${f}`;
  insist(m.names.size > 0, raw, 'has no function names: link with -g');
  const kinds = kindsOf(m);
  const safepoint = exportedFunction(m, 'rt_safepoint');
  const overflow = exportedFunction(m, 'rt_stack_overflow');
  step(`read: ${m.bodies.length} functions, ${m.bytes.length} bytes`);

  const { locations, rows, decl } = locate(m, kinds, {
    file: raw,
    symbolizer: findSymbolizer(emcc),
    sourceRoot: sourceRoot ?? process.cwd(),
  });
  step(`locations: ${locations.list.length}`);

  const selfGlobal = globalOf(m, 'rt_link_self_m');
  const poll = polls(m, kinds, { mode, selfGlobal, safepoint, rows, decl });
  const stack = stackChecks(m, kinds, {
    stackPointer: stackPointerOf(m),
    stackLow: globalOf(m, 'rt_link_stack_lo'),
    overflow,
    decl,
  });
  const s = suspends(m, kinds, new Set(poll.edits.keys()), safepoint, neverSuspended(m, kinds));
  if (why) {
    const found = [...m.names].filter(([, name]) => name === why);
    insist(found.length > 0, why, 'no function of this name in the program');
    for (const [f] of found) log?.(explain(m, s, f));
  }
  const apart = calledByProgram(m, kinds);
  const names = numberNames(m, (f) => apart.has(f) || NEVER_INLINE.test(nameOf(f)));
  const edits = new Map(stack.edits);
  // A runtime that has no such counter must not keep callbacks in libc.
  const pins = m.exports.has('rt_link_pinned')
    ? pinCalls(m, kinds, s, globalOf(m, 'rt_link_pinned'))
    : { edits: new Map(), count: 0 };
  for (const more of [poll.edits, pins.edits])
    for (const [f, list] of more) edits.set(f, [...list, ...(edits.get(f) ?? [])]);
  const drop = (/** @type {{ id: number, name: string }} */ section) =>
    section.id === 0 && section.name !== 'target_features';
  const first = rewrite(m, { edits, rows, drop, names });
  const { plain, wrapped, entry } = poll.counts;
  step(
    `polls: ${wrapped} loops wrapped, ${plain} plain, ${entry} entries; ` +
      `${stack.count} stack checks; ${pins.count} pins; ${s.suspending.size} functions may suspend`,
  );

  /** @type {Set<number>} */
  const never = new Set();
  for (const { index: f } of m.bodies)
    if (!s.suspending.has(f) && !s.top.has(f) && !s.bottom.has(f)) never.add(f);
  const second = asyncify(first, never, names, dir);
  step(`asyncify: ${second.bytes.length} bytes`);

  const m2 = readModule(second.bytes);
  const based = rebase(m2, second.rows, s, decl, nameOf);
  const third = rewrite(m2, { edits: based.edits, rows: second.rows });
  step(`rebase: ${based.maxPc} pcs in ${based.functions.length} functions`);

  const fourth = optimise(third, level === '-O0' ? '-O1' : level, dir);
  step(`optimise ${level}: ${fourth.bytes.length} bytes`);

  const m4 = readModule(fourth.bytes);
  const finalNames = new Map();
  for (let f = 0; f < m4.funcType.length; f++) {
    const name = m4.names.get(f) ?? '';
    const index = rawIndex(name);
    finalNames.set(f, index >= 0 ? nameOf(index) : name);
  }
  const named = rewrite(m4, { rows: fourth.rows, names: finalNames });
  // As the source has it: main, not __original_main, and C++ readable.
  const shown = (/** @type {number} */ f) => locations.list[decl.get(f) ?? 0].func || nameOf(f);
  const sites = new Array(based.maxPc + 1).fill(0);
  for (const f of based.functions) {
    sites[f.entry] = decl.get(f.raw) ?? 0;
    for (const site of f.sites) sites[site.pc] = site.loc;
  }
  const table = {
    funcs: based.functions.map((f) => ({
      ...{ entry: f.entry, bytes: f.bytes, name: shown(f.raw), kind: kinds[f.raw] },
      loc: decl.get(f.raw) ?? 0,
    })),
    sites,
    locs: locations.list,
    offsets: named.rows,
    names: Array.from({ length: m.funcType.length }, (_, f) => shown(f)),
    table: tableSlots(m, m4, shown, decl),
    protectPc: protectPc(m, based.functions),
  };
  const final = rewrite(readModule(named.bytes), {
    custom: [{ name: SECTION, bytes: encodeTable(table) }],
  });
  const seen = verify(m4, based.functions, s, nameOf);
  validate(final.bytes);
  step(
    `table: ${table.locs.length} locations, ${table.offsets.length} offsets; ` +
      `verified ${seen.frames} frames, ${seen.sites} sites`,
  );

  writeFileSync(out, final.bytes);
  return {
    instrumented: based.functions.length,
    functions: m.bodies.length,
    sites: based.maxPc - based.functions.length,
    bytes: final.bytes.length,
  };
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
