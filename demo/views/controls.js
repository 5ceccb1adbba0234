// @ts-check
// The chosen program, its arguments, the buttons, and the state of the run.

import { button, h, setText } from '../dom.js';
import { maxProcs } from '../address.js';
import { duration } from '../text.js';

/** @typedef {import('../main.js').Data} Data */
/** @typedef {import('../main.js').State} State */
/** @typedef {import('../run.js').Run} Run */

/** @param {HTMLElement} element @param {Data} data @param {State} state */
export function controls(element, data, state) {
  const title = h('h2', { id: 'program-title' });
  const blurb = h('p');
  const form = h('form', { className: 'fields', autocomplete: 'off' });
  const dump = button('dump', 'd', 'Dump all stacks');
  const run = button('run', 'r', 'Run');
  const stop = button('stop', 's', 'Stop');
  const lamp = h('span', { className: 'lamp', 'aria-hidden': 'true' });
  const verdict = h('output', { className: 'verdict', role: 'status', 'aria-live': 'polite' });
  const clock = h('span', { className: 'clock' });
  const mode = h('span', { className: 'mode' });
  dump.classList.add('primary');

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    run.click();
  });
  element.replaceChildren(
    h('div', { className: 'what' }, title, blurb),
    form,
    h('div', { className: 'buttons' }, run, stop, dump),
    h('p', { className: 'how' }, lamp, verdict, clock, mode),
  );
  let shown = '';

  return {
    update() {
      const scene = data.scene();
      setText(title, scene.title);
      setText(blurb, scene.blurb);
      const now = JSON.stringify([scene.id, state.procs, state.mode, data.args()]);
      if (now !== shown) fillForm(form, data, state, scene.id !== JSON.parse(shown || '[0]')[0]);
      shown = now;

      const { run: current } = data;
      const phase = current?.phase ?? 'idle';
      lamp.dataset.phase = phase;
      setText(verdict, verdictText(current));
      setText(clock, current && phase !== 'starting' ? duration(current.elapsedMs) : '');
      setText(/** @type {Node} */ (run.firstChild), current?.alive ? 'Restart ' : 'Run ');
      setText(mode, current?.mode === 'one' ? 'with one worker' : '');
      mode.title = current?.modeReason ?? '';
      stop.disabled = !current?.alive;
      dump.disabled = phase !== 'running';
    },
    destroy: () => element.replaceChildren(),
  };
}

/**
 * @param {HTMLElement} form
 * @param {Data} data
 * @param {State} state
 * @param {boolean} anew for another program
 */
function fillForm(form, data, state, anew) {
  const values = data.args();
  if (anew) {
    const fields = data.scene().fields.map((field) => labelled(field, String(values[field.name])));
    const { procs } = state;
    const workers = { name: 'procs', label: 'Workers', value: '', min: 1, max: maxProcs };
    const mode = {
      ...{ name: 'mode', label: 'Mode', value: '' },
      choices: /** @type {[string, string][]} */ ([
        ['auto', data.isolated ? 'workers' : 'one worker (this page can have no more)'],
        ['one', 'one worker'],
      ]).slice(0, data.isolated ? 2 : 1),
    };
    form.replaceChildren(...fields, labelled(workers, String(procs)), labelled(mode, state.mode));
  }
  for (const input of form.querySelectorAll('input, select')) {
    const { name } = /** @type {HTMLInputElement} */ (input);
    const own = { procs: String(state.procs), mode: data.isolated ? state.mode : 'auto' };
    const value = Object.hasOwn(own, name) ? own[/** @type {'procs'} */ (name)] : values[name];
    /** @type {HTMLInputElement} */ (input).value = value;
  }
}

/** @param {import('../scenes.js').Field} field @param {string} value */
function labelled({ name, label, min, max, choices }, value) {
  const input = choices
    ? h(
        'select',
        { name, 'data-change': 'set' },
        ...choices.map(([of, text]) => new Option(text, of)),
      )
    : h('input', { type: 'number', name, min, max, required: true, 'data-change': 'set' });
  input.value = value;
  return h('label', {}, h('span', {}, label), input);
}

/** @param {Run | null} run */
function verdictText(run) {
  if (!run) return 'Not running';
  switch (run.phase) {
    case 'starting':
      return 'Starting …';
    case 'running':
      return 'Running';
    case 'exited':
      return `Exited with status ${run.exitCode}`;
    case 'stopped':
      return 'Stopped';
    case 'failed':
      return `Could not start: ${run.message}`;
    default: {
      const kind = run.phase === 'panic' ? 'panic' : 'fatal error';
      return `${kind}: ${run.message.split('\n')[0]} (status ${run.exitCode})`;
    }
  }
}
