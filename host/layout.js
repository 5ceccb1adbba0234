// @ts-check
// The words that cross the border between the program and the page, as runtime and wasm lay them
// out. All are unsigned 32-bit little endian words of the shared memory.

/** Version of everything below; the program's tables say theirs. */
export const abiVersion = 1;

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
});

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
});

/** Words of a request. */
export const Request = Object.freeze({ state: 2, ptr: 3, bytes: 4 });

/** Values of a request's state. */
export const RequestState = Object.freeze({ pending: 0, done: 1, failed: 2 });

export const dumpMagic = 0x504d4447;
export const dumpVersion = 1;
export const profileMagic = 0x464f5250;
export const profileVersion = 1;
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
export const kinds = /** @type {const} */ (['user', 'runtime', 'system']);

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
  'rt_host_reason',
]);

/** Most goroutines that may run at once. */
export const maxProcs = 256;
