// @ts-check
// Writes dumps as text, in the words and the form of Go's tracebacks, and reads such text.

import { sharedFrames } from './dump.js';

/** @typedef {import('./symbols.js').Frame} Frame */
/** @typedef {import('./dump.js').Goroutine} Goroutine */

const minuteMs = 60_000;
/** The suffix after the reason, as Go 1.26 writes it. */
const leakedMark = ' (leaked)';
/** For a stack of which the engine gave not all frames, or not all lines. */
const partialMark = 'partly known';
/** The middle of a stack with more frames is left out. */
const maxCalls = 100;

/**
 * The text of a dump: one paragraph for each goroutine.
 * @param {Goroutine[]} goroutines
 * @param {{ runtime?: boolean, system?: boolean }} [show] whether to show the frames of the runtime
 *   and libc, and service goroutines
 */
export function formatDump(goroutines, { runtime = false, system = false } = {}) {
  /** @type {Map<Frame[], string[]>} cached, since many goroutines share a stack */
  const known = new Map();
  const linesOf = (/** @type {Frame[]} */ own) => {
    const frames = sharedFrames(own);
    const lines = known.get(frames) ?? formatFrames(frames, runtime);
    known.set(frames, lines);
    return lines;
  };
  return goroutines
    .filter((goroutine) => system || !goroutine.system)
    .map((goroutine) => formatGoroutine(goroutine, linesOf))
    .join('\n');
}

/**
 * @param {Goroutine} goroutine
 * @param {(frames: Frame[]) => string[]} linesOf
 */
function formatGoroutine(goroutine, linesOf) {
  const { id, state, reason, waitMs, locked, inPlace, leaked, thread } = goroutine;
  const { label, partial, frames, createdBy } = goroutine;
  const minutes = Math.floor(waitMs / minuteMs);
  const status = [
    (reason || state) + (leaked ? leakedMark : ''),
    ...(minutes >= 1 ? [`${minutes} minutes`] : []),
    ...(locked ? ['locked to thread'] : []),
    ...(inPlace && state !== 'running' ? [`on worker ${thread}`] : []),
    ...(partial ? [partialMark] : []),
    ...(label === '' ? [] : [`label: ${quote(label)}`]),
  ];
  const lines = [`goroutine ${id} [${status.join(', ')}]:`, ...linesOf(frames)];
  if (createdBy) {
    const parent = createdBy.goroutine > 0 ? ` in goroutine ${createdBy.goroutine}` : '';
    lines.push(`created by ${createdBy.func}${parent}`, `\t${createdBy.file}:${createdBy.line}`);
  }
  return `${lines.join('\n')}\n`;
}

/**
 * The fifty innermost and the fifty outermost calls of a long stack.
 * @param {Frame[]} frames
 * @param {boolean} runtime
 */
function formatFrames(frames, runtime) {
  const calls = frames.filter(({ inlined }) => !inlined).length;
  /** @type {string[]} */
  const lines = [];
  let before = 0; // calls further in
  for (const { func, file, line, offset, inlined, kind } of frames) {
    const elided = calls > maxCalls && before >= maxCalls / 2 && before < calls - maxCalls / 2;
    if (elided && before === maxCalls / 2 && !inlined) {
      lines.push(`...${calls - maxCalls} frames elided...`);
    }
    if (!inlined) before++;
    if (elided || (kind !== 'user' && kind !== 'foreign' && !runtime)) continue;
    const past = offset > 0 ? ` +0x${offset.toString(16)}` : '';
    lines.push(`${func || '?'}(...)`, `\t${file || '?'}:${line}${past}`);
  }
  return lines;
}

// Lines may be megabytes of anything. On such a line a regular expression with a loop can overflow
// the engine's stack, so these look for the few characters that matter.

/** The function of a line `f(...)`; undefined for other lines. @param {string} line */
function calledIn(line) {
  const open = line.lastIndexOf('(');
  return open > 0 && line.indexOf(')', open) === line.length - 1 ? line.slice(0, open) : undefined;
}

/** The parts of a line `\tfile:12 +0x34`; undefined for other lines. @param {string} line */
function placeIn(line) {
  if (!line.startsWith('\t')) return undefined;
  for (let at = line.lastIndexOf(':'); at > 0; at = line.lastIndexOf(':', at - 1)) {
    const end = /^:(\d+)(?: \+0x([0-9a-f]+))?/.exec(line.slice(at, at + 40));
    if (end) return { path: line.slice(1, at), number: end[1], offset: end[2] };
  }
  return undefined;
}

/** Who made a goroutine, by a line `created by f in goroutine 1`. @param {string} line */
function creatorIn(line) {
  if (!line.startsWith(createdBy) || line === createdBy) return undefined;
  const at = line.lastIndexOf(inGoroutine);
  const parent = at > createdBy.length ? line.slice(at + inGoroutine.length) : '';
  if (!/^\d{1,20}$/.test(parent)) return { func: line.slice(createdBy.length), goroutine: 0 };
  return { func: line.slice(createdBy.length, at), goroutine: Number(parent) };
}

const createdBy = 'created by ';
const inGoroutine = ' in goroutine ';
const stateWords = ['idle', 'runnable', 'running', 'syscall', 'waiting', 'dead'];

/** @type {Record<string, string>} */
const letters = { '"': '"', '\\': '\\', '\n': 'n', '\r': 'r', '\t': 't' };

