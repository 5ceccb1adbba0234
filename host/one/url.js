// @ts-check

/** The script of the worker of mode one: beside this file, and beside the bundle in dist/. */
export const workerUrl = new URL('./worker.js', import.meta.url);
