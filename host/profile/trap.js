// @ts-check
// The stack an engine prints with an error, in the program's own functions and lines.

/** @typedef {import('./symbols.js').Frame} Frame */

// Node, Chromium and Firefox agree on this part; the number is an offset in the wasm file.
const wasmFrame = /wasm-function\[(\d+)\]:0x([0-9a-f]+)/g;

/**
 * @param {string} stack
 * @param {import('./symbols.js').Symbols} symbols
 * @returns {Frame[]} innermost first
 */
export function engineFrames(stack, symbols) {
  return [...stack.matchAll(wasmFrame)].flatMap(([, , offset]) =>
    symbols.framesAtOffset(parseInt(offset, 16)),
  );
}

/**
 * The text of such a stack, in the form of a dump; '' when it shows nothing of the program.
 * @param {string} stack
 * @param {import('./symbols.js').Symbols} symbols
 */
export function formatEngineStack(stack, symbols) {
  const lines = engineFrames(stack, symbols)
    .filter(({ kind }) => kind === 'user')
    .map(({ func, file, line }) => `${func}(...)\n\t${file}:${line}\n`);
  return lines.length > 0 ? `goroutine running:\n${lines.join('')}` : '';
}
