// @ts-check
// The heap, live: what is in use, where the next collection begins, and each collection with its
// pause. Figures of collections are exact; in between, see HeapNow in host/index.d.ts.

import uPlot from 'uplot';
import { h, setText } from '../dom.js';
import { secondsKept } from '../heap.js';
import { bytes, count, many, pause } from '../text.js';

/** @typedef {import('../main.js').Data} Data */
/** @typedef {import('../main.js').State} State */
/** @typedef {import('../heap.js').Point} Point */
/** @typedef {import('../run.js').Run} Run */

/** @type {[key: string, text: string, meaning: string][]} */
const figures = [
  ['collected', 'Collected', 'go_alloc’s memory in use, as the collector counts it'],
  ['next', 'Next at', 'where the next collection begins'],
  ['uncollected', 'malloc', 'malloc’s memory in use, which nobody collects'],
  ['collections', 'Collections', 'completed since the start'],
  ['pause', 'Last pause', 'how long the last collection stopped the world'],
];

/** A chart that is not full yet is as wide as this. */
const secondsWide = 10;
/** A collection that takes longer is mentioned. */
const soonMs = 500;
/** Distances between lines across: powers of two. */
const steps = Array.from({ length: 24 }, (_, i) => 2 ** (i + 10));

/** @param {HTMLElement} element @param {Data} data @param {State} state */
export function memory(element, data, state) {
  const tiles = figures.map(([key, text, meaning]) => {
    const value = h('dd', {}, '–');
    const tile = h('div', { 'data-figure': key, title: meaning }, h('dt', {}, text), value);
    return { key, value, tile };
  });
  const values = Object.fromEntries(tiles.map(({ key, value }) => [key, value]));
  const place = h('div', { className: 'chart', role: 'img', 'aria-label': 'The heap' });
  const note = h('p', { className: 'note reading' });
  element.replaceChildren(
    h('dl', { className: 'figures' }, ...tiles.map(({ tile }) => tile)),
    place,
    note,
  );
  const colour = (/** @type {string} */ key) => getComputedStyle(values[key]).color;

  /** @type {uPlot | null} */
  let chart = null;
  /** @type {unknown[]} */
  let shown = [];
  /** @type {unknown} */
  let shownRun;

  const drop = () => {
    chart?.destroy();
    chart = null;
    shown = [];
  };

  return {
    update() {
      const { run } = data;
      if (state.look !== 'heap' || run !== shownRun) drop();
      shownRun = run;
      if (state.look !== 'heap') return;
      const [width, height] = [place.clientWidth, place.clientHeight];
      const now = [run?.heap.now, run?.collectingSince, width, height, colour('collected')];
      if (now.every((value, i) => value === shown[i]) || width === 0) return;
      shown = now;
      chart ??= makeChart(place, colour, () => tell(chart, data.run, note));
      if (chart.width !== width || chart.height !== height) chart.setSize({ width, height });
      const points = run?.heap.points ?? [];
      chart.setData(columnsOf(points));
      setText(values.collected, bytes(run?.heap.now?.collected ?? 0));
      setText(values.uncollected, bytes(run?.heap.now?.uncollected ?? 0));
      setText(values.next, nextText(run?.heap.now?.nextGc));
      setText(values.collections, count(run?.heap.now?.numGc ?? 0));
      setText(values.pause, run?.heap.last ? pause(run.heap.last.pauseNs) : '–');
      place.setAttribute('aria-label', describe(points));
      tell(chart, run, note);
    },
    destroy() {
      drop();
      element.replaceChildren();
    },
  };
}

/** @param {number | null | undefined} next */
const nextText = (next) => (next == null ? 'never' : bytes(next));

/** @param {Point[]} points */
function describe(points) {
  const marked = points.filter(({ ended }) => ended).length;
  const most = Math.max(0, ...points.map(({ collected }) => collected));
  return (
    `Heap in the last ${secondsKept} seconds: at most ${bytes(most)} of collected memory, ` +
    `${many(marked, 'collection')} marked`
  );
}

