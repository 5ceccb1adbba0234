// @ts-check
// The passes that run before Asyncify: they make the plan, collect what is to be written into the
// module, and write it. Each adds to the work's `edits`, `added` or `copies`. If two passes insert
// code at the same place, the code of the later pass comes first.
import { numberNames } from './binaryen.js';
import { borrows } from './borrow.js';
import { callbacks } from './callbacks.js';
import { rewrite } from './editor.js';
import { insist } from './error.js';
import { guards } from './guards.js';
import { exportedFunction, Foreign, globalOf, MARK, User } from './kinds.js';
import { i32Const, Op } from './opcodes.js';
import { pinCalls } from './pinned.js';
import { plan, PRIVATE } from './plan.js';
import { polls } from './polls.js';
import { readModule } from './reader.js';
import { tellConstants } from './rodata.js';
import { tellShapes } from './shapes.js';
import { stackChecks, verifyChecks } from './stackcheck.js';
import { zeroFills } from './zeroed.js';

/**
 * @typedef {import('./reader.js').Module} Module
 * @typedef {import('./passes.js').Work} Work
 * @typedef {import('./plan.js').Edits} Edits
 */

/** @type {import('./passes.js').Pass[]} */
export const editing = [
  { name: 'plan', run: makePlan },
  { name: 'stack checks', run: insertStackChecks },
  { name: 'polls', run: insertPolls },
  { name: 'pins', run: insertPins },
  { name: 'callbacks', run: insertCallbacks },
  { name: 'guards', run: insertGuards },
  { name: 'facts', run: insertFacts },
  { name: 'borrow', run: borrowStack },
  { name: 'edit', run: edit },
];

/** @param {Work} work */
function makePlan(work) {
  work.plan = plan(work.linked, work.kinds, work, work.options);
  return `${work.plan.suspends.suspending.size} functions may suspend`;
}

function put(/** @type {Work} */ { edits }, /** @type {Edits} */ more) {
  for (const [f, list] of more) edits.set(f, [...list, ...(edits.get(f) ?? [])]);
}

/** @param {Work} work */
function insertStackChecks(work) {
  const { linked, kinds, plan, decl } = work;
  const { edits, count, checked } = stackChecks(linked, kinds, {
    stackPointer: plan.stackPointer,
    stackLow: globalOf(linked, 'rt_link_stack_lo'),
    overflow: exportedFunction(linked, 'rt_stack_overflow'),
    decl,
  });
  put(work, edits);
  work.checked = checked;
  return `${count}`;
}

/** @param {Work} work */
function insertPolls(work) {
  const { options, linked, kinds, plan, locations } = work;
  const { suspending } = plan.suspends;
  const safepoint = exportedFunction(linked, 'rt_safepoint');
  const inplace = exportedFunction(linked, 'rt_safepoint_inplace');
  let numbers = 0;
  const { edits, counts } = polls(linked, kinds, {
    ...plan.polling,
    laid: plan.inlined.leaves,
    canWait: (f) => suspending.has(f),
    safepoint: (f) => (suspending.has(f) ? safepoint : inplace),
    number: (f) => (suspending.has(f) ? [] : i32Const(++numbers)),
    ...(options.sourceMap && { pollAt: (loc) => locations.added(loc) }),
  });
  put(work, edits);
  work.pollsInPlace = numbers;
  const { plain, counted, wrapped, behind, entry } = counts;
  return (
    `${wrapped} loops wrapped, ${counted} counted, ${plain} plain, ${behind} behind, ` +
    `${entry} entries`
  );
}

/** @param {Work} work */
function insertPins(work) {
  const { linked, kinds, plan } = work;
  // A runtime without this counter has no callbacks that libc keeps.
  if (!linked.exports.has('rt_link_pinned')) return '0';
  const pinned = globalOf(linked, 'rt_link_pinned');
  const { edits, count } = pinCalls(linked, kinds, plan.suspends, pinned);
  put(work, edits);
  return `${count}`;
}

/** @param {Work} work */
function insertCallbacks(work) {
  const { linked, kinds, plan } = work;
  const made = callbacks(linked, kinds, plan.suspends, {
    selfGlobal: plan.self,
    left: exportedFunction(linked, 'rt_callback_left'),
    pinned: linked.exports.has('rt_link_pinned') ? globalOf(linked, 'rt_link_pinned') : -1,
    guardOf: plan.guarded ? exportedFunction(linked, 'rt_guard_of') : -1,
  });
  put(work, made.edits);
  work.added.push(...made.functions);
  return `${made.count}`;
}

