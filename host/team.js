// @ts-check
// The workers of one program: which ones exist, which one was lost, and how all are ended.

/**
 * @typedef {object} Death
 * @property {string} message
 * @property {string} [name]
 * @property {string} [stack]
 * @property {string} [script] the worker's, if that could not be loaded
 * @property {unknown} [cause] the platform's error
 */

/** The time in ms between two attempts to stop the threads. */
const haltMs = 10;

/** Every worker that the glue starts for one program, from its first moment. */
export class Team {
  /** @type {Set<{ terminate: () => unknown }>} */
  #members = new Set();
  #ended = false;
  /** Called for each message of a worker. */
  onNews = () => {};
  /** Lets all threads of the program stop soon, for engines that cannot end one in a loop. */
  halt = () => {};
  /** @type {((death: Death) => void) | undefined} */
  #onLost;
  /** @type {Death | undefined} */
  #lost;

  /** The number of workers that are alive, as far as the platform reports. */
  get size() {
    return this.#members.size;
  }

  /** Whether the end has begun. */
  get ended() {
    return this.#ended;
  }

  /**
   * Called for the first death. If it has happened already, called at once.
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
   * A worker ended without being asked to. Only the first such end is reported, because further
   * ones follow from it. The worker stays a member: in a page it has failed but still exists.
   * @param {Death} death
   */
  lost(death) {
    if (this.#ended || this.#lost !== undefined) return;
    this.#lost = death;
    this.#onLost?.(death);
  }

  /**
   * The glue's handler of a worker's messages. In it this thread makes the calls that the program
   * asks of it, and what they throw nobody else catches: the program dies of it.
   * @param {(event: any) => void} handler
   */
  guarded(handler) {
    return (/** @type {any} */ event) => {
      try {
        handler(event);
      } catch (cause) {
        if (cause === 'unwind') return; // newer glue: a worker has crashed, and tells so
        const { name, message = String(cause), stack } = Object(cause);
        const where = 'thrown in a call that the program has this thread make';
        this.lost({ name, message: `${message} (${where})`, stack, cause });
      }
    };
  }

  /** Ends every worker, also those that join later. Fulfilled when they are gone. */
  async end() {
    this.#ended = true;
    const members = [...this.#members];
    this.#members.clear();
    this.halt();
    const again = setInterval(() => this.halt(), haltMs);
    await Promise.all(members.map((worker) => worker.terminate()));
    clearInterval(again);
  }
}
