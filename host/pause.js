// @ts-check
// Waiting that can be cut short.

/**
 * Fulfilled after `ms` milliseconds. If one of the signals aborts before, rejected with its reason.
 * @param {number} ms
 * @param {AbortSignal[]} signals
 * @returns {Promise<void>}
 */
export function pause(ms, signals) {
  return new Promise((resolve, reject) => {
    const leave = () => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', leave);
      const aborted = signals.find((signal) => signal.aborted);
      if (aborted) reject(aborted.reason);
      else resolve();
    };
    const timer = setTimeout(leave, ms);
    for (const signal of signals) signal.addEventListener('abort', leave);
    if (signals.some(({ aborted }) => aborted)) leave();
  });
}
