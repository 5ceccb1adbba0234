// @ts-check
// What happens when the command cannot print any more.

/** The exit code that shells show for a process that SIGPIPE ended. */
const sigpipeCode = 141;

/** Errors of pipes and sockets whose other end is closed. */
const closed = ['EPIPE', 'ECONNRESET'];

/**
 * Resolves to the exit code when stdout or stderr is closed, as by `| head`, or cannot be written.
 */
export const outputLost = new Promise((/** @type {(code: number) => void} */ resolve) => {
  let told = false;
  const lost = (/** @type {NodeJS.ErrnoException} */ { code = '', message }) => {
    if (closed.includes(code)) return resolve(sigpipeCode);
    if (!told) process.stderr.write(`worldsema: cannot print: ${message}\n`);
    told = true;
    resolve(1);
  };
  process.stdout.on('error', lost);
  process.stderr.on('error', lost);
});
