// @ts-check
// A lane for each processor (P, the right to run goroutines): which goroutine it runs, how many
// wait in its queue, how often it switched. Colours tell goroutines apart, sample by sample.

import { fitted, h, setText } from '../dom.js';
import { compact, count, hue } from '../text.js';

/** @typedef {import('../main.js').Data} Data */
/** @typedef {import('../run.js').Sample} Sample */

/** Width of a sample. */
const columnPx = 3;

/** @param {HTMLElement} element @param {Data} data */
export function lanes(element, data) {
  const body = h('tbody');
  const head = [
    ['P', 'A processor: the right to run goroutines'],
    ['Runs', 'The goroutine it runs'],
    ['Queue', 'Goroutines in its run queue'],
    ['Switches/s', 'Goroutines it began to run, per second'],
    ['Whom it ran', 'Eight samples a second, a colour for each goroutine'],
  ].map(([text, title]) => h('th', { scope: 'col', title }, text));
  element.replaceChildren(
    h('table', {}, h('caption', {}, 'Processors'), h('thead', {}, h('tr', {}, ...head)), body),
  );
  /** @type {ReturnType<typeof makeRow>[]} */
  let rows = [];
  /** @type {unknown[]} */
  let shown = [];

  return {
    update() {
      const { run } = data;
      const latest = run?.samples.at(-1);
      const n = latest?.counts.perProc.length ?? data.procs();
      const now = [run, run?.sampled, n, element.clientWidth, data.theme()];
      if (now.every((value, i) => value === shown[i])) return;
      shown = now;
      if (rows.length !== n) {
        rows = Array.from({ length: n }, (_, i) => makeRow(i));
        body.replaceChildren(...rows.map(({ row }) => row));
      }
      rows.forEach((row, i) => fill(row, i, run?.samples ?? []));
    },
    destroy: () => element.replaceChildren(),
  };
}

/** @param {number} i */
function makeRow(i) {
  const [runs, queue, rate] = [h('td'), h('td'), h('td')];
  const canvas = h('canvas', { 'aria-hidden': 'true' });
  const lane = h('td', {}, canvas);
  const row = h('tr', {}, h('th', { scope: 'row' }, String(i)), runs, queue, rate, lane);
  return { row, runs, queue, rate, canvas };
}

/** @param {ReturnType<typeof makeRow>} row @param {number} i @param {Sample[]} samples */
function fill({ row, runs, queue, rate, canvas }, i, samples) {
  const latest = samples.at(-1);
  const proc = latest?.counts.perProc[i];
  row.dataset.state = proc?.state ?? 'idle';
  runs.classList.toggle('nobody', proc?.goroutine == null);
  row.style.setProperty('--hue', String(hue(proc?.goroutine ?? 0)));
  setText(runs, !proc ? '' : proc.goroutine === null ? '–' : `g${proc.goroutine}`);
  setText(queue, proc ? count(proc.queued) : '');
  setText(rate, latest ? compact(latest.rates[i]) : '');
  draw(canvas, i, samples);
}

/** @param {HTMLCanvasElement} canvas @param {number} i @param {Sample[]} samples */
function draw(canvas, i, samples) {
  const { context, width, height } = fitted(canvas);
  for (
    let x = Math.round(width) - columnPx, at = samples.length - 1;
    x > -columnPx && at >= 0;
    at--
  ) {
    const proc = samples[at].counts.perProc[i];
    if (proc?.goroutine != null) {
      context.fillStyle = `hsl(${hue(proc.goroutine)} 58% 56%)`;
      context.fillRect(x, 0, columnPx, height);
    } else if (proc?.state === 'running') {
      context.fillStyle = 'hsl(220 10% 55% / 0.45)'; // between two goroutines
      context.fillRect(x, height - 3, columnPx, 3);
    }
    x -= columnPx;
  }
}