/** Quotes as Go's %q and rt_printquoted do. @param {string} text */
function quote(text) {
  // eslint-disable-next-line no-control-regex -- this function escapes control characters
  const escaped = text.replace(/["\\\x00-\x1f\x7f]/g, (char) => {
    const code = char.charCodeAt(0).toString(16).padStart(2, '0');
    return `\\${letters[char] ?? `x${code}`}`;
  });
  return `"${escaped}"`;
}

/** @param {string} text without the quotes */
const unquote = (text) =>
  text.replace(/\\(?:x([0-9a-f]{2})|(.))/g, (_, code, letter) => {
    if (code !== undefined) return String.fromCharCode(parseInt(code, 16));
    return Object.keys(letters).find((char) => letters[char] === letter) ?? letter;
  });

/**
 * The parts of a header line, or undefined for any other line. Takes time linear in the line's
 * length.
 * @param {string} line
 * @returns {{ id: string, parts: string[] } | undefined}
 */
function splitHeader(line) {
  const id = /^goroutine (\d+) /.exec(line)?.[1];
  const open = line.indexOf('[');
  if (id === undefined || open < 0 || line[open - 1] !== ' ') return undefined;
  const labels = line.endsWith('}:') ? line.indexOf('] {') : -1; // Go's
  const close = labels >= 0 ? labels : line.endsWith(']:') ? line.length - 2 : -1;
  return close > open ? { id, parts: splitStatus(line.slice(open + 1, close)) } : undefined;
}

/**
 * Splits at each comma that is not inside the quotes of a label.
 * @param {string} status
 */
function splitStatus(status) {
  const parts = [];
  const nextLabel = (/** @type {number} */ from) => {
    const at = status.indexOf('label: "', from);
    return at < 0 ? status.length : at;
  };
  let from = 0;
  let label = nextLabel(0);
  for (let at = 0; ;) {
    const comma = status.indexOf(', ', at);
    if (comma < 0) break;
    if (label < comma) {
      at = endOfQuote(status, label + 'label: "'.length);
      label = nextLabel(at);
    } else {
      parts.push(status.slice(from, comma));
      at = from = comma + 2;
    }
  }
  return [...parts, status.slice(from)];
}

/** Behind the quote that ends what begins at a place. @param {string} text @param {number} at */
function endOfQuote(text, at) {
  for (; at < text.length && text[at] !== '"'; at++) if (text[at] === '\\') at++;
  return at + 1;
}

/**
 * Reads the text of a dump, ours or Go's. Lines that are not part of a dump (the text of a panic, a
 * truncated end) are skipped. What is not in the text becomes 0, '' or null.
 * @param {string} text
 * @returns {Goroutine[]}
 */
export function parseDump(text) {
  /** @type {Goroutine[]} */
  const goroutines = [];
  if (typeof text !== 'string')
    throw new TypeError(`parseDump: expected the text of a dump, got ${typeof text}`);
  const lines = text.split(/\r?\n/); // Windows' lines, too
  /** @type {Goroutine | undefined} */
  let current;
  for (let i = 0; i < lines.length; i++) {
    const head = splitHeader(lines[i]);
    if (head) {
      current = parseHeader(head);
      goroutines.push(current);
      continue;
    }
    if (lines[i] === '') current = undefined;
    const where = current && placeIn(lines[i + 1] ?? '');
    if (!current || !where || lines[i].startsWith('\t')) continue;
    parseCall(current, lines[i], where);
    i++;
  }
  return goroutines;
}

/**
 * @param {{ id: string, parts: string[] }} head
 * @returns {Goroutine}
 */
function parseHeader({ id, parts: [begin, ...rest] }) {
  const leaked = begin.endsWith(leakedMark);
  const first = leaked ? begin.slice(0, -leakedMark.length) : begin;
  const minutes = rest
    .map((word) => /^(\d+) minutes$/.exec(word)?.[1])
    .find((n) => n !== undefined);
  const worker = /^on worker (\d+)$/m.exec(rest.join('\n'))?.[1];
  const plain = stateWords.includes(first);
  return {
    id: Number(id),
    state: plain ? first : 'waiting',
    reason: plain ? '' : first,
    waitMs: Number(minutes ?? 0) * minuteMs,
    locked: rest.includes('locked to thread'),
    inPlace: worker !== undefined,
    system: false,
    partial: rest.includes(partialMark),
    leaked,
    thread: worker === undefined ? null : Number(worker),
    label: readLabel(rest),
    createdBy: null,
    frames: [],
  };
}

/** The label is the last part. In older dumps it has no quotes. @param {string[]} parts */
function readLabel(parts) {
  const at = parts.findIndex((part) => part.startsWith('label: '));
  if (at < 0) return '';
  const label = parts.slice(at).join(', ').slice('label: '.length);
  const quoted = label.length > 1 && label.startsWith('"') && label.endsWith('"');
  return quoted ? unquote(label.slice(1, -1)) : label;
}

/**
 * @param {Goroutine} goroutine
 * @param {string} line
 * @param {{ path: string, number: string, offset: string | undefined }} where
 */
function parseCall(goroutine, line, { path, number, offset }) {
  const file = path === '?' ? '' : path;
  const made = creatorIn(line);
  if (made) {
    goroutine.createdBy = {
      func: made.func,
      file,
      line: Number(number),
      goroutine: made.goroutine,
    };
    return;
  }
  const func = calledIn(line);
  if (func === undefined) return;
  goroutine.frames.push({
    func,
    file,
    line: Number(number),
    inlined: false,
    pc: 0,
    offset: parseInt(offset ?? '0', 16),
    kind: 'user',
  });
}
