// @ts-check
// Runs a program on the thread of its host, in turns. Between two turns the event loop gets its
// time.

/** A shorter wait than this, in ms, is spent with turns: timers are not finer. */
const finestMs = 1;

/** The turns of one program. */
export class Turns {
  /** Takes what the program has written. Set by its runtime. */
  drain = () => {};
  #turn;
  #news;
  #later;
  #ended = false;
  /** Whether the next turn has been ordered. */
  #soon = false;
  /** @type {any} */
  #timer;
  /** @type {(() => void)[]} */
  #waiters = [];
  /** @type {Promise<unknown> | undefined} no turn begins before it is fulfilled */
  #held;

  /**
   * @param {object} parts
   * @param {() => number} parts.turn runs a turn; gives after how many ms the next one is due, or a
   *   negative number
   * @param {() => number} parts.news grows when the program has news
   * @param {(call: () => void) => void} parts.later calls a function as a task of its own
   */
  constructor({ turn, news, later }) {
    this.#turn = turn;
    this.#news = news;
    this.#later = later;
  }

  /** The program may have something to do: runs a turn soon. */
  kick() {
    if (this.#soon || this.#ended) return;
    this.#soon = true;
    clearTimeout(this.#timer);
    this.#later(() => this.#run());
  }

  /** Fulfilled after the next turn that brings news. */
  next() {
    return new Promise((resolve) => this.#waiters.push(() => resolve(undefined)));
  }

  /**
   * Lets no turn begin before the promise is settled.
   * @param {Promise<unknown>} promise
   */
  hold(promise) {
    this.#held = promise;
    const go = () => {
      if (this.#held !== promise) return;
      this.#held = undefined;
      this.kick();
    };
    promise.then(go, go);
  }

  /** No turn runs any more. */
  end() {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#wake();
  }

  #run() {
    this.#soon = false;
    if (this.#ended || this.#held) return;
    const before = this.#news();
    const ms = this.#turn();
    if (this.#news() !== before) this.#wake();
    if (this.#ended || ms < 0) return;
    if (ms < finestMs) this.kick();
    else this.#timer = setTimeout(() => this.kick(), ms);
  }

  #wake() {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }
}
