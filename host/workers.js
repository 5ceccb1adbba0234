// @ts-check
// Where the script of a program's workers comes from: option worker, or else the glue itself.

import { OptionError } from './errors.js';

/** @typedef {new (url: string | URL, options?: any) => object} WorkerClass */

/**
 * The class that the glue uses as `Worker`.
 * @param {WorkerClass} ProgramWorker  of the platform
 * @param {import('./options.js').Settings['worker']} given
 * @param {URL | undefined} glueUrl
 */
export function workersOf(ProgramWorker, given, glueUrl) {
  const script = typeof given === 'function' ? undefined : (given ?? glueUrl);
  return class {
    /** @param {string | URL} url where the glue supposes its script */
    constructor(url) {
      if (typeof given === 'function') return madeBy(ProgramWorker, given, 'worker');
      return new ProgramWorker(script ?? url, { type: 'module' });
    }
  };
}

/**
 * Calls the function of an option. It says `new Worker(...)`, in the words that bundlers know, and
 * gets one of the program's workers.
 * @template {object} T
 * @param {new (url: any, options?: any) => T} ProgramWorker
 * @param {Function} make
 * @param {'worker' | 'one'} option
 * @returns {T}
 */
export function madeBy(ProgramWorker, make, option) {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'Worker');
  const value = ProgramWorker;
  Object.defineProperty(globalThis, 'Worker', { value, configurable: true, writable: true });
  let worker;
  try {
    worker = make();
  } finally {
    if (before) Object.defineProperty(globalThis, 'Worker', before);
    else delete (/** @type {any} */ (globalThis).Worker);
  }
  if (worker instanceof ProgramWorker) return worker;
  throw new OptionError(
    option === 'one' ? 'ERR_BAD_ONE' : 'ERR_BAD_WORKER',
    `option ${option}: the function must return what \`new Worker(...)\` gives while it is called`,
  );
}
