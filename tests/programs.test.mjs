// @ts-check
// Programs with threads that nobody here wrote, unmodified: what they write is what their native
// builds write, and what tests they have pass. They are fetched from Debian, so only
// `npm run stress` runs them.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../scripts/paths.mjs';
import { buildProgram } from './helpers/build.mjs';
import { debianSource } from './helpers/debian.mjs';

const stress = Boolean(process.env.WORLDSEMA_STRESS);
const native = join(root, 'build', 'sources', 'native');

/** What they compress: more than a few blocks. */
const input = () => Buffer.concat(Array(16).fill(readFileSync(join(root, 'package-lock.json'))));

const zlib = ['adler32', 'compress', 'crc32', 'deflate', 'infback', 'inffast', 'inflate'].concat([
  ...['inftrees', 'trees', 'uncompr', 'zutil'],
]);
const bzip2 = ['blocksort', 'huffman', 'crctable', 'randtable', 'compress', 'decompress', 'bzlib'];
const zopfli = ['deflate', 'blocksplitter', 'tree', 'lz77', 'cache', 'hash', 'util'].concat([
  ...['squeeze', 'katajainen', 'symbols'],
]);

/** @type {(folder: string, suffix: string, files: string[]) => string[]} */
const within = (folder, suffix, files) => files.map((file) => join(folder, file + suffix));

/** The C files in these folders. @type {(folders: string[]) => string[]} */
const allIn = (folders) =>
  folders.flatMap((folder) =>
    within(
      folder,
      '',
      readdirSync(folder).filter((file) => file.endsWith('.c')),
    ),
  );

/** zstd's library, and pzstd's files; `more` is in pzstd's folder. */
const pzstd = (/** @type {string} */ dir, /** @type {string[]} */ more) => [
  ...within(join(dir, 'contrib/pzstd'), '.cpp', ['Pzstd', 'Options', 'SkippableFrame', ...more]),
  ...within(join(dir, 'programs'), '.c', ['util', 'datagen']),
  ...allIn(['common', 'compress', 'decompress'].map((folder) => join(dir, 'lib', folder))),
];
const pzstdIncludes = (/** @type {string} */ dir) =>
  ['lib', 'lib/common', 'programs', 'contrib/pzstd'].map((folder) => `-I${join(dir, folder)}`);

/**
 * @typedef {object} Program
 * @property {string} name
 * @property {string} [source] the source package, if it has another name
 * @property {string} suite
 * @property {string} library its source package
 * @property {(dir: string, lib: string) => string[]} files
 * @property {(lib: string) => string[]} flags
 * @property {string[]} args  to compress stdin
 * @property {string[]} back  to decompress it
 */

/** @type {Program[]} */
const programs = [
  {
    ...{ name: 'pigz', suite: 'sid', library: 'zlib', flags: (lib) => [`-I${lib}`] },
    files: (dir, lib) => [
      ...within(dir, '.c', ['pigz', 'yarn', 'try']),
      ...within(join(dir, 'zopfli/src/zopfli'), '.c', zopfli),
      ...within(lib, '.c', zlib),
    ],
    args: ['-n', '-c', '-b', '128', '-p', '4'],
    back: ['-d', '-c'],
  },
  {
    ...{ name: 'pbzip2', suite: 'bookworm', library: 'bzip2' },
    flags: (lib) => [
      ...[`-I${lib}`, '-D_FILE_OFFSET_BITS=64', '-fexceptions'],
      '-Wno-reserved-user-defined-literal',
    ],
    files: (dir, lib) => [
      ...within(dir, '.cpp', ['pbzip2', 'BZ2StreamScanner', 'ErrorContext']),
      ...within(lib, '.c', bzip2),
    ],
    args: ['-c', '-q', '-1', '-p4'],
    back: ['-d', '-c', '-q'],
  },
  {
    ...{ name: 'pzstd', source: 'zstd', suite: 'bookworm', library: 'zstd' },
    flags: (lib) => [...pzstdIncludes(lib), '-DNDEBUG', '-DZSTD_DISABLE_ASM', '-fexceptions'],
    files: (dir) => pzstd(dir, ['main']),
    args: ['-c', '-1', '-p', '4'],
    back: ['-d', '-c', '-p', '4'],
  },
];

