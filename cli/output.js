// @ts-check
// What becomes of the command when it cannot print any more.

/** As a shell says of a process that SIGPIPE ended. */
const sigpipeCode = 141;

/** What pipes and sockets say whose other end is closed. */
const closed = ['EPIPE', 'ECONNRESET'];

/** The exit code, once stdout or stderr is closed, as by `| head`, or cannot be written to. */
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
