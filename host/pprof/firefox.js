// @ts-check
// The processed profile format of the Firefox Profiler, version 60. Each figure is a thread; all
// threads share the same tables. The profiler's page converts files of that version to its own
// version.
// https://github.com/firefox-devtools/profiler/blob/main/docs-developer/CHANGELOG-formats.md

import { kindOf, mainColumn, sameTypes } from './kinds.js';
import { frameOf, Index, notA, profileOf, readJson, samplesOf } from './samples.js';

/** @typedef {import('../index.d.ts').Frame} Frame */
/** @typedef {import('./index.d.ts').AnyProfile} AnyProfile */

const processedVersion = 60;
const geckoVersion = 31;

/** The page's name for each unit of weight, and how many of our units make one of its units. */
const weights = /** @type {const} */ ({
  count: ['samples', 1],
  bytes: ['bytes', 1],
  nanoseconds: ['tracing-ms', 1e6],
});

/**
 * A profile for profiler.firefox.com, to be stored as JSON.
 * @param {AnyProfile} profile
 * @returns {object}
 */
export function toFirefoxProfile(profile) {
  const kind = kindOf(profile.kind);
  const tables = new Tables();
  const frame = (/** @type {Frame} */ { func, file, line }) => `${func}\t${file}\t${line}`;
  const samples = samplesOf(profile, { frame, labels: false });
  const stacks = samples.map(({ frames }) => tables.stack(frames));
  const threads = kind.columns.map(({ type, unit }, i) => {
    const [weightType, size] = weights[unit];
    const weight = samples.map(({ values }) => values[i] / size);
    return thread(type, { stack: stacks, weight, weightType });
  });
  const main = mainColumn(kind);
  return {
    meta: { ...meta(profile), initialSelectedThreads: [main], initialVisibleThreads: [main] },
    libs: [],
    shared: tables.shared(),
    threads,
  };
}

/** @param {AnyProfile} profile */
const meta = ({ kind, timeMs = Date.now(), program }) => ({
  interval: 1,
  startTime: timeMs,
  processType: 0,
  categories: [{ name: 'Other', color: 'grey', subcategories: ['Other'] }],
  product: program?.name ?? 'worldsema',
  importedFrom: `worldsema ${kind}`,
  stackwalk: 0,
  version: geckoVersion,
  preprocessedProfileVersion: processedVersion,
  symbolicated: true,
  usesOnlyOneStackType: true,
  sourceCodeIsNotOnSearchfox: true,
  markerSchema: [],
});

/**
 * @param {string} name
 * @param {{ stack: (number | null)[], weight: number[], weightType: string }} samples
 */
function thread(name, samples) {
  const { length } = samples.stack;
  const time = samples.stack.map((_, i) => i);
  return {
    ...{ name, processType: 'default', processStartupTime: 0, processShutdownTime: null },
    ...{ registerTime: 0, unregisterTime: null, pausedRanges: [], isMainThread: true },
    ...{ pid: '0', tid: name },
    samples: { ...samples, time, length },
    markers: { ...columns('data', 'name', 'startTime', 'endTime', 'phase', 'category'), length: 0 },
  };
}

/** The columns of an empty table. @param {string[]} names */
const columns = (...names) => Object.fromEntries(names.map((name) => [name, []]));

/**
 * The tables that the threads share. Their rows are numbered. A stack is a frame on top of another
 * stack.
 */
class Tables {
  /** @type {Index<string>} */ #strings = new Index();
  /** @type {Index<{ uuid: null, filename: number }>} */ #sources = new Index();
  /** @type {Index<{ name: number, source: number | null }>} */ #funcs = new Index();
  /** @type {Index<{ func: number, line: number | null }>} */ #frames = new Index();
  /** @type {Index<{ frame: number, prefix: number | null }>} */ #stacks = new Index();

  /**
   * @param {Frame[]} frames innermost first
   * @returns {number | null}
   */
  stack(frames) {
    return frames.reduceRight((/** @type {number | null} */ prefix, one) => {
      const frame = this.#frame(one);
      return this.#stacks.of(`${prefix} ${frame}`, () => ({ frame, prefix }));
    }, null);
  }

