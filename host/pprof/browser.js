// @ts-check
// 'worldsema/pprof' in a page. index.js is the same for Node, which can serve profiles, too.

export * from './public.js';
