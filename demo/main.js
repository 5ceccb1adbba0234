// @ts-check
// The page: holds the state, starts and ends programs, and turns clicks and keys into actions.
// Elements say what they do themselves: `data-do` on a click, `data-change` on a change.

import { toChromeTrace } from 'worldsema';
import { readAddress, validMode, validProcs, writeAddress } from './address.js';
import { actionOf, keys } from './keys.js';
import { openGroup, placeFrom, seeDump, stepFrame, stepGroup } from './look.js';
import { Run } from './run.js';
import { argsOf, programOf, sceneOf, scenes, startScene } from './scenes.js';
import { Sources } from './source.js';
import { controls } from './views/controls.js';
import { counts } from './views/counts.js';
import { cpu } from './views/cpu.js';
import { help } from './views/help.js';
import { lanes } from './views/lanes.js';
import { memory } from './views/memory.js';
import { isolationNotice } from './views/notice.js';
import { output } from './views/output.js';
import { profile } from './views/profile.js';
import { programs } from './views/programs.js';
import { source } from './views/source.js';
import { stacks } from './views/stacks.js';
import { heapTools, tabs } from './views/tabs.js';
import { timeline, timelineTools } from './views/timeline.js';
import { waits } from './views/waits.js';

/**
 * @typedef {object} State what the user chose
 * @property {string} scene
 * @property {number} procs
 * @property {'auto' | 'one'} mode with workers if the page may have them, or with one
 * @property {Record<string, Record<string, string>>} args by scene and field
 * @property {string} group the open one of the dump, by its key; '' none
 * @property {boolean} picked the user opened or closed a group, so no other is opened for him
 * @property {import('./dump.js').Place | null} frame the line to show
 * @property {boolean} follow dump every second
 * @property {boolean} internals show the runtime's frames
 * @property {'stacks' | 'heap' | 'cpu' | 'timeline' | 'waits'} look
 * @property {boolean} live the timeline goes on
 * @property {'goroutine' | 'function'} colours of the timeline
 * @property {string} sample of a heap profile, by pprof's name
 */
/**
 * @typedef {object} Data what there is to show
 * @property {import('./scenes.js').Scene[]} scenes
 * @property {import('./keys.js').Key[]} keys
 * @property {Sources} sources
 * @property {Run | null} run
 * @property {boolean} isolated programs can have several workers here
 * @property {() => import('./scenes.js').Scene} scene
 * @property {() => Record<string, string>} args
 * @property {() => number} procs
 * @property {() => string} theme
 */

const themes = ['system', 'light', 'dark'];
const followMs = 1000;
const timelineMs = 250;
/** Before this time, in ms since main began, little has happened. */
const firstDumpMs = 1500;
/** How much of each worker's past is shown: it can be decoded and drawn at once. */
const recorded = 'flightrec=4096';

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @type {State} */
const state = {
  scene: startScene,
  mode: 'auto',
  procs: Math.min(Math.max(navigator.hardwareConcurrency || 2, 1), 8),
  args: Object.fromEntries(scenes.map(({ id }) => [id, {}])),
  group: '',
  picked: false,
  frame: null,
  follow: false,
  internals: false,
  look: 'stacks',
  live: true,
  colours: 'goroutine',
  sample: 'inuse_space',
};

/** @type {Data} */
const data = {
  scenes,
  keys,
  sources: new Sources(refresh),
  run: null,
  isolated: Boolean(globalThis.crossOriginIsolated),
  scene: () => sceneOf(state.scene),
  args: () => argsOf(state.scene, state.args[state.scene]),
  procs: () => state.procs,
  theme: () => document.documentElement.dataset.theme ?? themes[0],
};

/** @type {{ update: () => void, destroy: () => void }[]} */
let views = [];
let waiting = false;

/** Has the views updated once before the next picture. */
function refresh() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    followDump();
    followTimeline();
    for (const view of views) view.update();
  });
}

// --- programs ---

let turn = 0;
/** The scene that state.look was chosen for. */
let lookedAt = '';

