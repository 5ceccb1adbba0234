// @ts-check
// The list of keys.

import { h } from '../dom.js';

/** @typedef {import('../keys.js').Key} Key */

/** @param {HTMLElement} element a dialog @param {{ keys: Key[] }} data */
export function help(element, { keys }) {
  const rows = keys.map(({ shown, what }) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, ...shown.map((key) => h('kbd', {}, key))),
      h('td', {}, what),
    ),
  );
  element.replaceChildren(
    h('h2', { id: 'help-title' }, 'Keys'),
    h('table', {}, h('tbody', {}, ...rows)),
    h('form', { method: 'dialog' }, h('button', { type: 'submit', autofocus: true }, 'Close')),
  );
  return { update() {}, destroy: () => element.replaceChildren() };
}
