// @ts-check
// Which goroutine ran on which processor just now. There is a lane for each P, with a bar for each
// time that a goroutine ran. Collections and stops of the world go across all lanes.

import { button, fitted, h, setText } from '../dom.js';
import { hue, many } from '../text.js';
import { clock, colourOf, firstAfter, nanos, ticksOf } from '../timeline.js';

/** @typedef {import('../main.js').Data} Data */
/** @typedef {import('../main.js').State} State */
/** @typedef {import('../timeline.js').Timeline} Timeline */
/** @typedef {import('../timeline.js').Lane} Lane */
/** @typedef {import('../timeline.js').Bar} Bar */
/** @typedef {{ lane: number, bar: Bar }} Found */

/** Service goroutines have numbers from this one on. */
const firstSystem = 2 ** 42;
const gutterPx = 46;
const axisPx = 22;
const bandPx = 9;
const gapPx = 3;
const mostLanePx = 72;
/** The time that the whole width shows at first, unless less is known; and the least. */
const secondNs = 1e9;
const leastNs = 200;
const zoomBy = 1.5;

/** @type {[mark: string, text: string, meaning: string][]} */
const legend = [
  ['park', 'parked', 'it waits for something'],
  ['yield', 'ran on', 'it gave way, or its time was up: it could go on'],
  ['call', 'host call', 'it waits for the host, off the scheduler'],
  ['end', 'ended', 'its function returned'],
  ['collector', 'collection', 'the collector marks'],
  ['world', 'world stopped', 'nobody runs: a collection, a dump, a change of GOMAXPROCS'],
];

/** What a bar's end looks like. */
const endMark = {
  ...{ park: 'park', yield: 'yield', preempt: 'yield', stop: 'world', queue: 'yield' },
  ...{ call: 'call', end: 'end' },
};

const endText = {
  park: 'then parked',
  yield: 'then gave way',
  preempt: 'then its time was up',
  stop: 'then the world stopped',
  queue: 'then waited for a P',
  call: 'then called the host',
  end: 'then ended',
};

const hint =
  'Wheel or + − zoom, dragging moves; ← → ↑ ↓ go from bar to bar, Home and End to the ends, Esc back to all.';

/** @param {HTMLElement} element @param {Data} data @param {State} state */
export function timelineTools(element, data, state) {
  const live = h('input', { type: 'checkbox', 'data-change': 'live' });
  const by = h(
    'select',
    { 'data-change': 'colours' },
    new Option('goroutine', 'goroutine'),
    new Option('function', 'function'),
  );
  const save = button('saveTrace', 'x', 'Save trace');
  const take = button('timeline', 'l', 'Timeline');
  save.title = 'A file for ui.perfetto.dev or chrome://tracing';
  live.setAttribute('aria-keyshortcuts', 'f');
  element.replaceChildren(
    h('label', { className: 'check' }, h('span', {}, 'Colours by'), by),
    h('label', { className: 'check' }, live, h('span', {}, 'live '), h('kbd', {}, 'f')),
    save,
    take,
  );

  return {
    update() {
      live.checked = state.live;
      by.value = state.colours;
      save.disabled = !data.run?.timeline;
      take.disabled = data.run?.phase !== 'running';
    },
    destroy: () => element.replaceChildren(),
  };
}

/**
 * @param {HTMLElement} element
 * @param {Data} data
 * @param {State} state
 * @param {() => void} held called when the user looks at a piece: it is to stay
 */
