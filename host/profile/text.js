// @ts-check
// Writes profiles as Go's pprof package prints them with debug=1 and debug=2.

import { sumCounts } from './heap.js';
import { formatDump } from './stacktext.js';

/** @typedef {import('./symbols.js').Frame} Frame */
/** @typedef {import('./records.js').StackRecord} StackRecord */
/** @typedef {import('../index.d.ts').HeapProfile} HeapProfile */
/** @typedef {import('../index.d.ts').CpuProfile} CpuProfile */
/** @typedef {import('../index.d.ts').CpuRecord} CpuRecord */
/** @typedef {import('../index.d.ts').BlockProfile} BlockProfile */
/** @typedef {import('../index.d.ts').HeapCounts} HeapCounts */
/** @typedef {import('../index.d.ts').MemStats} MemStats */

/** @param {number} n */
const hex = (n) => `0x${n.toString(16)}`;

/**
 * A profile as text. `debug` 1: figures, pcs and their functions. `debug` 2: every goroutine as in
 * a dump, for a goroutine profile that was taken with `{ debug: 2 }`; the same as 1 for other
 * profiles. The figures of memory profiles are those of sampled blocks. The memory statistics
 * follow, if the profile has them.
 * @param {any} profile Profile | HeapProfile, or one of block and mutex
 * @param {1 | 2} [debug]
 */
export function toText(profile, debug = 1) {
  if (debug !== 1 && debug !== 2) throw new RangeError(`debug: expected 1 or 2, got ${debug}`);
  const { kind } = profile;
  if (debug === 2 && kind === 'goroutine') {
    if (profile.goroutines) return formatDump(profile.goroutines);
    throw new TypeError("debug=2 needs a profile taken with profile('goroutine', { debug: 2 })");
  }
  if (kind === 'heap' || kind === 'allocs') return formatHeap(profile);
  if (kind === 'block' || kind === 'mutex') return formatContention(profile);
  const blocks = profile.records.map(formatRecord);
  return `${kind} profile: total ${profile.total}\n${blocks.join('')}`;
}

/** @param {StackRecord & { label?: string }} record */
function formatRecord({ count, label, pcs, frames }) {
  return formatStack(`${count}`, pcs, frames, label);
}

/**
 * @param {string} count
 * @param {number[]} pcs
 * @param {Frame[]} frames
 * @param {string} [label]
 */
function formatStack(count, pcs, frames, label) {
  const head = [`${count} @`, ...pcs.map(hex)].join(' ');
  const labels = label ? `\n# labels: {"label":${JSON.stringify(label)}}` : '';
  return `${head}${labels}\n${alignTabs(formatFrames(frames))}\n`;
}

/**
 * Go prints delays in cycles. The program's clock has one cycle for each nanosecond.
 * @param {{ kind: string, rate?: number, records: (StackRecord & { delayNs: number })[] }} profile
 *   `rate` of mutex: one contention in this many is counted
 */
function formatContention({ kind, rate = 1, records }) {
  const head =
    kind === 'block'
      ? '--- contention:\ncycles/second=1000000000\n'
      : `--- mutex:\ncycles/second=1000000000\nsampling period=${rate}\n`;
  const blocks = records
    .toSorted((a, b) => b.delayNs - a.delayNs)
    .map(({ delayNs, count, pcs, frames }) => formatStack(`${delayNs} ${count}`, pcs, frames));
  return `${head}${blocks.join('')}`;
}

// --- memory ---

/** @param {HeapCounts} counts */
const formatCounts = ({ inuseObjects, inuseBytes, allocObjects, allocBytes }) =>
  `${inuseObjects}: ${inuseBytes} [${allocObjects}: ${allocBytes}]`;

/**
 * Whoever reads the text scales up the sampled figures by the rate. So the text has the figures
 * that would have been sampled if the rate had never changed.
 * @param {HeapProfile['records'][0]} record
 * @param {number} rate
 * @returns {HeapCounts}
 */
function sampledAt({ sampled, ...estimated }, rate) {
  const { allocBytes: bytes, allocObjects: blocks } = sampled ?? estimated;
  const { inuseObjects, inuseBytes, allocObjects, allocBytes } = estimated;
  const chance = rate <= 1 ? 1 : -Math.expm1(-bytes / blocks / rate);
  const at = (/** @type {number} */ count) => Math.round(count * chance);
  return {
    ...{ inuseObjects: at(inuseObjects), inuseBytes: at(inuseBytes) },
    ...{ allocObjects: at(allocObjects), allocBytes: at(allocBytes) },
  };
}

