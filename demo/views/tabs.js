// @ts-check
// The tabs for the stacks, the heap, the time, the timeline and the waits; and the buttons of the
// heap.

import { button, h } from '../dom.js';

/** @typedef {import('../main.js').Data} Data */
/** @typedef {import('../main.js').State} State */

/** @type {[look: State['look'], text: string, key: string][]} */
const looks = [
  ['stacks', 'Stacks', 'm'],
  ['heap', 'Heap', 'm'],
  ['cpu', 'CPU', 'u'],
  ['timeline', 'Timeline', 'l'],
  ['waits', 'Waits', 'g'],
];

/** @typedef {Record<State['look'], { panel: HTMLElement, tools: HTMLElement }>} Looks */

/** @param {HTMLElement} element @param {Looks} all what belongs to each tab @param {State} state */
export function tabs(element, all, state) {
  const buttons = looks.map(([look, text, key]) =>
    h('button', { type: 'button', 'data-do': 'look', value: look, 'aria-keyshortcuts': key }, text),
  );
  const key = (/** @type {string} */ text) => h('kbd', { 'aria-hidden': 'true' }, text);
  element.replaceChildren(
    ...buttons.slice(0, 2),
    ...[key('m'), buttons[2], key('u'), buttons[3], key('l'), buttons[4], key('g')],
  );

  return {
    update() {
      for (const [look] of looks) {
        all[look].panel.hidden = all[look].tools.hidden = state.look !== look;
      }
      for (const button of buttons) {
        button.setAttribute('aria-pressed', String(button.value === state.look));
      }
    },
    destroy: () => element.replaceChildren(),
  };
}

/** @param {HTMLElement} element @param {Data} data */
export function heapTools(element, data) {
  const collect = button('collect', 'c', 'Collect');
  const take = button('profile', 'h', 'Heap profile');
  element.replaceChildren(collect, take);

  return {
    update() {
      const { run } = data;
      const running = run?.phase === 'running';
      collect.disabled = !running || run.collectingSince !== null;
      take.disabled = !running || run.profiling;
    },
    destroy: () => element.replaceChildren(),
  };
}
