// @ts-check
// The life of one program, from its first news to its end, whatever the reason. This thread never
// blocks on the program. After the end this thread calls no function of the program: one of its
// threads may have ended with a lock held.

import { RuntimeClosed, programError, workerError } from './errors.js';
import { HostBox, HoldState } from './layout.js';
import { formatEngineStack } from './profile/trap.js';

/**
 * @typedef {object} Parts
 * @property {Awaited<ReturnType<typeof import('./program.js').startWorkers>>} program
 * @property {import('./box.js').BoxReader} box
 * @property {import('./output.js').Output} output
 * @property {import('./input.js').Input} [input]
 * @property {import('./requests.js').Requests} requests
 * @property {import('./calls.js').Calls} calls
 * @property {() => void} onEnd called first, to end what must end with the program
 * @property {(exitCode: number) => Promise<Error | undefined>} onExit called when the program is
 *   about to end by itself, if it was told to wait; gives the error, if there was one
 * @property {() => import('./index.d.ts').TraceEvent[]} events the last events, called after onEnd
 */

/** Longest time in ms that news may keep this thread from its event loop. */
const turnMs = 8;

/**
 * How long this thread stays awake after a call, in ms: about as long as it takes to sleep and be
 * woken.
 */
const lingerMs = 0.2;

/** After so many vain tries this thread no longer stays awake, except once in so many calls. */
const lingerLuck = 8;

