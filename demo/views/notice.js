// @ts-check
// The notice that is shown if programs can have one worker only.

import { h } from '../dom.js';

/** @param {HTMLElement} element */
export function isolationNotice(element) {
  const header = (/** @type {string} */ text) => h('code', {}, text);
  element.replaceChildren(
    h('h2', {}, 'One worker: the page is not cross-origin isolated'),
    h(
      'p',
      {},
      'Programs run here all the same, on one worker. Several workers need shared memory. Browsers give it ' +
        'to pages that are served from localhost or over https with these two headers:',
    ),
    h('p', {}, header('Cross-Origin-Opener-Policy: same-origin')),
    h('p', {}, header('Cross-Origin-Embedder-Policy: require-corp')),
    h('p', {}, header('npm start'), ' serves it so.'),
  );
  element.hidden = false;
}
