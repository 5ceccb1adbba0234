// @ts-check
// C sources, fetched once each.

import { highlight } from './highlight.js';
import { pathOf } from './text.js';

/** @typedef {{ lines: import('./highlight.js').Word[][] | null, why: string }} Source */

/** The sources that dumps name, by their paths in the repository. */
export class Sources {
  /** @type {Map<string, Source>} */
  #known = new Map();
  #changed;

  /** @param {() => void} changed one has arrived */
  constructor(changed) {
    this.#changed = changed;
  }

  /**
   * A source, or undefined while it is being fetched.
   * @param {string} file
   */
  get(file) {
    if (!this.#known.has(file)) {
      this.#known.set(file, { lines: null, why: 'Loading …' });
      this.#load(file);
    }
    return /** @type {Source} */ (this.#known.get(file));
  }

  /** @param {string} file */
  async #load(file) {
    this.#known.set(file, await load(file));
    this.#changed();
  }
}

/** @param {string} file @returns {Promise<Source>} */
async function load(file) {
  const lost = { lines: null, why: 'The source of this file is not here.' };
  // Only files that this server has: the scenes, and the runtime.
  const path = pathOf(file);
  if (!/^(demo|runtime)\/[\w/-]+(\.\w+)*$/.test(path)) return lost;
  try {
    const response = await fetch(new URL(`../${path}`, import.meta.url));
    return response.ok ? { lines: highlight(await response.text()), why: '' } : lost;
  } catch {
    return { lines: null, why: 'The source could not be loaded: is the server still there?' };
  }
}
