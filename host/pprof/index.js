// @ts-check
// 'worldsema/pprof' in Node. browser.js is the entry for pages.

export * from './public.js';
export { openRelay } from './relay.js';
export { servePprof } from './serve.js';
