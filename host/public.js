// @ts-check
// What both entries export besides createRuntime.

export {
  BeforeExitFailed,
  Deadlock,
  GoError,
  GoPanic,
  LoadError,
  OptionError,
  PlatformError,
  ProgramError,
  RuntimeClosed,
  RuntimeThrow,
  RuntimeTrap,
  StackOverflow,
  WorkerDied,
  WorldsemaError,
} from './errors.js';
export { diffDumps } from './profile/diff.js';
export { groupStacks } from './profile/dump.js';
export { dumpFromJson, dumpToJson } from './profile/dumpjson.js';
export { formatDump, parseDump } from './profile/stacktext.js';
export { toText } from './profile/text.js';
export { toChromeTrace } from './trace/chrome.js';
export { Runtime } from './base.js';
