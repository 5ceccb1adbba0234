// @ts-check
// The dump: goroutines grouped by equal stacks. A group opens to its frames, a frame shows its line
// in the source.

import { h, keepFocus, setText, shownNow } from '../dom.js';
import { shownFrames } from '../dump.js';
import { answerTime, baseName, count, duration, many, pathOf, span } from '../text.js';

/** @typedef {import('../main.js').Data} Data */
/** @typedef {import('../main.js').State} State */
/** @typedef {import('../dump.js').Dump} Dump */
/** @typedef {import('../dump.js').Group} Group */
/** @typedef {import('../dump.js').Goroutine} Goroutine */

/** Groups and goroutines beyond these are only counted. */
const groupsShown = 200;
const idsShown = 24;

/** @param {import('./tabs.js').Looks['stacks']} at @param {Data} data @param {State} state */
export function stacks({ panel: element, tools }, data, state) {
  const summary = h('p', { className: 'note', role: 'status' });
  const follow = check('follow', 'e', 'every second');
  const all = check('internals', 'i', 'internals');
  const save = h(
    'button',
    { type: 'button', 'data-do': 'save', 'aria-keyshortcuts': 'w' },
    'Download ',
    h('kbd', { 'aria-hidden': 'true' }, 'w'),
  );
  const place = h('div', { className: 'scroll' });
  tools.replaceChildren(follow, all, save);
  element.replaceChildren(summary, place);
  /** @type {unknown[]} */
  let shown = [null];

  return {
    update() {
      const dump = data.run?.dump ?? null;
      save.disabled = !dump;
      box(follow).checked = state.follow;
      box(all).checked = state.internals;
      const now = [dump, state.group, state.frame, state.internals, data.run?.phase];
      if (now.every((value, i) => value === shown[i])) return;
      const moved = shown[1] !== state.group;
      shown = now;
      element.dataset.at = String(dump?.atMs ?? '');
      keepFocus(place, () =>
        place.replaceChildren(dump ? table(dump, state) : invitation(data.run?.phase)),
      );
      if (dump) shownNow(dump, place);
      setText(summary, dump ? summaryText(dump) : '');
      if (moved) place.querySelector('tbody.open')?.scrollIntoView({ block: 'nearest' });
    },
    destroy() {
      tools.replaceChildren();
      element.replaceChildren();
    },
  };
}

/** @param {string} name @param {string} key @param {string} text */
const check = (name, key, text) =>
  h(
    'label',
    { className: 'check' },
    h('input', { type: 'checkbox', 'data-change': name, 'aria-keyshortcuts': key }),
    `${text} `,
    h('kbd', { 'aria-hidden': 'true' }, key),
  );

/** @param {HTMLElement} label */
const box = (label) => /** @type {HTMLInputElement} */ (label.querySelector('input'));

/** @param {string | undefined} phase */
function invitation(phase) {
  const ends = phase !== undefined && phase !== 'starting' && phase !== 'running';
  const text = ends
    ? 'No dump was taken. Run the program again, and look at it while it runs.'
    : 'Press d to see where every goroutine is. The program need not do anything for it.';
  return h('p', { className: 'invitation' }, text);
}

/** @param {Dump} dump */
function summaryText({ total, groups, atMs, tookMs, last }) {
  const what = `${many(total, 'goroutine')}, ${many(groups.length, 'different stack')}`;
  if (last) return `${what}, printed by the program as it died`;
  return `${what}, ${duration(atMs)} after the start, answered in ${answerTime(tookMs)}`;
}

/** @param {Dump} dump @param {State} state */
function table({ groups, total }, state) {
  const heads = ['Goroutines', 'State', 'For', 'Where'];
  const table = h(
    'table',
    {},
    h('caption', {}, 'Goroutines by stack'),
    h('thead', {}, h('tr', {}, ...heads.map((text) => h('th', { scope: 'col' }, text)))),
    ...groups.slice(0, groupsShown).map((group) => rowsOf(group, total, state)),
  );
  const more = groups.length - groupsShown;
  if (more > 0) {
    const text = `and ${many(more, 'more group')}: all of them are in the download`;
    table.append(h('tfoot', {}, h('tr', {}, h('td', { colSpan: 4 }, text))));
  }
  return table;
}

