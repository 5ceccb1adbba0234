// @ts-check
// Profiles over HTTP, for `go tool pprof http://localhost:6060/debug/pprof/heap`. Node only.

import { optionsOf } from '../options.js';
import { answer } from './answer.js';
import { openServer } from './http.js';

/**
 * Serves the profiles of a program until it ends.
 * @param {import('../index.d.ts').Runtime} rt
 * @param {{ port?: number, host?: string }} [options]
 * @returns {Promise<import('./index.d.ts').PprofServer>}
 */
export async function servePprof(rt, options) {
  const where = optionsOf('servePprof', options);
  const { url, port, close } = await openServer((question) => answer(rt, question), where);
  rt.done.then(close, close);
  return { url, port, close };
}
