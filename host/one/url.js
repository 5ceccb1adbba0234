// @ts-check

/**
 * The script of the worker of mode one: beside this file, and beside the bundle in dist/. Bundlers
 * must not follow it: a program's own script (app.one.js) is the one that they know.
 */
export const workerUrl = () => new URL(import.meta.url.replace(/[^/]*$/, 'worker.js'));
