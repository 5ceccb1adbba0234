// @ts-check
// The JavaScript beside the module: NAME.mjs is the glue; NAME.js knows all files of the program,
// in the way that bundlers see, NAME.worker.js is its glue, and
// NAME.one.js the script of its one worker in a page without shared memory.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { insist, LinkError } from './error.js';
import { MADE, portableGlue } from './portable.js';
import { ROOT } from './sources.js';

const GLUE_TYPES = `${MADE}: the types of the glue.

/** The value of createRuntime's option glue. */
export default function createProgram(module: object): Promise<unknown>;
`;

/** The files of text, and what those of a build have in them. */
const texts = Object.entries({
  '.mjs': 'createProgram',
  '.d.mts': 'createProgram',
  '.js': MADE,
  '.d.ts': MADE,
  '.worker.js': MADE,
  '.one.js': MADE,
});

/** All files that a build may write, from the program's path without a suffix. */
export const outputs = (/** @type {string} */ base) =>
  ['.wasm', '.wasm.map', '.tables.wasm', ...texts.map(([suffix]) => suffix)].map(
    (suffix) => base + suffix,
  );

/** The file with names and lines that are not in the module: host/program.js looks there. */
export const besideName = (/** @type {string} */ wasm) => wasm.replace(/\.wasm$/, '.tables.wasm');

/** A file as a module's text names it. Bundlers take it for a path, pages for a URL. */
const named = (/** @type {string} */ file) =>
  `'./${file.replace(/[%#?]/g, encodeURIComponent).replace(/['\\]/g, '\\$&')}'`;

/**
 * NAME.js. Bundlers find the files by the form of these expressions, so it must stay.
 * @param {string} name
 * @param {boolean} tables  whether names and lines are in a file of their own
 */
function appModule(name, tables) {
  const worker = named(`${name}.worker.js`);
  const url = (/** @type {string} */ file) => `new URL(${named(file)}, import.meta.url)`;
  return `${MADE}: the files of a program, for createRuntime. A build writes this file anew.
import createProgram from ${worker};

export default Object.freeze({
  wasm: ${url(`${name}.wasm`)},${tables ? `\n  tables: ${url(`${name}.tables.wasm`)},` : ''}
  glue: createProgram,
  worker: () => new Worker(new URL(${worker}, import.meta.url), { type: 'module' }),
  one: () => new Worker(new URL(${named(`${name}.one.js`)}, import.meta.url), { type: 'module' }),
});
`;
}

/** The host's part of a worker of mode one, as one script that defines worldsemaOne. */
const ONE = path.join(ROOT, 'dist/one.js');

/**
 * NAME.one.js: the script of the worker of mode one. It is complete, if the package is: in the
 * project's own tree dist/ may be missing, and then a bundler has to find the package.
 * @param {string} name
 */
export function oneModule(name) {
  const own = existsSync(ONE)
    ? readFileSync(ONE, 'utf8')
    : "import * as worldsemaOne from 'worldsema/one';\n";
  return `${MADE}: the one worker of a program in a page without shared memory.
import createProgram from ${named(`${name}.worker.js`)};
${own}
worldsemaOne.beWorker(createProgram);
`;
}

const appTypes = (/** @type {boolean} */ tables) => `${MADE}: the types of the module beside this.

/** The files of a program: the first argument of createRuntime, or a part of it. */
declare const app: {
  readonly wasm: URL;${tables ? '\n  readonly tables: URL;' : ''}
  readonly glue: (module: object) => Promise<unknown>;
  readonly worker: () => object;
  readonly one: () => object;
};
export default app;
`;

/**
 * @param {string} from  path of the raw program, without a suffix
 * @param {string} to    path of the final program, without a suffix; its last part must be the same
 */
export function writeGlue(from, to) {
  const read = (/** @type {string} */ file) =>
    existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  const glue = read(`${from}.mjs`);
  if (glue === undefined) throw new LinkError(`${from}.mjs`, 'emcc wrote no glue there');
  const name = path.basename(to);
  const raw = { glue, worker: read(`${from}.worker.js`), name };
  const tables = existsSync(besideName(`${to}.wasm`));
  writeFileSync(`${to}.mjs`, portableGlue(raw, `${name}.mjs`));
  writeFileSync(`${to}.d.mts`, GLUE_TYPES);
  writeFileSync(`${to}.worker.js`, portableGlue(raw, `${name}.worker.js`));
  writeFileSync(`${to}.one.js`, oneModule(name));
  writeFileSync(`${to}.js`, appModule(name, tables));
  writeFileSync(`${to}.d.ts`, appTypes(tables));
}

/** Makes the folder of the program, and removes what an earlier build left there. */
export function makeRoom(/** @type {string} */ base) {
  mkdirSync(path.dirname(path.resolve(base)), { recursive: true });
  for (const [suffix, mark] of texts) {
    const file = base + suffix;
    const stays = existsSync(file) && !readFileSync(file, 'utf8').includes(mark);
    insist(!stays, file, 'would be overwritten, and no build made it: choose another name by -o');
  }
  removeOutputs(base);
}

/** Removes what an earlier build left. */
export function removeOutputs(/** @type {string} */ base) {
  for (const file of outputs(base)) rmSync(file, { force: true });
}
