// @ts-check
// The passes of the link step, in their order. A pass is a function of the *work*: it reads what
// earlier passes have left there, adds its own part, and returns what it did, for the log. The
// module goes through the passes under these names:
//
//   linked        as emcc linked it
//   edited        with polls, stack checks, stubs and guards
//   instrumented  by Asyncify: functions that may be suspended can be unwound
//   twinned       with a resumed body for each such function
//   optimised     by wasm-opt
//   labelled      with names, locations and hints
//   final         with its tables
//
// Asyncify must run before anything is inlined. Binaryen ignores `noinline` of C; inlining around
// Asyncify's primitives would make the program restart or corrupt itself, without a word.
import { writeFileSync } from 'node:fs';
import { letPollsCount } from '../../host/one/unshare.js';
import { asyncify, CROWDED, optimise, rawIndex } from './binaryen.js';
import { checks } from './check.js';
import { moveConstructors } from './constructors.js';
import { creations } from './createdby.js';
import { mapName, mapSources } from './debugmap.js';
import { editing } from './edits.js';
import { rewrite } from './editor.js';
import { insist } from './error.js';
import { asyncifyGlobals } from './frames.js';
import { besideName } from './glue.js';
import { landsIn, replaceInvokes } from './invoked.js';
import { exportedFunction, globalOf, kindsOf, landedOf } from './kinds.js';
import { label } from './label.js';
import { parkingCalls } from './libcwait.js';
import { locate } from './locations.js';
import { checkFeatures } from './objects.js';
import { pollRoom } from './pollroom.js';
import { readModule } from './reader.js';
import { rebase } from './rebase.js';
import { decided } from './report.js';
import { sectionsAlone, tableLimits } from './sections.js';
import { tabulate } from './tabulate.js';
import { handlerCalls } from './shapes.js';
import { addressesOfThreadLocals } from './threadlocals.js';
import { marksOf } from './threw.js';
import { takeThrowers } from './throwers.js';
import { contentsOf, findSymbolizer } from './tools.js';
import { twins } from './twins.js';
import { checkSeen } from './unseen.js';
import { checkedAgain, validate, verify, verifyStack } from './verify.js';

/**
 * @typedef {import('./reader.js').Module} Module
 * @typedef {import('./editor.js').Row} Row
 * @typedef {ReturnType<typeof locate>} Located
 * @typedef {{ bytes: Uint8Array, rows: Row[] }} Written  a module, and the locations in it
 * @typedef {{ m: Module, rows: Row[] }} Reading          the same, read
 *
 * @typedef {{ name: string, run: (work: Work) => string }} Pass
 *
 * @typedef {object} Work  what the passes hand on. Each field names the pass that sets it
 * @property {import('./link.js').LinkOptions} options
 * @property {string} dir             a folder for the modules between the passes
 * @property {Module} linked          read; constructors; invokes
 * @property {Uint8Array} kinds       read
 * @property {(raw: number) => string} nameOf   read; by index in `linked`
 * @property {Located['locations']} locations   locations
 * @property {Row[]} rows             locations; of `linked`
 * @property {Located['decl']} decl   locations
 * @property {Located['files']} files         locations; their names in DWARF
 * @property {(raw: number) => string} shown    locations; a name as in the source: main, and C++
 *   demangled
 * @property {import('./plan.js').Plan} plan    plan
 * @property {import('./plan.js').Edits} edits  what is written into `linked`
 * @property {number[]} created      invokes; places where threads are made
 * @property {number} pollsInPlace    polls; their numbers begin at 1
 * @property {import('./editor.js').NewFunction[]} added  functions appended to its own
 * @property {import('./editor.js').Copy[]} copies        copies appended to those
 * @property {Map<number, number>} checked      stack checks; how many checks each function has
 * @property {Written} edited         edit
 * @property {Map<number, string>} names        edit; names made of function indices, such as f12
 * @property {Set<number>} uninstrumented       edit; functions that Asyncify leaves alone
 * @property {Reading} instrumented   asyncify
 * @property {ReturnType<typeof rebase>} pcs    pcs
 * @property {Written} twinned        twins
 * @property {Map<number, number>} checkedAgain  twins; the same of resumed bodies
 * @property {number} firstResumed    twins; slot of the first resumed function
 * @property {Reading} optimised      optimise
 * @property {Uint8Array} pollForms   poll room; the section that tells the host of the polls
 * @property {Reading} labelled       label
 * @property {Uint8Array} final       table; map
 * @property {string} [map]           map; the source map, if it is wanted
 * @property {{ name: string, bytes: Uint8Array }[]} beside  table; sections of the tables beside
 *   the module, if they are separate
 * @property {Report} report          write
 *
 * @typedef {object} Report
 * @property {number} instrumented
 * @property {number} functions
 * @property {number} sites
 * @property {number} bytes
 * @property {import('./report.js').Decided} decided
 */

