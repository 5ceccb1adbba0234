// @ts-check
// The modules that golden programs run in. Most programs share one module; a program that must be
// alone has its own.

import { join } from 'node:path';
import { root } from '../../scripts/paths.mjs';
import { buildProgram, compileObject } from './build.mjs';
import { dispatcher, goldenPrograms } from './golden.mjs';
import { isTurn } from './sample.mjs';

/** @typedef {import('./golden.mjs').Golden} Golden */
/** @typedef {{ assert?: boolean }} Checks with the runtime's own checks */

/** Some programs look at the runtime from within. */
const inside = `-I${join(root, 'wasm')}`;
const warnings = [inside, '-std=gnu17', '-Wall', '-Wextra', '-Wno-unused-parameter', '-Werror'];

/**
 * Is this program built in this run? `npm test` takes every second one, in whatever test.
 * @param {Golden} program
 */
export const takesTurn = ({ name, number }) => name === TRACEBACK || isTurn(number % 2);

/** The one with a test for each GOTRACEBACK. These take turns, too. */
export const TRACEBACK = 'crash/traceback';

const together = ['c', 'crash']
  .flatMap((folder) => goldenPrograms(folder, { exit: 0 }))
  .filter(({ header, problem }) => !header.alone && !header.skip && !problem)
  .filter(takesTurn);

/** @type {Promise<Map<string, string | Error>> | undefined} */
let compiled;

/**
 * The objects of the common module. A program that does not compile is left out; its own test
 * fails.
 */
const objects = () => (compiled ??= compileAll());

async function compileAll() {
  /** @type {Map<string, string | Error>} */
  const results = new Map();
  await Promise.all(
    together.map(async ({ name, source, symbol, header }) => {
      const flags = [...warnings, ...header.flags];
      const object = compileObject(source, { flags, main: symbol });
      results.set(name, await object.catch((error) => error));
    }),
  );
  return results;
}

/** @type {Map<boolean, ReturnType<typeof link>>} */
const linked = new Map();

/** @param {boolean} assert */
function commonModule(assert) {
  const module = linked.get(assert) ?? link(assert);
  linked.set(assert, module);
  return module;
}

/** @param {boolean} assert */
async function link(assert) {
  const all = await objects();
  const usable = together.filter(({ name }) => typeof all.get(name) === 'string');
  const sources = usable.map(({ name }) => /** @type {string} */ (all.get(name)));
  return buildProgram(dispatcher(usable), { name: 'golden', sources, opt: '-O2', assert });
}

/**
 * Builds the common module.
 * @param {Checks} [checks]
 * @returns {Promise<Error[]>} why programs are not in it
 */
export async function allTogether({ assert = false } = {}) {
  await commonModule(assert);
  return [...(await objects()).values()].filter((result) => result instanceof Error);
}

/**
 * The module that a program is in.
 * @param {Golden} program
 * @param {Checks} [checks]
 */
export async function moduleOf({ name, source, header, problem }, { assert = false } = {}) {
  if (problem) throw new Error(problem);
  const flags = [...warnings, ...header.flags];
  if (header.alone) return buildProgram(source, { flags, opt: '-O2', assert });
  const object = (await objects()).get(name);
  if (object instanceof Error) throw object;
  return commonModule(assert).catch((error) => {
    throw new Error('the common module was not built: see the first test', { cause: error });
  });
}
