// @ts-check
// The package's entry for pages. index.js is the entry for Node.

import { create } from './create.js';
import { joinOptions } from './options.js';
import * as platform from './platform/browser.js';

export * from './public.js';

/**
 * Starts a program that was built with worldsema. Fulfilled when main begins, or after a second.
 * Rejects if the program dies before. See index.d.ts.
 * @param {import('./index.js').RuntimeOptions} options
 * @param {Partial<import('./index.js').RuntimeOptions>} [more] wins over the first argument
 */
export const createRuntime = async (options, more) => create(platform, joinOptions(options, more));