/** @param {Group} group @param {number} total @param {State} state */
function rowsOf(group, total, state) {
  const { key, count: n, change, state: is, reason, waitMs, top } = group;
  const open = state.group === key;
  const where = top ?? group.frames[0];
  const changed =
    change === null || change === 0 ? '' : change > 0 ? `+${count(change)}` : `−${count(-change)}`;
  const waits = (is === 'waiting' || is === 'syscall') && waitMs.max > 0; // 0: the dump has no time
  const toggle = h(
    'button',
    { type: 'button', 'data-do': 'open', value: key, 'aria-expanded': open, 'data-focus': key },
    h('span', { className: 'func' }, where?.func || '(unknown)'),
    h('span', { className: 'place' }, where?.file ? `${baseName(where.file)}:${where.line}` : ''),
  );
  const body = h(
    'tbody',
    { className: open ? 'open' : '' },
    h(
      'tr',
      { style: `--share:${Math.max(1, (n / total) * 100).toFixed(2)}%` },
      h(
        'td',
        { className: 'count' },
        h('b', {}, count(n)),
        changed !== '' && h('small', { className: (change ?? 0) > 0 ? 'more' : 'less' }, changed),
      ),
      h('td', {}, h('span', { className: 'state', 'data-state': is }, reason || is)),
      h('td', { className: 'for' }, waits ? span(waitMs) : ''),
      h('th', { scope: 'row' }, toggle),
    ),
  );
  if (open)
    body.append(h('tr', { className: 'detail' }, h('td', { colSpan: 4 }, ...detail(group, state))));
  return body;
}

/** @param {Group} group @param {State} state */
function detail({ frames, members }, state) {
  const lines = shownFrames(frames, state.internals).map((frame) =>
    h(
      'li',
      { className: frame.kind },
      frameButton(frame, state, { after: frame.inlined ? ' (inlined)' : '' }),
    ),
  );
  const names = members
    .slice(0, idsShown)
    .map(({ id, label }) => (label ? `${id} ${label}` : String(id)))
    .join(', ');
  const rest = members.length - idsShown;
  const who = `${members.length === 1 ? 'Goroutine' : 'Goroutines'} ${names}`;
  return [
    h('ol', { className: 'frames' }, ...lines, ...creators(members, state)),
    h('p', { className: 'who' }, rest > 0 ? `${who} and ${count(rest)} more` : who),
  ];
}

/**
 * The go statements that made these goroutines.
 * @param {Goroutine[]} members
 * @param {State} state
 */
function creators(members, state) {
  /** @type {Map<string, { by: NonNullable<Goroutine['createdBy']>, parents: Set<number> }>} */
  const sites = new Map();
  for (const { createdBy: by } of members) {
    if (!by) continue;
    const key = `${by.func} ${by.file}:${by.line}`;
    const site = sites.get(key) ?? { by, parents: new Set() };
    site.parents.add(by.goroutine);
    sites.set(key, site);
  }
  return [...sites.values()].map(({ by, parents }) => {
    const alone = parents.size === 1 && by.goroutine > 0;
    const after = alone ? ` in goroutine ${by.goroutine}` : '';
    return h(
      'li',
      { className: 'created' },
      frameButton(by, state, { before: 'created by ', after }),
    );
  });
}

/**
 * @param {{ func: string, file: string, line: number }} frame
 * @param {State} state
 * @param {{ before?: string, after: string }} words
 */
function frameButton({ func, file, line }, state, { before = '', after }) {
  const value = `${file}:${line}`;
  return h(
    'button',
    {
      type: 'button',
      'data-do': 'frame',
      'data-focus': `${before}${func} ${value}`,
      value,
      disabled: file === '',
      'aria-pressed': state.frame?.file === file && state.frame.line === line,
    },
    before,
    h('span', { className: 'func' }, func || '(unknown)'),
    after,
    h('span', { className: 'place' }, file ? pathOf(value) : 'place not known'),
  );
}
