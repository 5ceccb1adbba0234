// @ts-check
// Option beforeExit: a last call before the program ends.

import { BeforeExitFailed } from './errors.js';
import { pause } from './pause.js';

/**
 * Calls the function, and waits for its result, but not longer than `ms` and not beyond the
 * program's end.
 * @param {(exitCode: number) => unknown} call
 * @param {{ ms: number, exitCode: number, ending: AbortSignal }} how
 * @returns {Promise<BeforeExitFailed | undefined>} the error, if the call failed
 */
export async function takeLeave(call, { ms, exitCode, ending }) {
  const back = new AbortController();
  const late = pause(ms, [ending, back.signal]).then(() => {
    throw new Error(`it took longer than ${ms} ms`);
  });
  try {
    // Waits for one turn of the event loop, so that the caller of createRuntime has the runtime by
    // then.
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
