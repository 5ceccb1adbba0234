// @ts-check
// How many goroutines there are in each state: now, and since the start (at most a minute).

import { fitted, h, setText } from '../dom.js';
import { compact, count } from '../text.js';

/** @typedef {import('../main.js').Data} Data */
/** @typedef {import('worldsema').Counts} Counts */

/**
 * @type {[key: 'goroutines' | 'running' | 'runnable' | 'waiting' | 'syscall', text: string,
 *   meaning: string][]}
 */
const tiles = [
  ['goroutines', 'Goroutines', 'all that exist'],
  ['running', 'Running', 'on a worker, now'],
  ['runnable', 'Runnable', 'could run, waiting for a worker'],
  ['waiting', 'Waiting', 'for another goroutine or for time'],
  ['syscall', 'In a call', 'of the host, off the scheduler'],
];

/** Fewer samples than these do not fill the width: ten seconds. */
const samplesWide = 80;

/** @param {HTMLElement} element @param {Data} data */
export function counts(element, data) {
  const parts = tiles.map(([key, text, meaning]) => {
    const canvas = h('canvas', { 'aria-hidden': 'true' });
    const value = h('dd', {}, '0');
    const tile = h('div', { 'data-state': key, title: meaning }, h('dt', {}, text), value, canvas);
    return { key, value, canvas, tile };
  });
  element.replaceChildren(...parts.map(({ tile }) => tile));
  /** @type {unknown[]} */
  let shown = [];

  return {
    update() {
      const { run } = data;
      const now = [run, run?.sampled, element.clientWidth, data.theme()];
      if (now.every((value, i) => value === shown[i])) return;
      shown = now;
      const samples = run?.samples ?? [];
      for (const { key, value, canvas } of parts) {
        const latest = samples.at(-1)?.counts[key] ?? 0;
        setText(value, latest < 100_000 ? count(latest) : compact(latest));
        spark(
          canvas,
          samples.map((sample) => sample.counts[key]),
        );
      }
    },
    destroy: () => element.replaceChildren(),
  };
}

/**
 * The newest sample is at the right edge.
 * @param {HTMLCanvasElement} canvas
 * @param {number[]} values
 */
function spark(canvas, values) {
  const { context, width, height } = fitted(canvas);
  if (values.length < 2) return;
  const top = Math.max(1, ...values);
  const columns = Math.max(values.length, samplesWide) - 1;
  const x = (/** @type {number} */ i) => width - ((values.length - 1 - i) * width) / columns;
  const y = (/** @type {number} */ value) => height - 1 - (value / top) * (height - 3);
  const line = new Path2D();
  values.forEach((value, i) =>
    i === 0 ? line.moveTo(x(i), y(value)) : line.lineTo(x(i), y(value)),
  );
  const area = new Path2D(line);
  area.lineTo(width, height);
  area.lineTo(x(0), height);
  context.fillStyle = context.strokeStyle = getComputedStyle(canvas).color;
  context.lineWidth = 1.5;
  context.lineJoin = 'round';
  context.stroke(line);
  context.globalAlpha = 0.16;
  context.fill(area);
}
