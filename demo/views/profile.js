// @ts-check
// The heap profile: who allocated what.

import { select } from 'd3-selection';
import { h, keepFocus, setText } from '../dom.js';
import { sampleType, sampleTypes, topOf, treeOf } from '../profile.js';
import { bytes, count } from '../text.js';
import { drawFlame, hint, tableOf } from './calls.js';

/** @typedef {import('../main.js').Data} Data */
/** @typedef {import('../main.js').State} State */
/** @typedef {import('../profile.js').Node} Node */
/** @typedef {import('../profile.js').SampleType} SampleType */

/** @param {HTMLElement} element @param {Data} data @param {State} state @param {(place: string) => void} open shows a line */
export function profile(element, data, state, open) {
  const type = h(
    'select',
    { 'data-change': 'sample' },
    ...sampleTypes.map(({ name }) => new Option(name, name)),
  );
  const summary = h('p', { className: 'note', role: 'status' });
  const graph = h('div', { className: 'flame' });
  const detail = h('p', { className: 'note reading' });
  const table = h('div');
  const found = h('div', { hidden: true }, graph, detail, table);
  const invitation = h('p', { className: 'invitation' });
  const place = h('div', { className: 'scroll' }, invitation, found);
  element.replaceChildren(
    h('div', { className: 'choice' }, h('label', {}, h('span', {}, 'Show'), type), summary),
    place,
  );
  /** @type {import('d3-flame-graph').FlameGraph<Node> | null} */
  let flame = null;
  /** @type {unknown[]} */
  let shown = [];

  const drop = () => {
    flame?.destroy();
    flame = null;
    select(graph).datum(null);
  };

  return {
    update() {
      if (state.look !== 'heap') {
        drop();
        shown = [];
        return;
      }
      const { run } = data;
      const taken = run?.profile ?? null;
      const which = sampleType(state.sample);
      const now = [taken, which, place.clientWidth, run?.trouble, run?.phase, state.frame];
      if (now.every((value, i) => value === shown[i])) return;
      const redraw = [0, 1, 2].some((i) => now[i] !== shown[i]);
      shown = now;
      type.value = which.name;
      const top = taken && topOf(taken.heap, which);
      const some = taken !== null && top !== null && top.total > 0;
      summary.classList.toggle('bad', Boolean(run?.trouble));
      setText(summary, run?.trouble || (taken && top ? summaryText(taken, top.total, which) : ''));
      setText(invitation, some ? '' : invitationText(taken, run?.phase));
      invitation.hidden = some;
      found.hidden = !some;
      const unit = {
        name: which.name,
        show: (/** @type {number} */ n) => amount(n, which),
        foot: `Estimated: of every ${bytes(taken?.heap.rate ?? 0)} that are allocated a block is looked at.`,
      };
      if (redraw) {
        drop();
        setText(detail, hint);
        if (some) flame = drawFlame(graph, treeOf(taken.heap, which), unit, open, detail);
      }
      if (!some) return table.replaceChildren();
      keepFocus(place, () => table.replaceChildren(tableOf(top, unit, state)));
    },
    destroy() {
      drop();
      element.replaceChildren();
    },
  };
}

/** @param {number} n @param {SampleType} type */
const amount = (n, { bytes: isBytes }) => (isBytes ? bytes(n) : count(n));

/** @param {import('../run.js').Profile} profile @param {number} total @param {SampleType} type */
function summaryText({ numGc }, total, type) {
  const what = `${amount(total, type)}${type.bytes ? '' : ' blocks'} ${type.what}`;
  return numGc > 0 ? `${what} as of collection ${count(numGc)}` : `${what}, before any collection`;
}

/** @param {import('../run.js').Profile | null} taken @param {string | undefined} phase */
function invitationText(taken, phase) {
  if (!taken) {
    return phase === 'running' || phase === 'starting'
      ? 'Press h to see who allocated what is in use. It tells how things stood at the end of the last collection; c collects.'
      : 'No profile was taken. Run the program again, and look at it while it runs.';
  }
  return 'No block of this kind has been looked at yet: it is one of many. Press h again later.';
}
