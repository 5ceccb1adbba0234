// @ts-check
// The output of the program: text, or a picture.

import { h, setText } from '../dom.js';
import { painterColour } from '../picture.js';
import { count } from '../text.js';

/** @typedef {import('../main.js').Data} Data */
/** @typedef {import('../output.js').Output} Output */
/** @typedef {import('../picture.js').Picture} Picture */

/** Width of the strip that shows the painter of each row. */
const stripPx = 6;

/** @param {HTMLElement} element @param {Data} data */
export function output(element, data) {
  const note = h('span', { className: 'note' });
  const log = h('pre', {
    role: 'log',
    'aria-live': 'off',
    'aria-label': 'What it printed',
    tabIndex: 0,
  });
  const canvas = h('canvas', { role: 'img', 'aria-label': 'The picture, as far as it is painted' });
  const figure = h('div', { className: 'picture', hidden: true }, canvas);
  element.replaceChildren(
    h('header', {}, h('h2', { id: 'output-title' }, 'Output'), note),
    figure,
    log,
  );
  /** @type {unknown} */
  let shownRun;
  let shownTotal = -1;
  let shownRows = -1;
  let printAt = 0;

  return {
    update() {
      const { run } = data;
      if (run !== shownRun) {
        log.replaceChildren();
        [shownRun, shownTotal, shownRows, printAt] = [run, -1, -1, 0];
        figure.hidden = !run?.picture;
        element.dataset.kind = run?.picture ? 'picture' : 'text';
      }
      if (!run) return;
      const began = performance.now();
      if (run.output.total !== shownTotal && (began >= printAt || !run.alive)) {
        shownTotal = run.output.total;
        print(log, run.output);
        // A program that prints fast must not keep the page from other work.
        printAt = performance.now() + 4 * (performance.now() - began);
      }
      if (run.picture && run.picture.rows > Math.max(shownRows, 0)) {
        shownRows = run.picture.rows;
        paint(canvas, run.picture);
      }
      const { picture } = run;
      setText(note, picture ? `${count(picture.rows)} rows` : `${count(shownTotal)} characters`);
      log.hidden = run.picture !== null && shownTotal === 0;
    },
    destroy: () => element.replaceChildren(),
  };
}

/** Brings the lines that are shown up to date with those that are kept. */
function print(/** @type {HTMLElement} */ log, /** @type {Output} */ { pieces }) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 30;
  const serial = (/** @type {Element | null} */ span) =>
    Number(/** @type {HTMLElement | null} */ (span)?.dataset.serial ?? -1);
  while (log.firstElementChild && serial(log.firstElementChild) < pieces[0].serial) {
    log.firstElementChild.remove();
  }
  const last = serial(log.lastElementChild);
  const grown = pieces.find((piece) => piece.serial === last);
  if (grown)
    log.lastElementChild?.append(grown.text.slice(log.lastElementChild.textContent?.length));
  const fresh = pieces.filter((piece) => piece.serial > last);
  log.append(
    ...fresh.map(({ serial, fd, text }) =>
      h('span', { className: fd === 2 ? 'stderr' : 'stdout', 'data-serial': serial }, text),
    ),
  );
  const { scrollHeight } = log; // this lays the text out, which takes long
  if (atEnd) log.scrollTop = scrollHeight;
}

/** @param {HTMLCanvasElement} canvas @param {Picture} picture */
function paint(canvas, { width, height, pixels, painters }) {
  if (canvas.width !== width + stripPx || canvas.height !== height) {
    Object.assign(canvas, { width: width + stripPx, height });
  }
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  context.putImageData(new ImageData(pixels, width, height), stripPx, 0);
  painters.forEach((painter, y) => {
    if (painter < 0) return;
    context.fillStyle = painterColour(painter);
    context.fillRect(0, y, stripPx - 1, 1);
  });
}
