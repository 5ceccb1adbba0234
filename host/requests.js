// @ts-check
// Requests to a running program. Asking returns at once. The program's own threads answer, even
// while all of them are busy or blocked. They report an answer through the box.

import { WorldsemaError } from './errors.js';
import { AskKind, AskState, Request } from './layout.js';

/**
 * @typedef {object} Pending
 * @property {(answer: Uint8Array) => void} resolve
 * @property {(error: Error) => void} reject
 */

/** The pending requests to one program. */
export class Requests {
  #exports;
  #memory;
  /** @type {Map<number, Pending>} by address of the request */
  #pending = new Map();

  /** @param {import('./glue.js').Program} program */
  constructor({ exports, memory }) {
    this.#exports = exports;
    this.#memory = memory;
  }

  /**
   * @param {number} kind
   * @param {number} [arg]
   * @returns {Promise<Uint8Array>} a copy of the answer
   */
  ask(kind, arg = 0) {
    return new Promise((resolve, reject) => {
      const request = this.#exports.rt_host_request(kind, arg) >>> 0;
      if (request === 0) reject(busy(this.#pending.size));
      else this.#pending.set(request, { resolve, reject });
    });
  }

  /** Settles the requests that have been answered. */
  settle() {
    for (const [request, { resolve, reject }] of this.#pending) {
      const state = this.#memory.load(request, Request.state);
      if (state === AskState.pending) continue;
      this.#pending.delete(request);
      if (state === AskState.done) resolve(this.#answer(request));
      else reject(failed(this.#memory.load(request, Request.kind)));
      this.#exports.rt_host_request_free(request);
    }
  }

  /**
   * Gives up all requests. The program has ended; its memory is not changed any more.
   * @param {Error} error
   */
  abandon(error) {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  /** @param {number} request */
  #answer(request) {
    const ptr = this.#memory.load(request, Request.answer);
    return this.#memory.copy(ptr, this.#memory.load(request, Request.bytes));
  }
}

/** @param {number} kind */
const failed = (kind) =>
  kind === AskKind.leaks
    ? new WorldsemaError(
        'ERR_HIDDEN',
        'who is leaked cannot be told: some goroutine was always in code whose locals nobody sees ' +
          '(foreign code; without go_alloc, all that cannot wait)',
      )
    : new WorldsemaError('ERR_REQUEST', `the program could not answer request ${kind}`);

/** @param {number} open */
const busy = (open) =>
  new WorldsemaError(
    'ERR_BUSY',
    `${open} questions to the program are open, and there is no room for more: wait for answers`,
  );
