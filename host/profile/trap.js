// @ts-check
// Translates the stack that an engine prints with an error to the program's functions and lines.

/** @typedef {import('./symbols.js').Frame} Frame */

// Node, Chromium and Firefox print this part alike. The numbers are the index of a function, and an
// offset in the wasm file. JavaScriptCore prints no offset.
const wasmFrame = /wasm-function\[(\d+)\](?::0x([0-9a-f]+))?/g;

/**
 * @param {string} stack
 * @param {import('./symbols.js').Symbols} symbols
 * @returns {Frame[]} innermost first
 */
export function engineFrames(stack, symbols) {
  return [...stack.matchAll(wasmFrame)].flatMap(([, index, offset]) =>
    offset === undefined
      ? symbols.framesOfFunction(Number(index))
      : symbols.framesAtOffset(parseInt(offset, 16)),
  );
}

/**
 * The text of such a stack, in the form of a dump. '' if no frame is of the program.
 * @param {string} stack
 * @param {import('./symbols.js').Symbols} symbols
 */
export function formatEngineStack(stack, symbols) {
  const lines = engineFrames(stack, symbols)
    .filter(({ kind }) => kind === 'user')
    .map(({ func, file, line }) => `${func}(...)\n\t${file}:${line}\n`);
  return lines.length > 0 ? `goroutine running:\n${lines.join('')}` : '';
}
