// @ts-check
// Reads the rows of a picture that a program writes to stdout, in any order. A row is four
// little-endian 16-bit numbers (width, height, y, painter), then a byte a pixel; 0 is the darkest.

import { hue } from './text.js';

const headBytes = 8;

/** Turns rows into the pixels of a canvas. */
export class Picture {
  width = 0;
  height = 0;
  /** Counts up with every row. */
  rows = 0;
  /** RGBA, for ImageData. */
  pixels = new Uint8ClampedArray(0);
  /** The painter of each row; -1 if there is none yet. */
  painters = new Int32Array(0);
  #rest = new Uint8Array(0);

  /** @param {Uint8Array} chunk of the stream, cut anywhere */
  write(chunk) {
    const bytes = this.#rest.length === 0 ? chunk : joined(this.#rest, chunk);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    while (at + headBytes <= bytes.length) {
      const width = view.getUint16(at, true);
      if (at + headBytes + width > bytes.length) break;
      this.#resize(width, view.getUint16(at + 2, true));
      const shades = bytes.subarray(at + headBytes, at + headBytes + width);
      this.#row(view.getUint16(at + 4, true), view.getUint16(at + 6, true), shades);
      at += headBytes + width;
    }
    this.#rest = bytes.slice(at);
  }

  /** @param {number} width @param {number} height */
  #resize(width, height) {
    if (width === this.width && height === this.height) return;
    Object.assign(this, { width, height });
    this.pixels = new Uint8ClampedArray(width * height * 4);
    this.painters = new Int32Array(height).fill(-1);
  }

  /** @param {number} y @param {number} painter @param {Uint8Array} shades */
  #row(y, painter, shades) {
    if (y >= this.height) return;
    const row = new Uint32Array(this.pixels.buffer, y * this.width * 4, this.width);
    for (let x = 0; x < row.length; x++) row[x] = palette[shades[x]];
    this.painters[y] = painter;
    this.rows++;
  }
}

/** @param {Uint8Array} a @param {Uint8Array} b */
function joined(a, b) {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Colours that run in a circle: night, water, paper, lamp, rust. */
const stops = [
  [9, 14, 28],
  [32, 82, 140],
  [226, 232, 236],
  [242, 169, 59],
  [122, 46, 22],
];

/** By shade, as the little-endian RGBA of a pixel. */
const palette = Uint32Array.from({ length: 256 }, (_, shade) => {
  if (shade === 0) return 0xff0f0906;
  const at = ((shade - 1) / 255) * stops.length;
  const [from, to] = [stops[Math.floor(at)], stops[(Math.floor(at) + 1) % stops.length]];
  const [red, green, blue] = from.map((value, i) => value + (to[i] - value) * (at % 1));
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
});

/** Colour of a painter's rows in the strip beside the picture. @param {number} painter */
export const painterColour = (painter) => `hsl(${hue(painter)} 60% 55%)`;