/** @param {Point[]} points @returns {uPlot.AlignedData} */
function columnsOf(points) {
  return [
    points.map(({ seconds }) => seconds),
    points.map(({ collected }) => collected),
    points.map(({ nextGc }) => nextGc),
    points.map(({ uncollected }) => uncollected),
    points.map(({ ended, collected }) => (ended ? collected : null)),
  ];
}

/**
 * Says what is under the pointer, or else what the last collection did.
 * @param {uPlot | null} chart @param {Run | null} run @param {HTMLElement} note
 */
function tell(chart, run, note) {
  const at = chart?.cursor.idx;
  const point = at == null || (chart?.cursor.left ?? -1) < 0 ? undefined : run?.heap.points[at];
  if (!point) {
    const late = run?.collectingSince != null && performance.now() - run.collectingSince > soonMs;
    const last = run?.heap.last;
    if (late) setText(note, 'Collecting …');
    else setText(note, last ? collectionText(last, run.heap.lastAt) : 'No collection yet.');
  } else if (point.ended) {
    setText(note, collectionText(point.ended, point.seconds));
  } else {
    const { seconds, collected, uncollected, nextGc } = point;
    setText(
      note,
      `At ${seconds.toFixed(1)} s: ${bytes(collected)} collected, next at ${nextText(nextGc)}; ` +
        `malloc ${bytes(uncollected)}`,
    );
  }
}

/** @param {import('../heap.js').Collection} collection @param {number} seconds */
function collectionText({ number, before, after, pauseNs }, seconds) {
  return (
    `Collection ${count(number)}, at ${seconds.toFixed(1)} s: ` +
    `${bytes(before)} → ${bytes(after)}, paused ${pause(pauseNs)}`
  );
}

/**
 * @param {HTMLElement} place
 * @param {(key: string) => string} colour
 * @param {() => void} pointed
 */
function makeChart(place, colour, pointed) {
  const font = `11px ${getComputedStyle(place).fontFamily}`;
  const axis = {
    stroke: () => getComputedStyle(place).color,
    grid: { stroke: () => getComputedStyle(place).borderColor, width: 1 },
    ticks: { show: false },
    font,
  };
  const line = (/** @type {string} */ key) => ({
    stroke: () => colour(key),
    points: { show: false },
  });
  return new uPlot(
    {
      width: place.clientWidth,
      height: place.clientHeight,
      padding: [8, 20, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, y: false, points: { show: false } },
      scales: {
        x: { time: false, range: (_, _min, max) => windowOf(max) },
        y: { range: (_, _min, max) => [0, Math.max(max, 1024) * 1.06] },
      },
      axes: [
        { ...axis, size: 22, gap: 3, values: (_, splits) => splits.map((s) => `${s} s`) },
        {
          ...{ ...axis, size: 62, gap: 4, incrs: steps, space: 26 },
          values: (_, splits) =>
            splits.map((n) => (n === 0 ? '0' : bytes(n).replace(/\.0+ /, ' '))),
        },
      ],
      series: [
        {},
        { ...line('collected'), width: 1.5, fill: () => faint(colour('collected')) },
        { ...line('next'), width: 1, dash: [5, 4] },
        { ...line('uncollected'), width: 1.5 },
        {
          stroke: () => colour('collections'),
          paths: () => null,
          points: { show: true, size: 6, width: 0, fill: () => colour('collections') },
        },
      ],
      hooks: { setCursor: [pointed] },
    },
    [[], [], [], [], []],
    place,
  );
}

/** @param {number | null} latest @returns {[number, number]} */
function windowOf(latest) {
  const to = Math.max(latest ?? 0, secondsWide);
  return [Math.max(0, to - secondsKept), to];
}

/** @param {string} colour as a computed style has it */
const faint = (colour) => colour.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.14)');
