// @ts-check
// The address of a program's source map (`worldsema build -g`). The module names it relative to
// itself. A module that is compiled from bytes has no address for debuggers, so the name is made
// absolute.

import { ModuleReader } from './modulefile.js';

const sectionName = 'sourceMappingURL';
const decoder = new TextDecoder();

/**
 * @param {Uint8Array<ArrayBuffer>} bytes of a module
 * @param {URL} url of the module
 * @returns {Uint8Array<ArrayBuffer>} the same bytes if it names no map
 */
export function withMapUrl(bytes, url) {
  const found = findSection(bytes);
  if (!found) return bytes;
  const content = [...text(sectionName), ...text(absolute(found.map, url))];
  const section = [0, ...leb(content.length), ...content];
  const out = new Uint8Array(found.start + section.length + (bytes.length - found.end));
  out.set(bytes.subarray(0, found.start));
  out.set(section, found.start);
  out.set(bytes.subarray(found.end), found.start + section.length);
  return out;
}

/**
 * @param {string} map
 * @param {URL} base
 */
function absolute(map, base) {
  try {
    return new URL(map, base).href;
  } catch {
    return map; // nothing is relative to data: or blob:
  }
}

/** @param {Uint8Array} bytes */
function findSection(bytes) {
  const reader = new ModuleReader(bytes);
  try {
    for (const { id, start, end } of reader.sections())
      if (id === 0 && decoder.decode(reader.name()) === sectionName)
        return { start, end, map: decoder.decode(reader.name()) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // the engine will refuse what is cut
  }
  return undefined;
}

/** @param {number} value */
function leb(value) {
  const out = [];
  for (; value > 127; value >>>= 7) out.push((value & 127) | 128);
  return [...out, value];
}

/** @param {string} value */
function text(value) {
  const bytes = new TextEncoder().encode(value);
  return [...leb(bytes.length), ...bytes];
}
