// @ts-check
// The page: holds the state, starts and ends programs, and turns clicks and keys into actions.
// Elements say what they do themselves: `data-do` on a click, `data-change` on a change.

import { shownFrames } from './dump.js';
import { actionOf, keys } from './keys.js';
import { Run } from './run.js';
import { programOf, scenes, valueOf } from './scenes.js';
import { Sources } from './source.js';
import { isolationNotice } from './views/notice.js';
import { controls } from './views/controls.js';
import { counts } from './views/counts.js';
import { help } from './views/help.js';
import { lanes } from './views/lanes.js';
import { output } from './views/output.js';
import { programs } from './views/programs.js';
import { source } from './views/source.js';
import { stacks } from './views/stacks.js';

/**
 * @typedef {object} State what the user chose
 * @property {string} scene
 * @property {number} procs
 * @property {Record<string, Record<string, string>>} args by scene and field
 * @property {string | null} group the open one of the dump, by its key
 * @property {import('./dump.js').Place | null} frame the line to show
 * @property {boolean} follow dump every second
 * @property {boolean} internals show the runtime's frames
 */
/**
 * @typedef {object} Data what there is to show
 * @property {import('./scenes.js').Scene[]} scenes
 * @property {import('./keys.js').Key[]} keys
 * @property {Sources} sources
 * @property {Run | null} run
 * @property {() => import('./scenes.js').Scene} scene
 * @property {() => Record<string, string>} args
 * @property {() => number} procs
 * @property {() => string} theme
 */

export const maxProcs = 32;
const themes = ['system', 'light', 'dark'];
const followMs = 1000;

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @type {State} */
const state = {
  scene: scenes[0].id,
  procs: Math.min(Math.max(navigator.hardwareConcurrency || 2, 1), 8),
  args: Object.fromEntries(scenes.map(({ id }) => [id, {}])),
  group: null,
  frame: null,
  follow: false,
  internals: false,
};

/** @type {Data} */
const data = {
  scenes,
  keys,
  sources: new Sources(refresh),
  run: null,
  scene: () => scenes.find(({ id }) => id === state.scene) ?? scenes[0],
  args: () =>
    Object.fromEntries(
      data
        .scene()
        .fields.map((field) => [field.name, valueOf(field, state.args[state.scene][field.name])]),
    ),
  procs: () => state.procs,
  theme: () => document.documentElement.dataset.theme ?? themes[0],
};

/** @type {{ update: () => void, destroy: () => void }[]} */
let views = [];
let waiting = false;

/** Has the views brought up to date, once, before the next picture. */
function refresh() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    followDump();
    for (const view of views) view.update();
  });
}

// --- the address ---

function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  const scene = scenes.find(({ id }) => id === given.get('scene')) ?? scenes[0];
  const procs = Number(given.get('procs'));
  const before = writtenAddress();
  state.scene = scene.id;
  if (Number.isInteger(procs) && procs >= 1) state.procs = Math.min(procs, maxProcs);
  for (const { name } of scene.fields) {
    const value = given.get(name);
    if (value !== null) state.args[scene.id][name] = value;
  }
  return before !== writtenAddress();
}

function writtenAddress() {
  const { scene, procs } = state;
  const changed = data.scene().fields.filter(({ name, value }) => data.args()[name] !== value);
  const args = Object.fromEntries(changed.map(({ name }) => [name, data.args()[name]]));
  return `#${new URLSearchParams({ scene, procs: String(procs), ...args })}`;
}

const writeAddress = () => history.replaceState(null, '', writtenAddress());

// --- actions ---

let turn = 0;

async function run() {
  const mine = ++turn;
  writeAddress();
  await data.run?.stop();
  if (mine !== turn) return; // another click came
  const scene = data.scene();
  Object.assign(state, { group: null, frame: null, follow: false });
  data.run = new Run({
    wasm: programOf(scene),
    args: Object.values(data.args()),
    procs: state.procs,
    picture: scene.picture ?? false,
    changed: refresh,
  });
  refresh();
}

let followed = 0;

/** What a dump brings with it: one every second if wanted, and a group that is open. */
function followDump() {
  const { run } = data;
  const now = performance.now();
  if (state.follow && run && now - followed >= followMs) {
    followed = now;
    run.takeDump();
  }
  if (state.group === null && run?.dump?.groups.length) open(run.dump.groups[0].key);
}

/** Opens a group, or closes it. @param {string} key */
function open(key) {
  const group = data.run?.dump?.groups.find((group) => group.key === key);
  state.group = group ? key : '';
  const frame = group && (group.top ?? group.frames[0]);
  if (frame?.file) state.frame = { file: frame.file, line: frame.line };
}