/** @type {Pass[]} */
export const passes = [
  { name: 'read', run: read },
  { name: 'locations', run: findLocations },
  { name: 'constructors', run: takeConstructors },
  { name: 'threads', run: makeThreadsGoroutines },
  { name: 'invokes', run: takeInvokes },
  ...editing,
  { name: 'asyncify', run: instrument },
  { name: 'pcs', run: numberCalls },
  { name: 'twins', run: twin },
  { name: 'optimise', run: optimiseAll },
  { name: 'poll room', run: makePollRoom },
  { name: 'label', run: label },
  { name: 'table', run: tabulate },
  { name: 'map', run: mapSources },
  { name: 'verify', run: verifyAll },
  { name: 'write', run: write },
];

/** @type {(options: import('./link.js').LinkOptions, dir: string) => Work} */
export const workOf = (options, dir) =>
  /** @type {any} */ ({ options, dir, edits: new Map(), added: [], copies: [] });

/** @param {Work} work */
function read(work) {
  const { raw } = work.options;
  const linked = readModule(contentsOf(raw), raw);
  insist(linked.names.size > 0, raw, 'has no function names: link with -g');
  const features = linked.sections.find(({ id, name }) => id === 0 && name === 'target_features');
  checkFeatures(linked.bytes, features, raw);
  work.linked = linked;
  work.kinds = kindsOf(linked);
  work.nameOf = (f) => linked.names.get(f) ?? `function ${f}`;
  return `${linked.bodies.length} functions, ${linked.bytes.length} bytes`;
}

/** @param {Work} work */
function findLocations(work) {
  const { linked, kinds, nameOf } = work;
  const { raw, emcc, sourceRoot = process.cwd(), sourceMap = false } = work.options;
  const how = { file: raw, symbolizer: findSymbolizer(emcc), sourceRoot, all: sourceMap };
  const located = locate(linked, kinds, how);
  const { locations, decl } = located;
  checkSeen(linked, kinds, located);
  Object.assign(work, located);
  work.shown = (f) => locations.list[decl.get(f) ?? 0].func || nameOf(f);
  return `${locations.list.length}`;
}

/** @param {Work} work */
function takeConstructors(work) {
  const { m, rows } = moveConstructors(work.linked, work.kinds, work.rows);
  work.linked = m;
  work.rows = rows;
  return '';
}

/**
 * What a thread knows, and what it waits for, is the goroutine's.
 * @param {Work} work
 */
function makeThreadsGoroutines(work) {
  const { linked, kinds, rows } = work;
  const parking = joined(addressesOfThreadLocals(linked), parkingCalls(linked, kinds));
  const edits = joined(parking, handlerCalls(linked, kinds));
  if (edits.size === 0) return '';
  const changed = rewrite(linked, { edits, rows });
  work.linked = readModule(changed.bytes, 'the program');
  work.rows = changed.rows;
  return `${edits.size} functions`;
}

/** @param {Work} work */
function takeInvokes(work) {
  const { m, rows, count } = replaceInvokes(work.linked, work.rows);
  work.linked = m;
  work.rows = rows;
  if (count > 0) takeThrowers(m, work.kinds);
  noteCreations(work);
  return `${count} landing sites`;
}

/** Where threads are made. Behind the invokes, which may be such places. @param {Work} work */
function noteCreations(work) {
  const { edits, places } = creations(work.linked, work.kinds, work);
  work.created = places;
  if (places.length === 0) return;
  const changed = rewrite(work.linked, { edits, rows: work.rows });
  work.linked = readModule(changed.bytes, 'the program');
  work.rows = changed.rows;
}

