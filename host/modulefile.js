// @ts-check
// The outer form of a wasm file, as far as the host has to change it: see
// https://webassembly.github.io/spec/core/binary/.

/** Reads a module from its first section on. Throws a RangeError at the end of the bytes. */
export class ModuleReader {
  /**
   * @param {Uint8Array} bytes
   * @param {number} [at] where to begin; default: behind magic number and version
   */
  constructor(bytes, at = 8) {
    this.bytes = bytes;
    this.at = at;
  }

  /** The sections from here on: where each begins, and its content. */
  *sections() {
    while (this.at < this.bytes.length) {
      const start = this.at;
      const id = this.byte();
      const end = this.number() + this.at;
      yield { id, start, at: this.at, end };
      this.at = end;
    }
  }

  byte() {
    if (this.at >= this.bytes.length) throw new RangeError('more bytes are needed');
    return this.bytes[this.at++];
  }

  /** A number of 32 bits as LEB128. */
  number() {
    let value = 0;
    for (let scale = 1; scale <= 128 ** 4; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new RangeError('a number is too long');
  }

  /** The bytes of a name. */
  name() {
    const length = this.number();
    this.at += length;
    if (this.at > this.bytes.length) throw new RangeError('more bytes are needed');
    return this.bytes.subarray(this.at - length, this.at);
  }
}
