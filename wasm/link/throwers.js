// @ts-check
// Whose code a throw passes through. A throw and a longjmp unwind to memory, so every function that
// can come to one must be goroutine code: also functions of foreign archives, and those of C++'s
// library. Code that cannot throw stays what it is.
//
// Two kinds of code stay foreign although they call back, and a callback must catch what it throws:
// functions of libc, but for those that sort and search; and functions that the program itself
// marked GO_FOREIGN, unless they throw by their own calls.
import { Foreign, isOutside, Library, marked, Runtime, System, User } from './kinds.js';
import { Op } from './opcodes.js';
import { typeKey } from './cycles.js';

/** The functions of wasm/cxa.c that leave their caller. */
const THROW = new Set([
  ...['__cxa_throw', '__cxa_rethrow', '__cxa_rethrow_primary_exception', '__resumeException'],
  ...['emscripten_longjmp', '_emscripten_throw_longjmp'],
]);

// wasm-ld writes demangled names: C++'s have colons or parentheses.
const PASSES = /::|\(|^(_Z|__cxa_|emscripten_longjmp$|(__)?qsort(_r)?$|bsearch$)/;

/** Static functions of libc's qsort. */
const SORTS = new Set(['sift', 'trinkle', 'wrapper_cmp']);

/**
 * Changes the kinds of functions that can throw.
 * @param {import('./reader.js').Module} m
 * @param {Uint8Array} kinds
 */
export function takeThrowers(m, kinds) {
  const { callers, byType } = callsOf(m);
  const nameOf = (/** @type {number} */ f) => m.names.get(f) ?? '';
  const passes = (/** @type {number} */ f) =>
    kinds[f] !== Runtime && (kinds[f] !== System || PASSES.test(nameOf(f)) || SORTS.has(nameOf(f)));
  const isMarked = marked(m, 'foreign');
  const work = m.bodies.map(({ index }) => index).filter((f) => THROW.has(nameOf(f)));
  const found = new Set(work);
  const types = new Set();
  for (let f = work.pop(); f !== undefined; f = work.pop()) {
    const by = [...(callers.get(f) ?? [])];
    const key = typeKey(m, m.funcType[f]);
    if (m.addressTaken.has(f) && !types.has(key)) {
      types.add(key);
      by.push(...(byType.get(key) ?? []).filter((caller) => !isMarked.has(caller)));
    }
    for (const caller of by) {
      if (found.has(caller) || !passes(caller)) continue;
      found.add(caller);
      work.push(caller);
    }
  }
  for (const f of found) if (isOutside(kinds[f])) kinds[f] = kinds[f] === Foreign ? User : Library;
}

/**
 * The callers of each function, and of each signature.
 * @param {import('./reader.js').Module} m
 */
function callsOf(m) {
  /** @type {Map<number, number[]>} */
  const callers = new Map();
  /** @type {Map<string, number[]>} */
  const byType = new Map();
  /** @type {<Key>(map: Map<Key, number[]>, key: Key, f: number) => void} */
  const add = (map, key, f) => {
    const list = map.get(key);
    if (list) list.push(f);
    else map.set(key, [f]);
  };
  for (const { index, instrs } of m.bodies)
    for (const { op, a } of instrs)
      if (op === Op.call) add(callers, a, index);
      else if (op === Op.call_indirect) add(byType, typeKey(m, a), index);
  return { callers, byType };
}