/** @param {Work} work */
function instrument(work) {
  const { linked, plan, nameOf, edited, uninstrumented, names, dir } = work;
  const crowded = linked.bodies.find(
    ({ index, nlocals }) => plan.suspends.suspending.has(index) && nlocals > CROWDED,
  );
  if (crowded && crowded.nlocals > 4 * CROWDED)
    work.options.progress?.(
      `${nameOf(crowded.index)} has ${crowded.nlocals} locals and can wait, so instrumenting it ` +
        'may take a minute: with -O1 it has fewer',
    );
  const { bytes, rows } = asyncify(edited, uninstrumented, names, dir, Boolean(crowded));
  work.instrumented = { m: readModule(bytes), rows };
  return `${bytes.length} bytes`;
}

/** @param {Work} work */
function numberCalls(work) {
  const { m, rows } = work.instrumented;
  const landed = landedOf(work.linked);
  const lands = landsIn(work.linked);
  work.pcs = rebase(m, rows, work.plan.suspends, work.decl, work.nameOf, landed, lands);
  return `${work.pcs.maxPc} in ${work.pcs.functions.length} functions`;
}

/** @param {Work} work */
function twin(work) {
  const { linked, plan, pcs } = work;
  const { m, rows } = work.instrumented;
  const self = globalOf(m, 'rt_link_self_m');
  const marks = marksOf(linked, m);
  const globals = { ...asyncifyGlobals(m), self };
  const two = twins(m, pcs.frames, rows, globals, { marks, apart: work.options.sourceMap });
  work.checkedAgain = checkedAgain(m, pcs.frames, exportedFunction(linked, 'rt_stack_overflow'));
  const unwound = () => exportedFunction(linked, 'rt_unwound');
  const checked = work.options.assert
    ? checks(m, plan.suspends, unwound(), (f) => f >= linked.funcType.length)
    : { edits: new Map(), count: 0 };
  work.firstResumed = tableLimits(m).min;
  work.twinned = rewrite(m, {
    ...{ rows, copies: two.copies, names: two.names, slots: two.slots },
    edits: joined(two.edits, checked.edits),
  });
  return `${work.twinned.bytes.length} bytes; ${checked.count} checks`;
}

/** @typedef {import('./plan.js').Edits} Edits */

/** @type {(a: Edits, b: Edits) => Edits} */
const joined = (a, b) =>
  new Map([...a.keys(), ...b.keys()].map((f) => [f, [...(a.get(f) ?? []), ...(b.get(f) ?? [])]]));

/** @param {Work} work */
function optimiseAll(work) {
  const { level = '-O2' } = work.options;
  const as = level === '-O0' ? '-O1' : level;
  const { bytes, rows } = optimise(work.twinned, as, work.plan.lowIsFree, work.dir);
  work.optimised = { m: readModule(bytes), rows };
  return `${level}, ${bytes.length} bytes`;
}

/** @param {Work} work */
function makePollRoom(work) {
  const { m, rows } = work.optimised;
  const { raised, suspends } = work.plan;
  const unwinds = (/** @type {number} */ f) => {
    const raw = rawIndex(m.names.get(f)); // none: the link step's own
    return raw < 0 || suspends.suspending.has(raw);
  };
  const { edits, section, count } = pollRoom(m, raised, unwinds);
  const { bytes, rows: moved } = rewrite(m, { edits, rows });
  work.optimised = { m: readModule(bytes), rows: moved };
  work.pollForms = section;
  return `${count}`;
}

/** @param {Work} work */
function verifyAll(work) {
  const { linked, plan, nameOf, pcs, firstResumed } = work;
  const { m } = work.optimised;
  const checked = { from: work.checked, again: work.checkedAgain };
  const seen = verify(m, pcs.functions, plan.suspends, nameOf, firstResumed);
  verifyStack(m, checked, exportedFunction(linked, 'rt_stack_overflow'), nameOf);
  validate(work.final);
  const counting = new Uint8Array(work.final); // slice() of a Buffer copies nothing
  letPollsCount(counting);
  validate(counting);
  return `${seen.frames} frames, ${seen.sites} sites`;
}

/** @param {Work} work */
function write(work) {
  const { linked, optimised, kinds, plan, shown, pcs, final, beside, map } = work;
  const { out } = work.options;
  writeFileSync(out, final);
  if (beside.length > 0) writeFileSync(besideName(out), sectionsAlone(beside));
  if (map !== undefined) writeFileSync(mapName(out), map);
  work.report = {
    decided: decided(linked, optimised.m, kinds, plan, shown),
    instrumented: pcs.functions.length,
    functions: linked.bodies.length,
    sites: pcs.maxPc - pcs.functions.length,
    bytes: final.length,
  };
  return '';
}
