// @ts-check
// A profile as a graph of calls and as a table of functions. A click on a function shows its line
// in the source.

import flamegraph from 'd3-flame-graph';
import { select } from 'd3-selection';
import { timerFlush } from 'd3-timer';
import { h, keepFocus, setText } from '../dom.js';
import { zoomTo } from '../profile.js';
import { baseName, many, percent } from '../text.js';

/** @typedef {import('../main.js').State} State */
/** @typedef {import('../profile.js').Row} Row */
/** @typedef {import('../profile.js').Node} Node */
/**
 * @typedef {{ name: string, show: (n: number) => string, foot: string }} Unit what its numbers are
 */

/** Functions beyond these are only counted. */
const rowsShown = 100;
const cellPx = 18;

const hint = 'A click on a function shows its source, one on “all” the whole again.';

/**
 * The part of a profile that is shown, or the invitation to take a profile.
 * @param {(place: string) => void} open shows a line
 */
export function callsPlace(open) {
  const graph = h('div', { className: 'flame', role: 'img' });
  const detail = h('p', { className: 'note reading' }, hint);
  const table = h('div');
  const found = h('div', { hidden: true }, graph, detail, table);
  const invitation = h('p', { className: 'invitation' });
  const element = h('div', { className: 'scroll' }, invitation, found);
  const flame = flameIn(graph, detail, open);
  let drawn = '';

  return {
    element,
    drop: flame.drop,
    /** @param {string} text */
    invite(text) {
      flame.drop();
      setText(invitation, text);
      invitation.hidden = false;
      found.hidden = true;
      table.replaceChildren();
    },
    /**
     * @param {{ rows: Row[], total: number }} top
     * @param {Unit} unit
     * @param {State} state
     * @param {Node | null} tree null: the graph is as it was
     */
    show(top, unit, state, tree) {
      invitation.hidden = true;
      found.hidden = false;
      if (tree) {
        // While one profile is recorded, the text about a function stays.
        if (unit.name !== drawn) setText(detail, hint);
        drawn = unit.name;
        flame.draw(tree, unit);
      }
      keepFocus(element, () => table.replaceChildren(tableOf(top, unit, state)));
    },
  };
}

// --- the graph ---

/**
 * A flame graph. It is changed in place, so it never disappears between two profiles, and keeps its
 * zoom.
 * @param {HTMLElement} element @param {HTMLElement} detail @param {(place: string) => void} open
 */
function flameIn(element, detail, open) {
  /** @type {{ tree: Node, unit: Unit } | null} */
  let shown = null;
  /** What it is zoomed to. @type {Node[]} */
  let zoomed = [];
  const text = (/** @type {Node} */ { name, file, line, value }) =>
    `${name}${file ? ` (${baseName(file)}:${line})` : ''}: ` +
    `${shown?.unit.show(value)}, ${percent(value, shown?.tree.value ?? 0)}`;
  const flame = /** @type {typeof flamegraph<Node>} */ (flamegraph)()
    .cellHeight(cellPx)
    .minFrameSize(2)
    .transitionDuration(0)
    .inverted(true)
    .sort((a, b) => b.value - a.value)
    .label(({ data }) => text(data))
    .setColorMapper(({ data }) => colourOf(data))
    .setDetailsHandler((told) => setText(detail, told ?? hint))
    .onClick((node) => {
      zoomed = pathTo(node);
      timerFlush();
      if (node.data.file) open(`${node.data.file}:${node.data.line}`);
    });

  return {
    /** @param {Node} tree @param {Unit} unit */
    draw(tree, unit) {
      const anew = !shown;
      shown = { tree, unit };
      zoomTo(tree, zoomed);
      element.setAttribute('aria-label', `Flame graph of ${unit.name}; the table tells the same`);
      flame.width(element.clientWidth).height(depthOf(tree) * cellPx);
      if (anew) select(element).datum(tree).call(flame);
      else flame.update(tree);
      select(element).select('svg').attr('height', flame.height());
      timerFlush(); // else the graph would set widths one picture late
    },
    drop() {
      if (!shown) return;
      shown = null;
      flame.destroy();
      select(element).datum(null);
    },
  };
}

/** @param {import('d3-flame-graph').FlameNode<Node>} node */
function pathTo(node) {
  const path = [];
  for (let at = node; at.parent; at = at.parent) path.unshift(at.data);
  return path;
}

/** @param {Node} node @returns {number} */
const depthOf = ({ children }) => 1 + Math.max(0, ...children.map(depthOf));

/**
 * The program's own functions have the colour of the page, always the same for a name. Others are
 * grey.
 * @param {Node} node
 */
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
