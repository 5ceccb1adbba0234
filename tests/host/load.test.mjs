// @ts-check
// Files that cannot be loaded, and the errors that say so.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRuntime } from '../../host/index.js';
import { abiVersion, tablesMagic } from '../../host/layout.js';
import { buildProgram } from '../helpers/build.mjs';
import { runNode, runProgram } from '../helpers/run.mjs';
import { program, start } from './start.mjs';

/** The smallest module there is. */
const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** @type {string} */ let dir;
/** @type {Uint8Array} */ let wasm;
/** @type {string} */ let glue;

beforeAll(async () => {
  const built = await program();
  glue = built.glue;
  wasm = await readFile(built.wasm);
  dir = await mkdtemp(join(tmpdir(), 'worldsema-load-'));
  await writeFile(join(dir, 'text.wasm'), 'int main(void) {}');
  await writeFile(join(dir, 'empty.wasm'), empty);
  await writeFile(join(dir, 'alone.wasm'), wasm);
  await writeFile(join(dir, 'not-glue.mjs'), 'export const x = 1;');
});

afterAll(() => rm(dir, { recursive: true }));

/** @param {object} options */
const codeOf = async (options) => {
  const error = await createRuntime(/** @type {any} */ (options)).catch((reason) => reason);
  return [error.name, error.code, error.message];
};

test.each([
  [
    'LoadError',
    'ERR_WASM_NOT_FOUND',
    { wasm: 'absent.wasm' },
    /absent.wasm: there is no such file/,
  ],
  ['LoadError', 'ERR_NOT_WASM', { wasm: 'text.wasm' }, /text.wasm is not a wasm file/],
  ['LoadError', 'ERR_NOT_WORLDSEMA', { wasm: 'empty.wasm' }, /not linked by worldsema/],
  ['LoadError', 'ERR_GLUE_NOT_FOUND', { wasm: 'alone.wasm' }, /alone.mjs.*option glue/],
  ['LoadError', 'ERR_BAD_GLUE', { wasm: 'alone.wasm', glue: 'not-glue.mjs' }, /no default export/],
])('%s %s: %j', async (name, code, options, message) => {
  const placed = Object.entries(options).map(([key, file]) => [key, join(dir, file)]);
  expect(await codeOf(Object.fromEntries(placed))).toEqual([
    ...[name, code],
    expect.stringMatching(message),
  ]);
});

test('bytes that are no wasm', async () => {
  expect(await codeOf({ wasm: new Uint8Array(8), glue })).toEqual([
    ...['LoadError', 'ERR_NOT_WASM'],
    expect.stringMatching(/option wasm/),
  ]);
});

test('a wasm of another version of the border', async () => {
  const other = Uint8Array.from(wasm);
  const at = Buffer.from(other).lastIndexOf(
    Buffer.from([tablesMagic, abiVersion].flatMap(littleEndian)),
  );
  expect(at).toBeGreaterThan(0);
  other[at + 4] = 9;
  expect(await codeOf({ wasm: other, glue })).toEqual([
    ...['LoadError', 'ERR_ABI_VERSION'],
    expect.stringMatching(new RegExp(`version 9 .* speaks ${abiVersion}`)),
  ]);
});

/** @param {number} word */
const littleEndian = (word) => [...new Uint8Array(Uint32Array.of(word).buffer)];

test('memory that may not grow so far', async () => {
  const { Memory } = WebAssembly;
  /** @type {number[]} */
  const asked = [];
  // As Safari on iOS does, which refuses 2 GiB and more; here it is all above 128 MiB.
  WebAssembly.Memory = /** @type {any} */ (
    class extends Memory {
      /** @param {WebAssembly.MemoryDescriptor} limits */
      constructor(limits) {
        asked.push(Number(limits.maximum));
        if (Number(limits.maximum) > 2048) throw new RangeError('Out of memory');
        super(limits);
      }
    }
  );
  try {
    const { wasm } = await buildProgram('tests/host/workers.c');
    const env = { GOGC: 'off' };
    const { rt, printed } = await start(['garbage'], { wasm, mode: 'workers', env });
    expect(await rt.done).toBe(0);
    // All memory is full of garbage, so the collector must know where it ends.
    expect(printed).toEqual({ stdout: 'main ends\n', stderr: '' });
    expect(asked).toEqual([65536, 32767, 16383, 8191, 4095, 2047]);
  } finally {
    WebAssembly.Memory = Memory;
  }
});

test('memory that is not to be had', async () => {
  const { Memory } = WebAssembly;
  // What the engine says when the address space is used up.
  WebAssembly.Memory = /** @type {any} */ (
    class {
      constructor() {
        throw new RangeError('WebAssembly.Memory(): could not allocate memory');
      }
    }
  );
  try {
    expect(await codeOf({ wasm, glue })).toEqual([
      ...['PlatformError', 'ERR_NO_MEMORY'],
      expect.stringMatching(/memory is not available: .*-sMAXIMUM_MEMORY/),
    ]);
  } finally {
    WebAssembly.Memory = Memory;
  }
});

test('glue of something else', async () => {
  const other = join(dir, 'other.mjs');
  await writeFile(other, 'export default async (module) => module;');
  expect(await codeOf({ wasm, glue: other })).toEqual([
    ...['LoadError', 'ERR_BAD_GLUE'],
    expect.any(String),
  ]);
});

test('with -sASSERTIONS a program runs, and one whose worker is missing leaves nothing', async () => {
  const built = await buildProgram('tests/host/program.c', { emccArgs: ['-sASSERTIONS=2'] });
  expect(await runProgram(built, { args: ['exit', '3'] })).toMatchObject({ code: 3, stderr: '' });
  const index = new URL('../../host/index.js', import.meta.url).href;
  const script = `import { createRuntime } from ${JSON.stringify(index)};
    const wasm = ${JSON.stringify(built.wasm)};
    await createRuntime({ wasm, worker: 'missing.js' }).catch(({ code }) => console.log(code));`;
  const ran = await runNode(['--input-type=module', '-e', script]);
  expect(ran).toMatchObject({ code: 0, stdout: 'ERR_WORKER_START\n' });
});

test('workers that stay silent are given up', async () => {
  const worker = join(dir, 'silent.mjs');
  await writeFile(worker, 'setInterval(() => {}, 1e9);');
  const { setTimeout } = globalThis;
  globalThis.setTimeout = /** @type {any} */ (
    (/** @type {any} */ call, /** @type {number} */ ms, /** @type {any[]} */ ...args) =>
      setTimeout(call, ms === 30_000 ? 1 : ms, ...args)
  );
  try {
    expect(await codeOf({ wasm, glue, worker })).toEqual([
      ...['LoadError', 'ERR_WORKER_START'],
      'a worker did not start: nothing was heard for 30 s',
    ]);
  } finally {
    globalThis.setTimeout = setTimeout;
  }
});
