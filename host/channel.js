// @ts-check
// The host's end of a channel: rt.channel(name). No element is taken in advance: it leaves the
// channel only for a receiver that waits.

import { GoError, OptionError, RuntimeClosed } from './errors.js';

/** @typedef {import('./calls.js').Calls} Calls */
/** @typedef {import('./values.js').HostValue} HostValue */

const finished = () => /** @type {const} */ ({ value: undefined, done: true });

/** @param {string} name */
const isName = (name) =>
  name !== '' && !name.includes('\0') && new TextEncoder().encode(name).length <= 255;

/**
 * Checks the name of a channel.
 * @param {unknown} name
 */
export function readChannelName(name) {
  if (typeof name === 'string' && isName(name)) return name;
  const got = typeof name === 'string' ? JSON.stringify(name.slice(0, 40)) : typeof name;
  throw new OptionError(
    'ERR_BAD_CHANNEL',
    `channel: the name of a channel is a string of 1 to 255 bytes without NUL, got ${got}`,
  );
}

/** A channel with a name. The program may give the name later. */
export class Channel {
  #calls;
  #name;
  /** @type {Promise<unknown>} settled when all earlier sends and closes are done */
  #sent = Promise.resolve();

  /**
   * @param {Calls} calls
   * @param {unknown} name
   */
  constructor(calls, name) {
    this.#calls = calls;
    this.#name = readChannelName(name);
  }

  /**
   * Fulfilled when the channel has taken the value: a receiver has it, or the buffer had room.
   * Values are sent in the order of the calls.
   * @param {unknown} value
   */
  async send(value) {
    const who = `channel(${JSON.stringify(this.#name)}).send`;
    const values = this.#calls.encode([value], who);
    await this.#inTurn('worldsema:send', values);
  }

  /**
   * Closes the channel, after all values sent before. If the program ends because of that, the
   * channel counts as closed.
   */
  async close() {
    try {
      await this.#inTurn('worldsema:close', []);
    } catch (error) {
      if (!(error instanceof RuntimeClosed)) throw error;
    }
  }

  /**
   * @param {string} what
   * @param {import('./values.js').Encoded[]} values
   */
  #inTurn(what, values) {
    const turn = this.#sent.then(() => start(this.#calls, what, this.#name, values).promise);
    this.#sent = turn.catch(() => {});
    return turn;
  }

  /** A new receiver. Several receivers of one channel share its elements. */
  [Symbol.asyncIterator]() {
    return new Receiver(this.#calls, this.#name);
  }
}

/** Receives one element at a time. */
class Receiver {
  #calls;
  #name;
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();
  /** @type {number | undefined} the call that waits for an element */
  #current;
  #done = false;

  /**
   * @param {Calls} calls
   * @param {string} name
   */
  constructor(calls, name) {
    this.#calls = calls;
    this.#name = name;
  }

  /** @returns {Promise<IteratorResult<HostValue, undefined>>} */
  next() {
    const turn = this.#last.then(() => this.#receive());
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** @returns {Promise<IteratorResult<HostValue, undefined>>} */
  async #receive() {
    if (this.#done) return finished();
    const { id, promise } = start(this.#calls, 'worldsema:receive', this.#name, []);
    this.#current = id;
    try {
      return { value: await promise, done: false };
    } catch (error) {
      this.#done = true;
      const code = error instanceof GoError ? error.code : '';
      if (code === 'ERR_CHAN_CLOSED' || code === 'ERR_GIVEN_UP') return finished();
      throw error;
    } finally {
      this.#current = undefined;
    }
  }

  /** Ends the receiver. A `next()` that waits ends too, with an element if one came first. */
  async return() {
    this.#done = true;
    if (this.#current !== undefined) this.#calls.giveUp(this.#current);
    await this.#last;
    return finished();
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}

/**
 * @param {Calls} calls
 * @param {string} what
 * @param {string} name
 * @param {import('./values.js').Encoded[]} values
 */
const start = (calls, what, name, values) =>
  calls.start(what, [...calls.encode([name], 'channel'), ...values]);
