// @ts-check
// The worker of mode one: it has the program and its runtime, and does what the page asks.

import { LoadError } from '../errors.js';
import { importGlue, startProgram } from '../glue.js';
import { BoxReader } from '../box.js';
import { HostBox } from '../layout.js';
import { Symbols } from '../profile/symbols.js';
import { LocalRuntime } from '../runtime.js';
import { Team } from '../team.js';
import { fromPlain, toPlain, wireVersion } from './wire.js';
import { Turns } from './turns.js';

/**
 * @typedef {object} Port to the page
 * @property {(message: object) => void} post
 * @property {(listener: (message: any) => void) => void} listen
 * @property {(call: () => void) => void} later calls a function as a task of its own
 * @property {(room: number) => Uint8Array} readInput reads the process's input; none at its end
 */

/** So many bytes of output may be on their way to the page when the next turn begins. */
const mostBytes = 1 << 20;

/** Calls that give the program something to do. */
const kicks = ['rt_host_request', 'rt_host_settle', 'rt_host_giveback'];

/** Methods that the page may call by name. */
const methods = new Set([
  ...['stack', 'goroutines', 'dump', 'leaks', 'waitGraph', 'profile', 'memStats', 'gc', 'go'],
  ...['setBlockProfileRate', 'setMutexProfileFraction', 'cpuProfile', 'trace'],
]);

