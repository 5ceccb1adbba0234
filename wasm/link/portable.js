// @ts-check
// Makes one module of Emscripten's glue that Node.js, pages and bundlers take: it has no top-level
// await, names nothing that a bundler would follow, and is the script of its own workers.
import { readFileSync } from 'node:fs';
import { insist } from './error.js';

/** The first line of the files that are made here says so, and no other file has this text. */
export const MADE = '// Made by worldsema';

const piece = (/** @type {string} */ name) =>
  readFileSync(new URL(name, import.meta.url), 'utf8').trim();

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

/**
 * A page hears of a worker's errors, but not of a promise that is rejected while the worker loads
 * the glue. Newer versions of Emscripten report that by themselves.
 */
const TELL_FAILURE = `
if (typeof addEventListener == 'function') { // Node.js ends such a worker
  var tell = (event) => {
    setTimeout(() => {
      throw event.reason;
    });
  };
  addEventListener('unhandledrejection', tell);
  addEventListener('message', (event) => {
    if (event.data.cmd == 'run') removeEventListener('unhandledrejection', tell);
  });
}
`;

/**
 * What a worker does. Before 3.1.58 Emscripten writes it into a script of its own, which imports
 * the glue. Since then the glue does it by itself.
 * @param {string | undefined} script
 * @param {string} file  its name, for messages
 */
function workerPart(script, file) {
  if (script === undefined) return 'function worldsemaWorker() {\n  createProgram();\n}';
  const bare = script.replaceAll('Object.assign(global, {', 'worldsemaGlobals(global, {');
  const own = bare.replace(/\bimport\([^()]*\)/g, 'Promise.resolve({ default: createProgram })');
  insist(own !== bare, file, 'does not import the glue: this Emscripten is not known');
  return `function worldsemaWorker() {\n${own}${TELL_FAILURE}}`;
}

/**
 * @param {object} raw
 * @param {string} raw.glue      the text of emcc's .mjs
 * @param {string} [raw.worker]  the text of its .worker.js, if there is one
 * @param {string} raw.name      the name of both, without a suffix
 * @param {string} self          the name of the file that gets the result
 */
export function portableGlue({ glue, worker, name }, self) {
  const [body, ...behind] = mendViews(glue).split('export default createProgram;');
  insist(behind.length === 1, `${name}.mjs`, 'does not export createProgram as emcc does');
  const own = [`${name}.mjs`, `${name}.worker.js`].map((file) => JSON.stringify(file));
  const hidden = body
    .replace(/\bnew URL\((["'][^"']+["']), import\.meta\.url\)/g, 'worldsemaBeside($1)')
    .replace(/\bimport\((["'](?:node:)?\w+["'])\)/g, 'worldsemaImport($1)')
    .replaceAll(own[0], JSON.stringify(self))
    .replaceAll(own[1], JSON.stringify(self));
  const followed = /\bimport\(["'`][^)]*\)/.exec(hidden)?.[0];
  insist(followed === undefined, `${name}.mjs`, `${followed}: this Emscripten is not known`);
  const parts = [piece('gluehead.js'), hidden, workerPart(worker, `${name}.worker.js`)];
  return [...parts, piece('gluetail.js'), ''].join('\n');
}