/** Watches a program and reports how it ended. */
export class Life {
  #parts;
  /** @type {(code: number) => void} */
  #resolve = () => {};
  /** @type {(error: unknown) => void} */
  #reject = () => {};
  /** @type {Promise<number>} */
  #done;
  /** @type {() => void} */
  #begin = () => {};
  /** @type {(error: unknown) => void} */
  #failToBegin = () => {};
  /** @type {Promise<void>} */
  #begun;
  #over = false;
  #leaving = false;
  /** The value of calls.activity when it was last read. */
  #activity = 0;
  /** lingerLuck after a call for which it was right to stay awake; one less after each vain try. */
  #luck = lingerLuck;
  /** @type {Promise<void>} fulfilled when all workers are gone */
  #ended = Promise.resolve();

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // A failure has been printed already. If nobody handles `done`, the platform need not report it
    // again.
    this.#done.catch(() => {});
    this.#begun = new Promise((resolve, reject) => {
      this.#begin = resolve;
      this.#failToBegin = reject;
    });
    parts.program.team.onLost = (death) => this.#lost(death);
    this.#watch();
  }

  /** The exit code of main; rejects when the program dies. */
  get done() {
    return this.#done;
  }

  /**
   * Fulfilled when main begins, when the program exits before main, or after so many ms. If the
   * program dies before main, rejects with the error of `done`.
   * @param {number} ms
   */
  async begun(ms) {
    const timer = setTimeout(this.#begin, ms);
    try {
      await this.#begun;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Whether the end has begun. */
  get over() {
    return this.#over;
  }

  /** Fulfilled when all workers that were ended are gone. */
  get ended() {
    return this.#ended;
  }

  /**
   * Ends the program, if it has not ended. Fulfilled when all workers are gone. The outcome is
   * reported only then.
   * @param {() => number} outcome gives the exit code, or throws
   */
  end(outcome) {
    if (!this.#over) {
      this.#over = true;
      this.#ended = this.#finish(outcome);
    }
    return this.#ended;
  }

  /** @param {() => number} outcome */
  async #finish(outcome) {
    const { program, box, requests, calls, onEnd } = this.#parts;
    onEnd();
    requests.abandon(new RuntimeClosed('the program has ended'));
    calls.abandon(new RuntimeClosed('the program has ended'));
    await program.team.end();
    box.notify(HostBox.seq);
    try {
      this.#resolve(outcome());
    } catch (error) {
      this.#reject(error);
      if (box.word(HostBox.begun) === 0) this.#failToBegin(error);
    }
    this.#begin();
  }

  /** Reads the box whenever there is news, until the end. */
  async #watch() {
    const { box } = this.#parts;
    let turn = performance.now();
    while (!this.#over) {
      const seen = box.word(HostBox.seq);
      this.#guard(() => this.#news());
      if (this.#over) return;
      await this.#linger(seen);
      if (this.#over) return;
      const news = box.newsAfter(seen);
      if (!news && performance.now() - turn < turnMs) continue;
      await (news ?? new Promise((resolve) => setTimeout(resolve, 0)));
      turn = performance.now();
    }
  }

  /**
   * Stays awake for a moment after a call. The next call may come within microseconds, but to sleep
   * and be woken takes tens of microseconds. Meanwhile, reactions to settled promises run.
   * @param {number} seen
   */
  async #linger(seen) {
    const { box, calls } = this.#parts;
    if (calls.activity === this.#activity || box.alone) return;
    this.#activity = calls.activity;
    const hopeful = this.#luck > 0 || calls.activity % lingerLuck === 0;
    const until = hopeful ? performance.now() + lingerMs : 0;
    do await undefined;
    while (box.word(HostBox.seq) === seen && performance.now() < until && !this.#over);
    if (box.word(HostBox.seq) !== seen) this.#luck = lingerLuck;
    else if (this.#luck > 0) this.#luck--;
  }

  #news() {
    const { program, box, output, input, requests, calls } = this.#parts;
    // This is read first: all output from before the exit is then in the ring.
    const exited = box.word(HostBox.exited) !== 0;
    output.drain({ last: exited });
    if (!exited) input?.look();
    requests.settle();
    if (!exited) calls.look();
    if (this.#over) return; // a host function has closed the runtime
    if (box.word(HostBox.begun) !== 0) this.#begin();
    if (exited) {
      calls.takeResults();
      this.end(() => this.#outcome());
    }
    if (!exited && !this.#leaving && box.word(HostBox.hold) === HoldState.reached) this.#leave();
    if (!exited && box.word(HostBox.wanted) > 0) program.exports.rt_host_start_threads();
  }

  /** The program has reached its end and waits for this thread to end it. */
  async #leave() {
    const { box, output, onExit } = this.#parts;
    this.#leaving = true;
    this.#begin(); // beforeExit needs the runtime, which createRuntime gives once main has begun
    const failure = await onExit(box.word(HostBox.code) | 0);
    this.#guard(() => output.drain({ last: true }));
    this.end(() => {
      const code = this.#outcome();
      if (failure) throw failure;
      return code;
    });
  }

  /** @param {import('./team.js').Death} death */
  #lost(death) {
    const { box, output } = this.#parts;
    this.#guard(() => output.drain({ last: true }));
    this.end(() => {
      const told = box.word(HostBox.exited) !== 0 || box.word(HostBox.fatal) !== 0;
      if (told) return this.#outcome();
      throw this.#deathError(death);
    });
  }

  /**
   * Ends the program if a sink or the program's own code throws. That code may trap on this thread
   * too, once the program's memory is in ruins.
   * @param {() => void} step
   */
  #guard(step) {
    try {
      step();
    } catch (cause) {
      if (cause === 'unwind') return; // newer glue: a worker has crashed; reported later
      const { name, message, stack } = /** @type {Error} */ (cause);
      this.end(() => {
        throw name === 'RuntimeError' ? this.#deathError({ name, message, stack, cause }) : cause;
      });
    }
  }

  /** @param {import('./team.js').Death} death */
  #deathError(death) {
    const { program, events } = this.#parts;
    return workerError(death, formatEngineStack(death.stack ?? '', program.symbols), events);
  }

  /** The exit code. Throws the error that the program reports as its cause of death. */
  #outcome() {
    const { box, events } = this.#parts;
    const kind = box.word(HostBox.fatal);
    const exitCode = box.word(HostBox.code) | 0;
    if (kind === 0) return exitCode;
    throw programError(kind, box.text(HostBox.text), {
      exitCode,
      dump: box.text(HostBox.dump),
      events,
    });
  }
}
