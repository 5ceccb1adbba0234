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

/** A file in the repository: dumps call the runtime's own files worldsema/... @param {string} file */
export const pathOf = (file) => file.replace(/^(worldsema\/)+/, '');

/** The last part of a path. @param {string} path */
export const baseName = (path) => path.slice(path.lastIndexOf('/') + 1);

/** Hue of goroutine, painter, ... number n; neighbours differ well. @param {number} n */
export const hue = (n) => Math.round((n * 137.508 + 20) % 360);