async function run() {
  const mine = ++turn;
  writeAddress(state);
  await data.run?.stop();
  if (mine !== turn) return; // there was another click
  const scene = data.scene();
  Object.assign(state, { group: '', picked: false, frame: null, follow: false, live: true });
  if (scene.id !== lookedAt && state.look !== 'timeline') state.look = scene.look ?? 'stacks';
  lookedAt = scene.id;
  data.run = new Run({
    wasm: programOf(scene),
    args: Object.values(data.args()),
    env: { ...scene.env, GODEBUG: [scene.env?.GODEBUG ?? '', recorded].join() },
    procs: state.procs,
    mode: state.mode,
    picture: scene.picture ?? false,
    changed: refresh,
  });
  refresh();
}

/** The number of the program among all. */
const at = () => scenes.findIndex(({ id }) => id === state.scene);

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

/** @param {string} mode */
function setMode(mode) {
  state.mode = validMode(mode);
  return run();
}

/** A field of the form: an argument, or the workers. @param {HTMLInputElement} input */
function set(input) {
  if (input.name === 'procs') return setProcs(Number(input.value));
  if (input.name === 'mode') return setMode(input.value);
  state.args[state.scene][input.name] = input.value;
  input.value = data.args()[input.name];
  return run();
}

// --- dumps ---

const dump = () => data.run?.dump;

/** @type {unknown} */
let opened = null;
let followed = 0;
/** @type {Run | null} the program that is dumped by itself, until it is */
let shownFirst = null;

/** Does what is due: a dump every second if wanted. A new dump is looked at. */
function followDump() {
  const { run } = data;
  const now = performance.now();
  // A hundred thousand stacks take a while, and the page must have time for other work too.
  const pause = Math.max(followMs, 4 * (run?.dump?.tookMs ?? 0));
  if (state.follow && run && now - followed >= pause) {
    followed = now;
    run.takeDump();
  }
  if (run && run === shownFirst && run.phase === 'running' && run.elapsedMs >= firstDumpMs) {
    shownFirst = null;
    run.takeDump();
  }
  const news = run?.dump;
  if (!news?.first || news === opened) return;
  opened = news;
  seeDump(state, news);
}

