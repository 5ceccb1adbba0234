// @ts-check
// The runtime of a program in mode one, as the page sees it. The program and its LocalRuntime are
// in a worker; each method asks there. What can be read without waiting is what the worker told
// last; reading it asks for newer values.

import { beginMs, Runtime } from '../base.js';
import { describe, plainArgs, plainResult } from '../values.js';
import { decodeCounts } from '../boot.js';
import { nextBytes } from '../input.js';
import { readChannelName } from '../channel.js';
import { LoadError, OptionError, PlatformError, RuntimeClosed, workerError } from '../errors.js';
import {
  optionsOf,
  readCpuOptions,
  readProcs,
  readProfileOptions,
  readRate,
  readSince,
  usable,
} from '../options.js';
import { refusal } from '../platform/fetch.js';
import { readProgram } from '../program.js';
import { decodeHeapNow } from '../profile/memstats.js';
import { readTraceOptions } from '../trace/recorder.js';
import { fromPlain, toPlain, wireVersion } from './wire.js';

/** @typedef {import('../platform/node.js').OneWorker} OneWorker */
/** @typedef {import('../runtime.js').Stream} Stream */
/**
 * @typedef {object} Pending
 * @property {string} method
 * @property {(value: any) => void} resolve
 * @property {(error: unknown) => void} reject
 * @property {AbortSignal} [signal]
 */

const nothing = new Uint32Array();

/**
 * How long, in ms, the worker may take to give the events of a recording, before it is ended.
 * Foreign code may keep it for ever.
 */
const closeMs = 1000;

/** How much is asked of an input at once. */
const inputRoom = 65536;

/**
 * The worker starts while the program is read and compiled.
 * @param {import('../program.js').Platform} platform
 * @param {import('../options.js').Settings} settings
 * @param {{ stdout: Stream, stderr: Stream }} streams
 * @param {Map<string, import('../calls.js').HostFunction>} functions
 * @param {(line: string) => void} complain
 */
export async function startOne(platform, settings, streams, functions, complain) {
  const worker = watched(platform.oneWorker(settings.one));
  try {
    const file = await readProgram(platform, settings, complain, true);
    settings.signal?.throwIfAborted();
    return await startIn(worker, settings, file, streams, functions, complain);
  } catch (error) {
    await worker.end();
    throw error;
  }
}

/**
 * A worker that may die before anybody asks.
 * @param {OneWorker} worker
 * @returns {OneWorker}
 */
function watched(worker) {
  /** @type {Promise<import('../team.js').Death>} */
  const death = new Promise((resolve) => worker.onLost(resolve));
  return { ...worker, onLost: (listener) => void death.then(listener) };
}

/**
 * @param {OneWorker} worker
 * @param {import('../options.js').Settings} settings
 * @param {import('../program.js').ProgramFile} file
 * @param {{ stdout: Stream, stderr: Stream }} streams
 * @param {Map<string, import('../calls.js').HostFunction>} functions
 * @param {(line: string) => void} complain
 */
async function startIn(worker, settings, file, streams, functions, complain) {
  const { stdin, signal } = settings;
  if (!file.glueUrl && !settings.one) {
    throw new LoadError(
      'ERR_BAD_GLUE',
      'option glue: in mode one a worker loads the glue, so name its URL, ' +
        'or let option one make the worker',
    );
  }
  const input = typeof stdin === 'function' ? await readAll(stdin) : stdin;
  signal?.throwIfAborted();
  const rt = new RemoteRuntime(worker, {
    ...{ settings, streams, functions, complain, symbols: file.symbols, name: file.name },
  });
  // The program complains about a number that cannot be used.
  const onlyProc = usable(settings.env.GOMAXPROCS) ? { GOMAXPROCS: '1' } : {};
  await rt.start({
    ...{ module: file.module, limits: file.limits, name: file.name, buildId: file.buildId },
    ...{ glueUrl: file.glueUrl?.href, tables: file.symbols.words },
    functions: [...functions.keys()],
    settings: {
      ...{ args: settings.args, env: { ...settings.env, ...onlyProc }, procs: 1, stdin: input },
      terminals: settings.terminals,
      ...{ beforeExit: settings.beforeExit !== undefined, beforeExitMs: settings.beforeExitMs },
    },
  });
  return rt;
}

/**
 * All of an input. In mode one nothing can come while the program reads.
 * @param {import('../options.js').Source} read
 */
async function readAll(read) {
  const chunks = [];
  for (let chunk; (chunk = await nextBytes(read, inputRoom)).length > 0;) chunks.push(chunk);
  return chunks;
}

