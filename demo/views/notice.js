// @ts-check
// The notice that is shown if the page cannot run anything.

import { h } from '../dom.js';

/** @param {HTMLElement} element */
export function isolationNotice(element) {
  const header = (/** @type {string} */ text) => h('code', {}, text);
  element.replaceChildren(
    h('h2', {}, 'Programs cannot run here: the page is not cross-origin isolated'),
    h(
      'p',
      {},
      'Workers share memory only in a page that is served from localhost or over https with these two headers:',
    ),
    h('p', {}, header('Cross-Origin-Opener-Policy: same-origin')),
    h('p', {}, header('Cross-Origin-Embedder-Policy: require-corp')),
    h('p', {}, header('npm start'), ' serves it so. Sources can be read here anyway.'),
  );
  element.hidden = false;
}
