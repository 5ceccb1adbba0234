// @ts-check
// worldsema serve: serves a folder to browsers.

import { stat } from 'node:fs/promises';
import { numberOf, readOptions, wrong } from './options.js';
import { serveFiles } from './static.js';

export const help = `worldsema serve [options] [FOLDER]

Serves the files of a folder (default: this one) to browsers on this machine, with the two headers
that a page needs to have shared memory: Cross-Origin-Opener-Policy: same-origin and
Cross-Origin-Embedder-Policy: require-corp. Ends with Ctrl+C.

  --port PORT          default: PORT of the environment, else the first free one from 8080
  --host ADDRESS       where to listen (default 127.0.0.1: this machine only)
  --no-isolation       without the headers, as most servers are: programs then have one worker

Example:

  worldsema serve --port 8080 build
`;

/** @param {string[]} argv @returns {Promise<number>} exit code; the command keeps serving */
export async function main(argv) {
  const names = /** @type {const} */ (['port', 'host', 'no-isolation']);
  const { given, rest } = readOptions(argv, names.slice(0, 2), names.slice(2), { anywhere: true });
  const [root = '.', ...more] = rest;
  if (more.length > 0) throw wrong(`${more[0]}: one folder only`);
  const found = await stat(root).catch(() => undefined);
  if (!found?.isDirectory()) throw wrong(`${root}: no such folder`);
  const port = numberOf('port', given.port, { min: 0, max: 65_535 });
  const host = given.host?.at(-1);
  const { url } = await serveFiles({ root, port, host, isolated: !given['no-isolation'] }).catch(
    (error) => {
      throw wrong(`cannot listen: ${error.message}`);
    },
  );
  console.log(`Serving ${root} at ${url} (end with Ctrl+C)`);
  return 0;
}
