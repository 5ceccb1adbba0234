// @ts-check
// The heap profile: who allocated what.

import { h, setText } from '../dom.js';
import { sampleType, sampleTypes, topOf, treeOf } from '../profile.js';
import { bytes, count } from '../text.js';
import { callsPlace } from './calls.js';

/** @typedef {import('../main.js').Data} Data */
/** @typedef {import('../main.js').State} State */
/** @typedef {import('../profile.js').SampleType} SampleType */

/**
 * @param {HTMLElement} element
 * @param {Data} data
 * @param {State} state
 * @param {(place: string) => void} open shows a line
 */
export function profile(element, data, state, open) {
  const type = h(
    'select',
    { 'data-change': 'sample' },
    ...sampleTypes.map(({ name }) => new Option(name, name)),
  );
  const summary = h('p', { className: 'note', role: 'status' });
  const place = callsPlace(open);
  element.replaceChildren(
    h('div', { className: 'choice' }, h('label', {}, h('span', {}, 'Show'), type), summary),
    place.element,
  );
  /** @type {unknown[]} */
  let shown = [];

  return {
    update() {
      if (state.look !== 'heap') {
        place.drop();
        shown = [];
        return;
      }
      const { run } = data;
      const taken = run?.profile ?? null;
      const which = sampleType(state.sample);
      const now = [taken, which, place.element.clientWidth, run?.trouble, run?.phase, state.frame];
      if (now.every((value, i) => value === shown[i])) return;
      const redraw = [0, 1, 2].some((i) => now[i] !== shown[i]);
      shown = now;
      type.value = which.name;
      const top = taken && topOf(taken.heap, which);
      summary.classList.toggle('bad', Boolean(run?.trouble));
      setText(summary, run?.trouble || (taken && top ? summaryText(taken, top.total, which) : ''));
      if (!taken || !top?.total) return place.invite(invitationText(taken, run?.phase));
      const unit = {
        name: which.name,
        show: (/** @type {number} */ n) => amount(n, which),
        foot: `Estimated: of every ${bytes(taken.heap.rate)} that are allocated a block is looked at.`,
      };
      place.show(top, unit, state, redraw ? treeOf(taken.heap, which) : null);
    },
    destroy() {
      place.drop();
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
