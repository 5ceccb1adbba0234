// @ts-check
// emcc's link: from objects to the raw module and its glue. The link step gets that module.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { insist } from './error.js';
import { linkFlags } from './flags.js';
import { ROOT } from './sources.js';
import { run } from './tools.js';
import { linkerSays } from './warnings.js';

/** @typedef {import('./build.js').RuntimeFiles} RuntimeFiles */

/**
 * The module and its glue, as emcc makes them.
 * @param {import('./tools.js').Emcc} emcc
 * @param {object} of
 * @param {string} of.raw                     path of the result, without a suffix
 * @param {RuntimeFiles} of.runtime
 * @param {Map<string, string>} of.objects    the runtime's objects, by source
 * @param {import('./build.js').Inputs} of.inputs
 * @param {import('./build.js').BuildOptions & { warn: (text: string) => void }} options
 */
export function linkByEmcc(
  emcc,
  { raw, runtime, objects, inputs },
  { emccArgs = [], threadStack, warn },
) {
  const nameOf = new Map(inputs.nameOf);
  for (const [source, object] of objects) nameOf.set(object, `worldsema/${source}`);
  const at = (/** @type {string} */ source) => /** @type {string} */ (objects.get(source));
  const { flags, rest } = settings(emcc.version, emccArgs, runtime, threadStack);
  const isLibrary = (/** @type {string} */ arg) => /^-[lL]/.test(arg);
  run(
    'emcc',
    [
      ...[emcc.path, ...inputs.mine, at(runtime.markUser)],
      ...[...inputs.theirs, ...rest.filter(isLibrary), at(runtime.markForeign)],
      ...[...runtime.sources.map(at), at(runtime.markRuntime)],
      ...['-o', `${raw}.mjs`, ...flags, ...rest.filter((arg) => !isLibrary(arg))],
    ],
    { env: emcc.env, says: (text, failed) => linkerSays(text, { nameOf, warn, failed }) },
  );
}

/** The link flags. Exports that the caller asked for are added to ours. */
function settings(
  /** @type {string} */ version,
  /** @type {string[]} */ args,
  /** @type {RuntimeFiles} */ { root, imports, exports },
  /** @type {number} */ threadStack = 262144,
) {
  const names = new Set(['main', 'malloc', 'free']);
  for (const line of readFileSync(path.join(root, exports), 'utf8').split('\n')) {
    const name = line.replace(/#.*/, '').trim();
    if (name) names.add(name.replace(/^_/, ''));
  }
  const rest = [];
  // Older versions always export HEAPU8, and report its name as unknown.
  const methods = new Set(parseInt(version) < 4 ? ['wasmMemory'] : ['HEAPU8', 'wasmMemory']);
  for (const arg of args) {
    // emcc would take the last one only, so ours and the caller's become one list.
    const [, list, more] =
      /^-s(?:EXPORTED_(FUNCTIONS|RUNTIME_METHODS))=\[?([^\]]*)\]?$/.exec(arg) ?? [];
    if (list === undefined) rest.push(arg);
    else
      for (const name of more.split(',').map((name) => name.replace(/["' ]/g, '')))
        if (list === 'FUNCTIONS') names.add(name.replace(/^_/, ''));
        else methods.add(name);
  }
  insist(
    Number.isInteger(threadStack) && threadStack >= 65536 && threadStack % 16 === 0,
    `--thread-stack ${threadStack}`,
    'must be at least 65536 bytes and a multiple of 16',
  );
  const flags = linkFlags({
    exports: [...names],
    methods: [...methods],
    threadStack,
    imports: path.join(root, imports),
    hook: path.join(ROOT, 'wasm/pre.js'),
  });
  return { flags, rest };
}
