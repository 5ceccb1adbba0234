// @ts-check
// The custom section "build_id": a profile knows its module by it. The format is that of the
// WebAssembly tool conventions:
// https://github.com/WebAssembly/tool-conventions/blob/main/BuildId.md
import { createHash } from 'node:crypto';

/**
 * @param {...Uint8Array} parts everything that the module consists of
 * @returns {{ name: string, bytes: Uint8Array }}
 */
export function buildIdSection(...parts) {
  const hash = createHash('sha1');
  for (const part of parts) hash.update(part);
  const id = hash.digest();
  return { name: 'build_id', bytes: Uint8Array.of(id.length, ...id) };
}