export function timeline(element, data, state, held) {
  const { marks, note, canvas, reading } = parts(element);
  const picture = new TimelinePicture(canvas, (mark) => {
    const at = marks.find(({ dataset }) => dataset.mark === mark);
    return getComputedStyle(at ?? canvas).color;
  });
  /** @type {unknown[]} */
  let shown = [];
  let frame = 0;

  const draw = () => {
    frame = 0;
    picture.draw(state.colours);
    setText(reading, picture.tell() || hint);
  };
  const redraw = () => (frame ||= requestAnimationFrame(draw));
  const touched = () => {
    held();
    redraw();
  };
  listen(canvas, picture, { redraw, touched });

  return {
    update() {
      if (state.look !== 'timeline') {
        shown = [];
        return;
      }
      const { run } = data;
      const taken = run?.timeline ?? null;
      const dark = matchMedia('(prefers-color-scheme: dark)').matches;
      const { clientWidth, clientHeight } = canvas;
      const now = [
        ...[run, taken, state.colours, run?.phase],
        ...[clientWidth, clientHeight, data.theme(), dark],
      ];
      if (now.every((value, i) => value === shown[i])) return;
      if (run !== shown[0]) picture.reset();
      shown = now;
      picture.timeline = taken;
      setText(note, noteText(taken, run?.phase));
      draw();
    },
    destroy() {
      cancelAnimationFrame(frame);
      element.replaceChildren();
    },
  };
}

/** The legend, the canvas, and a line that says what is chosen. @param {HTMLElement} element */
function parts(element) {
  const marks = legend.map(([mark, text, title]) =>
    h('span', { 'data-mark': mark, title }, h('i', {}), text),
  );
  const note = h('p', { className: 'note' });
  const canvas = h('canvas', {
    tabIndex: 0,
    role: 'application',
    'aria-label': 'Timeline of the processors',
    'aria-describedby': 'timeline-reading',
  });
  const reading = h('p', {
    ...{ id: 'timeline-reading', className: 'note reading', role: 'status' },
  });
  element.replaceChildren(
    h('div', { className: 'legend' }, ...marks, note),
    h('div', { className: 'picture-of-time' }, canvas),
    reading,
  );
  return { marks, note, canvas, reading };
}

/** @param {Timeline | null} taken @param {string | undefined} phase */
function noteText(taken, phase) {
  if (!taken) return phase === 'running' ? '' : 'Nothing is recorded yet.';
  const { trace, from, to } = taken;
  const last = phase === 'running' ? 'the last' : 'its last';
  return `${many(trace.events.length, 'event')}, ${last} ${nanos(to - from)}`;
}

/** The picture: what part of time it shows, and what is chosen in it. */
export class TimelinePicture {
  /** @type {Timeline | null} */
  timeline = null;
  /** @type {Found | null} */
  chosen = null;
  /** @type {Found | null} */
  pointed = null;
  /** @type {{ from: number, to: number } | null} null: all that is known, a second at most */
  #part = null;
  #canvas;
  #colour;

  /** @param {HTMLCanvasElement} canvas @param {(mark: string) => string} colour of the legend */
  constructor(canvas, colour) {
    this.#canvas = canvas;
    this.#colour = colour;
  }

  reset() {
    this.chosen = this.pointed = this.#part = null;
  }

  /** The time that is shown. */
  get part() {
    const { from, to } = this.timeline ?? { from: 0, to: secondNs };
    return this.#part ?? { from: Math.max(from, to - secondNs), to: Math.max(to, from + leastNs) };
  }

