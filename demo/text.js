// @ts-check
// Numbers and times as the page shows them.

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/** 12,345 @param {number} n */
export const count = (n) => grouped.format(n);

/** 12.3K @param {number} n */
export const compact = (n) => (n < 1000 ? grouped.format(n) : short.format(n));

/** `1 goroutine`, `2 goroutines` @param {number} n @param {string} noun */
export const many = (n, noun) => `${count(n)} ${noun}${n === 1 ? '' : 's'}`;

const units = ['B', 'KiB', 'MiB', 'GiB'];

/** 512 B, 1.23 MiB @param {number} n */
export function bytes(n) {
  const power = n < 1000 ? 0 : Math.min(Math.floor(Math.log2(n / 1000) / 10) + 1, 3);
  const value = n / 1024 ** power;
  const digits = power === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${units[power]}`;
}

/** A part of the whole, as pprof prints it: 12.5% @param {number} part @param {number} whole */
export const percent = (part, whole) => `${(whole > 0 ? (part / whole) * 100 : 0).toFixed(1)}%`;

/** 0.42 ms, 12.3 ms @param {number} ns */
export const pause = (ns) => `${(ns / 1e6).toFixed(ns < 1e7 ? 2 : 1)} ms`;

/** 4.2 ms, 1.3 s: how long an answer took @param {number | null} ms */
export const answerTime = (ms) =>
  ms !== null && ms < 1000 ? `${ms.toFixed(1)} ms` : duration(ms ?? 0);

/** @param {number} ms */
export function duration(ms) {
  if (ms < 1) return '<1 ms';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  return `${Math.floor(ms / 60_000)} m ${Math.round((ms % 60_000) / 1000)} s`;
}

/** Two durations, or one when they read the same. @param {{ min: number, max: number }} range */
export function span({ min, max }) {
  const [from, to] = [duration(min), duration(max)];
  return from === to ? from : `${from} – ${to}`;
}

/**
 * A file in the repository: dumps call the runtime's own files worldsema/...
 * @param {string} file
 */
export const pathOf = (file) => file.replace(/^(worldsema\/)+/, '');

/** The last part of a path. @param {string} path */
export const baseName = (path) => path.slice(path.lastIndexOf('/') + 1);

/** Hue of goroutine, painter, ... number n; neighbours differ well. @param {number} n */
export const hue = (n) => Math.round((n * 137.508 + 20) % 360);
