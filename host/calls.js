// @ts-check
// Calls in both directions between the program and this thread. This thread never waits for the
// program, takes none of its locks and allocates nothing in its memory: see runtime/host/call.h.
//
// C calls JavaScript: the program posts a record. This thread runs the function and later writes
// the answer into the record. JavaScript calls C: a service goroutine of the program calls
// "worldsema:accept", and the answer is a packet of calls. Each result comes back as a call of
// "worldsema:return" or "worldsema:fail".

import { GoError, OptionError, RuntimeClosed, WorldsemaError } from './errors.js';
import {
  GoCall,
  GoExport,
  GoValue,
  HostCall,
  HostOp,
  HostState,
  Packet,
  hostRoom,
} from './layout.js';
import {
  badArgument,
  badResult,
  encode,
  encodeError,
  fault,
  readValue,
  writeValue,
} from './values.js';

/** @typedef {import('./values.js').HostValue} HostValue */
/** @typedef {import('./values.js').Encoded} Encoded */
/** @typedef {(this: { readonly signal: AbortSignal }, ...args: any[]) => unknown} HostFunction */
/**
 * @typedef {object} Started
 * @property {(result: HostValue) => void} resolve
 * @property {(error: unknown) => void} reject
 */

/** Names with this prefix are reserved for the package. */
export const reserved = 'worldsema:';

const results = new Set(['worldsema:return', 'worldsema:fail']);

/** Bytes of a value, and of the head of a packet. */
const valueBytes = GoValue.words * 4;
const packetHead = Packet.words * 4;

/** One packet takes about this many bytes of the calls that wait to be accepted. */
const packetBytes = 1 << 20;

/** The `this` of a host function. */
class Context {
  #open;

  /** @param {Open} open */
  constructor(open) {
    this.#open = open;
  }

  /** Aborted when nobody waits for the answer any more. */
  get signal() {
    return this.#open.signal;
  }
}

/**
 * A call by the program that is not answered yet, or whose long answer the program has not fetched.
 */
class Open {
  /** @type {Uint8Array | undefined} an answer that is too long for the record */
  kept;
  /** @type {(() => void) | undefined} called if the program has no room for the answer */
  onRefused;
  /** @type {AbortController | undefined} */
  #controller;
  /** @type {unknown} */
  #reason;

  /** @param {number} ptr of the record */
  constructor(ptr) {
    this.ptr = ptr;
  }

  /** Nobody waits for the answer any more. */
  get over() {
    return this.#reason !== undefined;
  }

  /** Created when it is read, since few functions read it. */
  get signal() {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.over) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** @param {unknown} reason */
  abort(reason) {
    if (this.over) return;
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}

/** The calls of one program, in both directions. */
export class Calls {
  #exports;
  #memory;
  #functions;
  /** @type {Map<number, Open>} by address of the record */
  #open = new Map();
  #over = false;
  #activity = 0;

  /** @type {Map<string, number>} C functions by name: the address of their export */
  #exported = new Map();
  /** @type {Open | undefined} the open "worldsema:accept", the answer of which is a packet */
  #acceptor;
  /** @type {{ id: number, bytes: Uint8Array }[]} calls that the program has not accepted yet */
  #queue = [];
  /** @type {Map<number, Started>} */
  #started = new Map();
  #lastId = 0;