  /** @param {number} from @param {number} span */
  #show(from, span) {
    if (!this.timeline) return;
    const { fromNs } = this.timeline.trace;
    const { to } = this.timeline;
    const width = Math.min(Math.max(span, leastNs), Math.max(to - fromNs, leastNs));
    const begin = Math.min(Math.max(from, fromNs), Math.max(to - width, fromNs));
    this.#part = { from: begin, to: begin + width };
  }

  /** @param {number} by @param {number} [x] px: what stays where it is */
  zoom(by, x = this.#xOf(this.#middle())) {
    const at = this.#timeOf(x);
    const { from, to } = this.part;
    this.#show(at - (at - from) * by, (to - from) * by);
  }

  #middle() {
    const { from, to } = this.part;
    const bar = this.chosen?.bar;
    return bar && bar.to > from && bar.from < to
      ? (Math.max(bar.from, from) + Math.min(bar.to, to)) / 2
      : (from + to) / 2;
  }

  /** @param {number} px */
  pan(px) {
    const { from, to } = this.part;
    this.#show(from + (px / this.#width()) * (to - from), to - from);
  }

  #width() {
    return Math.max(this.#canvas.clientWidth - gutterPx, 1);
  }

  /** @param {number} time */
  #xOf(time) {
    const { from, to } = this.part;
    return gutterPx + ((time - from) / (to - from)) * this.#width();
  }

  /** @param {number} x */
  #timeOf(x) {
    const { from, to } = this.part;
    return from + ((x - gutterPx) / this.#width()) * (to - from);
  }

  /** Top and height of a lane. @param {number} i @param {number} height of the canvas */
  #place(i, height) {
    const n = this.timeline?.lanes.length ?? 1;
    const top = axisPx + 2 * bandPx + gapPx;
    const each = Math.min((height - top) / n, mostLanePx);
    return { top: top + i * each, height: Math.max(each - gapPx, 2) };
  }

  /** What is at a point. @param {number} x @param {number} y @returns {Found | null} */
  find(x, y) {
    const { timeline } = this;
    const height = this.#canvas.clientHeight;
    const i = timeline?.lanes.findIndex((_, i) => {
      const place = this.#place(i, height);
      return y >= place.top && y < place.top + place.height + gapPx;
    });
    if (timeline == null || i === undefined || i < 0 || x < gutterPx) return null;
    const { bars } = timeline.lanes[i];
    const slack = this.#timeOf(x + 3) - this.#timeOf(x);
    const at = this.#timeOf(x);
    const found = firstAfter(bars, at - slack);
    // Of the bars within three pixels, take the one under the pointer.
    const near = bars.slice(found, found + 50).filter(({ from }) => from <= at + slack);
    const bar = near.find(({ from, to }) => from <= at && at <= to) ?? near[0];
    return bar ? { lane: i, bar } : null;
  }

  /** Goes to another bar. @param {number} across lanes @param {number} along bars */
  step(across, along) {
    const { timeline } = this;
    const lane = this.#laneFrom(this.chosen?.lane ?? -1, across);
    if (!timeline || lane < 0) return;
    const { from, to } = this.part;
    const now = this.chosen;
    const { bars } = timeline.lanes[lane];
    const at = now && now.bar.to > from && now.bar.from < to ? now.bar.from : (from + to) / 2;
    const here = now && across === 0 ? bars.indexOf(now.bar) : -1;
    const next = here >= 0 ? here + along : firstAfter(bars, at);
    this.choose({ lane, bar: bars[Math.min(Math.max(next, 0), bars.length - 1)] });
  }

  /**
   * The next lane that has bars: a P may have run nobody yet.
   * @param {number} lane -1 if none is chosen
   * @param {number} across -1, 0 or 1
   * @returns {number} -1 if no lane has bars
   */
  #laneFrom(lane, across) {
    const full = (this.timeline?.lanes ?? []).map(({ bars }) => bars.length > 0);
    if (!full[lane]) return full.indexOf(true);
    let next = lane + across;
    while (full[next] === false) next += across;
    return full[next] ? next : lane;
  }

  /** Goes to the first bar of the lane, or to its last. @param {boolean} last */
  end(last) {
    const lane = this.#laneFrom(this.chosen?.lane ?? -1, 0);
    const bar = this.timeline?.lanes[lane]?.bars.at(last ? -1 : 0);
    if (bar) this.choose({ lane, bar });
  }

  /** @param {Found} found */
  choose(found) {
    this.chosen = found;
    const { from, to } = this.part;
    const { bar } = found;
    if (bar.from >= to || bar.to <= from) {
      this.#show((bar.from + bar.to) / 2 - (to - from) / 2, to - from);
    }
  }

  /** What is under the pointer, or chosen, in words. */
  tell() {
    const found = this.pointed ?? this.chosen;
    if (!found || !this.timeline) return '';
    const { bar, lane } = found;
    const { name, from, to, left, reason, woken, thread } = bar;
    const end = endText[/** @type {keyof typeof endText} */ (left)] ?? 'still there';
    const parts = [
      `${name} on ${this.timeline.lanes[lane].name}, worker ${thread}: ${nanos(to - from)}`,
      `from ${clock(from, 1000)}`,
      reason ? `${end}: ${reason}` : end,
    ];
    if (woken?.by)
      parts.push(`woken by ${woken.by}, ${nanos(Math.max(from - woken.at, 0))} before`);
    return parts.join('; ');
  }

  /** @param {State['colours']} colours */
  draw(colours) {
    const { context, width, height } = fitted(this.#canvas);
    const { timeline } = this;
    const text = getComputedStyle(this.#canvas).color;
    context.font = `11px ${getComputedStyle(this.#canvas).fontFamily}`;
    context.textBaseline = 'middle';
    if (!timeline) return;
    this.#axis(context, width, height, text);
    timeline.lanes.forEach((lane, i) => {
      const place = this.#place(i, height);
      context.fillStyle = text;
      context.textAlign = 'right';
      context.fillText(shortName(lane), gutterPx - 8, place.top + place.height / 2);
      context.textAlign = 'left';
      context.globalAlpha = 0.07;
      context.fillRect(gutterPx, place.top, width - gutterPx, place.height);
      context.globalAlpha = 1;
      this.#bars(context, lane, place, width, colours);
    });
    this.#band(context, timeline.world, { y: axisPx, height });
    this.#band(context, timeline.collector, { y: axisPx + bandPx, height });
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} width
   * @param {number} height
   * @param {string} text
   */
  #axis(context, width, height, text) {
    const { from, to } = this.part;
    const { step, ticks } = ticksOf(from, to, (width - gutterPx) / 110);
    context.fillStyle = text;
    for (const at of ticks) {
      const x = Math.round(this.#xOf(at));
      context.globalAlpha = 0.16;
      context.fillRect(x, axisPx - 6, 1, height);
      context.globalAlpha = 1;
      if (x < width - 60) context.fillText(clock(at, step), x + 4, axisPx / 2);
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Lane} lane
   * @param {{ top: number, height: number }} place
   * @param {number} width
   * @param {State['colours']} colours
   */
  #bars(context, { bars, kind }, { top, height }, width, colours) {
    const { from, to } = this.part;
    const chosen = (this.pointed ?? this.chosen)?.bar;
    let drawn = -1; // the pixels up to here are taken
    for (let i = firstAfter(bars, from); i < bars.length && bars[i].from < to; i++) {
      const bar = bars[i];
      const left = Math.round(Math.max(this.#xOf(bar.from), gutterPx));
      const right = Math.round(Math.min(Math.max(this.#xOf(bar.to), left + 1), width));
      const same = chosen?.goroutine !== undefined && chosen.goroutine === bar.goroutine;
      if (right <= drawn && !same) continue;
      drawn = right;
      context.globalAlpha = chosen && !same ? 0.35 : 1;
      context.fillStyle = kind === 'call' ? this.#colour('call') : fillOf(bar, colours);
      context.fillRect(left, top, right - left, height);
      if (right - left > 7) this.#end(context, bar, right, { top, height });
      if (right - left > 34 && height > 11) {
        label(context, bar.name, left + 5, top + height / 2, right - left - 12);
      }
      if (bar !== chosen) continue;
      context.strokeStyle = getComputedStyle(this.#canvas).color;
      context.lineWidth = 2;
      context.strokeRect(left, top, Math.max(right - left, 2), height);
    }
    context.globalAlpha = 1;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Bar} bar
   * @param {number} x
   * @param {{ top: number, height: number }} place
   */
  #end(context, { left }, x, { top, height }) {
    const mark = endMark[/** @type {keyof typeof endMark} */ (left)];
    if (!mark) return;
    context.fillStyle = this.#colour(mark);
    context.fillRect(x - 3, top, 3, height);
  }

  /**
   * Draws what concerns all processors: a strip above, and a shade over the lanes.
   * @param {CanvasRenderingContext2D} context
   * @param {Lane} lane
   * @param {{ y: number, height: number }} place
   */
  #band(context, { bars, kind }, { y, height }) {
    const { from, to } = this.part;
    context.fillStyle = this.#colour(kind);
    for (let i = firstAfter(bars, from - 1); i < bars.length && bars[i].from < to; i++) {
      // Whole pixels: a short bar between two of them would be pale.
      const x = Math.round(Math.max(this.#xOf(bars[i].from), gutterPx));
      const w = Math.max(Math.round(this.#xOf(bars[i].to)) - x, 2);
      context.fillRect(x, y, w, bandPx - 2);
      context.globalAlpha = 0.16;
      context.fillRect(x, axisPx + 2 * bandPx, w, height);
      context.globalAlpha = 1;
    }
  }
}

/** @param {Lane} lane */
const shortName = ({ name, kind }) => (kind === 'call' ? name.replace(/ .*/, ' call') : name);

/** @param {Bar} bar @param {State['colours']} colours */
function fillOf({ name, goroutine = 0 }, colours) {
  if (goroutine >= firstSystem) return 'hsl(220 10% 55%)';
  const of = colours === 'function' ? colourOf(name) : hue(goroutine);
  return `hsl(${of} 58% 56%)`;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {number} width
 */
function label(context, text, x, y, width) {
  const fits = Math.floor(width / 6.2); // in 11 px of this font
  context.fillStyle = 'hsl(220 40% 8% / 0.9)';
  context.fillText(text.length <= fits ? text : `${text.slice(0, Math.max(fits - 1, 1))}…`, x, y);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {TimelinePicture} picture
 * @param {{ redraw: () => void, touched: () => void }} then
 */
function listen(canvas, picture, { redraw, touched }) {
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowLeft: () => picture.step(0, -1),
    ArrowRight: () => picture.step(0, 1),
    ArrowUp: () => picture.step(-1, 0),
    ArrowDown: () => picture.step(1, 0),
    Home: () => picture.end(false),
    End: () => picture.end(true),
    '+': () => picture.zoom(1 / zoomBy),
    '=': () => picture.zoom(1 / zoomBy),
    '-': () => picture.zoom(zoomBy),
    Escape: () => picture.reset(),
  };
  let dragged = 0;
  canvas.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
    event.preventDefault();
    event.stopPropagation(); // + and - change the number of workers elsewhere
    keys[event.key]();
    touched();
  });
  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        picture.pan(event.deltaX || event.deltaY);
      } else {
        picture.zoom(event.deltaY > 0 ? zoomBy : 1 / zoomBy, event.offsetX);
      }
      touched();
    },
    { passive: false },
  );
  canvas.addEventListener('pointermove', (event) => {
    if (event.buttons === 1) {
      dragged += Math.abs(event.movementX);
      picture.pan(-event.movementX);
      touched();
    }
    picture.pointed = picture.find(event.offsetX, event.offsetY);
    redraw();
  });
  canvas.addEventListener('pointerdown', ({ pointerId }) => {
    dragged = 0;
    canvas.setPointerCapture(pointerId);
  });
  canvas.addEventListener('pointerup', (event) => {
    if (dragged > 3) return;
    picture.chosen = picture.find(event.offsetX, event.offsetY);
    touched();
  });
  canvas.addEventListener('pointerleave', () => {
    picture.pointed = null;
    redraw();
  });
}
