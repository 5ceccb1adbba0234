// @ts-check
// Where each call and each instruction that may trap comes from: function, file, line and, if the
// compiler inlined, the chain of callers. llvm-symbolizer reads the DWARF of the raw module.
//
// A location is a number: an index into a list of `{ func, file, line, parent, kind }`. `parent` is
// the location of the call that was inlined. Number 0 means "unknown".
import path from 'node:path';
import { isPolled, Runtime, isSystem, User } from './kinds.js';
import { isCall, mayTrap, Op } from './opcodes.js';
import { run } from './tools.js';

/**
 * @typedef {{ func: string, file: string, line: number, parent: number, kind: number }} Loc
 * @typedef {import('./editor.js').Row} Row
 */

/** The list of locations; each has one number. */
export class Locations {
  /** @type {Loc[]} */
  list = [{ func: '', file: '', line: 0, parent: 0, kind: 0 }];
  /** @type {Map<string, number>} */
  #known = new Map();
  /** @type {Map<number, number>} */
  #added = new Map();
  #isAdded = new Set();

  /** @returns {number} */
  add(/** @type {Loc} */ loc) {
    const key = `${loc.kind}|${loc.parent}|${loc.line}|${loc.func}|${loc.file}`;
    let id = this.#known.get(key);
    if (id === undefined) {
      id = this.list.push(loc) - 1;
      this.#known.set(key, id);
    }
    return id;
  }

  /** The same place, for code that the link step adds there. Breakpoints of the line skip it. */
  added(/** @type {number} */ id) {
    let other = id === 0 ? 0 : this.#added.get(id);
    if (other === undefined) {
      other = this.list.push({ ...this.list[id] }) - 1;
      this.#added.set(id, other);
      this.#isAdded.add(other);
    }
    return other;
  }

  isAdded(/** @type {number} */ id) {
    return this.#isAdded.has(id);
  }
}

/**
 * A demangled name, without its parameters, what follows them, and the return type of a template:
 * `int a::B<C>::f<int>(int (*)()) const` becomes `a::B<C>::f<int>`.
 */
export function shortName(/** @type {string} */ name) {
  return withoutType(withoutParameters(name));
}

function withoutParameters(/** @type {string} */ name) {
  const end = name.lastIndexOf(')');
  if (end < 0 || /[>:]/.test(name.slice(end))) return name; // there are no parameters
  let depth = 0;
  for (let at = end; at > 0; at--) {
    if (name[at] === ')') depth++;
    else if (name[at] === '(' && --depth === 0) {
      const short = name.slice(0, at);
      // `a::(anonymous namespace)::f` and `operator()` have no parameters here.
      return /(^|::)(operator)?$/.test(short) ? name : short;
    }
  }
  return name;
}

/**
 * Removes the type: all up to the last space outside of brackets, before the name of an operator.
 */
function withoutType(/** @type {string} */ name) {
  const operator = /(^|::| )operator\b/.exec(name);
  const end = operator ? operator.index + operator[1].length : name.length;
  let depth = 0;
  let start = 0;
  for (let at = 0; at < end; at++) {
    if ('<([{'.includes(name[at])) depth++;
    else if ('>)]}'.includes(name[at])) depth--;
    else if (name[at] === ' ' && depth === 0) start = at + 1;
  }
  return name.slice(start);
}

/** The names that main has in a module. */
const MAIN = /^(__original_main|__main_void|__main_argc_argv)$/;

const CHUNK = 100_000;

/** The compiler's own: a noexcept function that an exception meets calls it. */
const MADE = '__clang_call_terminate';

/**
 * @param {import('./reader.js').Module} m
 * @param {Uint8Array} kinds
 * @param {{ file: string, symbolizer: string, sourceRoot: string, all?: boolean }} how  `file`
 *   holds the module; `all`: each instruction of the program gets its line
 * @returns {{ locations: Locations, rows: Row[], decl: Map<number, number>, files: Map<string,
 *   string> }}  rows: by offset; decl: the location of each function's declaration; files: their
 *   names in DWARF, by those in the locations
 */
export function locate(m, kinds, { file, symbolizer, sourceRoot, all = false }) {
  const asked = asksFor(m, (f) => all && isPolled(kinds[f]));
  const answers = symbolize(asked, m.codePayload, file, symbolizer);
  const runtimeFiles = filesOfRuntime(m, kinds, asked, answers);
  const locations = new Locations();
  const { files, shorten } = fileShortener(sourceRoot);
  /** @type {Row[]} */
  const rows = [];
  /** @type {Map<number, number>} */
  const decl = new Map();
  /** @type {Map<string, number>} */
  const seen = new Map(); // by kind, function and chain
  let n = 0;
  for (const body of m.bodies) {
    const isMade = m.names.get(body.index) === MADE;
    const kind = isMade ? Runtime : kinds[body.index];
    const kindOf = (/** @type {string} */ of) =>
      kind === User && runtimeFiles.has(of) ? Runtime : kind;
    const own = shortName(m.names.get(body.index) ?? `function ${body.index}`);
    const name = MAIN.test(own) ? 'main' : own;
    const start = locations.add(declared(answers[n].at(-1), name, kind, shorten));
    decl.set(body.index, start);
    let loc = start;
    rows.push({ at: body.code, loc });
    for (; n < asked.length && asked[n] < body.end; n++) {
      const chain = answers[n];
      if (chain.length === 0 || chain[0].line === 0) continue; // as before
      const key = `${kind}|${own}|${chain[0].key}`;
      let id = seen.get(key);
      if (id === undefined) {
        id = 0;
        for (const { func, file, line } of chain.toReversed()) {
          const where = { file: shorten(file, kind), line, parent: id, kind: kindOf(file) };
          id = locations.add({ func: id ? func : name, ...where });
        }
        seen.set(key, id);
      }
      if (id !== loc) rows.push({ at: asked[n], loc: (loc = id) });
    }
  }
  return { locations, rows, decl, files };
}

