// @ts-check
// The words that the machine keeps of an M (wasm/os_machine.h): their offsets from the M's address,
// in bytes. The code that the link step writes reads and writes them. Each offset fits into one
// byte of code.
import { M, Machine } from '../../host/layout.js';
import { insist } from './error.js';

/** @param {Exclude<keyof typeof Machine, 'words'>} field */
function offsetOf(field) {
  const offset = (M.machine + Machine[field]) * 4;
  insist(offset < 128, `Machine.${field}`, 'is too far from the start of its M');
  return offset;
}

export const HIDDEN_OFFSET = offsetOf('hidden');
export const HOME_OFFSET = offsetOf('home');
export const KEPT_OFFSET = offsetOf('kept');
export const RESULT_OFFSET = offsetOf('result');
export const SWITCHING_OFFSET = offsetOf('switching');
