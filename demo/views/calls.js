// @ts-check
// A profile as a graph of calls and as a table of functions. A click on a function shows its line in the
// source.

import flamegraph from 'd3-flame-graph';
import { select } from 'd3-selection';
import { h, keepFocus, setText } from '../dom.js';
import { baseName, many, percent } from '../text.js';

/** @typedef {import('../main.js').State} State */
/** @typedef {import('../profile.js').Row} Row */
/** @typedef {import('../profile.js').Node} Node */
/** @typedef {{ name: string, show: (n: number) => string, foot: string }} Unit what its numbers are */

/** Functions beyond these are only counted. */
const rowsShown = 100;
const cellPx = 18;

const hint = 'A click on a function shows its source, one on “all” the whole again.';

/** What of a profile is shown, or the invitation to take one. @param {(place: string) => void} open shows a line */
export function callsPlace(open) {
  const graph = h('div', { className: 'flame' });
  const detail = h('p', { className: 'note reading' }, hint);
  const table = h('div');
  const found = h('div', { hidden: true }, graph, detail, table);
  const invitation = h('p', { className: 'invitation' });
  const element = h('div', { className: 'scroll' }, invitation, found);
  /** @type {import('d3-flame-graph').FlameGraph<Node> | null} */
  let flame = null;
  let drawn = '';

  const drop = () => {
    flame?.destroy();
    flame = null;
    select(graph).datum(null);
  };

  return {
    element,
    drop,
    /** @param {string} text */
    invite(text) {
      drop();
      setText(invitation, text);
      invitation.hidden = false;
      found.hidden = true;
      table.replaceChildren();
    },
    /** @param {{ rows: Row[], total: number }} top @param {Unit} unit @param {State} state @param {Node | null} tree null: the graph is as it was */
    show(top, unit, state, tree) {
      invitation.hidden = true;
      found.hidden = false;
      if (tree) {
        drop();
        // While it is recorded the reading stays.
        if (unit.name !== drawn) setText(detail, hint);
        drawn = unit.name;
        flame = drawFlame(graph, tree, unit, open, detail);
      }
      keepFocus(element, () => table.replaceChildren(tableOf(top, unit, state)));
    },
  };
}

// --- the graph ---

/**
 * @param {HTMLElement} element @param {Node} tree @param {Unit} unit
 * @param {(place: string) => void} open @param {HTMLElement} detail
 */
function drawFlame(element, tree, unit, open, detail) {
  const text = (/** @type {Node} */ { name, file, line, value }) =>
    `${name}${file ? ` (${baseName(file)}:${line})` : ''}: ` +
    `${unit.show(value)}, ${percent(value, tree.value)}`;
  element.setAttribute('role', 'img');
  element.setAttribute('aria-label', `Flame graph of ${unit.name}; the table tells the same`);
  const flame = /** @type {typeof flamegraph<Node>} */ (flamegraph)()
    .width(element.clientWidth)
    .height(depthOf(tree) * cellPx)
    .cellHeight(cellPx)
    .minFrameSize(2)
    .transitionDuration(0)
    .inverted(true)
    .sort((a, b) => b.value - a.value)
    .label(({ data }) => text(data))
    .setColorMapper(({ data }) => colourOf(data))
    .setDetailsHandler((told) => setText(detail, told ?? hint))
    .onClick(({ data: { file, line } }) => file && open(`${file}:${line}`));
  select(element).datum(tree).call(flame);
  return flame;
}

/** @param {Node} node @returns {number} */
const depthOf = ({ children }) => 1 + Math.max(0, ...children.map(depthOf));

/** The program's own in the colour of the page, the same for a name each time; others grey. @param {Node} node */
function colourOf({ name, kind }) {
  if (kind !== 'user') return 'var(--raised)';
  const hash = [...name].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) % 997, 7);
  return `color-mix(in srgb, var(--signal) ${26 + (hash % 26)}%, var(--pane))`;
}

// --- the table ---

/** @param {{ rows: Row[], total: number }} top @param {Unit} unit @param {State} state */
function tableOf({ rows, total }, unit, state) {
  const heads = ['flat', 'flat%', 'cum', 'cum%', 'function'];
  const more = rows.length - rowsShown;
  const foot = [more > 0 && `And ${many(more, 'more function')}.`, unit.foot];
  return h(
    'table',
    { className: 'top-rows' },
    h('caption', {}, `Functions by ${unit.name}`),
    h('thead', {}, h('tr', {}, ...heads.map((text) => h('th', { scope: 'col' }, text)))),
    h('tbody', {}, ...rows.slice(0, rowsShown).map((row) => rowOf(row, total, unit, state))),
    h('tfoot', {}, h('tr', {}, h('td', { colSpan: heads.length }, foot.filter(Boolean).join(' ')))),
  );
}

/** @param {Row} row @param {number} total @param {Unit} unit @param {State} state */
function rowOf({ func, file, line, kind, flat, cum }, total, unit, state) {
  const value = `${file}:${line}`;
  return h(
    'tr',
    { className: kind, style: `--share:${((flat / total) * 100).toFixed(2)}%` },
    h('td', { className: 'flat' }, unit.show(flat)),
    h('td', {}, percent(flat, total)),
    h('td', {}, unit.show(cum)),
    h('td', {}, percent(cum, total)),
    h(
      'th',
      { scope: 'row' },
      h(
        'button',
        {
          ...{ type: 'button', 'data-do': 'frame', value, disabled: file === '' },
          'data-focus': `${func} ${file}`,
          'aria-pressed': state.frame?.file === file && state.frame.line === line,
        },
        h('span', { className: 'func' }, func || '(unknown)'),
        h('span', { className: 'place' }, file ? `${baseName(file)}:${line}` : ''),
      ),
    ),
  );
}