/** A running program in mode one. */
class RemoteRuntime extends Runtime {
  #worker;
  #parts;
  /** @type {Map<number, Pending>} calls to the worker */
  #pending = new Map();
  #lastId = 0;
  /** @type {Map<number, AbortController>} calls of the program, by the worker's number */
  #calls = new Map();
  /** @type {{ resolve: (code: number) => void, reject: (error: unknown) => void }} */
  #settle = { resolve() {}, reject() {} };
  #done;
  /** @type {{ resolve: (value: undefined) => void, reject: (error: unknown) => void }} */
  #begin = { resolve() {}, reject() {} };
  #over = false;
  /** @type {Promise<void>} */
  #ended = Promise.resolve();
  /** @type {any} */
  #glance = { counts: decodeCounts(nothing), heap: decodeHeapNow(nothing) };
  /** @type {any} */
  #recent = { events: [], threads: [], goroutines: [] };
  /** @type {Record<string, { value?: any, error?: any }> | undefined} */
  #last;
  #looking = false;
  /** @type {any} */
  #late;
  #booted = false;
  #begun = false;
  #closing = false;
  #onClosing = () => {};
  #onEnded = () => {};
  #abort = () => {};

  /**
   * @param {OneWorker} worker
   * @param {object} parts
   * @param {import('../options.js').Settings} parts.settings
   * @param {{ stdout: Stream, stderr: Stream }} parts.streams
   * @param {Map<string, import('../calls.js').HostFunction>} parts.functions
   * @param {(line: string) => void} parts.complain
   * @param {import('../profile/symbols.js').Symbols} parts.symbols
   * @param {string} parts.name
   */
  constructor(worker, parts) {
    super();
    this.#worker = worker;
    this.#parts = parts;
    this.args = Object.freeze([parts.name, ...parts.settings.args]);
    this.#done = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    this.#done.catch(() => {}); // a failure has been printed already
    worker.listen((message) => this.#take(message));
    worker.onLost((death) => this.#end(() => this.#died(death)));
    const { signal } = parts.settings;
    this.#abort = () => void this.#close(signal?.reason);
    signal?.addEventListener('abort', this.#abort);
  }

  /** @param {object} message */
  async start(message) {
    const begun = new Promise((resolve, reject) => (this.#begin = { resolve, reject }));
    this.#worker.post({ to: 'start', version: wireVersion, ...message });
    await begun;
  }

  get mode() {
    return 'one';
  }

  get modeReason() {
    return this.#parts.settings.modeReason;
  }

  get done() {
    return this.#done;
  }

  // --- what can be read at once ---

  numGoroutine() {
    return this.counts().goroutines;
  }

  counts() {
    this.#look(false);
    return this.#glance.counts;
  }

  /** @param {{ since?: number }} [options] */
  heap(options) {
    const since = readSince(options);
    this.#look(false);
    const { collections, ...now } = this.#glance.heap;
    const later = collections.filter((/** @type {any} */ { number }) => number > since);
    return { ...now, collections: later };
  }

  recentEvents() {
    this.#look(true);
    return this.#recent;
  }

  /** @param {number} pc */
  frames(pc) {
    return this.#parts.symbols.known(pc);
  }

  /** @param {boolean} events */
  #look(events) {
    if (this.#over || this.#closing || (this.#looking && !events)) return;
    this.#looking = true;
    this.#worker.post({ to: 'look', events });
  }

  // --- questions ---

  /** @param {{ all?: boolean }} [options] */
  async stack(options) {
    optionsOf('stack', options);
    return this.#ask('stack', [options]);
  }

  async goroutines() {
    return this.#ask('goroutines');
  }

  async dump() {
    return this.#ask('dump');
  }

  async leaks() {
    return this.#ask('leaks');
  }

  async waitGraph() {
    return this.#kept('waitGraph') ?? this.#ask('waitGraph');
  }

  /**
   * @param {string} kind
   * @param {{ debug?: number }} [options]
   */
  async profile(kind, options) {
    const { debug } = readProfileOptions(options);
    const kept = kind === 'heap' || kind === 'allocs' ? this.#kept(kind) : undefined;
    if (kept && debug) throw new RuntimeClosed('the program has ended');
    return kept ?? this.#ask('profile', [kind, options]);
  }

  async memStats() {
    return this.#ask('memStats');
  }

  async gc() {
    return this.#ask('gc');
  }

  /** @param {any} options */
  async cpuProfile(options) {
    const { signal, ...rest } = readCpuOptions(options);
    signal?.throwIfAborted();
    return this.#ask('cpuProfile', [rest], { signal });
  }

  /** @param {any} options */
  async trace(options) {
    const { signal, ...rest } = readTraceOptions(options);
    signal?.throwIfAborted();
    return this.#ask('trace', [rest], { signal });
  }

  /** @param {number} n */
  async setMaxProcs(n) {
    readProcs(n, 'setMaxProcs');
    if (n === 1) return 1;
    const why = `setMaxProcs: GOMAXPROCS stays 1 in mode one (${this.modeReason})`;
    throw new PlatformError('ERR_ONE_WORKER', why);
  }

  /** @param {number} ns */
  async setBlockProfileRate(ns) {
    return this.#ask('setBlockProfileRate', [readRate(ns, 'setBlockProfileRate', 0xffffffff)]);
  }

  /** @param {number} n */
  async setMutexProfileFraction(n) {
    const fraction = readRate(n, 'setMutexProfileFraction', 0x7fffffff);
    return this.#ask('setMutexProfileFraction', [fraction]);
  }

  /**
   * @param {string} name
   * @param {...unknown} args
   */
  async go(name, ...args) {
    if (this.#over) throw new RuntimeClosed('the program has ended');
    const who = typeof name === 'string' ? `go(${JSON.stringify(name)})` : 'go';
    return this.#ask('go', [name, ...plainArgs(args, who)]);
  }

  /** @param {string} name */
  channel(name) {
    readChannelName(name);
    const thing = ++this.#lastId;
    /** @type {Ask} */
    const ask = (method, args, of) => this.#ask(method, args, { thing: of });
    ask('channel', [name], thing).catch(() => {}); // so will all that is done with it
    return new RemoteChannel(name, thing, ask, () => ++this.#lastId);
  }

  close() {
    return this.#close(new RuntimeClosed());
  }

  // --- the wire ---

  /**
   * @param {string} method
   * @param {unknown[]} [args]
   * @param {{ signal?: AbortSignal, thing?: number }} [more]
   * @returns {Promise<any>}
   */
  #ask(method, args = [], { signal, thing = ++this.#lastId } = {}) {
    if (this.#over || this.#closing)
      return Promise.reject(new RuntimeClosed('the program has ended'));
    const id = ++this.#lastId;
    const abort = () => {
      this.#worker.post({ to: 'abort', id, reason: toPlain(signal?.reason) });
    };
    const answer = new Promise((resolve, reject) => {
      this.#pending.set(id, { method, resolve, reject, signal });
      try {
        this.#worker.post({ to: 'call', id, method, args, thing, signal: signal !== undefined });
      } catch (cause) {
        this.#pending.delete(id);
        const { message } = /** @type {Error} */ (cause);
        reject(new OptionError('ERR_BAD_ARGUMENT', `${method}: ${message}`, { cause }));
      }
    });
    signal?.addEventListener('abort', abort);
    return answer.finally(() => signal?.removeEventListener('abort', abort));
  }

  /** @param {any} message */
  #take(message) {
    if (this.#over) return;
    if (message.glance) this.#glance = message.glance;
    if (message.recent) this.#recent = message.recent;
    switch (message.is) {
      case 'booted': // code that computes may keep the worker from saying more
        this.#booted = true;
        this.#late = setTimeout(() => this.#begin.resolve(undefined), beginMs);
        return undefined;
      case 'started':
        this.#begun = true;
        clearTimeout(this.#late);
        return this.#begin.resolve(undefined);
      case 'failed':
        return void this.#end(() => Promise.reject(fromPlain(message.error)));
      case 'result':
        return this.#result(message);
      case 'write':
        return this.#write(message);
      case 'call':
        return void this.#run(message);
      case 'abandon':
        return this.#calls.get(message.id)?.abort(fromPlain(message.reason));
      case 'look':
        this.#looking = false;
        return undefined;
      case 'complain':
        return this.#parts.complain(message.line);
      case 'closing':
        return this.#onClosing();
      case 'ended':
        if (this.#closing) return this.#onEnded();
        this.#last = message.last;
        return void this.#end(async () => {
          if (message.error) throw fromPlain(message.error);
          return message.code;
        });
    }
  }

  /** @param {{ id: number, value: unknown, error?: import('./wire.js').Plain }} message */
  #result({ id, value, error }) {
    const call = this.#pending.get(id);
    this.#pending.delete(id);
    if (!error) call?.resolve(value);
    else call?.reject(call.signal?.aborted ? call.signal.reason : fromPlain(error));
  }

  /** @param {{ fd: 1 | 2, bytes: Uint8Array }} message */
  #write({ fd, bytes }) {
    const { stdout, stderr } = this.#parts.streams;
    const read = () => this.#over || this.#worker.post({ to: 'read', bytes: bytes.length });
    const fail = (/** @type {unknown} */ cause) => {
      this.#begin.resolve(undefined); // it has printed, so it has begun: `done` has the error
      this.#end(() => Promise.reject(cause));
    };
    try {
      const taken = (fd === 1 ? stdout : stderr).write(bytes);
      if (typeof (/** @type {any} */ (taken)?.then) !== 'function') read();
      else /** @type {Promise<unknown>} */ (taken).then(read, fail);
    } catch (cause) {
      fail(cause);
    }
  }

  /**
   * The program calls a function of the page.
   * @param {{ id: number, name: string, args: any[] }} call
   */
  async #run({ id, name, args }) {
    const controller = new AbortController();
    this.#calls.set(id, controller);
    const { signal } = controller;
    try {
      const value =
        name === 'beforeExit'
          ? void (await this.#parts.settings.beforeExit?.(this, args[0]))
          : await this.#parts.functions.get(name)?.apply({ signal }, args);
      if (!this.#over) this.#worker.post({ to: 'answer', id, value: plainResult(value) });
    } catch (error) {
      const failed =
        name === 'beforeExit' ? { error: toPlain(error) } : { thrown: describe(error) };
      if (!this.#over) this.#worker.post({ to: 'answer', id, ...failed });
    } finally {
      this.#calls.delete(id);
    }
  }

  /** @param {string} name */
  #kept(name) {
    const kept = this.#over ? this.#last?.[name] : undefined;
    if (kept?.error) throw fromPlain(kept.error);
    return kept?.value;
  }

  // --- the end ---

  /** @param {import('../team.js').Death} death @returns {Promise<number>} */
  async #died(death) {
    const error = workerError(death, '');
    if (this.#booted || error.code !== 'ERR_WORKER_DIED') throw error;
    const { message, script } = death;
    const hint =
      script && !this.#parts.settings.one ? "; with a bundler, import the program's .js" : '';
    const why = message + (await refusal(script)) + hint;
    throw new LoadError('ERR_WORKER_START', `the worker did not start: ${why}`);
  }

  /**
   * All that is pending is rejected, but for recordings: the worker gives their events until now.
   * @param {unknown} reason
   */
  #close(reason) {
    if (this.#over || this.#closing) return this.#ended;
    for (const [id, { method, reject }] of this.#pending) {
      if (method === 'trace') continue;
      this.#pending.delete(id);
      reject(new RuntimeClosed());
    }
    if (this.#pending.size === 0) return this.#end(() => Promise.reject(reason));
    this.#closing = true;
    this.#worker.post({ to: 'close' });
    const ended = new Promise((resolve) => {
      const late = setTimeout(resolve, this.#begun ? closeMs : 0);
      this.#onClosing = () => clearTimeout(late);
      this.#onEnded = () => {
        clearTimeout(late);
        resolve(undefined);
      };
    });
    this.#ended = ended.then(() => this.#end(() => Promise.reject(reason)));
    return this.#ended;
  }

  /** @param {() => Promise<number>} outcome */
  #end(outcome) {
    if (this.#over) return this.#ended;
    this.#over = true;
    const ended = this.#finish(outcome);
    if (!this.#closing) this.#ended = ended;
    return ended;
  }

  /** @param {() => Promise<number>} outcome */
  async #finish(outcome) {
    const { settings, streams } = this.#parts;
    settings.signal?.removeEventListener('abort', this.#abort);
    clearTimeout(this.#late);
    streams.stdout.end();
    streams.stderr.end();
    const closed = new RuntimeClosed('the program has ended');
    for (const { reject } of this.#pending.values()) reject(closed);
    this.#pending.clear();
    for (const call of this.#calls.values()) call.abort(closed);
    this.#calls.clear();
    await this.#worker.end();
    const result = outcome();
    result.then(
      (code) => {
        this.#settle.resolve(code);
        this.#begin.resolve(undefined);
      },
      (error) => {
        this.#settle.reject(error);
        this.#begin.reject(error);
      },
    );
    await result.catch(() => {});
  }
}

/** @typedef {(method: string, args: unknown[], thing: number) => Promise<any>} Ask */

/** The page's end of a channel in mode one: see Channel. */
class RemoteChannel {
  #name;
  #thing;
  #ask;
  #newThing;

  /**
   * @param {string} name
   * @param {number} thing the worker's name for it
   * @param {Ask} ask
   * @param {() => number} newThing
   */
  constructor(name, thing, ask, newThing) {
    this.#name = name;
    this.#thing = thing;
    this.#ask = ask;
    this.#newThing = newThing;
  }

  /** @param {unknown} value */
  async send(value) {
    const args = plainArgs([value], `channel(${JSON.stringify(this.#name)}).send`);
    await this.#ask('send', args, this.#thing);
  }

  async close() {
    try {
      await this.#ask('close', [], this.#thing);
    } catch (error) {
      if (!(error instanceof RuntimeClosed)) throw error;
    }
  }

  [Symbol.asyncIterator]() {
    const thing = this.#newThing();
    const ask = this.#ask;
    ask('receiver', [this.#thing], thing).catch(() => {});
    return {
      next: () => ask('next', [], thing),
      return: () => ask('return', [], thing),
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}
