// @ts-check
// What views need from the platform.

/**
 * Makes an element. Names with a dash (`data-do`, `aria-label`) and names in `attributes` become
 * attributes; other names become properties. Values undefined and false are left out.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [props]
 * @param {...(Node | string | undefined | false)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === false) continue;
    if (name.includes('-') || attributes.has(name)) element.setAttribute(name, String(value));
    else /** @type {any} */ (element)[name] = value;
  }
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

const attributes = new Set(['role', 'scope', 'for', 'style', 'colspan', 'list']);

/**
 * A button that does the same as a key.
 * @param {string} action
 * @param {string} key
 * @param {string} text
 */
export const button = (action, key, text) =>
  h(
    'button',
    { type: 'button', 'data-do': action, 'aria-keyshortcuts': key },
    `${text} `,
    h('kbd', { 'aria-hidden': 'true' }, key),
  );

/**
 * Makes a canvas use the pixels of the screen, whatever size the layout gives it.
 * @param {HTMLCanvasElement} canvas
 * @returns {{ context: CanvasRenderingContext2D, width: number, height: number }} in CSS pixels
 */
export function fitted(canvas) {
  const { width, height } = canvas.getBoundingClientRect();
  const ratio = devicePixelRatio || 1;
  const [w, h] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/**
 * Sets text only if it has changed, so that a selection in it stays.
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Rebuilds a place. The focus goes to the new element that replaces the focused one.
 * @param {HTMLElement} place
 * @param {() => void} rebuild
 */
export function keepFocus(place, rebuild) {
  const { activeElement: active } = document;
  const mark =
    active && place.contains(active)
      ? /** @type {HTMLElement} */ (active).dataset.focus
      : undefined;
  const { scrollTop } = place;
  rebuild();
  place.scrollTop = scrollTop;
  if (mark === undefined) return;
  for (const button of place.querySelectorAll('button')) {
    if (button.dataset.focus === mark) return button.focus({ preventScroll: true });
  }
}

/**
 * Notes once how long an answer took, from the key to the picture. This lays the picture out.
 * @param {{ askedAt: number, tookMs: number | null }} answer @param {HTMLElement} place
 */
export function shownNow(answer, place) {
  if (answer.tookMs !== null) return;
  place.getBoundingClientRect();
  answer.tookMs = performance.now() - answer.askedAt;
}
