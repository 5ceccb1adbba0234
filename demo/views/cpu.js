// @ts-check
// Where the time goes, live while it is recorded.

import { button, h, setText } from '../dom.js';
import { hz } from '../cpu.js';
import { topOf, treeOf } from '../profile.js';
import { duration, percent } from '../text.js';
import { callsPlace } from './calls.js';

/** @typedef {import('../main.js').Data} Data */
/** @typedef {import('../main.js').State} State */

const samples = { key: /** @type {const} */ ('count') };
const unit = {
  name: 'processor time',
  show: (/** @type {number} */ n) => duration((n * 1000) / hz),
  foot: `${hz} samples a second of each worker.`,
};

/**
 * @param {import('./tabs.js').Looks['stacks']} at
 * @param {Data} data
 * @param {State} state
 * @param {(place: string) => void} open shows a line
 */
export function cpu({ panel: element, tools }, data, state, open) {
  const record = button('record', 'u', 'Record');
  const label = /** @type {ChildNode} */ (record.firstChild);
  const summary = h('p', { className: 'note', role: 'status' });
  const place = callsPlace(open);
  tools.replaceChildren(record);
  element.replaceChildren(
    h('div', { className: 'profile' }, h('div', { className: 'choice' }, summary), place.element),
  );
  /** @type {unknown[]} */
  let shown = [];

  return {
    update() {
      if (state.look !== 'cpu') {
        place.drop();
        shown = [];
        return;
      }
      const { run } = data;
      record.disabled = run?.phase !== 'running';
      record.setAttribute('aria-pressed', String(Boolean(run?.recording)));
      label.textContent = run?.recording ? 'End recording ' : 'Record ';
      const log = run?.cpu ?? null;
      const drawn = [log, run?.recorded, place.element.clientWidth];
      const now = [...drawn, run?.trouble, run?.phase, run?.recording, state.frame];
      if (now.every((value, i) => value === shown[i])) return;
      const redraw = drawn.some((value, i) => value !== shown[i]);
      shown = now;
      summary.classList.toggle('bad', Boolean(run?.trouble));
      setText(summary, run?.trouble || (log ? summaryText(log) : ''));
      if (!log || log.total === 0) return place.invite(invitationText(run));
      place.show(topOf(log, samples), unit, state, redraw ? treeOf(log, samples) : null);
    },
    destroy() {
      place.drop();
      tools.replaceChildren();
      element.replaceChildren();
    },
  };
}

/** @param {import('../cpu.js').CpuLog} log */
function summaryText({ total, idle, durationNs }) {
  const all = total + idle;
  return (
    `${unit.show(total)} of processor time in ${duration(durationNs / 1e6)}` +
    (all > 0 ? `; idle ${percent(idle, all)}` : '')
  );
}

/** @param {import('../run.js').Run | null} run */
function invitationText(run) {
  if (run?.recording) return 'Recording …';
  return run?.phase === 'running' || run?.phase === 'starting'
    ? 'Press u to record where the time goes, and u again to end it.'
    : 'Nothing was recorded. Run the program again, and record while it runs.';
}
