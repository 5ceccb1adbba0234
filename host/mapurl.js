// @ts-check
// The address of a program's source map (`worldsema build -g`). The module names it relative to
// itself. A module that is compiled from bytes has no address for debuggers, so the name is made
// absolute.

const sectionName = 'sourceMappingURL';

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
  for (let start = 8; start < bytes.length;) {
    const size = number(bytes, start + 1);
    const end = size.at + size.value;
    if (bytes[start] === 0) {
      const name = string(bytes, size.at);
      if (name.value === sectionName) return { start, end, map: string(bytes, name.at).value };
    }
    start = end;
  }
  return undefined;
}

/**
 * @param {Uint8Array} bytes
 * @param {number} at
 */
function number(bytes, at) {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[at++] ?? 0;
    value += (byte & 127) * scale;
    if (byte < 128) return { value, at };
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {number} at
 */
function string(bytes, at) {
  const length = number(bytes, at);
  const end = length.at + length.value;
  return { value: new TextDecoder().decode(bytes.slice(length.at, end)), at: end };
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
