// @ts-check
// Dumps as text, in the words and the form of Go's tracebacks, and back.

/** @typedef {import('./symbols.js').Frame} Frame */
/** @typedef {import('./dump.js').Goroutine} Goroutine */

const minuteMs = 60_000;

/**
 * The text of a dump: a paragraph a goroutine.
 * @param {Goroutine[]} goroutines
 * @param {{ runtime?: boolean, system?: boolean }} [show] also the runtime's own frames, and its
 *   service goroutines
 */
export function formatDump(goroutines, { runtime = false, system = false } = {}) {
  return goroutines
    .filter((goroutine) => system || !goroutine.system)
    .map((goroutine) => formatGoroutine(goroutine, runtime))
    .join('\n');
}

/**
 * @param {Goroutine} goroutine
 * @param {boolean} runtime
 */
function formatGoroutine({ id, state, reason, waitMs, locked, label, frames, createdBy }, runtime) {
  const minutes = Math.floor(waitMs / minuteMs);
  const status = [
    reason || state,
    ...(minutes >= 1 ? [`${minutes} minutes`] : []),
    ...(locked ? ['locked to thread'] : []),
  ];
  const shown = runtime ? frames : visibleFrames(frames);
  const lines = [`goroutine ${id} [${status.join(', ')}]${label && ` {${label}}`}:`];
  for (const { func, file, line, offset, inlined } of shown) {
    lines.push(`${func}(${inlined ? '...' : ''})`);
    const where = file === '' ? '?' : file;
    lines.push(`\t${where}:${line}${offset > 0 ? ` +0x${offset.toString(16)}` : ''}`);
  }
  if (createdBy) {
    const parent = createdBy.goroutine > 0 ? ` in goroutine ${createdBy.goroutine}` : '';
    lines.push(`created by ${createdBy.func}${parent}`, `\t${createdBy.file}:${createdBy.line}`);
  }
  return `${lines.join('\n')}\n`;
}

/**
 * What a user wants to see: the runtime's own frames only where there is nothing else.
 * @param {Frame[]} frames
 */
function visibleFrames(frames) {
  const visible = frames.filter(({ kind }) => kind !== 'runtime');
  return visible.length > 0 ? visible : frames;
}

const header = /^goroutine (\d+)(?: [^[]*)? \[(.*?)\](?: \{(.*)\})?:$/;
const call = /^(.+)\(([^()]*)\)$/;
const place = /^\t(.*):(\d+)(?: \+0x([0-9a-f]+))?/;
const creator = /^created by (.+?)(?: in goroutine (\d+))?$/;
const stateWords = ['idle', 'runnable', 'running', 'syscall', 'waiting', 'dead'];

/**
 * Reads the text of a dump: ours or Go's. Lines that are not part of one (the text of a panic, a
 * truncated end) are passed over. What the text does not tell is 0, '' or null.
 * @param {string} text
 * @returns {Goroutine[]}
 */
export function parseDump(text) {
  /** @type {Goroutine[]} */
  const goroutines = [];
  const lines = text.split('\n');
  /** @type {Goroutine | undefined} */
  let current;
  for (let i = 0; i < lines.length; i++) {
    const head = header.exec(lines[i]);
    if (head) {
      current = parseHeader(head);
      goroutines.push(current);
      continue;
    }
    if (lines[i] === '') current = undefined;
    const where = current && place.exec(lines[i + 1] ?? '');
    if (!current || !where || lines[i].startsWith('\t')) continue;
    parseCall(current, lines[i], where);
    i++;
  }
  return goroutines;
}

/**
 * @param {RegExpExecArray} head
 * @returns {Goroutine}
 */
function parseHeader([, id, status, label = '']) {
  const [first, ...rest] = status.split(', ');
  const minutes = rest
    .map((word) => /^(\d+) minutes$/.exec(word)?.[1])
    .find((n) => n !== undefined);
  const plain = stateWords.includes(first);
  return {
    id: Number(id),
    state: plain ? first : 'waiting',
    reason: plain ? '' : first,
    waitMs: Number(minutes ?? 0) * minuteMs,
    locked: rest.includes('locked to thread'),
    system: false,
    thread: null,
    label,
    createdBy: null,
    frames: [],
  };
}

/**
 * @param {Goroutine} goroutine
 * @param {string} line
 * @param {RegExpExecArray} where
 */
function parseCall(goroutine, line, [, path, number, offset]) {
  const file = path === '?' ? '' : path;
  const made = creator.exec(line);
  if (made) {
    const parent = Number(made[2] ?? 0);
    goroutine.createdBy = { func: made[1], file, line: Number(number), goroutine: parent };
    return;
  }
  const called = call.exec(line);
  if (!called) return;
  goroutine.frames.push({
    func: called[1],
    file,
    line: Number(number),
    inlined: called[2] === '...',
    pc: 0,
    offset: parseInt(offset ?? '0', 16),
    kind: 'user',
  });
}
