// @ts-check
// Reports a long step: what it does, how far it is, and how long it took. On a terminal one line is
// rewritten. Elsewhere (in a log) a new line appears now and then.

const logEveryMs = 15_000;

/**
 * Runs `work` and reports on it. `work` may call `update` to say how far it is.
 * @template T
 * @param {string} title
 * @param {(update: (detail: string) => void) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const terminal = Boolean(process.stdout.isTTY);
  const start = Date.now();
  let detail = '';
  let logged = start;
  const seconds = () => Math.round((Date.now() - start) / 1000);
  const draw = () => {
    const line = `${title} ... ${[detail, `${seconds()} s`].filter(Boolean).join(', ')}`;
    if (terminal) {
      process.stdout.write(`\r\x1b[K${line.slice(0, (process.stdout.columns ?? 80) - 1)}`);
    } else if (Date.now() - logged >= logEveryMs) {
      logged = Date.now();
      console.log(`  ${line}`);
    }
  };
  if (!terminal) console.log(`${title} ...`);
  const timer = setInterval(draw, terminal ? 200 : 1000);
  let outcome = 'failed';
  try {
    const value = await work((text) => void (detail = text));
    outcome = 'done';
    return value;
  } finally {
    clearInterval(timer);
    const last = `${title}: ${outcome} in ${seconds()} s`;
    console.log(terminal ? `\r\x1b[K${last}` : last);
  }
}
