// @ts-check
// A debugger as DevTools is one: it speaks the DevTools protocol with the workers of a process or a
// page, reads source maps, sets breakpoints by line, and steps by line.

import { decodedMappings, originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import WebSocket from 'ws';

/**
 * @typedef {(method: string, params?: object) => Promise<any>} Send
 * @typedef {(listener: (method: string, params: any) => void) => void} Listen
 * @typedef {{ attached: string, message: string, send: string }} Names  of what speaks to workers
 * @typedef {{ scriptId: string, map: TraceMap }} Script
 * @typedef {{ send: Send, script?: Script }} Thread
 *
 * @typedef {object} Pause
 * @property {string[]} frames  function, file and line
 * @property {() => Promise<Pause>} stepOver  to another line
 * @property {() => Promise<void>} resume
 */

export class Debugger {
  #read;
  /** @type {Map<string, Thread>} by session */
  #threads = new Map();
  /** @type {Map<string, Promise<TraceMap>>} by address */
  #maps = new Map();
  /** @type {Pause[]} */
  #pauses = [];
  /** @type {(() => void)[]} */
  #waiting = [];

  /** @param {(url: string) => Promise<string>} read  gives the text of a map */
  constructor(read) {
    this.#read = read;
  }

  /**
   * Attaches to the workers of a thread, from now on.
   * @param {Send} send  to the thread
   * @param {Listen} listen
   * @param {Names} names
   */
  attach(send, listen, names) {
    let last = 0;
    /** @type {Map<number, (answer: any) => void>} */
    const asked = new Map();
    const sender =
      (/** @type {string} */ sessionId) =>
      (/** @type {string} */ method, /** @type {object} */ params = {}) => {
        const id = ++last;
        const message = JSON.stringify({ id, method, params });
        send(names.send, { sessionId, message }).catch(() => {}); // the worker is gone
        return new Promise((resolve) => asked.set(id, resolve));
      };
    listen((name, { sessionId, message }) => {
      if (name === names.attached) {
        const thread = { send: sender(sessionId) };
        this.#threads.set(sessionId, thread);
        void thread.send('Debugger.enable'); // it tells of all scripts
      }
      if (name !== names.message) return;
      const { id, result, error, method, params } = JSON.parse(message);
      if (id) asked.get(id)?.(result ?? error);
      else void this.#take(sessionId, method, params);
    });
  }

  /** @param {string} session @param {string} method @param {any} params */
  async #take(session, method, params) {
    const thread = /** @type {Thread} */ (this.#threads.get(session));
    if (method === 'Debugger.scriptParsed' && params.scriptLanguage === 'WebAssembly') {
      const { scriptId, sourceMapURL: url } = params;
      if (!url || thread.script) return;
      const address = new URL(url, params.url).href;
      const map = this.#maps.get(address) ?? this.#read(address).then((text) => new TraceMap(text));
      this.#maps.set(address, map);
      thread.script = { scriptId, map: await map };
    } else if (method === 'Debugger.paused') {
      this.#pauses.push(this.#pauseOf(thread, params.callFrames));
    } else return;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** @param {() => boolean} ready */
  async #until(ready) {
    while (!ready()) await new Promise((resolve) => this.#waiting.push(() => resolve(undefined)));
  }

  /** The map, once so many workers have the module. @param {number} workers */
  async mapOf(workers) {
    const scripts = () => [...this.#threads.values()].flatMap(({ script }) => script ?? []);
    await this.#until(() => scripts().length >= workers);
    return scripts()[0].map;
  }

  /**
   * Sets a breakpoint in all workers: at the beginning of each range that a line has.
   * @param {string} source  the end of its name
   * @param {number} line
   */
  async breakAt(source, line) {
    let places = 0;
    for (const { send, script } of this.#threads.values()) {
      if (!script) continue;
      const { scriptId, map } = script;
      const ranges = rangesOf(
        map,
        map.sources.findIndex((name) => name?.endsWith(source)),
        line,
      );
      for (const { start } of ranges) {
        const location = { scriptId, lineNumber: 0, columnNumber: start };
        const { actualLocation } = await send('Debugger.setBreakpoint', { location });
        if (actualLocation.columnNumber !== start) throw new Error(`nobody can stop at ${start}`);
      }
      places = ranges.length;
    }
    return places;
  }

  /** The next time that a thread stops. @returns {Promise<Pause>} */
  async paused() {
    await this.#until(() => this.#pauses.length > 0);
    return /** @type {Pause} */ (this.#pauses.shift());
  }

  /** @param {Thread} thread @param {any[]} callFrames @returns {Pause} */
  #pauseOf({ send, script }, callFrames) {
    const frames = callFrames.map(({ functionName, location, url }) => {
      if (!script || location.scriptId !== script.scriptId) return `${functionName} ${url}`;
      const found = originalPositionFor(script.map, { line: 1, column: location.columnNumber });
      return `${functionName} ${found.source?.split('/').at(-1)}:${found.line}`;
    });
    const { columnNumber } = callFrames[0].location;
    return {
      frames,
      stepOver: async () => {
        await send('Debugger.stepOver', script && { skipList: sameLine(script, columnNumber) });
        return this.paused();
      },
      async resume() {
        await send('Debugger.resume');
      },
    };
  }
}

/**
 * The ranges of a line, by offsets.
 * @param {TraceMap} map
 * @param {number} source
 * @param {number} line
 */
function rangesOf(map, source, line) {
  const [segments] = decodedMappings(map);
  return segments.flatMap(([start, of, at], n) =>
    of === source && at === line - 1 ? [{ start, end: segments[n + 1]?.[0] ?? start + 1 }] : [],
  );
}

/**
 * What DevTools lets V8 pass over in a step: the range of the line.
 * @param {Script} script
 * @param {number} offset
 */
function sameLine({ scriptId, map }, offset) {
  const [segments] = decodedMappings(map);
  const [, source, line = 0] = segments.findLast(([start]) => start <= offset) ?? [];
  const place = (/** @type {number} */ columnNumber) => ({ lineNumber: 0, columnNumber });
  return rangesOf(map, source ?? -1, line + 1)
    .filter(({ start, end }) => start <= offset && offset < end)
    .map(({ start, end }) => ({ scriptId, start: place(start), end: place(end) }));
}

/**
 * Starts Node.js under the debugger.
 * @param {string} script  an ES module
 */
export async function debugNode(script) {
  const child = spawn(process.execPath, ['--inspect=0', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const socket = new WebSocket(await addressOf(child));
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
  const { send, listen } = talk(socket);
  const found = new Debugger(async (url) => readFileSync(new URL(url), 'utf8'));
  found.attach(send, listen, {
    ...{ attached: 'NodeWorker.attachedToWorker', send: 'NodeWorker.sendMessageToWorker' },
    message: 'NodeWorker.receivedMessageFromWorker',
  });
  await send('NodeWorker.enable', { waitForDebuggerOnStart: false });
  const evaluate = async (/** @type {string} */ expression) => {
    const { result } = await send('Runtime.evaluate', { expression, awaitPromise: true });
    return result.value;
  };
  const end = () => (socket.terminate(), child.kill('SIGKILL'));
  return { debug: found, evaluate, end };
}

/**
 * Attaches to the workers that a page in Chromium will start.
 * @param {import('playwright-core').Page} page
 */
export async function debugPage(page) {
  const session = await page.context().newCDPSession(page);
  const send = /** @type {Send} */ (session.send.bind(session));
  const found = new Debugger(async (url) => (await fetch(url)).text());
  const names = {
    ...{ attached: 'Target.attachedToTarget', send: 'Target.sendMessageToTarget' },
    message: 'Target.receivedMessageFromTarget',
  };
  const listen = (/** @type {(method: string, params: any) => void} */ listener) => {
    for (const name of [names.attached, names.message])
      session.on(/** @type {any} */ (name), (params) => listener(name, params));
  };
  found.attach(send, listen, names);
  const how = { autoAttach: true, waitForDebuggerOnStart: false, flatten: false };
  await send('Target.setAutoAttach', how);
  return found;
}

/** @param {import('node:child_process').ChildProcess} child @returns {Promise<string>} */
function addressOf(child) {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stderr?.setEncoding('utf8').on('data', (part) => {
      const address = /ws:\S+/.exec((text += part));
      if (address) resolve(address[0]);
    });
    child.on('close', () => reject(new Error(text)));
  });
}

/** @param {WebSocket} socket @returns {{ send: Send, listen: Listen }} */
function talk(socket) {
  let last = 0;
  /** @type {Map<number, (answer: any) => void>} */
  const asked = new Map();
  return {
    send(method, params = {}) {
      const id = ++last;
      socket.send(JSON.stringify({ id, method, params }));
      return new Promise((resolve) => asked.set(id, resolve));
    },
    listen: (listener) =>
      void socket.on('message', (data) => {
        const { id, result, error, method, params } = JSON.parse(String(data));
        if (id) asked.get(id)?.(result ?? error);
        else listener(method, params);
      }),
  };
}
