// @ts-check
// Made by scripts/layout.mjs from runtime/ask/words.h, which says what each of these means.
// Places and sizes are counted in 32-bit words; of a record that ends in an array the size is
// without it.

export const abiVersion = 6;
export const Gstatus = Object.freeze({
  idle: 0,
  runnable: 1,
  running: 2,
  syscall: 3,
  waiting: 4,
  moribund: 5,
  dead: 6,
});
export const Pstatus = Object.freeze({ idle: 0, running: 1, syscall: 2, gcstop: 3, dead: 4 });
export const maxProcs = 256;
export const serviceBit = 42;
export const FatalKind = Object.freeze({
  none: 0,
  throw: 1,
  deadlock: 2,
  panic: 3,
  stack: 4,
  trap: 5,
});
export const HoldState = Object.freeze({ none: 0, wanted: 1, reached: 2 });
export const InputState = Object.freeze({ none: 0, idle: 1, claimed: 2, wanted: 3, given: 4 });
export const ringFdBits = 8;
export const AskKind = Object.freeze({
  stack: 1,
  dump: 2,
  goroutineProfile: 3,
  threadProfile: 4,
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
  kinds: 18,
});
export const AskState = Object.freeze({ pending: 0, done: 1, failed: 2 });
export const dumpMagic = 1347241031;
export const DumpFlag = Object.freeze({
  locked: 1,
  system: 2,
  inPlace: 4,
  detail: 8,
  leaked: 16,
  partial: 32,
});
export const detailBytes = 64;
export const profileMagic = 1179603536;
export const ThingKind = Object.freeze({
  chan: 0,
  mutex: 1,
  rwMutex: 2,
  waitGroup: 3,
  cond: 4,
  semaphore: 5,
  thread: 6,
});
export const ThingFlag = Object.freeze({ anybody: 1, held: 2 });
export const WaitsFlag = Object.freeze({ cut: 1, asleep: 2, blind: 4 });
export const heapMagic = 1346454856;
export const collectionsTold = 128;
export const noCollection = 4294967295;
export const blockMagic = 1262701634;
export const cpuMagic = 1347768387;
export const PcBit = Object.freeze({ functionBit: 28, textBit: 29, placeBit: 30, entryBit: 31 });
export const TextNumber = Object.freeze({
  lost: 0,
  idle: 1,
  scheduler: 2,
  collector: 3,
  labels: 4,
});
export const TraceKind = Object.freeze({
  context: 1,
  run: 2,
  left: 3,
  ready: 4,
  go: 5,
  steal: 6,
  call: 7,
  return: 8,
  inplace: 9,
  thread: 10,
  timer: 11,
  worldStop: 12,
  worldStopped: 13,
  worldStart: 14,
  gcBegin: 15,
  gcMarked: 16,
  gcEnd: 17,
});
export const TraceLeave = Object.freeze({
  not: 0,
  yield: 1,
  park: 2,
  preempt: 3,
  stop: 4,
  queue: 5,
  end: 6,
});
export const leaveBits = 3;
export const traceUnit = 4;
export const traceTimeBits = 42;
export const traceNoProc = 511;
export const traceArg = 43;
export const traceEntry = 35;
export const traceNoEntry = 65535;
export const traceKindAt = 51;
export const traceLap = 56;
export const FuncKind = Object.freeze({ user: 0, runtime: 1, system: 2, foreign: 3 });
export const tablesMagic = 1296388951;
export const tablesSeparate = 1;
export const tablesPolls = 1073741824;
export const tablesCreations = 1342177280;
export const tablesFunctions = 1610612736;
export const Lands = Object.freeze({ throw: 1, jump: 2 });
export const HostOp = Object.freeze({ do: 0, fill: 1, forget: 2, own: 3 });
export const HostState = Object.freeze({ waiting: 0, answering: 1, answered: 2, expired: 3 });
export const hostRoom = 128;
export const WaitReason = Object.freeze({
  waitNone: 0,
  waitChanSend: 1,
  waitChanSendNil: 2,
  waitChanReceive: 3,
  waitChanReceiveNil: 4,
  waitSelect: 5,
  waitSelectNoCases: 6,
  waitSemacquire: 7,
  waitSleep: 8,
  waitTimerIdle: 9,
  waitFinalizer: 10,
  waitNewGoroutine: 11,
  waitMutexLock: 12,
  waitRWMutexRLock: 13,
  waitRWMutexLock: 14,
  waitWaitGroup: 15,
  waitCond: 16,
  waitHostCall: 17,
  waitHostIdle: 18,
  waitPreempted: 19,
  waitStopped: 20,
  waitGCIdle: 21,
  waitGC: 22,
  waitCpuProfile: 23,
  waitThreadMutex: 24,
  waitThreadRead: 25,
  waitThreadWrite: 26,
  waitThreadCond: 27,
  waitThreadJoin: 28,
  waitThreadWord: 29,
  nWaitReason: 30,
});
export const GoKind = Object.freeze({ null: 0, number: 1, int: 2, string: 3, bytes: 4 });
export const hostError = 5;
export const M = Object.freeze({ machine: 0, words: 104 });
export const Machine = Object.freeze({
  result: 0,
  home: 4,
  switching: 5,
  kept: 6,
  hidden: 7,
  words: 20,
});
export const GoSite = Object.freeze({ func: 0, file: 1, line: 2, words: 3 });
export const Word64 = Object.freeze({ low: 0, high: 1, words: 2 });
export const HostBox = Object.freeze({
  seq: 0,
  exited: 1,
  code: 2,
  ring: 3,
  ringBytes: 4,
  rd: 5,
  wr: 6,
  wanted: 7,
  fatal: 8,
  text: 9,
  textBytes: 10,
  dump: 11,
  dumpBytes: 12,
  started: 13,
  failed: 14,
  exiting: 15,
  hold: 16,
  input: 17,
  inputTo: 18,
  inputRoom: 19,
  inputGot: 20,
  begun: 21,
  terminals: 22,
  words: 23,
});
export const Request = Object.freeze({
  kind: 0,
  arg: 1,
  state: 2,
  answer: 3,
  bytes: 4,
  next: 5,
  taken: 6,
  words: 7,
});
export const DumpHead = Object.freeze({
  magic: 0,
  version: 1,
  n: 2,
  stoppedNs: 3,
  totalNs: 5,
  waits: 7,
  words: 8,
});
export const DumpG = Object.freeze({
  id: 0,
  status: 2,
  reason: 3,
  flags: 4,
  waitNs: 5,
  parent: 7,
  thread: 9,
  site: 10,
  label: 11,
  npcs: 12,
  pcs: 13,
  words: 13,
});
export const ProfileHead = Object.freeze({ magic: 0, version: 1, n: 2, words: 3 });
export const StackRecord = Object.freeze({ npcs: 0, label: 1, pcs: 2, words: 2 });
export const WaitsHead = Object.freeze({ nthings: 0, nwaits: 1, nedges: 2, flags: 3, words: 4 });
export const WaitsThing = Object.freeze({ inverted: 0, kind: 1, flags: 2, words: 3 });
export const WaitsPair = Object.freeze({ thing: 0, id: 1, words: 3 });
export const HeapHead = Object.freeze({ magic: 0, version: 1, n: 2, rate: 3, words: 4 });
export const HeapCounts = Object.freeze({
  allocs: 0,
  frees: 2,
  allocBytes: 4,
  freeBytes: 6,
  words: 8,
});
export const HeapRecord = Object.freeze({ sampled: 0, estimated: 8, npcs: 16, pcs: 17, words: 17 });
export const HeapGlance = Object.freeze({
  ngc: 0,
  collected: 1,
  uncollected: 2,
  next: 3,
  words: 4,
});
export const Collection = Object.freeze({
  endNs: 0,
  pauseNs: 2,
  before: 4,
  after: 5,
  next: 6,
  words: 7,
});
export const BlockHead = Object.freeze({ magic: 0, version: 1, n: 2, rate: 3, words: 4 });
export const CpuHead = Object.freeze({ magic: 0, version: 1, durationNs: 2, words: 4 });
export const CountsHead = Object.freeze({
  goroutines: 0,
  idle: 1,
  runnable: 2,
  running: 3,
  syscall: 4,
  waiting: 5,
  procs: 6,
  threads: 7,
  preemptions: 8,
  stops: 9,
  words: 10,
});
export const CountsP = Object.freeze({ status: 0, queued: 1, ticks: 2, goroutine: 3, words: 5 });
export const TraceHead = Object.freeze({
  from: 0,
  n: 1,
  sysmon: 2,
  unused: 3,
  nowNs: 4,
  baseNs: 6,
  words: 8,
});
export const EntriesHead = Object.freeze({ from: 0, words: 1 });
export const EntriesG = Object.freeze({ id: 0, slot: 2, words: 3 });
export const TablesHead = Object.freeze({
  magic: 0,
  version: 1,
  nfuncs: 2,
  maxpc: 3,
  nlocs: 4,
  textBytes: 5,
  noffsets: 6,
  flags: 7,
  nnames: 8,
  nslots: 9,
  protectpc: 10,
  firstresume: 11,
  nlands: 12,
  words: 13,
});
export const TablesFunc = Object.freeze({ entry: 0, bytes: 1, name: 2, kind: 3, loc: 4, words: 5 });
export const TablesLoc = Object.freeze({ func: 0, file: 1, line: 2, parent: 3, kind: 4, words: 5 });
export const TablesOffset = Object.freeze({ offset: 0, loc: 1, words: 2 });
export const TablesSlot = Object.freeze({ name: 0, loc: 1, words: 2 });
export const FetchHead = Object.freeze({ status: 0, headerBytes: 1, words: 2 });
export const Dump = Object.freeze({ head: 0, n: 1, words: 2 });
export const GoSizeStats = Object.freeze({ size: 0, mallocs: 2, frees: 4, words: 6 });
export const GoMemStats = Object.freeze({
  alloc: 0,
  totalAlloc: 2,
  sys: 4,
  lookups: 6,
  mallocs: 8,
  frees: 10,
  heapAlloc: 12,
  heapSys: 14,
  heapIdle: 16,
  heapInuse: 18,
  heapReleased: 20,
  heapObjects: 22,
  stackInuse: 24,
  stackSys: 26,
  frames: 28,
  mspanInuse: 30,
  mspanSys: 32,
  mcacheInuse: 34,
  mcacheSys: 36,
  buckHashSys: 38,
  gcSys: 40,
  otherSys: 42,
  nextGc: 44,
  lastGc: 46,
  pauseTotalNs: 48,
  pauseNs: 50,
  numGc: 562,
  enableGc: 563,
  debugGc: 563.25,
  mallocBytes: 564,
  mallocBlocks: 566,
  collectedBytes: 568,
  collectedBlocks: 570,
  bySize: 572,
  words: 938,
});
export const GoBlockProfileRecord = Object.freeze({ count: 0, ns: 2, pcs: 4, words: 36 });
export const GoValue = Object.freeze({ kind: 0, len: 1, number: 2, words: 4 });
export const GoCall = Object.freeze({ bytes: 0, id: 1, what: 2, nargs: 3, args: 8, words: 8 });
export const GoExport = Object.freeze({ name: 0, next: 4, words: 5 });
export const Packet = Object.freeze({ nmessages: 0, words: 4 });
export const HostCall = Object.freeze({
  taken: 1,
  name: 2,
  args: 3,
  nargs: 4,
  to: 5,
  answer: 6,
  room: 10,
  state: 42,
  words: 56,
});
