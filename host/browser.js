// @ts-check
// The package in a page. index.js is the same for Node.

import { create } from './create.js';
import * as platform from './platform/browser.js';

export * from './public.js';

/**
 * Starts a program that was built with worldsema. Fulfilled when main begins, or after a second;
 * rejects if the program dies before: see index.d.ts.
 * @param {import('./index.js').RuntimeOptions} options
 */
export const createRuntime = (options) => create(platform, options);
