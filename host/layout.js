// @ts-check
// The words that cross the border between the program and the page, as runtime and wasm lay them
// out. All are unsigned 32-bit little endian words of the shared memory.

/** Version of everything below; the program's tables say theirs. */
export const abiVersion = 3;

/** Words of the box: how the program tells its news. */
export const Box = Object.freeze({
  seq: 0, // the program adds 1 and notifies on any news
  exited: 1,
  exitCode: 2,
  ring: 3,
  ringBytes: 4, // a power of two
  read: 5, // free running; the host stores and notifies
  written: 6, // free running; the program stores
  threadsWanted: 7,
  fatalKind: 8,
  fatalText: 9,
  fatalTextBytes: 10,
  dump: 11,
  dumpBytes: 12,
  threadsStarted: 13,
  threadsFailed: 14,
  hold: 16,
  input: 17,
  inputTo: 18,
  inputRoom: 19,
  inputGot: 20,
  begun: 21,
});

/** Values of the box's hold: whether the host looks before the end, which the program has reached. */
export const Hold = Object.freeze({ none: 0, wanted: 1, reached: 2 });

/** Values of the box's input: who reads stdin, if the host gives it. */
export const Input = Object.freeze({ none: 0, idle: 1, claimed: 2, wanted: 3, given: 4 });

/** Why a program died; 0 while it has not. */
export const FatalKind = Object.freeze({
  throw: 1,
  deadlock: 2,
  panic: 3,
  stackOverflow: 4,
  trap: 5,
});

/** What can be asked of a running program. */
export const RequestKind = Object.freeze({
  stack: 1,
  dump: 2,
  goroutineProfile: 3,
  threadcreateProfile: 4,
  maxProcs: 5,
  memStats: 6,
  gc: 7,
  heapProfile: 8,
  cpuStart: 9,
  cpuStop: 10,
  blockProfile: 11,
  mutexProfile: 12,
  blockRate: 13,
  mutexFraction: 14,
  userProfile: 15,
  leaks: 16,
  waits: 17,
});

/** Words of a request. */
export const Request = Object.freeze({ state: 2, ptr: 3, bytes: 4 });

/** Values of a request's state. */
export const RequestState = Object.freeze({ pending: 0, done: 1, failed: 2 });

/** Bytes of a value, and where its parts lie; the payload is a number or the address of the bytes. */
export const Value = Object.freeze({ kind: 0, length: 4, payload: 8, bytes: 16 });

/** What a value is; an error is name, message and code, each with a NUL. */
export const ValueKind = Object.freeze({
  null: 0,
  number: 1,
  int: 2,
  string: 3,
  bytes: 4,
  error: 5,
});

/** Where the parts of a call by the program lie. */
export const Call = Object.freeze({
  op: 4, // as it was when it was taken
  name: 8,
  args: 12,
  nargs: 16,
  to: 20,
  answer: 24,
  room: 40,
  roomBytes: 128,
  state: 168,
});

/** What the program wants with it. */
export const CallOp = Object.freeze({ do: 0, fill: 1, forget: 2, own: 3 });

/** Of a call's state: nobody has decided anything. */
export const CallState = Object.freeze({ waiting: 0 });

/** A call of the program: its head, then its values. Several, behind packetBytes, are a packet. */
export const Message = Object.freeze({ id: 4, what: 8, nargs: 12, head: 32, packetBytes: 16 });

/** A function that the program exports. */
export const Export = Object.freeze({ name: 0, next: 16 });

/** Service goroutines have numbers from here on (runtime/base/gmp.h). */
export const serviceIds = 2 ** 42;

export const dumpMagic = 0x504d4447;
export const dumpVersion = 1;
export const profileMagic = 0x464f5250;
export const profileVersion = 1;
export const heapMagic = 0x50414548;
export const heapVersion = 1;
export const blockMagic = 0x4b434c42;
export const blockVersion = 1;
export const cpuMagic = 0x50555043;
export const cpuVersion = 1;
export const tablesMagic = 0x4d455357;

/** Goroutine states by number; 5 is unused. */
export const states = Object.freeze([
  'idle',
  'runnable',
  'running',
  'syscall',
  'waiting',
  'unused',
  'dead',
]);

/** Kinds of functions by number. */
export const kinds = /** @type {const} */ (['user', 'runtime', 'system', 'foreign']);

/** Kinds of what goroutines wait for by number. */
export const waitKinds = /** @type {const} */ ([
  'channel',
  'mutex',
  'rwmutex',
  'wait group',
  'condition',
  'semaphore',
]);

/** States of a P by number. */
export const procStates = Object.freeze(['idle', 'running', 'syscall', 'stopped', 'dead']);

/** Exports the host calls, besides the optional ones. */
export const requiredExports = Object.freeze([
  'rt_host_alloc',
  'rt_host_free',
  'rt_host_symtab',
  'rt_host_setenv',
  'rt_host_box',
  'rt_host_boot',
  'rt_host_start_threads',
  'rt_host_request',
  'rt_host_request_free',
  'rt_host_counts',
  'rt_host_heap',
  'rt_host_trace',
  'rt_host_trace_room',
  'rt_host_trace_exact',
  'rt_host_entries',
  'rt_host_reason',
  'rt_host_take',
  'rt_host_claim',
  'rt_host_settle',
  'rt_host_giveback',
  'rt_host_exports',
  'rt_host_profile_name',
  'rt_host_text',
  'rt_host_last_waits',
  'rt_host_last_cpu',
  'rt_host_last_heap',
]);

/** Most goroutines that may run at once. */
export const maxProcs = 256;
