// @ts-check
// 'worldsema/pprof' in a page. index.js is the entry for Node, which can also serve profiles.

export * from './public.js';
