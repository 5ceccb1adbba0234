// @ts-check
// The list of programs.

import { h } from '../dom.js';

/** @typedef {import('../main.js').Data} Data */
/** @typedef {import('../main.js').State} State */

/** @param {HTMLElement} element @param {Data} data @param {State} state */
export function programs(element, { scenes }, state) {
  const buttons = scenes.map(({ id, title, blurb }, i) =>
    h(
      'button',
      { type: 'button', 'data-do': 'choose', value: id },
      i < 10 ? h('kbd', { 'aria-hidden': 'true' }, String((i + 1) % 10)) : h('span'),
      h('span', { className: 'title' }, title),
      h('span', { className: 'blurb' }, blurb),
    ),
  );
  element.replaceChildren(...buttons.map((button) => h('li', {}, button)));
  let shown = '';

  return {
    update() {
      if (shown === state.scene) return;
      shown = state.scene;
      for (const button of buttons) {
        const current = button.value === shown;
        if (current) button.setAttribute('aria-current', 'true');
        else button.removeAttribute('aria-current');
        if (current) button.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      }
    },
    destroy: () => element.replaceChildren(),
  };
}