const ways = /** @type {[string, string[]][]} */ ([
  ['1 P', ['--procs', '1']],
  ['2 Ps', ['--procs', '2']],
  ['8 Ps', ['--procs', '8']],
  ['one worker', ['--mode', 'one']],
]);

/** @type {(wasm: string, way: string[], args: string[], input?: Buffer) => any} */
const run = (wasm, way, args, input) =>
  spawnSync(process.execPath, [join(root, 'cli/main.js'), 'run', ...way, wasm, ...args], {
    ...{ input, maxBuffer: 1 << 28 },
  });

const missing = stress ? ' (Debian has no source of it here)' : '';

describe.each(programs)('$name', (program) => {
  const { name, source = name, suite, library, files, args, back } = program;
  const dir = stress ? debianSource(source, suite) : null;
  const lib = dir && debianSource(library);
  /** @type {string} */ let wasm;
  const exe = join(native, name);

  beforeAll(async () => {
    if (!dir || !lib) return;
    const sources = files(dir, lib);
    const flags = ['-w', ...program.flags(lib)];
    mkdirSync(native, { recursive: true });
    const objects = sources.map((file, n) => {
      const object = join(native, `${name}-${n}.o`);
      const [cc, std] = file.endsWith('.cpp') ? ['c++', ['-std=c++14']] : ['cc', []];
      execFileSync(cc, [...std, '-O2', ...flags, '-c', file, '-o', object]);
      return object;
    });
    execFileSync('c++', [...objects, '-lpthread', '-lm', '-o', exe]);
    const [first, ...rest] = sources;
    ({ wasm } = await buildProgram(first, { name, opt: '-O2', sources: rest, flags }));
  }, 1_800_000);

  const output = (
    /** @type {string[]} */ way,
    /** @type {string[]} */ how,
    /** @type {Buffer} */ bytes,
  ) => {
    const { status, stdout, stderr } = run(wasm, way, how, bytes);
    expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' });
    return stdout;
  };

  if (!lib) {
    test.skip(`writes what it writes natively${missing}`, () => {});
    return;
  }
  test.each(ways)('writes what it writes natively: %s', (_, way) => {
    const wanted = execFileSync(exe, args, { input: input(), maxBuffer: 1 << 28 });
    const packed = output(way, args, input());
    expect(packed.equals(wanted)).toBe(true);
    expect(output(way, back, packed).equals(input())).toBe(true);
  });
});

// A thread pool, work queues and files, tested with googletest, which throws.
describe("pzstd's own tests", () => {
  const dir = stress ? debianSource('zstd') : null;
  const google = dir && debianSource('googletest');
  if (!dir || !google) {
    test.skip(`pass${missing}`, () => {});
    return;
  }
  const inPzstd = join(dir, 'contrib/pzstd');
  const utils = ['Buffer', 'Range', 'ResourcePool', 'ScopeGuard', 'ThreadPool', 'WorkQueue'];
  const tests = [
    ...['test/Options', 'test/Pzstd', ...utils.map((name) => `utils/test/${name}`)],
  ].map((name) => `${name}Test`);
  /** @type {string} */ let wasm;

  beforeAll(async () => {
    const at = join(google, 'googletest');
    const [first, ...sources] = [
      ...within(join(at, 'src'), '.cc', ['gtest-all', 'gtest_main']),
      ...pzstd(dir, tests),
    ];
    const flags = ['-w', ...pzstdIncludes(dir), `-I${at}`, `-I${at}/include`, '-fexceptions'];
    ({ wasm } = await buildProgram(first, { name: 'pzstd-tests', sources, flags }));
  }, 1_800_000);

  test.each(ways)(
    'pass: %s',
    (_, way) => {
      const texts = tests.map((name) => readFileSync(join(inPzstd, `${name}.cpp`), 'utf8'));
      const count = texts.join('').match(/^TEST\((?!.*DISABLED_)/gm)?.length;
      const { status, stdout } = run(wasm, way, []);
      expect(String(stdout)).toContain(`[  PASSED  ] ${count} tests.`);
      expect(status).toBe(0);
    },
    300_000,
  );
});
