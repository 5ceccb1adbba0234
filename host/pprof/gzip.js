// @ts-check
// gzip by the platform's own streams, which Node and browsers share.

/** @param {Uint8Array} bytes */
export const gzip = (bytes) => through(bytes, new CompressionStream('gzip'));

/** @param {Uint8Array} bytes */
export const gunzip = (bytes) => through(bytes, new DecompressionStream('gzip'));

/** @param {Uint8Array} bytes */
export const isGzip = (bytes) => bytes[0] === 0x1f && bytes[1] === 0x8b;

/**
 * @param {Uint8Array} bytes
 * @param {CompressionStream | DecompressionStream} stream
 */
async function through(bytes, stream) {
  const input = new Blob([/** @type {BlobPart} */ (bytes)]).stream();
  return new Uint8Array(await new Response(input.pipeThrough(stream)).arrayBuffer());
}
