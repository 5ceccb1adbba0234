// @ts-check
// The last look at a program that is about to end: option beforeExit.

import { BeforeExitFailed } from './errors.js';
import { pause } from './pause.js';

/**
 * Calls it, and waits for it no longer than the limit, nor beyond the program's end.
 * @param {(exitCode: number) => unknown} call
 * @param {{ ms: number, exitCode: number, ending: AbortSignal }} how
 * @returns {Promise<BeforeExitFailed | undefined>} what went wrong
 */
export async function takeLeave(call, { ms, exitCode, ending }) {
  const back = new AbortController();
  const late = pause(ms, [ending, back.signal]).then(() => {
    throw new Error(`it took longer than ${ms} ms`);
  });
  try {
    // A turn later, so that whoever called createRuntime has the runtime by now.
    await new Promise((resolve) => setTimeout(resolve, 0));
    await Promise.race([call(exitCode), late]);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    return new BeforeExitFailed('ERR_BEFORE_EXIT', `beforeExit: ${message}`, { exitCode, cause });
  } finally {
    back.abort();
    late.catch(() => {});
  }
}
