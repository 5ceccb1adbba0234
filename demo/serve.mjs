// @ts-check
// The server of the demo and of the tests in a browser. Addresses are the repository's own paths,
// from the folders listed below and no others.

import { fileURLToPath } from 'node:url';
import { serveFiles } from '../cli/static.js';

const repository = fileURLToPath(new URL('..', import.meta.url));
const folders = ['demo', 'host', 'runtime', 'build', 'tests'];

/**
 * @param {Partial<import('../cli/static.js').ServeOptions>} [options] without `root`, the
 *   repository
 */
export const serve = ({ root, ...options } = {}) =>
  serveFiles(root === undefined ? { root: repository, folders, ...options } : { root, ...options });

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await serve();
  console.log(`Serving ${url} (end with Ctrl+C)`);
}
