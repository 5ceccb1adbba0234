// @ts-check

/** How long createRuntime waits for main, in ms. */
export const beginMs = 1000;

/**
 * A running program, in either mode: `rt instanceof Runtime`. Made by createRuntime. runtime.js is
 * the one that has the program's memory; one/remote.js asks the worker that has it.
 */
export class Runtime {}
