// @ts-check
// The C source. The line of the chosen frame is marked. Beside each line is the number of
// goroutines that the dump found there.

import { h, setText } from '../dom.js';
import { sourceOf } from '../scenes.js';
import { count, many, pathOf } from '../text.js';

/** @typedef {import('../main.js').Data} Data */
/** @typedef {import('../main.js').State} State */

/** @param {HTMLElement} element @param {Data} data @param {State} state */
export function source(element, data, state) {
  const name = h('span', { className: 'note' });
  const code = h('div', { className: 'code', tabIndex: 0, role: 'group', 'aria-label': 'Lines' });
  element.replaceChildren(h('header', {}, h('h2', { id: 'source-title' }, 'Source'), name), code);
  /** @type {unknown[]} */
  let shown = [];

  return {
    update() {
      const file = state.frame?.file ?? sourceOf(data.scene());
      const line = state.frame?.line ?? 0;
      const text = data.sources.get(file);
      const dump = data.run?.dump;
      const now = [file, text, line, dump];
      if (now.every((value, i) => value === shown[i])) return;
      const [otherFile, otherText, otherLine] = now.map((value, i) => value !== shown[i]);
      shown = now;
      setText(name, line > 0 ? `${pathOf(file)}, line ${line}` : file);
      if (otherFile || otherText) {
        const lines = text.lines?.map(lineOf) ?? [h('p', { className: 'invitation' }, text.why)];
        code.replaceChildren(...lines);
        code.scrollTop = 0;
      }
      if (!text.lines) return;
      annotate(code, dump?.lines.get(file));
      if (otherFile || otherText || otherLine) mark(code, line);
    },
    destroy: () => element.replaceChildren(),
  };
}

/** @param {import('../highlight.js').Word[]} words @param {number} i */
function lineOf(words, i) {
  return h(
    'div',
    { className: 'line' },
    h('span', { className: 'here' }),
    h('span', { className: 'at', 'aria-hidden': 'true' }, String(i + 1)),
    h(
      'code',
      {},
      ...words.map(({ text, kind }) => (kind === '' ? text : h('span', { className: kind }, text))),
      '\n',
    ),
  );
}

/** @param {HTMLElement} code @param {Map<number, number> | undefined} counts by line */
function annotate(code, counts) {
  for (const here of code.querySelectorAll('.here')) {
    const number = Number(here.nextElementSibling?.textContent);
    const n = counts?.get(number) ?? 0;
    setText(here, n > 0 ? count(n) : '');
    here.toggleAttribute('data-some', n > 0);
    /** @type {HTMLElement} */ (here).title = n > 0 ? `${many(n, 'goroutine')} here` : '';
  }
}

/** @param {HTMLElement} code @param {number} line */
function mark(code, line) {
  code.querySelector('[aria-current]')?.removeAttribute('aria-current');
  const marked = /** @type {HTMLElement | undefined} */ (code.children[line - 1]);
  if (!marked) return;
  marked.setAttribute('aria-current', 'true');
  code.scrollTop = marked.offsetTop - code.clientHeight * 0.4;
}
