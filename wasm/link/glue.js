// @ts-check
// Emscripten's JavaScript beside the module: it is copied to where the program goes. 3.1.6 has a
// worker file in CommonJS. It is renamed to .cjs, so that it also works below a package.json that
// says "type": "module".
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { LinkError } from './error.js';

/**
 * Mends three faults of Emscripten 3.1.6, which newer versions do not have. The glue does not renew
 * `HEAP64` when another worker has grown the memory. It shifts some addresses as signed numbers,
 * although they may be above 2 GiB. And libc takes the result of getcwd's system call for a signed
 * number.
 * @param {string} text
 */
function mendViews(text) {
  if (
    !text.includes('function GROWABLE_HEAP_I8()') ||
    text.includes('function GROWABLE_HEAP_I64()')
  )
    return text;
  const unsigned = text
    .replace(/(\bHEAPU?64\[[^\][]*)>> 3\]/g, '$1>>> 3]')
    .replace(/\bvar (\w+) = (args|endPtr) >> ([123]);/g, 'var $1 = $2 >>> $3;')
    .replace(/(function ___syscall_getcwd\(.*?)return buf;/s, '$1return cwdLengthInBytes + 1;');
  return unsigned.replace(/\bHEAP(U?)64\[/g, '(GROWABLE_HEAP_I8(), HEAP$164)[');
}

const TYPES = `/** The value of createRuntime's option glue. */
export default function createProgram(module: object): Promise<unknown>;
`;

/** All files that a build may write, from the program's path without a suffix. */
export const outputs = (/** @type {string} */ base) =>
  ['.wasm', '.tables.wasm', '.mjs', '.d.mts', '.worker.cjs'].map((suffix) => base + suffix);

/** The file with names and lines that are not in the module: host/program.js looks there. */
export const besideName = (/** @type {string} */ wasm) => wasm.replace(/\.wasm$/, '.tables.wasm');

/**
 * A page hears of a worker's errors, but not of a promise that is rejected while the worker loads
 * the glue.
 */
const TELL_FAILURE = `
(function () {
  if (typeof addEventListener != 'function') return; // Node.js ends such a worker
  function tell(event) {
    setTimeout(function () {
      throw event.reason;
    });
  }
  addEventListener('unhandledrejection', tell);
  addEventListener('message', function (event) {
    if (event.data.cmd == 'run') removeEventListener('unhandledrejection', tell);
  });
})();
`;

/**
 * @param {string} from  path of the raw program, without a suffix
 * @param {string} to    path of the final program, without a suffix; its last part must be the same
 */
export function copyGlue(from, to) {
  if (!existsSync(`${from}.mjs`)) throw new LinkError(`${from}.mjs`, 'emcc wrote no glue there');
  let text = readFileSync(`${from}.mjs`, 'utf8');
  const worker = `${from}.worker.js`;
  if (existsSync(worker)) {
    const name = /** @type {string} */ (worker.split(/[\\/]/).at(-1));
    const renamed = name.replace(/\.js$/, '.cjs');
    const parts = text.split(`"${name}"`);
    if (parts.length < 2) throw new LinkError(`${from}.mjs`, `does not name its worker, "${name}"`);
    text = parts.join(`"${renamed}"`);
    writeFileSync(`${to}.worker.cjs`, readFileSync(worker, 'utf8') + TELL_FAILURE);
  }
  writeFileSync(`${to}.mjs`, mendViews(text));
  writeFileSync(`${to}.d.mts`, TYPES);
}

/** Makes the folder of the program, and removes what an earlier build left there. */
export function makeRoom(/** @type {string} */ base) {
  mkdirSync(path.dirname(path.resolve(base)), { recursive: true });
  removeOutputs(base);
}

/** Removes what an earlier build left. */
export function removeOutputs(/** @type {string} */ base) {
  for (const file of outputs(base)) rmSync(file, { force: true });
}