/** Hands out a file. @param {string} name @param {string} text @param {string} type */
function saveFile(name, text, type) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = `${state.scene}-${name}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function save() {
  const text = dump()?.text();
  if (text !== undefined) saveFile('goroutines.txt', text, 'text/plain');
}

// --- the timeline ---

let timelineAt = 0;

/** Renews the timeline while it is shown and live, and once more after the program's end. */
function followTimeline() {
  const { run } = data;
  if (state.look !== 'timeline' || !state.live || !run) return;
  const now = performance.now();
  const pause = Math.max(timelineMs, 4 * run.timelineMs);
  if (run.phase === 'running' && run.timeline && now - timelineAt < pause) return;
  timelineAt = now;
  run.takeTimeline();
}

/** Saves the trace that is shown, for Perfetto. If none is shown, it saves the latest one. */
function saveTrace() {
  if (!data.run?.timeline) data.run?.takeTimeline();
  const trace = data.run?.timeline?.trace;
  if (!trace) return;
  saveFile('trace.json', JSON.stringify(toChromeTrace(trace)), 'application/json');
}

/** Goes to the timeline as it is now. */
function showTimeline() {
  look('timeline');
  data.run?.takeTimeline();
}

// --- actions ---

/** @param {string} [theme] */
function setTheme(theme = themes[(themes.indexOf(data.theme()) + 1) % themes.length]) {
  document.documentElement.dataset.theme = theme;
  byId('theme').title = `Theme: ${theme}`;
  try {
    localStorage.setItem('worldsema-theme', theme);
  } catch {
    // Storage may be turned off. Then the theme is not kept.
  }
}

const looks = /** @type {const} */ (['stacks', 'heap', 'cpu', 'timeline', 'waits']);

/**
 * Goes to the stacks, the heap, the time, the timeline or the waits; by default to the next one.
 * @param {string} [at]
 */
function look(at) {
  const next = looks[(looks.indexOf(state.look) + 1) % looks.length];
  state.look = looks.find((look) => look === at) ?? next;
  return true;
}

/** @type {Record<string, (value: string, from: { element?: any, at?: number }) => unknown>} */
const actions = {
  run,
  stop: () => data.run?.stop(),
  dump: (_, { at }) => look('stacks') && data.run?.takeDump(at),
  profile: () => look('heap') && data.run?.takeProfile(),
  record: () => look('cpu') && data.run?.record(),
  collect: () => look('heap') && data.run?.collect(),
  look,
  timeline: showTimeline,
  waits: (_, { at }) => look('waits') && data.run?.takeWaits(at),
  live: () => (state.live = !state.live),
  colours: (value) => (state.colours = value === 'function' ? value : 'goroutine'),
  saveTrace,
  choose,
  number: (value) => choose(scenes[(Number(value) + 9) % 10].id),
  next: (value) => choose(scenes.at((at() + Number(value)) % scenes.length)?.id ?? state.scene),
  open: (key) => openGroup(state, dump(), state.group === key ? '' : key),
  frame: (value, { element }) =>
    (state.frame = { ...placeFrom(value), by: element?.dataset.focus }),
  step: (value) => stepGroup(state, dump(), Number(value)),
  climb: (value) => stepFrame(state, dump(), Number(value)),
  follow: () => (state.follow = !state.follow),
  internals: () => (state.internals = !state.internals),
  sample: (value) => (state.sample = value),
  save,
  set: (_, { element }) => set(element),
  workers: (value) => setProcs(state.procs + Number(value)),
  theme: () => setTheme(),
  help: () => /** @type {HTMLDialogElement} */ (byId('help')).showModal(),
};

/**
 * @param {string | undefined} name @param {string} value
 * @param {{ element?: Element, at?: number }} [from] where it was said, and when
 */
function act(name, value, from = {}) {
  if (name === undefined) return;
  actions[name](value, from);
  refresh();
}

function listen() {
  document.addEventListener('click', ({ target, timeStamp: at }) => {
    const button = /** @type {Element} */ (target).closest('button[data-do]');
    if (!(button instanceof HTMLButtonElement)) return;
    act(button.dataset.do, button.value, { element: button, at });
  });
  document.addEventListener('change', ({ target }) => {
    const input = /** @type {HTMLInputElement} */ (target);
    act(input.dataset.change, input.value, { element: input });
  });
  document.addEventListener('keydown', (event) => {
    const found = actionOf(event);
    if (found) act(found.action, found.value, { at: event.timeStamp });
  });
  addEventListener('resize', refresh);
  addEventListener('hashchange', () => readAddress(state) && run());
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', refresh);
}

/** A visitor who has chosen no program sees at once what this page is about. */
async function runFirst() {
  const chosen = new URLSearchParams(location.hash.slice(1)).has('scene');
  await run();
  if (!chosen) shownFirst = data.run;
}

function begin() {
  readAddress(state);
  try {
    setTheme(localStorage.getItem('worldsema-theme') ?? themes[0]);
  } catch {
    setTheme(themes[0]);
  }
  listen();
  const parts = looks.map((look) => [look, { panel: byId(look), tools: byId(`${look}-tools`) }]);
  /** @type {import('./views/tabs.js').Looks} */
  const panels = Object.fromEntries(parts);
  views = [
    programs(byId('programs'), data, state),
    controls(byId('controls'), data, state),
    counts(byId('counts'), data),
    lanes(byId('lanes'), data),
    output(byId('output'), data),
    tabs(byId('tabs'), panels, state),
    stacks(panels.stacks, data, state),
    heapTools(panels.heap.tools, data),
    memory(byId('memory'), data, state),
    cpu(panels.cpu, data, state, (place) => act('frame', place)),
    profile(byId('profile'), data, state, (place) => act('frame', place)),
    timelineTools(panels.timeline.tools, data, state),
    timeline(byId('lanes-of-time'), data, state, () => {
      state.live = false;
      refresh();
    }),
    waits(panels.waits, data, state),
    source(byId('source'), data, state),
    help(byId('help'), data),
  ];
  refresh();
  if (!data.isolated) isolationNotice(byId('notice'));
  runFirst();
}

begin();
