// @ts-check
// The page's address keeps what was chosen: `#scene=sieve&procs=2&primes=100`. Wrong values in the
// address are corrected.

import { argsOf, sceneOf, startScene } from './scenes.js';

/** @typedef {import('./main.js').State} State */

export const maxProcs = 32;

/** @param {unknown} n @param {number} otherwise */
export function validProcs(n, otherwise) {
  const procs = Math.round(Number(n));
  return procs >= 1 ? Math.min(procs, maxProcs) : otherwise;
}

/** @param {string | null} mode @returns {'auto' | 'one'} */
export const validMode = (mode) => (mode === 'one' ? 'one' : 'auto');

/** Takes the choice from the address. True if that changes the state. @param {State} state */
export function readAddress(state) {
  const before = addressOf(state);
  const given = new URLSearchParams(location.hash.slice(1));
  const scene = sceneOf(given.get('scene') ?? startScene);
  state.scene = scene.id;
  state.procs = validProcs(given.get('procs'), state.procs);
  state.mode = validMode(given.get('mode'));
  for (const { name } of scene.fields) {
    const value = given.get(name);
    if (value !== null) state.args[scene.id][name] = value;
  }
  return before !== addressOf(state);
}

/** @param {State} state */
export const writeAddress = (state) => history.replaceState(null, '', addressOf(state));

/** Arguments that have their default value are left out. @param {State} state */
function addressOf({ scene, procs, mode, args }) {
  const values = argsOf(scene, args[scene]);
  const changed = sceneOf(scene).fields.filter(({ name, value }) => values[name] !== value);
  const rest = Object.fromEntries(changed.map(({ name }) => [name, values[name]]));
  return `#${new URLSearchParams({
    ...{ scene, procs: String(procs) },
    ...(mode === 'one' && { mode }),
    ...rest,
  })}`;
}
