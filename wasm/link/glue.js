// @ts-check
// Emscripten's JavaScript beside the module: copied to where the program goes. 3.1.6 has a worker
// file in CommonJS; it is renamed to .cjs so that it also works below a package.json that says
// "type": "module".
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { LinkError } from './error.js';

/** Everything a build may leave, by the program's path without a suffix. */
export const outputs = (/** @type {string} */ base) =>
  ['.wasm', '.mjs', '.worker.cjs'].map((suffix) => base + suffix);

/**
 * @param {string} from  path of the raw program, without a suffix
 * @param {string} to    path of the final program, without a suffix; the last name must be the same
 */
export function copyGlue(from, to) {
  if (!existsSync(`${from}.mjs`)) throw new LinkError(`${from}.mjs`, 'emcc left no glue there');
  let text = readFileSync(`${from}.mjs`, 'utf8');
  const worker = `${from}.worker.js`;
  if (existsSync(worker)) {
    const name = /** @type {string} */ (worker.split(/[\\/]/).at(-1));
    const renamed = name.replace(/\.js$/, '.cjs');
    const parts = text.split(`"${name}"`);
    if (parts.length < 2) throw new LinkError(`${from}.mjs`, `does not name its worker, "${name}"`);
    text = parts.join(`"${renamed}"`);
    writeFileSync(`${to}.worker.cjs`, readFileSync(worker));
  }
  writeFileSync(`${to}.mjs`, text);
}

/** Removes what an earlier build left. */
export function removeOutputs(/** @type {string} */ base) {
  for (const file of outputs(base)) rmSync(file, { force: true });
}
