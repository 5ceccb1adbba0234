// @ts-check
// The custom section "build_id", as the WebAssembly tool conventions have it: by it a profile knows its
// module. https://github.com/WebAssembly/tool-conventions/blob/main/BuildId.md
import { createHash } from 'node:crypto';

/**
 * @param {...Uint8Array} parts all that the module is
 * @returns {{ name: string, bytes: Uint8Array }}
 */
export function buildIdSection(...parts) {
  const hash = createHash('sha1');
  for (const part of parts) hash.update(part);
  const id = hash.digest();
  return { name: 'build_id', bytes: Uint8Array.of(id.length, ...id) };
}
