// @ts-check
// Who waits for whom: boxes with arrows, deadlocks in red. A box shows its line in the source.

import { button, h, keepFocus, setText, shownNow } from '../dom.js';
import { answerTime, duration, many } from '../text.js';
import { boxHeight, boxWidth, course, picture, placeOf } from '../waits.js';

/** @typedef {import('../main.js').Data} Data */
/** @typedef {import('../main.js').State} State */
/** @typedef {import('../waits.js').Waits} Waits */
/** @typedef {import('../waits.js').Box} Box */
/** @typedef {import('../waits.js').Arrow} Arrow */

const idsShown = 12;

/** @param {import('./tabs.js').Looks['stacks']} at @param {Data} data @param {State} state */
export function waits({ panel: element, tools }, data, state) {
  const take = button('waits', 'g', 'Take');
  const summary = h('p', { className: 'note', role: 'status' });
  const place = h('div', { className: 'scroll' });
  tools.replaceChildren(take);
  element.replaceChildren(summary, place);
  /** @type {unknown[]} */
  let shown = [null];

  return {
    update() {
      const { run } = data;
      const waits = run?.waits ?? null;
      take.disabled = run?.phase !== 'running' || run.asking;
      const now = [waits, state.frame, run?.phase];
      if (now.every((value, i) => value === shown[i])) return;
      shown = now;
      element.dataset.at = String(waits?.atMs ?? '');
      keepFocus(place, () =>
        place.replaceChildren(waits ? drawing(waits, state) : invitation(run?.phase)),
      );
      if (waits) shownNow(waits, place);
      setText(summary, waits ? summaryText(waits) : '');
    },
    destroy() {
      tools.replaceChildren();
      element.replaceChildren();
    },
  };
}

/** @param {string | undefined} phase */
function invitation(phase) {
  const alive = phase === 'starting' || phase === 'running';
  const text = alive
    ? 'Press g to see which goroutines wait for which, and whether some of them wait for ever.'
    : 'No wait graph was taken. Run the program again, and take it while it runs.';
  return h('p', { className: 'invitation' }, text);
}

/** @param {Waits} waits */
function summaryText({ graph: { nodes, cycles, truncated }, atMs, tookMs }) {
  const stuck = nodes.filter(({ stuck }) => stuck).length;
  return [
    many(nodes.length, 'goroutine'),
    stuck > 0 ? `${stuck} stuck for ever` : 'none is known to be stuck',
    cycles.length > 0 && many(cycles.length, 'deadlock'),
    truncated && 'not all of it',
    `${duration(atMs)} after the start, answered in ${answerTime(tookMs)}`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** @param {Waits} waits @param {State} state */
function drawing({ graph }, state) {
  const { boxes, arrows, width, height, more } = picture(graph);
  if (boxes.length === 0)
    return h('p', { className: 'invitation' }, 'No goroutine waits for another one.');
  return h(
    'div',
    { className: 'wait-graph', style: `width:${width}px;height:${height}px` },
    lines(arrows, width, height),
    ...arrows.map((arrow) => words(arrow)),
    ...boxes.map((box) => boxButton(box, arrows, state)),
    more > 0 && h('p', { className: 'note' }, `and ${many(more, 'more goroutine')}`),
  );
}

const svg = 'http://www.w3.org/2000/svg';

/** @param {Arrow[]} arrows @param {number} width @param {number} height */
function lines(arrows, width, height) {
  const root = document.createElementNS(svg, 'svg');
  root.setAttribute('width', String(width));
  root.setAttribute('height', String(height));
  root.setAttribute('aria-hidden', 'true');
  const heads = ['dead', 'known', 'guess'].map(
    (name) =>
      `<marker id="head-${name}" class="${name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="11" markerHeight="11" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8Z"/></marker>`,
  );
  root.innerHTML = `<defs>${heads.join('')}</defs>`;
  for (const arrow of arrows) {
    const path = document.createElementNS(svg, 'path');
    path.setAttribute('d', course(arrow).path);
    path.setAttribute('class', nameOf(arrow));
    path.setAttribute('marker-end', `url(#head-${nameOf(arrow)})`);
    root.append(path);
  }
  return root;
}

/** @param {Arrow} arrow */
const nameOf = ({ dead, proven }) => (dead ? 'dead' : proven ? 'known' : 'guess');

/** What an arrow is about; boxes tell it too. @param {Arrow} arrow */
function words(arrow) {
  const { x, y } = course(arrow);
  return h(
    'span',
    { className: `kind ${nameOf(arrow)}`, style: `left:${x}px;top:${y}px`, 'aria-hidden': 'true' },
    arrow.kind,
  );
}

/** @param {Box} box */
function title({ nodes }) {
  if (nodes.length === 0) return 'anybody';
  const [first] = nodes;
  const name = first.label || placeOf(first)?.func || '(unknown)';
  return nodes.length === 1
    ? `${first.id} ${name}`
    : `${nodes.length} × ${placeOf(first)?.func ?? name}`;
}

/** @param {Box} box @param {Arrow[]} arrows @param {State} state */
function boxButton(box, arrows, state) {
  const { nodes, cycle, x, y } = box;
  const [first] = nodes;
  const at = first && placeOf(first);
  const mark = `box ${first?.id ?? 'anybody'}`;
  const stuck = cycle >= 0 ? 'dead' : first?.stuck ? 'stuck' : '';
  const targets = arrows
    .filter(({ from }) => from === box)
    .map(({ to, kind }) => `${title(to)} (${kind})`);
  const told = [
    nodes.length > 1 &&
      `goroutines ${nodes.slice(0, idsShown).map(({ id }) => id)}${nodes.length > idsShown ? ', …' : ''}`,
    cycle >= 0 ? 'in a deadlock' : stuck && 'stuck for ever',
    targets.length > 0 && `waits for ${targets.join(', ')}`,
    nodes.length === 0 && 'variables of the program lead to what is waited for',
  ].filter(Boolean);
  return h(
    'button',
    {
      type: 'button',
      className: `box ${stuck}`,
      style: `left:${x - boxWidth / 2}px;top:${y - boxHeight / 2}px;width:${boxWidth}px;height:${boxHeight}px`,
      'data-do': 'frame',
      'data-focus': mark,
      value: at ? `${at.file}:${at.line}` : '',
      disabled: !at?.file,
      title: told.join('; '),
      'aria-pressed': at ? state.frame?.by === mark : undefined,
      'aria-label': [title(box), first && (first.reason || first.state), ...told]
        .filter(Boolean)
        .join('; '),
    },
    h('span', { className: 'func' }, title(box)),
    h('small', {}, first ? first.reason || first.state : 'through variables'),
  );
}
