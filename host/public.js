// @ts-check
// What both entries export besides createRuntime.

export {
  Deadlock,
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
export { groupStacks } from './profile/dump.js';
export { formatDump, parseDump } from './profile/stacktext.js';
export { toText } from './profile/text.js';
export { Runtime } from './runtime.js';