/** The worker's end of one program. */
class Served {
  #port;
  /** @type {LocalRuntime | undefined} */
  #rt;
  #started = () => {};
  /** Fulfilled when there is a runtime. The page may have waited less than this worker does. */
  #start = new Promise((resolve) => (this.#started = () => resolve(undefined)));
  /** @type {Map<number, AbortController>} the page's calls that can be aborted */
  #abortable = new Map();
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: unknown) => void }>} */
  #asked = new Map();
  #lastId = 0;
  /** @type {Set<Promise<void>>} answers to the page that are not sent yet */
  #answers = new Set();
  /** @type {Map<number, any>} channels and receivers by the page's number */
  #things = new Map();
  #unread = 0;
  /** @type {() => void} */
  #read = () => {};
  #wantsEvents = false;
  #closed = false;
  /** @type {Turns | undefined} */
  #turns;

  /** @param {Port} port */
  constructor(port) {
    this.#port = port;
  }

  /**
   * @param {any} start the message
   * @param {Function} [factory] the glue
   */
  async start(start, factory) {
    try {
      checkVersion(start.version);
      const rt = await this.#create(start, factory);
      this.#rt = rt;
      this.#started();
      if (this.#closed) void rt.close();
      this.#wantsEvents = true;
      this.#post({ is: 'started', ...this.#glance() });
      rt.done.then(
        (code) => this.#ended({ code }),
        (error) => this.#ended({ error: toPlain(error) }),
      );
    } catch (error) {
      this.#post({ is: 'failed', error: toPlain(error) });
    }
  }

  /**
   * @param {any} start
   * @param {Function} [factory]
   */
  async #create({ module, limits, glueUrl, tables, name, buildId, settings, functions }, factory) {
    const url = glueUrl ? new URL(glueUrl) : undefined;
    const glue = factory ?? (await importGlue(/** @type {URL} */ (url)));
    const team = new Team();
    const { exports, memory } = await startProgram({
      ...{ module, factory: glue, glueUrl: url, team, workers: 0, workerClass: NoWorker },
      complain: (line) => this.#post({ is: 'complain', line }),
      alone: {
        memory: limits && new WebAssembly.Memory(limits),
        drain: () => this.#turns?.drain(),
        input: this.#input(settings.stdin),
      },
    });
    exports.rt_host_alone();
    const turns = this.#makeTurns(exports, memory, team);
    const kicking = Object.fromEntries(
      kicks.map((key) => [key, kicked(exports[key], () => turns.kick())]),
    );
    const program = {
      ...{ exports: { ...exports, ...kicking }, memory, team, turns, name, buildId },
      symbols: new Symbols(tables),
      startSpare: undefined,
    };
    const beforeExit = (/** @type {unknown} */ _rt, /** @type {number} */ code) =>
      this.#ask('beforeExit', [code]);
    const own = { ...settings, beforeExit: settings.beforeExit ? beforeExit : undefined };
    const streams = { stdout: this.#sink(1), stderr: this.#sink(2) };
    const host = new Map(
      functions.map((/** @type {string} */ call) => [call, this.#function(call)]),
    );
    const starting = LocalRuntime.start(program, own, streams, host);
    this.#post({ is: 'booted' });
    turns.kick();
    return starting;
  }

  /**
   * @param {Record<string, (...args: number[]) => number>} exports
   * @param {import('../memory.js').Memory} memory
   * @param {Team} team
   */
  #makeTurns(exports, memory, team) {
    const box = new BoxReader(memory, exports.rt_host_box() >>> 0);
    this.#turns = new Turns({
      turn: () => {
        try {
          return exports.rt_host_turn();
        } catch (cause) {
          const { name, message, stack } = /** @type {Error} */ (cause);
          team.lost({ name, message, stack, cause });
          return -1;
        }
      },
      news: () => box.word(HostBox.seq),
      later: this.#port.later,
    });
    return this.#turns;
  }

  /** @param {object} message */
  #post(message) {
    this.#port.post(message);
  }

  // --- the program's output and input ---

  /** @param {1 | 2} fd */
  #sink(fd) {
    const write = (/** @type {Uint8Array} */ bytes) => {
      this.#unread += bytes.length;
      this.#post({ is: 'write', fd, bytes, ...this.#glance() });
      if (this.#unread <= mostBytes) return undefined;
      const read = new Promise((resolve) => (this.#read = () => resolve(undefined)));
      this.#turns?.hold(read);
      return read;
    };
    return { write, end: () => {} };
  }

  /** @param {'inherit' | Uint8Array[] | undefined} stdin */
  #input(stdin) {
    if (stdin === 'inherit') return this.#port.readInput;
    let rest = stdin ?? [];
    return (/** @type {number} */ room) => {
      const [first, ...others] = rest;
      if (!first) return new Uint8Array();
      rest = first.length > room ? [first.subarray(room), ...others] : others;
      return first.subarray(0, room);
    };
  }

  // --- the program calls the page ---

  /**
   * @param {string} name
   * @param {unknown[]} args
   * @param {AbortSignal} [signal]
   */
  #ask(name, args, signal) {
    const id = ++this.#lastId;
    const abort = () => this.#post({ is: 'abandon', id, reason: toPlain(signal?.reason) });
    const answer = new Promise((resolve, reject) => this.#asked.set(id, { resolve, reject }));
    this.#post({ is: 'call', id, name, args });
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
    return answer.finally(() => signal?.removeEventListener('abort', abort));
  }

  /** @param {string} name */
  #function(name) {
    const ask = this.#ask.bind(this);
    return /** @this {{ signal: AbortSignal }} */ function (/** @type {unknown[]} */ ...args) {
      return ask(name, args, this.signal);
    };
  }

  // --- the page asks ---

  /** @param {any} message */
  take(message) {
    switch (message.to) {
      case 'call': {
        const answer = this.#answer(message).finally(() => this.#answers.delete(answer));
        this.#answers.add(answer);
        return undefined;
      }
      case 'abort':
        return this.#abortable.get(message.id)?.abort(fromPlain(message.reason));
      case 'answer': {
        const asked = this.#asked.get(message.id);
        this.#asked.delete(message.id);
        if (message.error) return asked?.reject(fromPlain(message.error));
        if (message.thrown) return asked?.reject(message.thrown);
        return asked?.resolve(message.value);
      }
      case 'read':
        this.#unread -= message.bytes;
        if (this.#unread <= mostBytes) this.#read();
        return undefined;
      case 'close':
        this.#closed = true;
        return this.#rt?.close();
      case 'look':
        this.#wantsEvents ||= message.events;
        return this.#post({ is: 'look', ...this.#glance() });
    }
  }

  /** @param {{ id: number, method: string, args: any[], signal: boolean, thing: number }} call */
  async #answer({ id, method, args, signal, thing }) {
    try {
      if (signal) {
        const controller = new AbortController();
        this.#abortable.set(id, controller);
        args[0] = { ...args[0], signal: controller.signal };
      }
      await this.#start;
      const value = await this.#call(method, args, thing);
      this.#post({ is: 'result', id, value, ...this.#glance() });
    } catch (error) {
      this.#post({ is: 'result', id, error: toPlain(error), ...this.#glance() });
    } finally {
      this.#abortable.delete(id);
    }
  }

  /**
   * @param {string} method
   * @param {any[]} args
   * @param {number} thing
   */
  #call(method, args, thing) {
    const rt = /** @type {any} */ (this.#rt);
    const things = this.#things;
    if (methods.has(method)) return rt[method](...args);
    switch (method) {
      case 'channel':
        return void things.set(thing, rt.channel(...args));
      case 'receiver':
        return void things.set(thing, things.get(args[0])[Symbol.asyncIterator]());
      case 'send':
      case 'close':
      case 'next':
      case 'return':
        return things.get(thing)[method](...args);
    }
    throw new TypeError(`nothing is named ${method}`);
  }

  /** What can be known at once. */
  #glance() {
    const rt = this.#rt;
    if (!rt) return {};
    const events = this.#wantsEvents ? { recent: rt.recentEvents() } : {};
    this.#wantsEvents = false;
    return { glance: { counts: rt.counts(), heap: rt.heap() }, ...events };
  }

  /** @param {object} how */
  async #ended(how) {
    this.#turns?.end();
    const rt = /** @type {LocalRuntime} */ (this.#rt);
    if (this.#closed) this.#post({ is: 'closing' });
    await Promise.all(this.#answers); // the end settles all of them
    this.#wantsEvents = true;
    const last = this.#closed ? {} : await lastWords(rt);
    this.#post({ is: 'ended', ...how, last, ...this.#glance() });
  }
}

/** @param {unknown} version of the page */
function checkVersion(version) {
  if (version === wireVersion) return;
  throw new LoadError(
    'ERR_OTHER_BUILD',
    "the script of the program's one worker (app.one.js) is of another version of the package: " +
      'build the program again',
  );
}

/**
 * What can be asked of a program that has ended: this worker ends too.
 * @param {LocalRuntime} rt
 */
async function lastWords(rt) {
  /** @type {[string, () => Promise<unknown>][]} */
  const questions = [
    ['heap', () => rt.profile('heap')],
    ['allocs', () => rt.profile('allocs')],
    ['waitGraph', () => rt.waitGraph()],
  ];
  const answers = questions.map(async ([name, ask]) => {
    const answer = await ask().then(
      (value) => ({ value }),
      (error) => ({ error: toPlain(error) }),
    );
    return [name, answer];
  });
  return Object.fromEntries(await Promise.all(answers));
}

/**
 * @param {(...args: number[]) => number} call
 * @param {() => void} kick
 */
const kicked =
  (call, kick) =>
  (/** @type {number[]} */ ...args) => {
    kick();
    return call(...args);
  };

/** What the glue uses as `Worker`. */
class NoWorker {
  constructor() {
    throw new Error('the program starts a thread, and has one worker only (mode one)');
  }
}

/**
 * @param {Port} port
 * @param {Function} [factory] the glue; default: the page names its address
 */
export function serve(port, factory) {
  const served = new Served(port);
  port.listen((message) => {
    if (message.to === 'start') served.start(message, factory);
    else served.take(message);
  });
}