/**
 * Offsets at which an engine may stop, or a poll may be inserted. The first of each body is its
 * start.
 * @param {import('./reader.js').Module} m
 * @param {(index: number) => boolean} wholly  is each instruction of this function wanted?
 */
function asksFor(m, wholly) {
  const asks = (/** @type {number} */ op) =>
    isCall(op) || mayTrap(op) || op === Op.br || op === Op.br_if;
  return m.bodies.flatMap(({ index, code, instrs }) => {
    const all = wholly(index);
    return [
      code,
      ...instrs.filter(({ op, at }) => at !== code && (all || asks(op))).map(({ at }) => at),
    ];
  });
}

/**
 * Where a function is declared.
 * @type {(frame: Frame | undefined, func: string, kind: number, shorten: ReturnType<typeof
 *   fileShortener>['shorten']) => Loc}
 */
const declared = (frame, func, kind, shorten) => ({
  ...{ func, file: shorten(frame?.declFile || frame?.file || '', kind) },
  ...{ line: frame?.declLine ?? 0, parent: 0, kind },
});

/**
 * @typedef {{ func: string, file: string, line: number, declFile: string, declLine: number,
 *   key: string }} Frame  innermost first; `key` is the symbolizer's own text of the chain
 */

/** @returns {Frame[][]} one chain for each address, in their order */
function symbolize(
  /** @type {number[]} */ addresses,
  /** @type {number} */ base,
  /** @type {string} */ file,
  /** @type {string} */ tool,
) {
  /** @type {Frame[][]} */
  const out = [];
  /** @type {Map<string, Frame[]>} */
  const known = new Map();
  for (let i = 0; i < addresses.length; i += CHUNK) {
    const part = addresses.slice(i, i + CHUNK);
    // Names of inlined functions are taken from the answer. The name of the function itself is not:
    // newer versions look it up in a symbol table that mixes the addresses of code and data.
    const how = ['--inlines', '--functions=linkage', '--output-style=JSON', `--obj=${file}`];
    const text = run('locations', [tool, ...how], {
      input: part.map((a) => `0x${(a - base).toString(16)}\n`).join(''),
    });
    let got = 0;
    for (const line of text.split('\n')) {
      const at = line.indexOf('"Symbol":');
      if (at < 0) {
        if (line.startsWith('{')) (out.push([]), got++); // an answer without a symbol
        continue;
      }
      const key = line.slice(at);
      let chain = known.get(key);
      if (!chain) {
        chain = JSON.parse(`{${key}`)
          .Symbol.map((/** @type {any} */ s) => ({
            func: shortName(s.FunctionName ?? ''),
            file: s.FileName ? path.normalize(s.FileName) : '',
            line: s.Line ?? 0,
            declFile: s.StartFileName ? path.normalize(s.StartFileName) : '',
            declLine: s.StartLine ?? 0,
            key,
          }))
          .filter((/** @type {Frame} */ f) => f.func || f.file);
        known.set(key, /** @type {Frame[]} */ (chain));
      }
      out.push(/** @type {Frame[]} */ (chain));
      got++;
    }
    if (got !== part.length) {
      const what = `llvm-symbolizer answered ${got} of ${part.length} addresses`;
      throw new Error(`${what}: ${text.slice(0, 200)}`);
    }
  }
  return out;
}

/** Files of the runtime: functions in its headers may be inlined into the program. */
function filesOfRuntime(
  /** @type {import('./reader.js').Module} */ m,
  /** @type {Uint8Array} */ kinds,
  /** @type {number[]} */ asked,
  /** @type {Frame[][]} */ answers,
) {
  const mine = new Set();
  const theirs = new Set();
  let n = 0;
  for (const body of m.bodies)
    for (; n < asked.length && asked[n] < body.end; n++) {
      if (kinds[body.index] === Runtime) for (const f of answers[n]) mine.add(f.file);
      // The outermost frame is the function itself, so its file is of its own kind.
      else if (kinds[body.index] === User) theirs.add(answers[n].at(-1)?.file);
    }
  for (const file of theirs) mine.delete(file);
  return mine;
}

/** File names as the table has them: relative to the source root if they are inside it. */
function fileShortener(/** @type {string} */ sourceRoot) {
  const root = path.resolve(sourceRoot);
  /** @type {Map<string, string>} */
  const known = new Map();
  /** @type {Map<string, string>} */
  const files = new Map();
  const shorten = (/** @type {string} */ file, /** @type {number} */ kind) => {
    let short = known.get(file);
    if (short === undefined) {
      short = file;
      const inside = path.relative(root, file);
      if (path.isAbsolute(file) && inside && !inside.startsWith('..') && !path.isAbsolute(inside))
        short = inside;
      if (short.startsWith('/worldsema/')) short = short.slice(1); // see compile.js
      // libc's files have the path of the machine that built it
      const system = isSystem(kind) ? short.lastIndexOf('/system/lib/') : -1;
      if (system >= 0) short = short.slice(system + 1);
      known.set(file, short);
      files.set(short, file);
    }
    return short;
  };
  return { files, shorten };
}
