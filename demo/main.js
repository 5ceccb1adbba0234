// @ts-check
// The page: holds the state, starts and ends programs, and turns clicks and keys into actions.
// Elements say what they do themselves: `data-do` on a click, `data-change` on a change.

import { readAddress, validProcs, writeAddress } from './address.js';
import { actionOf, keys } from './keys.js';
import { openGroup, placeFrom, stepFrame, stepGroup } from './look.js';
import { Run } from './run.js';
import { argsOf, programOf, sceneOf, scenes } from './scenes.js';
import { Sources } from './source.js';
import { controls } from './views/controls.js';
import { counts } from './views/counts.js';
import { help } from './views/help.js';
import { lanes } from './views/lanes.js';
import { isolationNotice } from './views/notice.js';
import { output } from './views/output.js';
import { programs } from './views/programs.js';
import { source } from './views/source.js';
import { stacks } from './views/stacks.js';

/**
 * @typedef {object} State what the user chose
 * @property {string} scene
 * @property {number} procs
 * @property {Record<string, Record<string, string>>} args by scene and field
 * @property {string | null} group the open one of the dump, by its key; '' none, null not yet
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
  scene: () => sceneOf(state.scene),
  args: () => argsOf(state.scene, state.args[state.scene]),
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

// --- programs ---

let turn = 0;

async function run() {
  const mine = ++turn;
  writeAddress(state);
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

/** @param {string} id */
function choose(id) {
  state.scene = id;
  return run();
}

/** @param {number} procs */
function setProcs(procs) {
  state.procs = validProcs(procs, 1);
  writeAddress(state);
  data.run?.setProcs(state.procs);
}

/** A field of the form: an argument, or the workers. @param {HTMLInputElement} input */
function set(input) {
  if (input.name === 'procs') return setProcs(Number(input.value));
  state.args[state.scene][input.name] = input.value;
  input.value = data.args()[input.name];
  return run();
}

// --- dumps ---

const dump = () => data.run?.dump;

/** @type {unknown} */
let opened = null;
let followed = 0;

/** What comes with time: a dump every second if wanted, and with a dump a group that is open. */
function followDump() {
  const { run } = data;
  const now = performance.now();
  // A hundred thousand stacks take a while: the page is to do other things, too.
  const pause = Math.max(followMs, 4 * (run?.dump?.tookMs ?? 0));
  if (state.follow && run && now - followed >= pause) {
    followed = now;
    run.takeDump();
  }
  const news = run?.dump;
  if (!news?.first || news === opened) return;
  opened = news;
  const last = news.tookMs === null;
  if (state.group === null || last) openGroup(state, news, news.first.key);
}

function save() {
  const text = dump()?.text;
  if (text === undefined) return;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  link.download = `${state.scene}-goroutines.txt`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// --- actions ---

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

/** @type {Record<string, (value: string, element?: any) => unknown>} */
const actions = {
  run,
  stop: () => data.run?.stop(),
  dump: () => data.run?.takeDump(),
  choose,
  number: (value) => scenes[Number(value) - 1] && choose(scenes[Number(value) - 1].id),
  open: (key) => openGroup(state, dump(), state.group === key ? '' : key),
  frame: (value) => (state.frame = placeFrom(value)),
  step: (value) => stepGroup(state, dump(), Number(value)),
  climb: (value) => stepFrame(state, dump(), Number(value)),
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

function listen() {
  document.addEventListener('click', ({ target }) => {
    const button = /** @type {Element} */ (target).closest('button[data-do]');
    if (!(button instanceof HTMLButtonElement)) return;
    act(button.dataset.do, button.value, button);
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
  addEventListener('hashchange', () => readAddress(state) && run());
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', refresh);
}

function begin() {
  readAddress(state);
  try {
    setTheme(localStorage.getItem('worldsema-theme') ?? themes[0]);
  } catch {
    setTheme(themes[0]);
  }
  listen();
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
