// @ts-check
// A program whose names and lines lie in a file beside it. With the file its dumps are as usual;
// without the file it runs as usual.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createRuntime } from '../../host/index.js';
import { separate } from './start.mjs';

/** @type {string} */ let dir;
/** @type {string} the program, in a folder of its own */ let wasm;
/** @type {string} */ let glue;
/** @type {string} */ let file;

beforeAll(async () => {
  const built = await separate();
  ({ wasm, glue } = built);
  file = wasm.replace(/wasm$/, 'tables.wasm');
  dir = mkdtempSync(join(tmpdir(), 'worldsema-tables-'));
  copyFileSync(wasm, join(dir, 'alone.wasm'));
});

afterAll(() => rmSync(dir, { recursive: true }));

/** What it printed, how it ended and the frames of its goroutine. @param {object} options */
async function outcome(options) {
  const all = { stdout: '', stderr: '' };
  const sink = (/** @type {'stdout' | 'stderr'} */ name) => (/** @type {Uint8Array} */ bytes) => {
    all[name] += new TextDecoder().decode(bytes);
  };
  const streams = { stdout: sink('stdout'), stderr: sink('stderr') };
  const rt = await createRuntime({ wasm, glue, procs: 1, args: ['x'], ...streams, ...options });
  const error = await rt.done.catch((reason) => reason);
  await rt.close();
  return { ...all, code: error.code, exitCode: error.exitCode ?? error };
}

const died = { stdout: 'hello\n', code: 'ERR_DEADLOCK', exitCode: 2 };
const located = expect.stringMatching(
  /\nwait_for_ever\(\.\.\.\)\n\ttests\/host\/separate\.c:11 \+\w+\nmain\(\.\.\.\)\n\ttests\/host\/separate\.c:21 \+\w+\n/,
);
const bare = expect.stringMatching(
  /\ngoroutine 1 \[chan receive\]:\n(\?\(\.\.\.\)\n\t\?:0 \+\w+\n){2}/,
);

test('names and lines that lie beside the module are found', async () => {
  expect(await outcome({})).toEqual({ ...died, stderr: located });
});

test('or where the option says', async () => {
  const bytes = new Uint8Array(readFileSync(file));
  const alone = join(dir, 'alone.wasm');
  for (const tables of [file, bytes, new WebAssembly.Module(bytes)])
    expect(await outcome({ wasm: alone, tables })).toEqual({ ...died, stderr: located });
});

test('without them the program runs, and dies, as with them', async () => {
  const alone = join(dir, 'alone.wasm');
  const fine = { stdout: 'hello\n', stderr: '', code: undefined, exitCode: 0 };
  expect(await outcome({ wasm: alone, args: [] })).toEqual(fine);
  for (const options of [
    { wasm: alone },
    { tables: false },
    { wasm: new Uint8Array(readFileSync(wasm)) },
  ])
    expect(await outcome(options)).toEqual({ ...died, stderr: bare });
});

test('a server that answers with a page instead is not taken for the file', async () => {
  const server = createServer(({ url }, response) => {
    if (url === '/alone.wasm') response.end(readFileSync(wasm));
    else response.end('<!doctype html>');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(0)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const url = `http://127.0.0.1:${port}/alone.wasm`;
  const { stderr, ...rest } = await outcome({ wasm: url });
  server.close();
  expect(rest).toEqual(died);
  expect(stderr).toMatch(/^worldsema: no names and lines: .*alone.tables.wasm is not a wasm file/);
  expect(stderr).toEqual(bare);
});

test.each([
  ['ERR_OTHER_BUILD', () => otherBuild(), /belongs to another build/],
  ['ERR_BAD_TABLES', () => wasm, /is the program itself/],
  ['ERR_BAD_TABLES', () => cut(), /ERR_BAD_TABLES|worldsema/],
  ['ERR_BAD_TABLES', () => 7, /option tables: expected a URL/],
  ['ERR_BAD_TABLES', () => 'http://[', /option tables: .* is not a URL/],
  ['ERR_WASM_NOT_FOUND', () => join(dir, 'absent.wasm'), /absent.wasm: there is no such file/],
  ['ERR_NOT_WASM', () => new Uint8Array(8), /option tables/],
])('%s: %s', async (code, tables, message) => {
  const error = await outcome({ tables: tables() }).catch((reason) => reason);
  expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
});

/** The file with one bit of the build's number changed. */
function otherBuild() {
  const bytes = new Uint8Array(readFileSync(file));
  bytes[bytes.length - 1] ^= 1;
  const other = join(dir, 'other.tables.wasm');
  writeFileSync(other, bytes);
  return other;
}

/** The file with a table that is shorter than it says. */
function cut() {
  const bytes = new Uint8Array(readFileSync(file));
  const at = Buffer.from(bytes).indexOf('WSEM'); // "worldsema", then magic, version, counts
  bytes[at + 8] ^= 1;
  return bytes;
}

// It is not the smallest program: that is in link/size.test.mjs.
test('the module is small', () => {
  const module = readFileSync(wasm);
  const sizes = [module.length, gzipSync(module).length];
  expect(sizes.map((size, i) => size < [250_000, 91_000][i] || size)).toEqual([true, true]);
});