  /**
   * @type {Record<string, (open: Open, args: number) => void>} functions that only the runtime
   *   calls
   */
  #own = {
    'worldsema:accept': (open) => {
      this.#acceptor = open;
      this.#flush();
    },
    'worldsema:return': (open, args) => {
      const started = this.#end(readValue(this.#memory, args, 'id'));
      try {
        started?.resolve(readValue(this.#memory, args + valueBytes, 'the result'));
      } catch (error) {
        started?.reject(error);
      }
      this.#give(open, null);
    },
    'worldsema:fail': (open, args) => {
      const started = this.#end(readValue(this.#memory, args, 'id'));
      const [name, message, code] = [1, 2, 3].map((i) => this.#looseText(args + i * valueBytes));
      started?.reject(new GoError(name || 'Error', message, code));
      this.#give(open, null);
    },
  };

  /**
   * @param {import('./glue.js').Program} program
   * @param {Map<string, HostFunction>} functions
   */
  constructor({ exports, memory }, functions) {
    this.#exports = exports;
    this.#memory = memory;
    this.#functions = functions;
    let ptr = exports.rt_host_exports() >>> 0;
    for (; ptr !== 0; ptr = memory.load(ptr, GoExport.next)) {
      this.#exported.set(memory.cstring(memory.load(ptr, GoExport.name)), ptr);
    }
  }

  /** Grows with every call and every answer. */
  get activity() {
    return this.#activity;
  }

  // --- C calls JavaScript ---

  /** Handles what the program has posted. */
  look() {
    while (!this.#over) {
      const ptr = this.#exports.rt_host_take() >>> 0;
      if (ptr === 0) return;
      const op = this.#memory.load(ptr, HostCall.taken);
      if (op === HostOp.do || op === HostOp.own) this.#do(ptr, op === HostOp.own);
      else if (op === HostOp.fill) this.#fill(ptr);
      else this.#forget(ptr);
    }
  }

  /**
   * The program has exited. Results that it posted before are still delivered. Nothing else is
   * done.
   */
  takeResults() {
    for (let ptr; (ptr = this.#exports.rt_host_take() >>> 0);) {
      if (this.#memory.load(ptr, HostCall.taken) !== HostOp.own) continue;
      const name = this.#memory.cstring(this.#memory.load(ptr, HostCall.name));
      if (results.has(name)) this.#own[name](new Open(ptr), this.#memory.load(ptr, HostCall.args));
    }
  }

  /**
   * @param {number} ptr
   * @param {boolean} own the call is from the runtime, which alone may use reserved names
   */
  #do(ptr, own) {
    const open = new Open(ptr);
    this.#open.set(ptr, open);
    this.#activity++;
    let result;
    let promised;
    try {
      const memory = this.#memory;
      const name = memory.cstring(memory.load(ptr, HostCall.name));
      const args = memory.load(ptr, HostCall.args);
      if (own && Object.hasOwn(this.#own, name)) return this.#own[name](open, args);
      const values = this.#readArgs(args, memory.load(ptr, HostCall.nargs));
      // If the program has given up the call meanwhile, the values may be garbage. The program will
      // report that it gave up.
      if (memory.load(ptr, HostCall.state) !== HostState.waiting) return;
      result = this.#find(name, own).apply(new Context(open), values);
      promised = isThenable(result);
    } catch (error) {
      return this.#answer(open, encodeError(error));
    }
    if (!promised) return this.#give(open, result);
    Promise.resolve(result).then(
      (value) => this.#give(open, value),
      (error) => this.#answer(open, encodeError(error)),
    );
  }

  /** @param {string} name @param {boolean} own */
  #find(name, own) {
    const found = own || !name.startsWith(reserved) ? this.#functions.get(name) : undefined;
    if (found) return found;
    const names = [...this.#functions.keys()].filter((known) => !known.startsWith(reserved));
    const list = names.length > 0 ? `; there are ${names.join(', ')}` : ', nor any other';
    const text = `no function of the host is named ${JSON.stringify(name)}${list}`;
    throw fault('ReferenceError', 'ERR_NO_HOST_FUNCTION', text);
  }

  /**
   * @param {number} args
   * @param {number} nargs
   */
  #readArgs(args, nargs) {
    const values = [];
    for (let i = 0; i < nargs; i++) {
      values.push(readValue(this.#memory, args + i * valueBytes, `argument ${i + 1}`));
    }
    return values;
  }

  /**
   * @param {Open} open
   * @param {unknown} value
   */
  #give(open, value) {
    let encoded;
    try {
      encoded = encode(value, badResult);
    } catch (error) {
      encoded = encodeError(error);
    }
    this.#answer(open, encoded);
  }

  /**
   * @param {Open} open
   * @param {Encoded} value
   */
  #answer(open, value) {
    const { ptr } = open;
    if (this.#over || open.over || !this.#exports.rt_host_claim(ptr)) return;
    const { data } = value;
    const room = ptr + HostCall.room * 4;
    writeValue(this.#memory.view(room), ptr + HostCall.answer * 4, value, room);
    if (data && data.length > hostRoom) {
      open.kept = data;
    } else {
      if (data) this.#memory.write(room, data);
      this.#open.delete(ptr);
    }
    this.#activity++;
    this.#exports.rt_host_settle(ptr);
  }

  /**
   * The program has made room for a long answer.
   * @param {number} ptr
   */
  #fill(ptr) {
    const kept = this.#open.get(ptr)?.kept ?? new Uint8Array();
    this.#open.delete(ptr);
    this.#memory.write(this.#memory.load(ptr, HostCall.to), kept);
    this.#exports.rt_host_claim(ptr);
    this.#activity++;
    this.#exports.rt_host_settle(ptr);
  }

  /**
   * The program no longer waits for the answer, or has no room for a long answer.
   * @param {number} ptr
   */
  #forget(ptr) {
    const open = this.#open.get(ptr);
    this.#open.delete(ptr);
    this.#exports.rt_host_giveback(ptr);
    open?.onRefused?.();
    open?.abort(new DOMException('the program does not wait any more', 'TimeoutError'));
  }

  // --- JavaScript calls C ---

  /**
   * Starts a function that the program exports, as a goroutine.
   * @param {unknown} name
   * @param {unknown[]} args
   * @returns {Promise<HostValue>}
   */
  async go(name, args) {
    if (typeof name !== 'string' || name.startsWith(reserved) || !this.#exported.has(name)) {
      const names = [...this.#exported.keys()].filter((known) => !known.startsWith(reserved));
      const list = names.length > 0 ? `there are ${names.sort().join(', ')}` : 'there are none';
      const got = typeof name === 'string' ? JSON.stringify(name) : typeof name;
      throw new OptionError(
        'ERR_NO_FUNCTION',
        `the program exports no function ${got}; ${list} (GO_EXPORT)`,
      );
    }
    return this.start(name, this.encode(args, `go(${JSON.stringify(name)})`)).promise;
  }

  /**
   * Copies of the arguments, checked.
   * @param {unknown[]} args
   * @param {string} who for complaints
   */
  encode(args, who) {
    return args.map((arg, i) => encode(arg, badArgument(who, i)));
  }

  /**
   * @param {string} name
   * @param {Encoded[]} values
   */
  start(name, values) {
    if (this.#over) throw new RuntimeClosed('the program has ended');
    const id = (this.#lastId = nextId(this.#lastId, this.#started));
    /** @type {Promise<HostValue>} */
    const promise = new Promise((resolve, reject) => this.#started.set(id, { resolve, reject }));
    this.#send(id, encodeMessage(id, /** @type {number} */ (this.#exported.get(name)), values));
    return { id, promise };
  }

  /**
   * Makes a waiting function of the runtime give up.
   * @param {number} id
   */
  giveUp(id) {
    if (!this.#over && this.#started.has(id)) this.#send(0, encodeMessage(id, 0, []));
  }

  /**
   * @param {number} id 0: nobody waits
   * @param {Uint8Array} bytes
   */
  #send(id, bytes) {
    // All calls of one turn of the event loop go into one packet.
    if (this.#queue.length === 0) queueMicrotask(() => this.#flush());
    this.#queue.push({ id, bytes });
  }

  #flush() {
    const open = this.#acceptor;
    if (!open || this.#queue.length === 0 || this.#over) return;
    let bytes = packetHead;
    let n = 0;
    do bytes += this.#queue[n++].bytes.length;
    while (n < this.#queue.length && bytes + this.#queue[n].bytes.length <= packetBytes);
    const batch = this.#queue.splice(0, n);
    const packet = new Uint8Array(bytes);
    new Uint32Array(packet.buffer, 0, Packet.words)[Packet.nmessages] = n;
    let at = packetHead;
    for (const message of batch) {
      packet.set(message.bytes, at);
      at += message.bytes.length;
    }
    this.#acceptor = undefined;
    open.onRefused = () => {
      const error = new WorldsemaError('ERR_NO_MEMORY', 'the program has no memory for the call');
      for (const { id } of batch) this.#end(id)?.reject(error);
    };
    this.#give(open, packet);
  }

  /** @param {HostValue} id */
  #end(id) {
    const started = this.#started.get(Number(id));
    this.#started.delete(Number(id));
    return started;
  }

  /**
   * Reads a text in which bad UTF-8 does not matter.
   * @param {number} ptr of the value
   */
  #looseText(ptr) {
    const memory = this.#memory;
    return memory.text(memory.load(ptr, GoValue.number), memory.load(ptr, GoValue.len));
  }

  // --- the end ---

  /**
   * Gives up all calls. The program has ended; its memory is not changed any more.
   * @param {Error} error
   */
  abandon(error) {
    this.#over = true;
    for (const { reject } of this.#started.values()) reject(error);
    this.#started.clear();
    for (const open of this.#open.values()) open.abort(error);
    this.#open.clear();
  }
}

/**
 * The next number for a call. Numbers have 32 bits and 0 is not used, so after four billion calls
 * they begin again at 1.
 * @param {number} last
 * @param {{ has: (id: number) => boolean }} used the numbers of calls that have not ended
 */
export function nextId(last, used) {
  do last = (last + 1) >>> 0;
  while (last === 0 || used.has(last));
  return last;
}

/** @param {unknown} value */
const isThenable = (value) =>
  ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
  typeof (/** @type {any} */ (value).then) === 'function';

/**
 * @param {number} id
 * @param {number} what
 * @param {Encoded[]} values
 */
function encodeMessage(id, what, values) {
  const head = GoCall.args * 4 + values.length * valueBytes;
  const room = values.reduce((sum, { data }) => sum + (data ? data.length + 1 : 0), 0);
  const bytes = new Uint8Array((head + room + 15) & ~15);
  const view = new DataView(bytes.buffer);
  const words = new Uint32Array(bytes.buffer);
  words[GoCall.bytes] = bytes.length;
  words[GoCall.id] = id;
  words[GoCall.what] = what;
  words[GoCall.nargs] = values.length;
  let data = head;
  values.forEach((value, i) => {
    writeValue(view, GoCall.args * 4 + i * valueBytes, value, data);
    if (!value.data) return;
    bytes.set(value.data, data);
    data += value.data.length + 1;
  });
  return bytes;
}
