// @ts-check
// Views of the program's memory that survive its growth. Another thread may grow the memory at any
// moment; a view from before is then too short, without an error. So no code keeps a view: it asks
// Memory each time.

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** The shared memory of one program. */
export class Memory {
  #memory;
  /** @type {Uint8Array | undefined} */
  #u8;
  /** @type {Int32Array | undefined} */
  #i32;
  /** @type {DataView | undefined} */
  #view;

  /** @param {WebAssembly.Memory} memory */
  constructor(memory) {
    this.#memory = memory;
  }

  /**
   * A view of the bytes up to at least `end`. Use it at once: do not keep it across a call into the
   * module or an await.
   * @param {number} [end]
   */
  u8(end = 0) {
    let view = this.#u8;
    if (view?.buffer !== this.#memory.buffer) view = new Uint8Array(this.#memory.buffer);
    if (end > view.length) {
      // Another thread has just grown the memory. Growing by zero pages makes this thread see that.
      this.#memory.grow(0);
      view = new Uint8Array(this.#memory.buffer);
      if (end > view.length) throw new RangeError(`address ${end} is beyond the memory`);
    }
    this.#u8 = view;
    return view;
  }

  /**
   * A view of the same bytes as words, for Atomics.
   * @param {number} [end] in bytes
   */
  i32(end = 0) {
    const { buffer } = this.u8(end);
    if (this.#i32?.buffer !== buffer) this.#i32 = new Int32Array(buffer);
    return this.#i32;
  }

  /**
   * A view of the same bytes, for words and doubles at any address.
   * @param {number} [end]
   */
  view(end = 0) {
    const { buffer } = this.u8(end);
    if (this.#view?.buffer !== buffer) this.#view = new DataView(buffer);
    return this.#view;
  }

  /**
   * One unsigned word, read atomically.
   * @param {number} ptr
   * @param {number} [i] number of the word from there on
   */
  load(ptr, i = 0) {
    const at = ptr + i * 4;
    return Atomics.load(this.i32(at + 4), at >>> 2) >>> 0;
  }

  /**
   * Stores one word atomically.
   * @param {number} ptr
   * @param {number} i number of the word from there on
   * @param {number} value
   */
  store(ptr, i, value) {
    const at = ptr + i * 4;
    Atomics.store(this.i32(at + 4), at >>> 2, value | 0);
  }

  /**
   * A copy of bytes.
   * @param {number} ptr
   * @param {number} bytes
   */
  copy(ptr, bytes) {
    return this.u8(ptr + bytes).slice(ptr, ptr + bytes);
  }

  /**
   * A copy of unsigned words.
   * @param {number} ptr
   * @param {number} n
   */
  words(ptr, n) {
    return new Uint32Array(this.copy(ptr, n * 4).buffer);
  }

  /**
   * The text at ptr. The bytes are copied first, because browsers do not decode shared memory.
   * @param {number} ptr
   * @param {number} bytes
   */
  text(ptr, bytes) {
    return bytes === 0 ? '' : decoder.decode(this.copy(ptr, bytes));
  }

  /**
   * The NUL-terminated text at ptr. '' for a null pointer.
   * @param {number} ptr
   */
  cstring(ptr) {
    if (ptr === 0) return '';
    const end = this.u8(ptr).indexOf(0, ptr);
    return this.text(ptr, (end < 0 ? this.u8().length : end) - ptr);
  }

  /**
   * @param {number} ptr
   * @param {Uint8Array} bytes
   */
  write(ptr, bytes) {
    this.u8(ptr + bytes.length).set(bytes, ptr);
  }
}

/**
 * The bytes of a C string.
 * @param {string} text
 */
export function cbytes(text) {
  return encoder.encode(`${text}\0`);
}
