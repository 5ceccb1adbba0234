// @ts-check
// Options of a command. They are read up to the first argument that is not an option, or, for a
// command that asks for that, also behind it.

import { OptionError } from '../host/errors.js';

/** @param {string} message */
export const wrong = (message) => new OptionError('ERR_BAD_ARGUMENT', message);

/**
 * @template {string} Name
 * @param {string[]} argv
 * @param {readonly Name[]} names of the options; each takes a value, as `--name value` or
 *   `--name=value`
 * @param {readonly Name[]} [flags] options without a value
 * @param {{ anywhere?: boolean }} [how]
 * @returns {{ given: Partial<Record<Name, string[]>>, rest: string[] }} values by name, in their
 *   order
 */
export function readOptions(argv, names, flags = [], { anywhere = false } = {}) {
  /** @type {Partial<Record<Name, string[]>>} */
  const given = {};
  const rest = [...argv];
  /** @type {string[]} */
  const others = [];
  while (rest.length > 0 && (anywhere || rest[0].startsWith('-'))) {
    const arg = /** @type {string} */ (rest.shift());
    if (arg === '--') break;
    if (!arg.startsWith('-')) {
      others.push(arg);
      continue;
    }
    const [, long, joined] = /^([^=]*)(?:=(.*))?$/s.exec(arg) ?? [];
    const flag = flags.find((one) => `--${one}` === arg);
    if (flag) {
      given[flag] = [''];
      continue;
    }
    const name = names.find((one) => `--${one}` === long);
    if (name === undefined) throw wrong(`${long}: unknown option; --help lists them all`);
    const value = joined ?? rest.shift();
    if (value === undefined) throw wrong(`${long}: needs a value`);
    given[name] = [...(given[name] ?? []), value];
  }
  return { given, rest: [...others, ...rest] };
}

/**
 * The last value of an option, as a number.
 * @param {string} name
 * @param {string[] | undefined} values
 * @param {{ min: number, max: number }} range
 */
export function numberOf(name, values, { min, max }) {
  const text = values?.at(-1);
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw wrong(`--${name} ${text}: expected a number from ${min} to ${max}`);
}
