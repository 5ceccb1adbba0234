// @ts-check
// The source map of the module that runs, for debuggers (`build -g`). Unlike the section
// "worldsema", which knows calls and traps, it has a line for each instruction of the program.
//
// Debuggers set a breakpoint at the first instruction of every range of a line, and step until the
// line changes. So code that the link step has added within a line, such as polls and the question
// whether to leave after a call, belongs to that line and begins no range. Code that only takes a
// frame up or puts it away, and code without lines, belongs to a source of its own (HIDDEN), which
// debuggers are told to ignore.
import { encode } from '@jridgewell/sourcemap-codec';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { asyncifyGlobals } from './frames.js';
import { rawIndex } from './binaryen.js';
import { globalOf, Runtime, isSystem } from './kinds.js';
import { HOME_OFFSET } from './machine.js';
import { nameBytes, Op } from './opcodes.js';
import { customSection } from './sections.js';
import { ROOT } from './sources.js';
import { isResumed } from './twins.js';

/**
 * @typedef {import('./reader.js').Instr} Instr
 * @typedef {import('./passes.js').Work} Work
 * @typedef {{ at: number, loc: number }} Range  from this offset on, instructions have a location
 * @typedef {{ data: number, self: number }} Globals
 */

/** The location of code that debuggers pass over. */
const HIDDEN = -1;
const HIDDEN_NAME = 'worldsema/generated';
const HIDDEN_TEXT = `This code has no lines. It is libc, or the link step has added it: it puts
away the frame of a goroutine that begins to wait, or takes one up that goes on. Resume the
program: it stops at the next breakpoint, on whichever worker goes on with the goroutine.
`;

/** The folders of the runtime. */
const OURS = ['runtime', 'wasm'];

/** @type {Set<number>} where V8 sets no breakpoint: it takes the next instruction */
const UNBREAKABLE = new Set([Op.block, Op.loop, Op.else, Op.try, Op.try_table, Op.catch]);

/** The file of the map beside a module. */
export const mapName = (/** @type {string} */ wasm) => `${wasm}.map`;

/**
 * Makes the map, and lets the module name it.
 * @param {Work} work
 */
export function mapSources(work) {
  const { options, files } = work;
  if (!options.sourceMap) return 'not wanted';
  const ranges = rangesOf(work);
  const sources = new Sources(work.locations.list, files, options);
  const line = ranges.map(({ at, loc }) => sources.segment(at, loc));
  work.map = JSON.stringify({
    ...{ version: 3, file: path.basename(options.out), ...sources.fields(), names: [] },
    mappings: encode([line]),
  });
  const url = nameBytes(encodeURIComponent(path.basename(mapName(options.out))));
  const section = customSection('sourceMappingURL', Uint8Array.from(url));
  work.final = Buffer.concat([work.final, section]);
  return `${ranges.length} ranges`;
}

/** @returns {Range[]} of all bodies; 0 between them */
function rangesOf(/** @type {Work} */ { labelled, optimised, locations, decl }) {
  const { m, rows } = labelled;
  const globals = { data: asyncifyGlobals(m).data, self: globalOf(optimised.m, 'rt_link_self_m') };
  /** @type {Range[]} */
  const all = [];
  let next = 0;
  let loc = 0;
  for (const body of m.bodies) {
    const locs = body.instrs.map(({ at }) => {
      for (; next < rows.length && rows[next].at <= at; next++) loc = rows[next].loc;
      return locations.isAdded(loc) ? 0 : loc;
    });
    hide(body.instrs, locs, globals);
    const name = optimised.m.names.get(body.index);
    const own = decl.get(rawIndex(name)) ?? HIDDEN;
    const entry = isResumed(name) ? HIDDEN : own;
    all.push({ at: body.start, loc: 0 }, ...rangesIn(body.instrs, locs, entry, own));
  }
  return all;
}

/**
 * Marks the code that takes up a frame, or puts it away.
 * @type {(instrs: Instr[], locs: number[], globals: Globals) => void}
 */