/** @param {Work} work */
function insertGuards(work) {
  const { linked, kinds, plan, rows, added } = work;
  if (!plan.guarded) return 'not needed';
  const first = linked.funcType.length + added.length;
  const made = guards(linked, kinds, plan.suspends, plan.guarded, {
    selfGlobal: plan.self,
    enter: exportedFunction(linked, 'rt_foreign_enter'),
    guardOf: exportedFunction(linked, 'rt_guard_of'),
    slots: added.filter(({ slot }) => slot).length,
    ...{ first, rows },
  });
  put(work, made.edits);
  added.push(...made.functions);
  made.functions.forEach((_, n) => plan.suspends.suspending.add(first + n));
  return `${made.functions.length}`;
}

/**
 * Facts about the module that the runtime asks for, and small corrections.
 * @param {Work} work
 */
function insertFacts(work) {
  const { linked, plan } = work;
  const told = [tellConstants(linked), tellShapes(linked)];
  const start = [freshMemory(linked), zeroFills(linked)];
  for (const edits of [...start, ...told, plan.placing, plan.promised]) put(work, edits);
  return '';
}

/**
 * V8 may give a worker a memory with an outdated size, if another thread grows it at that moment.
 * Then memory.init, the first thing a worker does, traps. Growing the memory by 0 pages updates the
 * size.
 * @type {(m: Module) => Edits}
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

/** @param {Work} work */
function borrowStack(work) {
  const { linked, kinds, plan, edits, added } = work;
  const first = linked.funcType.length + added.length;
  const { stackPointer } = plan;
  const large = borrows(linked, kinds, plan.suspends, { stackPointer, first, edits });
  work.copies.push(...large.copies);
  for (const [f, list] of large.edits) {
    edits.set(f, list);
    work.checked.delete(f); // the copy has its checks
  }
  return `${large.copies.length}`;
}

/**
 * Functions that call what may be suspended, and are declared never to be suspended. In another
 * function such a call would stand as that one's own (verify.js).
 * @param {Work['linked']} m
 * @param {Work['plan']} plan
 */
const vouching = (m, { isPlain, suspends: { suspending, top } }) =>
  m.bodies
    .filter(({ index }) => isPlain(index))
    .filter(({ instrs }) =>
      instrs.some(({ op, a }) => op === Op.call && (suspending.has(a) || top.has(a))),
    )
    .map(({ index }) => index);

/** @param {Work} work */
function edit(work) {
  const { linked, kinds, plan, rows, edits, added, copies } = work;
  const { isPlain, suspends: s } = plan;
  const apart = calledByProgram(linked, kinds);
  for (const f of plan.inlined.once) apart.delete(f);
  for (const f of vouching(linked, plan)) apart.add(f);
  const stays = (/** @type {number} */ f) => apart.has(f) || NEVER_INLINE.test(work.nameOf(f));
  const names = numberNames(linked, stays);
  const count = linked.funcType.length;
  const appended = [...added, ...copies].map((_, n) => count + n);
  for (const f of appended) names.set(f, `n${f}`);
  const drop = (/** @type {{ id: number, name: string }} */ section) =>
    section.id === 0 && section.name !== 'target_features';
  const hide = (/** @type {string} */ name) => name.startsWith(MARK) || PRIVATE.has(name);
  work.edited = rewrite(linked, { edits, rows, drop, names, hide, add: added, copies });
  work.names = names;
  work.uninstrumented = new Set([
    ...linked.bodies.map(({ index }) => index).filter(isPlain),
    ...appended.filter((f) => !s.suspending.has(f)),
  ]);
  const overflow = exportedFunction(linked, 'rt_stack_overflow');
  verifyChecks(readModule(work.edited.bytes), work.checked, overflow, work.nameOf);
  return `${work.edited.bytes.length} bytes`;
}

// Functions that are never inlined. Node 20's baseline compiler loses a local around an atomic
// wait, so os_wait contains nothing but the wait. No engine replaces a running frame by optimised
// code: what the scheduler's endless loop calls must have frames of its own.
const NEVER_INLINE = /^(rt_os_wait.*|rt_schedule|rt_execute|rt_rounds)$/;

/**
 * Functions of the program, and those it calls: they are not inlined. Binaryen's inlining leaves no
 * trace of the caller, so the frame would be missing where only the engine's own stack is known (a
 * trap, an abort). clang has inlined what is worth inlining, and has recorded it.
 * @type {(m: Module, kinds: Uint8Array) => Set<number>}
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
