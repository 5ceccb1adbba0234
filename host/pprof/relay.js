// @ts-check
// A relay. A page connects to it by WebSocket. The profiles of the program in that tab are then at
// /debug/pprof/ of this machine. Node only.

import { randomBytes, timingSafeEqual } from 'node:crypto';
import { WebSocketServer } from 'ws';
import { OptionError } from '../errors.js';
import { optionsOf } from '../options.js';
import { refusal } from './answer.js';
import { refusedBecause } from './guard.js';
import { openServer } from './http.js';
import { decodeAnswer, protocol } from './wire.js';

/** @typedef {import('./answer.js').Question} Question */
/** @typedef {import('./answer.js').Answer} Answer */

const maxAnswer = 1 << 28;
/** The token is also sent as the name of a subprotocol, so it must have this form. */
const tokenForm = /^[\w-]{16,200}$/;

/**
 * Opens a relay. The page that connected last answers.
 * @param {{ port?: number, host?: string, token?: string }} [options]
 * @returns {Promise<import('./index.d.ts').Relay>}
 */
export async function openRelay(options) {
  const given = /** @type {NonNullable<typeof options>} */ (optionsOf('openRelay', options));
  const { token = randomBytes(16).toString('hex'), ...where } = given;
  if (!tokenForm.test(token)) {
    throw new OptionError('ERR_BAD_TOKEN', 'option token: expected 16 letters or digits, or more');
  }
  /** @type {Page | undefined} */
  let page;
  const front = await openServer(async (question) => {
    return page ? page.ask(question) : refusal(503, 'no page is connected to this relay');
  }, where);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxAnswer });
  front.server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => {});
    const { 'sec-websocket-protocol': offered = '', host } = request.headers;
    if (refusedBecause({ host }, front.host)) return refuse(socket, '403 Forbidden');
    if (!isToken(offered, token)) return refuse(socket, '401 Unauthorized');
    sockets.handleUpgrade(request, socket, head, (connection) => {
      page?.close();
      const mine = new Page(connection, () => {
        if (page === mine) page = undefined;
      });
      page = mine;
    });
  });
  const close = async () => {
    page?.close();
    for (const connection of sockets.clients) connection.terminate();
    await front.close();
  };
  const { port, url } = front;
  return { url, socketUrl: url.replace(/^http(.*\/)debug\/pprof\/$/, 'ws$1'), token, port, close };
}

/**
 * Does the client offer our protocol, and the token?
 * @param {string} offered
 * @param {string} token
 */
function isToken(offered, token) {
  const [first, second = ''] = offered.split(/, */);
  const given = Buffer.from(second);
  const right = Buffer.from(token);
  return first === protocol && given.length === right.length && timingSafeEqual(given, right);
}

/**
 * @param {import('node:stream').Duplex} socket
 * @param {string} status
 */
const refuse = (socket, status) =>
  void socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);

/** A connected page, and the questions that it has not answered yet. */
class Page {
  #connection;
  #last = 0;
  /** @type {Map<number, (answer: Answer) => void>} */
  #open = new Map();

  /**
   * @param {import('ws').WebSocket} connection
   * @param {() => void} onEnd
   */
  constructor(connection, onEnd) {
    this.#connection = connection;
    connection.binaryType = 'nodebuffer';
    connection.on('message', (data) => this.#answered(/** @type {Buffer} */ (data)));
    connection.on('error', () => connection.terminate());
    connection.on('close', () => {
      onEnd();
      for (const resolve of this.#open.values()) resolve(refusal(503, 'the page is gone'));
      this.#open.clear();
    });
  }

  close() {
    this.#connection.close();
  }

  /**
   * @param {Question} question
   * @returns {Promise<Answer>}
   */
  ask({ signal, ...question }) {
    const id = ++this.#last;
    return new Promise((resolve) => {
      this.#open.set(id, resolve);
      signal.addEventListener('abort', () => {
        if (!this.#open.delete(id)) return;
        this.#connection.send(JSON.stringify({ id, cancel: true }));
        resolve(refusal(500, 'context canceled'));
      });
      this.#connection.send(JSON.stringify({ id, ...question }));
    });
  }

  /** @param {Buffer} data */
  #answered(data) {
    try {
      const { id, answer } = decodeAnswer(data);
      this.#open.get(id)?.(answer);
      this.#open.delete(id);
    } catch {
      // The page does not follow the protocol.
      this.#connection.terminate();
    }
  }
}