/** @param {number} by */
function step(by) {
  const groups = data.run?.dump?.groups ?? [];
  const at = groups.findIndex(({ key }) => key === state.group);
  const next = groups[Math.min(Math.max(at < 0 ? 0 : at + by, 0), groups.length - 1)];
  if (next) open(next.key);
}

/** To the frame after or before, in the open group. @param {number} by */
function climb(by) {
  const group = data.run?.dump?.groups.find(({ key }) => key === state.group);
  if (!group) return;
  const frames = shownFrames(group.frames, state.internals).filter(({ file }) => file !== '');
  const at = frames.findIndex(
    ({ file, line }) => file === state.frame?.file && line === state.frame.line,
  );
  const next = frames[Math.min(Math.max(at + by, 0), frames.length - 1)];
  if (next) state.frame = { file: next.file, line: next.line };
}

function save() {
  const dump = data.run?.dump;
  if (!dump) return;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([dump.text], { type: 'text/plain' }));
  link.download = `${state.scene}-goroutines.txt`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** @param {number} procs */
function setProcs(procs) {
  state.procs = Math.min(Math.max(Math.round(procs) || 1, 1), maxProcs);
  writeAddress();
  data.run?.setProcs(state.procs);
}

/** @param {string} [theme] */
function setTheme(theme = themes[(themes.indexOf(data.theme()) + 1) % themes.length]) {
  document.documentElement.dataset.theme = theme;
  byId('theme').title = `Theme: ${theme}`;
  try {
    localStorage.setItem('worldsema-theme', theme);
  } catch {
    // Not kept, then: storage may be turned off.
  }
}

/** @param {string} id */
function choose(id) {
  state.scene = id;
  return run();
}

/** @param {string} value such as demo/scenes/sieve.c:41 */
function frame(value) {
  const colon = value.lastIndexOf(':');
  state.frame = { file: value.slice(0, colon), line: Number(value.slice(colon + 1)) };
}

/** A field of the form: an argument, or the workers. @param {HTMLInputElement} input */
function set(input) {
  if (input.name === 'procs') return setProcs(Number(input.value));
  state.args[state.scene][input.name] = input.value;
  input.value = data.args()[input.name];
  return run();
}

/** @type {Record<string, (value: string, element?: any) => unknown>} */
const actions = {
  run,
  stop: () => data.run?.stop(),
  dump: () => data.run?.takeDump(),
  choose,
  number: (value) => scenes[Number(value) - 1] && choose(scenes[Number(value) - 1].id),
  open: (key) => (state.group === key ? (state.group = '') : open(key)),
  frame,
  step: (value) => step(Number(value)),
  climb: (value) => climb(Number(value)),
  follow: () => (state.follow = !state.follow),
  internals: () => (state.internals = !state.internals),
  save,
  set: (_, input) => set(input),
  workers: (value) => setProcs(state.procs + Number(value)),
  theme: () => setTheme(),
  help: () => /** @type {HTMLDialogElement} */ (byId('help')).showModal(),
};

/** @param {string | undefined} name @param {string} value @param {Element} [element] */
function act(name, value, element) {
  if (name === undefined) return;
  actions[name](value, element);
  refresh();
}

// --- begin ---

function begin() {
  readAddress();
  try {
    setTheme(localStorage.getItem('worldsema-theme') ?? themes[0]);
  } catch {
    setTheme(themes[0]);
  }
  document.addEventListener('click', ({ target }) => {
    const button = /** @type {Element} */ (target).closest('button[data-do]');
    if (button)
      act(button.getAttribute('data-do') ?? '', /** @type {any} */ (button).value, button);
  });
  document.addEventListener('change', ({ target }) => {
    const input = /** @type {HTMLInputElement} */ (target);
    act(input.dataset.change, input.value, input);
  });
  document.addEventListener('keydown', (event) => {
    const found = actionOf(event);
    if (found) act(found.action, found.value);
  });
  addEventListener('resize', refresh);
  addEventListener('hashchange', () => readAddress() && run());
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', refresh);

  views = [
    programs(byId('programs'), data, state),
    controls(byId('controls'), data, state),
    counts(byId('counts'), data),
    lanes(byId('lanes'), data),
    output(byId('output'), data),
    stacks(byId('stacks'), data, state),
    source(byId('source'), data, state),
    help(byId('help'), data),
  ];
  refresh();
  if (globalThis.crossOriginIsolated) run();
  else isolationNotice(byId('notice'));
}

begin();
