// @ts-check
// Looks at each object before it is linked. An object that the link step could not see into, or
// that emcc could not link, is refused by name, with what to do about it.
import path from 'node:path';
import { insist, LinkError } from './error.js';
import { checkValid, isModule, readLeb, readSections } from './reader.js';
import { contentsOf } from './tools.js';

/**
 * @typedef {object} Input
 * @property {string} name      for a member of an archive: archive(member)
 * @property {string[]} needs   the functions that it imports
 */

const IMPORT = 2;
const latin = (/** @type {Uint8Array} */ bytes) => Buffer.from(bytes).toString('latin1');

/** The first bytes of files that are not wasm. */
const OTHERS = /** @type {const} */ ([
  ['BC\xc0\xde', 'bitcode'],
  ['\xde\xc0\x17\x0b', 'bitcode'],
  ['\x7fELF', 'an ELF object'],
  ['\xcf\xfa\xed\xfe', 'a Mach-O object'],
  ['\xce\xfa\xed\xfe', 'a Mach-O object'],
  ['\xca\xfe\xba\xbe', 'a Mach-O object'],
  ['\x64\x86', 'a COFF object'],
  ['\x4c\x01', 'a COFF object'],
]);

const BITCODE =
  'is LLVM bitcode, and the link step cannot tell whose functions the linker makes of it: ' +
  'compile without -flto and -emit-llvm';

/** Features of objects that are refused: what is wrong, and which flags to use. */
const FEATURES = new Map([
  ['+memory64', 'is wasm64: compile for wasm32, without -m64 and -sMEMORY64'],
  [
    '+exception-handling',
    'uses exceptions of WebAssembly, which cannot be suspended: compile it without ' +
      '-fwasm-exceptions and -sSUPPORT_LONGJMP=wasm (and with -fexceptions if it throws)',
  ],
  ['+multimemory', 'uses more than one memory: compile without -mmultimemory'],
  ['-shared-mem', 'cannot be in shared memory: compile with -pthread'],
]);

/**
 * The objects in a file, an object or an archive.
 * @param {string} file
 * @param {string} [name]  the name that errors use
 * @returns {Input[]}
 */
export function readInput(file, name = file) {
  const bytes = contentsOf(file);
  const start = latin(bytes.subarray(0, 8));
  if (start !== '!<arch>\n' && start !== '!<thin>\n') return [readObject(bytes, name)];
  return [...members(bytes, file, start === '!<thin>\n')].map((member) =>
    readObject(member.data, `${name}(${member.name})`),
  );
}

/**
 * @param {Uint8Array} bytes
 * @param {string} name
 * @returns {Input}
 */
export function readObject(bytes, name) {
  const start = latin(bytes.subarray(0, 4));
  const other = OTHERS.find(([magic]) => start.startsWith(magic))?.[1];
  insist(other !== 'bitcode', name, BITCODE);
  insist(!other, name, `is ${other}, for another machine: compile it with emcc`);
  insist(isModule(bytes), name, 'is not a wasm object');
  try {
    const sections = readSections(bytes);
    const named = new Map(sections.flatMap((s) => (s.id === 0 ? [[s.name, s]] : [])));
    checkFeatures(bytes, named.get('target_features'), name);
    checkValid(bytes, name);
    const side = named.has('dylink.0') || named.has('dylink');
    insist(!side, name, 'is a module for dynamic linking, which is not supported');
    insist(named.has('linking'), name, 'is a linked module, not an object: compile it with -c');
    return { name, needs: functionsNeeded(bytes, sections) };
  } catch (error) {
    if (error instanceof LinkError && error.where) throw error;
    throw new LinkError(name, `is damaged: ${/** @type {Error} */ (error).message}`);
  }
}

/**
 * Refuses objects that use a feature of FEATURES.
 * @param {Uint8Array} bytes
 * @param {import('./reader.js').Section | undefined} section  target_features
 * @param {string} name
 */
export function checkFeatures(bytes, section, name) {
  for (const feature of featuresOf(bytes, section)) {
    const found = FEATURES.get(feature);
    insist(!found, name, found ?? '');
  }
}

/** @returns {string[]} as '+simd128': is used; '-shared-mem': must not be used */
function featuresOf(
  /** @type {Uint8Array} */ bytes,
  /** @type {import('./reader.js').Section | undefined} */ section,
) {
  const found = [];
  if (!section) return [];
  let { value: left, at } = readLeb(bytes, section.start);
  for (; left > 0; left--) {
    const length = readLeb(bytes, at + 1);
    const end = length.at + length.value;
    insist(end <= section.end, '', `the section target_features at ${section.at} is cut off`);
    found.push(String.fromCharCode(bytes[at]) + latin(bytes.subarray(length.at, end)));
    at = end;
  }
  return found;
}

/** The functions that a valid object imports. */
function functionsNeeded(
  /** @type {Uint8Array} */ bytes,
  /** @type {import('./reader.js').Section[]} */ sections,
) {
  const section = sections.find(({ id }) => id === IMPORT);
  const needs = [];
  if (!section) return [];
  let { value: left, at } = readLeb(bytes, section.start);
  const skip = (/** @type {number} */ count) => {
    for (; count > 0; count--) ({ at } = readLeb(bytes, at));
  };
  const limits = () => skip(1 + (bytes[at++] & 1));
  for (; left > 0; left--) {
    const field = readLeb(bytes, readLeb(bytes, at).at + readLeb(bytes, at).value);
    at = field.at + field.value;
    const kind = bytes[at++];
    if (kind === 0) needs.push(latin(bytes.subarray(field.at, field.at + field.value)));
    if (kind === 0) skip(1);
    else if (kind === 1) (at++, limits());
    else if (kind === 2) limits();
    else if (kind === 3) at += 2;
    else skip(2);
  }
  return needs;
}

const HEADER = 60;

/**
 * The members of an archive, without its tables.
 * @param {Uint8Array} bytes
 * @param {string} file
 * @param {boolean} thin  the members are files beside it
 * @returns {Generator<{ name: string, data: Uint8Array }>}
 */
function* members(bytes, file, thin) {
  let names = '';
  for (let at = 8; at < bytes.length;) {
    const head = latin(bytes.subarray(at, at + HEADER));
    const [, label, text] = /^(.{16}).{32}(\d+) *`\n$/s.exec(head) ?? [];
    insist(label !== undefined, file, `is a damaged archive: no member begins at offset ${at}`);
    const size = Number(text);
    const start = at + HEADER;
    const isTable = /^(\/|\/\/|\/SYM64\/) *$/.test(label);
    const isOutside = thin && !isTable;
    insist(
      isOutside || start + size <= bytes.length,
      file,
      `is an archive that ends too early, at offset ${at}`,
    );
    let data = isOutside ? bytes.subarray(0, 0) : bytes.subarray(start, start + size);
    at = start + data.length + (data.length & 1);
    let name = label.replace(/\/? *$/, '');
    if (/^\/\/ *$/.test(label)) names = latin(data);
    if (isTable) continue;
    if (/^\/\d+ *$/.test(label)) name = names.slice(Number(label.slice(1))).split(/\/?\n/)[0];
    const long = Number(/^#1\/(\d+) *$/.exec(label)?.[1] ?? 0);
    if (long) {
      name = latin(data.subarray(0, long)).replace(/\0+$/, '');
      data = data.subarray(long);
    }
    if (/^__\.SYMDEF/.test(name)) continue;
    if (isOutside) data = contentsOf(path.resolve(path.dirname(file), name));
    yield { name, data };
  }
}