function hide(instrs, locs, { data, self }) {
  let begin = 0; // of code without location that nothing before it falls into
  instrs.forEach((i, n) => {
    const leaves = i.op === Op.br || i.op === Op.return || i.op === Op.unreachable;
    if (locs[n] > 0 || leaves) begin = n + 1;
    const next = instrs[n + 1];
    const isHome = i.a === self && next?.op === Op.i32_load && next.b === HOME_OFFSET;
    if (i.op !== Op.global_get || locs[n] > 0 || (i.a !== data && !isHome)) return;
    for (let k = begin; k < instrs.length && locs[k] === 0; k++) locs[k] = HIDDEN;
  });
}

/**
 * The ranges of a function. The first instruction has the line of the function itself. Instructions
 * without a location have that of those before them; so has the check of the stack.
 * @param {Instr[]} instrs
 * @param {number[]} locs
 * @param {number} entry  the location of the first instruction
 * @param {number} own    the location of the function: the check has it
 */
function rangesIn(instrs, locs, entry, own) {
  /** @type {Range[]} */
  const ranges = [];
  let loc = entry;
  instrs.forEach(({ op, at }, n) => {
    if (locs[n] !== 0 && locs[n] !== own) loc = locs[n];
    if (UNBREAKABLE.has(op)) return;
    if (ranges.length === 0) ranges.push({ at, loc: entry });
    else if (loc !== ranges[ranges.length - 1].loc) ranges.push({ at, loc });
  });
  return ranges;
}

/** The sources of a map, in the order of their first use. */
class Sources {
  #locations;
  #files;
  #options;
  /** @type {{ name: string, text: string | null, ignored: boolean }[]} */
  #list = [];
  /** @type {Map<string, number>} */
  #numbers = new Map();

  /**
   * @param {import('./locations.js').Loc[]} locations
   * @param {Map<string, string>} files  as the compiler knew them, by their names in `locations`
   * @param {import('./link.js').LinkOptions} options
   */
  constructor(locations, files, options) {
    this.#locations = locations;
    this.#files = files;
    this.#options = options;
  }

  /** @returns {[number] | [number, number, number, number]} */
  segment(/** @type {number} */ at, /** @type {number} */ loc) {
    if (loc === 0) return [at];
    const { file, line, kind } = this.#locations[Math.max(loc, 0)];
    const known = file !== '' && line > 0;
    return [at, this.#number(known ? file : '', kind), known ? line - 1 : 0, 0];
  }

  fields() {
    const ignoreList = this.#list.flatMap(({ ignored }, n) => (ignored ? [n] : []));
    return {
      sources: this.#list.map(({ name }) => name),
      sourcesContent: this.#list.map(({ text }) => text),
      ignoreList,
      x_google_ignoreList: ignoreList, // its name before it was in the standard
    };
  }

  #number(/** @type {string} */ file, /** @type {number} */ kind) {
    let number = this.#numbers.get(file);
    if (number === undefined) {
      const source = file
        ? this.#find(file, kind === Runtime || isSystem(kind))
        : { name: HIDDEN_NAME, text: HIDDEN_TEXT, ignored: true };
      number = this.#list.push(source) - 1;
      this.#numbers.set(file, number);
    }
    return number;
  }

  /**
   * Its name is the way from the map to the file, if there is such a file here.
   * @param {string} file
   * @param {boolean} ignored  headers of the runtime are ignored in any case
   */
  #find(file, ignored) {
    const { out, sourceRoot = '.' } = this.#options;
    const full = (this.#files.get(file) ?? file).replace(/^\/worldsema\//, `${ROOT}/`);
    const found = path.resolve(sourceRoot, full);
    if (!existsSync(found)) return { name: toUrl(file.replace(/^\//, '')), text: null, ignored };
    const name = toUrl(path.relative(path.dirname(path.resolve(out)), found));
    const ours = OURS.some((folder) => found.startsWith(path.join(ROOT, folder, path.sep)));
    return { name, text: readFileSync(found, 'utf8'), ignored: ignored || ours };
  }
}

/** A file's name as a URL: relative, if it is. */
const toUrl = (/** @type {string} */ file) =>
  file
    .split(path.sep)
    .map(encodeURIComponent)
    .join('/')
    .replace(/^([a-z])%3A\//i, 'file:///$1:/');
