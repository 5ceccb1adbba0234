// @ts-check
// worldsema relay: a place from which the profiles of a program in a tab can be fetched.

import { openRelay } from '../host/pprof/index.js';
import { numberOf, readOptions, wrong } from './options.js';

export const help = `worldsema relay [options]

Waits for a page to connect, and serves the profiles of the program that runs in it, as
\`worldsema run --pprof\` does for a program in Node.js. Prints what the page has to call. Ends with
Ctrl+C.

  --port PORT          default 6060
  --host ADDRESS       where to listen (default 127.0.0.1: this machine only)
  --token TOKEN        what the page must know: at least 16 letters or digits (default: a new one)

Example:

  worldsema relay --port 6060
  go tool pprof http://localhost:6060/debug/pprof/heap

and in the page

  import { connectRelay } from 'worldsema/pprof';
  await connectRelay(rt, { url: 'ws://127.0.0.1:6060/', token: '...' });
`;

/** @param {string[]} argv @returns {Promise<number>} exit code; the command keeps serving */
export async function main(argv) {
  const { given, rest } = readOptions(argv, /** @type {const} */ (['port', 'host', 'token']));
  if (rest.length > 0) throw wrong(`${rest[0]}: relay takes options only`);
  const options = {
    port: numberOf('port', given.port, { min: 0, max: 65_535 }),
    host: given.host?.at(-1),
    token: given.token?.at(-1),
  };
  const { url, socketUrl, token } = await openRelay(options).catch((error) => {
    throw error.syscall ? wrong(`cannot listen: ${error.message}`) : error;
  });
  console.log(`Profiles at ${url} (end with Ctrl+C), once a page has called
connectRelay(rt, { url: '${socketUrl}', token: '${token}' })`);
  return 0;
}
