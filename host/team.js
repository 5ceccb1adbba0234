// @ts-check
// The workers of one program: who is there, who was lost, and the end of all.

/**
 * @typedef {object} Death
 * @property {string} message
 * @property {string} [name]
 * @property {string} [stack]
 * @property {unknown} [cause] the platform's error
 */

/** Every worker that the glue starts for one program, from its first moment. */
export class Team {
  /** @type {Set<{ terminate: () => unknown }>} */
  #members = new Set();
  #ended = false;
  /** Called at each message of a worker. */
  onNews = () => {};
  /** @type {((death: Death) => void) | undefined} */
  #onLost;
  /** @type {Death | undefined} */
  #lost;

  /** Workers alive, as far as the platform tells. */
  get size() {
    return this.#members.size;
  }

  /** Whether the end has begun. */
  get ended() {
    return this.#ended;
  }

  /**
   * Who hears of the first death; told at once when it has happened already.
   * @param {(death: Death) => void} listener
   */
  set onLost(listener) {
    this.#onLost = listener;
    if (this.#lost !== undefined) listener(this.#lost);
  }

  /** @param {{ terminate: () => unknown }} worker */
  join(worker) {
    if (this.#ended) worker.terminate();
    else this.#members.add(worker);
  }

  /**
   * A worker ended, and nobody asked it to. Only the first one counts: the rest follows from it. It
   * stays a member: in a page it has only failed, and is still there.
   * @param {Death} death
   */
  lost(death) {
    if (this.#ended || this.#lost !== undefined) return;
    this.#lost = death;
    this.#onLost?.(death);
  }

  /** Ends every worker, also those that join later. Fulfilled when they are gone. */
  async end() {
    this.#ended = true;
    const members = [...this.#members];
    this.#members.clear();
    await Promise.all(members.map((worker) => worker.terminate()));
  }
}