/** @param {HeapProfile} profile */
function formatHeap({ rate, records, memStats }) {
  const counts = records.map((record) => sampledAt(record, rate));
  const head = `heap profile: ${formatCounts(sumCounts(counts))} @ heap/${2 * rate}\n`;
  const blocks = records.map(({ pcs, frames }, i) =>
    formatStack(formatCounts(counts[i]), pcs, frames),
  );
  return `${head}${blocks.join('')}${memStats ? formatMemStats(memStats) : ''}`;
}

/** What Go prints if no collection will begin by itself. */
const never = '18446744073709551615';

/**
 * The last 256 pauses in Go's order: that of collection n, counted from 1, is at index (n + 255) %
 * 256.
 * @param {number[]} newestFirst
 * @param {number} n collections
 */
function ring(newestFirst, n) {
  const size = 256;
  return Array.from({ length: size }, (_, i) => newestFirst[(n + 2 * size - 1 - i) % size] ?? 0);
}

/**
 * Go also prints figures that the program does not have. They are left out: PauseEnd, NumForcedGC,
 * GCCPUFraction, MaxRSS.
 * @param {MemStats} s
 */
function formatMemStats(s) {
  const lines = [
    ['Alloc', s.alloc],
    ['TotalAlloc', s.totalAlloc],
    ['Sys', s.sys],
    ['Lookups', s.lookups],
    ['Mallocs', s.mallocs],
    ['Frees', s.frees],
    ['HeapAlloc', s.heapAlloc],
    ['HeapSys', s.heapSys],
    ['HeapIdle', s.heapIdle],
    ['HeapInuse', s.heapInuse],
    ['HeapReleased', s.heapReleased],
    ['HeapObjects', s.heapObjects],
    ['Stack', `${s.stackInuse} / ${s.stackSys}`],
    ['MSpan', `${s.mspanInuse} / ${s.mspanSys}`],
    ['MCache', `${s.mcacheInuse} / ${s.mcacheSys}`],
    ['BuckHashSys', s.buckHashSys],
    ['GCSys', s.gcSys],
    ['OtherSys', s.otherSys],
    ['NextGC', s.nextGc ?? never],
    ['LastGC', Math.round(s.lastGc * 1e6)],
    ['PauseNs', `[${ring(s.pauseNs, s.numGc).join(' ')}]`],
    ['NumGC', s.numGc],
    ['DebugGC', s.debugGc],
  ];
  return `\n# runtime.MemStats\n${lines.map(([name, value]) => `# ${name} = ${value}\n`).join('')}`;
}

/**
 * Runtime frames at the top of the stack are left out, unless there is nothing else.
 * @param {Frame[]} frames
 */
function formatFrames(frames) {
  if (frames.length === 0) return [['#', '0x0']];
  const first = frames.findIndex(({ kind }) => kind !== 'runtime');
  return frames.slice(Math.max(first, 0)).map(({ pc, func, offset, file, line }) => {
    if (func === '' || func === '???') return ['#', hex(pc)];
    return ['#', hex(pc), `${func}+${hex(offset)}`, `${file || '?'}:${line}`];
  });
}

/**
 * Aligns columns with tabs, as Go's tabwriter does with a tab width of 8. Every cell except the
 * last of its row is filled up to the width of its column. A column ends at a row without that
 * cell.
 * @param {string[][]} rows
 */
function alignTabs(rows) {
  /** @type {string[][][]} */
  const blocks = [];
  for (const row of rows) {
    const block = blocks.at(-1);
    if (block?.[0].length === row.length) block.push(row);
    else blocks.push([row]);
  }
  return blocks.map(alignBlock).join('');
}

/** @param {string[][]} rows of equal length */
function alignBlock(rows) {
  const columns = rows[0].length - 1;
  const widths = Array.from({ length: columns }, (_, i) => {
    const widest = Math.max(...rows.map((row) => row[i].length));
    return Math.ceil((widest + 1) / 8) * 8;
  });
  const cell = (/** @type {string} */ text, /** @type {number} */ i) =>
    i < columns ? text + '\t'.repeat(Math.ceil((widths[i] - text.length) / 8)) : text;
  return rows.map((row) => `${row.map(cell).join('')}\n`).join('');
}
