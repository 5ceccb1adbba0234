// @ts-check
// Programs with threads that nobody here wrote, unmodified: what they write is what their native
// builds write. They are fetched from Debian, so only `npm run stress` runs them.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../scripts/paths.mjs';
import { buildProgram } from './helpers/build.mjs';
import { debianSource } from './helpers/debian.mjs';

const stress = Boolean(process.env.WORLDSEMA_STRESS);
const native = join(root, 'build', 'sources', 'native');

/** What they compress. */
const input = () => readFileSync(join(root, 'package-lock.json'));

const zlib = ['adler32', 'compress', 'crc32', 'deflate', 'infback', 'inffast', 'inflate'].concat([
  ...['inftrees', 'trees', 'uncompr', 'zutil'],
]);
const bzip2 = ['blocksort', 'huffman', 'crctable', 'randtable', 'compress', 'decompress', 'bzlib'];
const zopfli = ['deflate', 'blocksplitter', 'tree', 'lz77', 'cache', 'hash', 'util'].concat([
  ...['squeeze', 'katajainen', 'symbols'],
]);

/**
 * @typedef {object} Program
 * @property {string} name of the source package
 * @property {string} suite
 * @property {string} library its source package
 * @property {(dir: string, lib: string) => string[]} files
 * @property {string[]} flags
 * @property {string[]} args  to compress stdin
 * @property {string[]} back  to decompress it
 */

/** @type {Program[]} */
const programs = [
  {
    ...{ name: 'pigz', suite: 'sid', library: 'zlib', flags: [] },
    files: (dir, lib) => [
      ...['pigz', 'yarn', 'try'].map((file) => join(dir, `${file}.c`)),
      ...zopfli.map((file) => join(dir, 'zopfli/src/zopfli', `${file}.c`)),
      ...zlib.map((file) => join(lib, `${file}.c`)),
    ],
    args: ['-n', '-c', '-b', '128', '-p', '4'],
    back: ['-d', '-c'],
  },
  {
    ...{ name: 'pbzip2', suite: 'bookworm', library: 'bzip2' },
    flags: ['-D_FILE_OFFSET_BITS=64', '-fexceptions', '-Wno-reserved-user-defined-literal'],
    files: (dir, lib) => [
      ...['pbzip2', 'BZ2StreamScanner', 'ErrorContext'].map((file) => join(dir, `${file}.cpp`)),
      ...bzip2.map((file) => join(lib, `${file}.c`)),
    ],
    args: ['-c', '-q', '-1', '-p4'],
    back: ['-d', '-c', '-q'],
  },
];

describe.each(programs)('$name', (program) => {
  const { name, suite, library, files, flags, args, back } = program;
  const dir = stress ? debianSource(name, suite) : null;
  const lib = dir && debianSource(library);
  const missing = stress ? ' (Debian has no source of it here)' : '';
  /** @type {string} */ let wasm;
  const exe = join(native, name);

  beforeAll(async () => {
    if (!dir || !lib) return;
    const sources = files(dir, lib);
    const more = [`-I${lib}`, '-w', ...flags];
    mkdirSync(native, { recursive: true });
    const objects = sources.map((file, n) => {
      const object = join(native, `${name}-${n}.o`);
      const [cc, std] = file.endsWith('.cpp') ? ['c++', ['-std=c++14']] : ['cc', []];
      execFileSync(cc, [...std, '-O2', ...more, '-c', file, '-o', object]);
      return object;
    });
    execFileSync('c++', [...objects, '-lpthread', '-lm', '-o', exe]);
    const [first, ...rest] = sources;
    ({ wasm } = await buildProgram(first, { name, opt: '-O2', sources: rest, flags: more }));
  }, 600_000);

  /** @param {string[]} ways @param {string[]} how @param {Buffer} bytes */
  const run = (ways, how, bytes) => {
    const command = [join(root, 'cli/main.js'), 'run', ...ways, wasm, ...how];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, {
      ...{ input: bytes, maxBuffer: 1 << 28 },
    });
    expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' });
    return stdout;
  };

  const ways = /** @type {[string, string[]][]} */ ([
    ['1 P', ['--procs', '1']],
    ['2 Ps', ['--procs', '2']],
    ['8 Ps', ['--procs', '8']],
    ['one worker', ['--mode', 'one']],
  ]);
  if (!lib) {
    test.skip(`writes what it writes natively${missing}`, () => {});
    return;
  }
  test.each(ways)('writes what it writes natively: %s', (_, way) => {
    const wanted = execFileSync(exe, args, { input: input(), maxBuffer: 1 << 28 });
    const packed = run(way, args, input());
    expect(packed.equals(wanted)).toBe(true);
    expect(run(way, back, packed).equals(input())).toBe(true);
  });
});
