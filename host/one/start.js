// @ts-check
// worldsema/one: what the worker of mode one does. A build writes a script that calls it
// (app.one.js).

import { isNode, nodePort, pagePort } from './port.js';
import { serve } from './serve.js';

/**
 * Makes this worker the one of a program. In a page it hears at once: what is posted to a worker is
 * delivered as soon as its script has run.
 * @param {Function} [createProgram] the glue; default: the page names its address
 */
export function beWorker(createProgram) {
  if (isNode) nodePort().then((port) => serve(port, createProgram));
  else serve(pagePort(), createProgram);
}
