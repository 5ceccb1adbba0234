// @ts-check
// The ring of output and the class Memory, over a shared memory that this test writes itself.

import { beforeEach, expect, test } from '@jest/globals';
import { BoxReader } from '../../host/box.js';
import { HostBox } from '../../host/layout.js';
import { Memory, cbytes } from '../../host/memory.js';
import { Output } from '../../host/output.js';

const box = 64;
const ring = 1024;
const ringBytes = 64;

/** @type {WebAssembly.Memory} */
let wasm;
/** @type {Memory} */
let memory;
/** @type {string[]} */
let chunks;
/** @type {Output} */
let output;
/** @type {Promise<void> | undefined} what the sinks give */
let busy;
/** @type {unknown[]} */
let failures;

beforeEach(() => {
  wasm = new WebAssembly.Memory({ initial: 1, maximum: 4, shared: true });
  memory = new Memory(wasm);
  memory.store(box, HostBox.ring, ring);
  memory.store(box, HostBox.ringBytes, ringBytes);
  chunks = [];
  busy = undefined;
  failures = [];
  const sink = (/** @type {string} */ name) => ({
    write: (/** @type {Uint8Array} */ bytes) => {
      chunks.push(`${name}: ${new TextDecoder().decode(bytes)}`);
      return busy;
    },
  });
  const sinks = { stdout: sink('out'), stderr: sink('err') };
  output = new Output(memory, new BoxReader(memory, box), sinks, (cause) => failures.push(cause));
});

/** Starts both counters elsewhere. @param {number} at */
function startAt(at) {
  memory.store(box, HostBox.rd, at);
  memory.store(box, HostBox.wr, at);
}

/**
 * Writes a record as the program does.
 * @param {number} fd
 * @param {string} text
 */
function write(fd, text) {
  const bytes = new TextEncoder().encode(text);
  let at = memory.load(box, HostBox.wr);
  const put = (/** @type {Uint8Array} */ all) => {
    for (const byte of all) memory.write(ring + (at++ % ringBytes), Uint8Array.of(byte));
  };
  put(new Uint8Array(Uint32Array.of(fd | (bytes.length << 8)).buffer));
  put(bytes);
  memory.store(box, HostBox.wr, (at + 3) & ~3);
}

test('records of one descriptor in a row are one chunk', () => {
  write(1, 'a');
  write(1, 'bcde');
  write(2, 'x');
  write(1, 'f');
  output.drain();
  expect(chunks).toEqual(['out: abcde', 'err: x', 'out: f']);
});

test('a record that wraps around the end of the ring stays whole', () => {
  for (let at = 0; at < ringBytes; at += 4) {
    startAt(at);
    write(1, 'all of 30 bytes that are in it');
    output.drain();
  }
  expect(new Set(chunks)).toEqual(new Set(['out: all of 30 bytes that are in it']));
});

test('the counters wrap around 2^32', () => {
  startAt(2 ** 32 - 12);
  write(1, 'before and after');
  output.drain();
  expect(chunks).toEqual(['out: before and after']);
  expect(memory.load(box, HostBox.rd)).toBe(8);
});

test('an empty ring writes nothing, an empty record an empty chunk', () => {
  output.drain();
  write(2, '');
  output.drain();
  expect(chunks).toEqual(['err: ']);
});

test('memory that another thread grew is seen', () => {
  expect(memory.u8().length).toBe(65536);
  wasm.grow(1);
  memory.write(65536, cbytes('há'));
  expect(memory.cstring(65536)).toBe('há');
  expect(() => memory.load(2 ** 20)).toThrow(RangeError);
});

test('a sink that gives a promise has the next chunk once it is fulfilled', async () => {
  /** @type {() => void} */
  let ready = () => {};
  busy = new Promise((resolve) => (ready = resolve));
  write(1, 'a');
  output.drain();
  busy = undefined;
  write(1, 'b');
  output.drain();
  expect(chunks).toEqual(['out: a']);
  expect(memory.load(box, HostBox.rd)).toBeLessThan(memory.load(box, HostBox.wr));
  ready();
  await new Promise((next) => setImmediate(next));
  expect(chunks).toEqual(['out: a', 'out: b']);
});

test('at the end nobody is waited for, and a promise that is rejected is told', async () => {
  busy = Promise.reject(new Error('disk full'));
  write(1, 'a');
  output.drain();
  write(1, 'b');
  output.drain({ last: true });
  expect(chunks).toEqual(['out: a', 'out: b']);
  await new Promise((next) => setImmediate(next));
  expect(failures).toEqual([new Error('disk full'), new Error('disk full')]);
});