  /** @param {Frame} frame */
  #frame({ func: name, file, line }) {
    const source =
      file === ''
        ? null
        : this.#sources.of(file, () => ({ uuid: null, filename: this.#string(file) }));
    const func = this.#funcs.of(`${name}\t${file}`, () => ({ name: this.#string(name), source }));
    return this.#frames.of(`${func} ${line}`, () => ({ func, line: line || null }));
  }

  /** @param {string} text */
  #string(text) {
    return this.#strings.of(text, () => text);
  }

  shared() {
    return {
      stackTable: table(this.#stacks.list, ['frame', 'prefix']),
      frameTable: table(this.#frames.list, ['func', 'line'], {
        ...{ address: -1, inlineDepth: 0, category: 0, subcategory: 0 },
        ...{ nativeSymbol: null, innerWindowID: null, column: null },
      }),
      funcTable: table(this.#funcs.list, ['name', 'source'], {
        ...{
          isJS: false,
          relevantForJS: false,
          resource: -1,
          lineNumber: null,
          columnNumber: null,
        },
      }),
      resourceTable: { ...columns('lib', 'name', 'host', 'type'), length: 0 },
      nativeSymbols: { ...columns('libIndex', 'address', 'name', 'functionSize'), length: 0 },
      sources: table(this.#sources.list, ['uuid', 'filename']),
      stringArray: this.#strings.list,
    };
  }
}

/**
 * Turns rows into columns.
 * @param {Record<string, any>[]} rows
 * @param {string[]} names the names of the columns that differ between rows
 * @param {Record<string, unknown>} [same] the other columns, with their value
 */
function table(rows, names, same = {}) {
  const differing = names.map((name) => [name, rows.map((row) => row[name])]);
  const constant = Object.entries(same).map(([name, value]) => [name, rows.map(() => value)]);
  return { ...Object.fromEntries([...differing, ...constant]), length: rows.length };
}

/**
 * Reads such a file, if toFirefoxProfile wrote it. What is not in the file becomes 0 or ''.
 * @param {string | object} file its text, or what JSON.parse made of it
 * @returns {AnyProfile}
 */
export function fromFirefoxProfile(file) {
  const read = /** @type {any} */ (readJson(file, 'Firefox profile'));
  const kindName = /^worldsema (.+)$/.exec(read?.meta?.importedFrom)?.[1];
  if (kindName === undefined || read.meta.preprocessedProfileVersion !== processedVersion) {
    throw notA('Firefox profile of ours', 'worldsema is not in its meta data');
  }
  const kind = kindOf(kindName);
  const { threads, shared } = read;
  if (!Array.isArray(threads) || !shared?.stackTable) {
    throw notA('Firefox profile', 'it has no threads over shared tables');
  }
  const names = threads.map((/** @type {any} */ { name }) => name);
  if (!sameTypes(kindName, names)) {
    throw notA('Firefox profile of ours', `${kindName} does not count ${names.join(', ')}`);
  }
  const samples = threads[0].samples.stack.map(
    (/** @type {number | null} */ stack, /** @type {number} */ i) => ({
      frames: stackFrames(shared, stack),
      label: '',
      values: kind.columns.map(({ unit }, c) =>
        Math.round(threads[c].samples.weight[i] * weights[unit][1]),
      ),
    }),
  );
  const { startTime: timeMs, product } = read.meta;
  const program = product === 'worldsema' ? {} : { program: { name: product, buildId: '' } };
  return profileOf(kindName, samples, { timeMs, ...program });
}

/**
 * @param {any} shared
 * @param {number | null} stack
 * @returns {Frame[]} innermost first
 */
function stackFrames({ stackTable, frameTable, funcTable, sources, stringArray }, stack) {
  const frames = [];
  for (let at = stack; at !== null; at = stackTable.prefix[at]) {
    const frame = stackTable.frame[/** @type {number} */ (at)];
    const func = frameTable.func[frame];
    const source = funcTable.source[func];
    frames.push(
      frameOf({
        func: stringArray[funcTable.name[func]],
        file: source === null ? '' : stringArray[sources.filename[source]],
        line: frameTable.line[frame] ?? 0,
      }),
    );
  }
  return frames;
}
