// @ts-check
// Whose code each function is. wasm-ld keeps the order of the command line. Empty functions, linked
// as objects of their own, mark where the program's objects end, the foreign ones, and the
// runtime's.
import { insist } from './error.js';
import { Op } from './opcodes.js';
import { GLOBAL_NAMES, namesOf } from './sections.js';

export const User = 0;
export const Runtime = 1;
export const System = 2;
export const Foreign = 3;
/** Functions of the C library that are goroutine code if they can wait. */
export const Library = 4;

/** Is this code of the C library, or the compiler's? */
export const isSystem = (/** @type {number} */ kind) => kind === System || kind === Library;

/** Is code of this kind never instrumented, whatever it calls? */
export const isOutside = (/** @type {number} */ kind) => kind === Foreign || kind === System;

/** Does code of this kind get polls? */
export const isPolled = (/** @type {number} */ kind) => kind === User || kind === Foreign;

/**
 * The functions of the C library that wait for another thread by their meaning, and all of the C++
 * library, whose names are demangled. All others that wait (for the lock of a stream, say) do so in
 * place.
 */
const WAITS =
  /^(__|_)?((pthread|sem|mtx|cnd|thrd|tss)_\w+|private_cond_signal|(test)?cancel|call_once|(clock_)?(nano)?sleep|usleep)$|[:(]|^__cxa_/;

const MADE_UP = /^(__(wasm|emscripten)_|undefined_weak:)/;

/**
 * @param {import('./reader.js').Module} m
 * @returns {Uint8Array} kind by function index; imports are System
 */
export function kindsOf(m) {
  const at = (/** @type {string} */ name) => {
    const found = m.exports.get(name);
    insist(
      found && found.kind === 0,
      name,
      'not exported: link with the worldsema runtime (`worldsema build`, or the CMake function)',
    );
    return found.index;
  };
  const user = at('rt_mark_user_end');
  const foreign = at('rt_mark_foreign_end');
  const runtime = at('rt_mark_runtime_end');
  insist(
    user < foreign && foreign < runtime,
    'rt_mark_foreign_end',
    'is not between rt_mark_user_end and rt_mark_runtime_end: the objects are in the wrong order',
  );
  const kinds = new Uint8Array(m.funcType.length).fill(System);
  for (let f = m.nimports; f < runtime; f++)
    kinds[f] = f < user ? User : f < foreign ? Foreign : Runtime;
  kinds[user] = kinds[foreign] = kinds[runtime] = Runtime;
  for (const [f, name] of m.names)
    if (IN_MIDST.has(name) && kinds[f] === Runtime) kinds[f] = System;
  for (const f of marked(m, 'foreign')) if (kinds[f] === User) kinds[f] = Foreign;
  // Functions that wasm-ld makes come first, and belong to nobody.
  for (const { index } of m.bodies) {
    if (index >= user || !MADE_UP.test(m.names.get(index) ?? '')) break;
    kinds[index] = System;
  }
  // clang makes a main with arguments, which calls a main without them.
  for (const { index } of m.bodies)
    if (kinds[index] === User && m.names.get(index) === 'main' && has(m, '__original_main'))
      kinds[index] = Runtime;
  for (const f of calledForProgram(m, kinds))
    if (f > runtime && WAITS.test(m.names.get(f) ?? '')) kinds[f] = Library;
  return kinds;
}

/** They call the program in the midst of other code: interrupt.c, cleanup.c and main.c in wasm/. */
const IN_MIDST = new Set(['rt_signal_inplace', 'rt_handler_inplace', 'rt_locals_inplace']);

/** Functions of the runtime that call the C library for the program: wasm/thread.c. */
const FOR_PROGRAM = /^(__wrap_|rt_thread_)/;

/** What Emscripten's own threads consist of. */
const EMSCRIPTENS = /^_*emscripten_/;

/**
 * Functions that are called for the program, at any distance. What only Emscripten's threads or the
 * runtime's call need not be suspended, and would make every program larger.
 * @type {(m: import('./reader.js').Module, kinds: Uint8Array) => Set<number>}
 */
function calledForProgram(m, kinds) {
  const passes = (/** @type {number} */ f) => {
    const name = m.names.get(f) ?? '';
    return kinds[f] === Runtime ? FOR_PROGRAM.test(name) : !EMSCRIPTENS.test(name);
  };
  const found = new Set([...m.addressTaken].filter(passes));
  for (const { index } of m.bodies)
    if (kinds[index] === User || kinds[index] === Foreign) found.add(index);
  for (const f of found)
    for (const { op, a } of m.bodies[f - m.nimports]?.instrs ?? [])
      if (op === Op.call && passes(a)) found.add(a);
  return found;
}

/**
 * Functions of the C library that are not called for the program: Emscripten's own machinery, which
 * carries calls to the page's thread, and that thread waits for no goroutine.
 * @type {(m: import('./reader.js').Module, kinds: Uint8Array) => Set<number>}
 */
export function machineryOf(m, kinds) {
  const called = calledForProgram(m, kinds);
  return new Set(
    m.bodies.map(({ index }) => index).filter((f) => kinds[f] === System && !called.has(f)),
  );
}

/**
 * The functions that the program marked with an attribute of worldsema.h: 'foreign', 'nosuspend' or
 * 'nopoll'. An attribute is an export with a name of its own, which the link step removes.
 * @param {import('./reader.js').Module} m
 * @param {string} mark
 */
export function marked(m, mark) {
  const found = new Set();
  for (const [name, { kind, index }] of m.exports)
    if (kind === 0 && name.startsWith(`${MARK}${mark}_`)) found.add(index);
  return found;
}

export const MARK = 'worldsema_';

function has(/** @type {import('./reader.js').Module} */ m, /** @type {string} */ name) {
  for (const other of m.names.values()) if (other === name) return true;
  return false;
}

/**
 * The wasm global that an exported getter returns.
 * @param {import('./reader.js').Module} m
 * @param {string} getter
 */
export function globalOf(m, getter) {
  const found = m.exports.get(getter);
  insist(found && found.kind === 0, getter, 'not exported by the runtime');
  const body = m.bodies[found.index - m.nimports];
  const gets = body?.instrs.filter((i) => i.op === 0x23) ?? [];
  insist(gets.length === 1, getter, `reads ${gets.length} wasm globals where it should read one`);
  return gets[0].a;
}

/**
 * Index of an exported function.
 * @param {import('./reader.js').Module} m
 * @param {string} name
 */
export function exportedFunction(m, name) {
  const found = m.exports.get(name);
  insist(found && found.kind === 0, name, 'not exported by the runtime');
  return found.index;
}

/** No index of a function, nor the -1 of a function without a name of ours. */
export const NO_FUNCTION = -2;

/** Index of the function that marks landing sites (invoked.js). */
export const landedOf = (/** @type {import('./reader.js').Module} */ m) =>
  m.exports.get('rt_link_landed')?.index ?? NO_FUNCTION;

/** Index of the C stack pointer. */
export function stackPointerOf(/** @type {import('./reader.js').Module} */ m) {
  for (const getter of ['stackSave', 'emscripten_stack_get_current'])
    if (m.exports.get(getter)?.kind === 0) return globalOf(m, getter);
  const named = [...namesOf(m, GLOBAL_NAMES)].find(([, name]) => name === '__stack_pointer');
  insist(named, '__stack_pointer', 'not found: an unknown Emscripten');
  return named[0];
}
