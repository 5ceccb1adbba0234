// @ts-check
// Where the code that the link step writes finds what the machine keeps of an M
// (wasm/os_machine.h): so many bytes from the M's address on. Each fits into one byte of code.
import { M, Machine } from '../../host/layout.js';
import { insist } from './error.js';

/** @param {Exclude<keyof typeof Machine, 'words'>} field */
function offsetOf(field) {
  const offset = (M.machine + Machine[field]) * 4;
  insist(offset < 128, `Machine.${field}`, 'is too far from the beginning of its M');
  return offset;
}

export const HIDDEN_OFFSET = offsetOf('hidden');
export const HOME_OFFSET = offsetOf('home');
export const INVOKED_OFFSET = offsetOf('invoked');
export const KEPT_OFFSET = offsetOf('kept');
export const RESULT_OFFSET = offsetOf('result');
export const SWITCHING_OFFSET = offsetOf('switching');
