// @ts-check
// The documents: each block of code in README.md, docs/ and the READMEs of folders is run as it
// stands there, with the package installed in an empty folder. The rules are in tests/README.md.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { root } from '../scripts/paths.mjs';
import { tools } from '../scripts/tools.mjs';
import { openBrowser } from './helpers/browser.mjs';
import { buildProgram, compileObject } from './helpers/build.mjs';
import { blocksOf, documents } from './helpers/docs.mjs';
import { dispatcher, withMain } from './helpers/golden.mjs';
import { installPackage } from './helpers/package.mjs';
import { runProgram } from './helpers/run.mjs';
import { isTurn, notItsTurn } from './helpers/sample.mjs';
import { ways as bundling } from './package/ways.mjs';

/** @typedef {import('./helpers/docs.mjs').Block} Block */

/** What only makes sense by hand, and why. */
const byHand = new Map([
  ['npm start', 'serves the demo until Ctrl+C: demo/page.test.mjs'],
  ['npm test', 'is what runs this'],
  ['npm test -- serve             # files whose path has "serve"', 'the same'],
  ['npm test -- golden -t c/sieve # one program, in every way it is run', 'the same'],
  ['npm run stress -- golden      # full counts, more ways', 'the same'],
  ['npx worldsema run --pprof 6060 primes.wasm 100000000', 'has a fixed port: cli/run.test.mjs'],
  [
    'go tool pprof -top http://localhost:6060/debug/pprof/profile?seconds=5',
    'asks the line before: pprof/serve.test.mjs',
  ],
  ["curl 'http://localhost:6060/debug/pprof/goroutine?debug=2'", 'the same'],
  ['npx worldsema build -g -O0 squares.c -o squares', 'is built so: host/debug.test.mjs'],
  ['node --inspect-brk node_modules/.bin/worldsema run squares.wasm', 'waits: the same'],
  ['npx worldsema relay --port 6060', 'serves until Ctrl+C: pprof/relay.test.mjs'],
]);

for (const { build } of bundling)
  if (build.length > 1) for (const line of build) byHand.set(line, 'package/bundlers.test.mjs');

const dir = join(root, 'build', 'docs-test');
const blocks = documents.flatMap(blocksOf);
const shell = blocks.filter(({ language }) => language === 'sh').map(({ code }) => code.trimEnd());
const lines = (/** @type {string} */ code) => code.trimEnd().split('\n');
const isByHand = (/** @type {Block} */ { code }) => lines(code).every((line) => byHand.has(line));

/** Other documents run the programs of these. */
const always = ['README.md', 'docs/guide.md', 'docs/javascript-and-c.md'];

/** The others take turns, for each builds programs. */
const inTurn = (/** @type {Block} */ { file }) =>
  always.includes(file) || isTurn(documents.indexOf(file) % 2);

/**
 * C programs that no shell line builds: they are linked into one module, as golden programs are.
 */
const joined = blocks
  .filter(({ language, output }) => language === 'c' && output !== undefined)
  .filter(inTurn)
  .map((block) => {
    const symbol = `docs_${block.name.replace(/\W/g, '_')}`;
    return { block, name: block.name, symbol, takesArgs: false };
  });

/** The environment of shell lines: the tools are found, and the network is not asked. */
const env = {
  ...process.env,
  NODE_OPTIONS: '',
  WORLDSEMA_CACHE: join(root, 'build'), // the tests share the compiled runtime
  npm_config_offline: 'true',
  PATH: [dirname(process.execPath), dirname(tools.emcc.find() ?? ''), process.env.PATH].join(
    delimiter,
  ),
};

let logs = 0;

/**
 * Runs a program in the folder; what it prints to both outputs comes in its order.
 * @param {string} file
 * @param {string[]} args
 * @param {Record<string, string>} [more]
 * @returns {Promise<{ said: string, code: number | null }>}
 */
function run(file, args, more) {
  const log = join(dir, `output${++logs}`);
  const fd = openSync(log, 'w');
  const stdio = /** @type {const} */ (['ignore', fd, fd]);
  const running = spawn(file, args, { cwd: dir, env: { ...env, ...more }, stdio: [...stdio] });
  closeSync(fd);
  return new Promise((resolve, reject) => {
    running.on('error', reject);
    running.on('close', (code) => resolve({ said: readFileSync(log, 'utf8'), code }));
  });
}

/** npx takes a second to find a command that is installed here. */
const npx = 'npx() { local command=$1; shift; "node_modules/.bin/$command" "$@"; }';

const bash = (/** @type {string} */ code, /** @type {Record<string, string>} */ more) =>
  run('bash', ['-e', '-c', `${npx}\n${code}`], more);

/** Shell blocks that make programs need nothing but the files, so two of them run at a time. */
const makes = blocks.filter(
  (block) =>
    /^(npx worldsema build|emcmake cmake) /.test(block.code) && !isByHand(block) && inTurn(block),
);
/** @type {Map<Block, ReturnType<typeof run>>} */
const making = new Map();

/** The first one alone: it compiles the runtime, if that is not there from another time. */
function make() {
  const [first, ...others] = makes.filter((block) => !hindrance(block));
  const done = bash(first.code, {});
  making.set(first, done);
  const lanes = [done, done];
  others.forEach((block, i) => {
    const next = lanes[i % 2].then(() => bash(block.code, {}));
    making.set(block, next);
    lanes[i % 2] = next;
  });
}

/** Without what differs from one machine to another. @param {string} text */
const comparable = (text) =>
  text
    .replace(/^worldsema: compiling .*\n/gm, '')
    .replace(/\d+ KB/g, 'N KB')
    .trimEnd();

/** @param {Block} block @param {{ said: string, code: number | null }} ran */
function compare({ output }, { said, code }) {
  const dies = output?.includes('fatal error: ') ?? false;
  expect({ code, said: comparable(said) }).toEqual({
    code: dies ? 2 : 0,
    said: output === undefined ? comparable(said) : comparable(output),
  });
}

/** @type {Awaited<ReturnType<typeof openBrowser>> | undefined} */
let browser;

const openOnce = async () => (browser ??= await openBrowser({ root: dir }));

/** A configuration of a server that is not here. @param {Block} block */
async function tellsHeaders({ code }) {
  const value = '[": ]+(?:value": )?"?';
  expect(code).toMatch(new RegExp(`Cross-Origin-Opener-Policy[",]*${value}same-origin`));
  expect(code).toMatch(new RegExp(`Cross-Origin-Embedder-Policy[",]*${value}require-corp`));
}

/** @param {Block} block */
async function builtByShell({ name }) {
  const isBuilt = shell.some((code) => code.includes(` ${name} `));
  expect({ name, isBuilt }).toEqual({ name, isBuilt: true });
}

/** How a block of each language is run. @type {Record<string, (block: Block) => Promise<void>>} */
const ways = {
  async sh(block) {
    // Go is not to leave anything in the home of whoever runs this.
    /** @type {Record<string, string>} */
    const more = /^go /.test(block.code)
      ? { HOME: dir, PPROF_TMPDIR: dir, GOTOOLCHAIN: 'local' }
      : {};
    if (making.size === 0) make();
    compare(block, await (making.get(block) ?? bash(block.code, more)));
  },
  async js(block) {
    if (block.name.endsWith('.vitest.mjs')) return; // package/testers.test.mjs
    if (!/\.test\.[mc]js$/.test(block.name)) {
      compare(block, await run(process.execPath, [block.name]));
      return;
    }
    const jest = join(root, 'node_modules/jest/bin/jest.js');
    const flags = block.name.endsWith('.mjs') ? ['--experimental-vm-modules', '--no-warnings'] : [];
    const options = [...flags, jest, '--rootDir', dir];
    const match = ['--testMatch', `${dir}/${block.name}`];
    const { said, code } = await run(process.execPath, [...options, ...match]);
    expect({ code, said }).toEqual({ code: 0, said: expect.stringContaining('1 passed') });
  },
  async c(block) {
    const { name, symbol } = joined.find((one) => one.block === block) ?? {};
    if (symbol === undefined) {
      await builtByShell(block);
      return;
    }
    const program = await joinedModule();
    const { stdout, stderr, code } = await runProgram(program, { args: [String(name)] });
    const said = withMain(/** @type {any} */ ({ symbol }), stdout);
    expect({ code, said, stderr }).toEqual({ code: 0, said: block.output, stderr: '' });
  },
  cpp: builtByShell,
  async html(block) {
    const { open } = await openOnce();
    const { page, errors } = await open(block.name);
    const wanted = block.output?.trimEnd();
    await page
      .waitForFunction((text) => document.body.innerText.trimEnd() === text, wanted)
      .catch(async () => {
        const said = await page.evaluate(() => document.body.innerText.trimEnd());
        expect({ said, errors }).toEqual({ said: wanted, errors: [] });
      });
  },
  // What servers are told, in their own languages.
  nginx: tellsHeaders,
  apache: tellsHeaders,
  caddyfile: tellsHeaders,
  headers: tellsHeaders,
  async json(block) {
    JSON.parse(block.code);
    await tellsHeaders(block);
  },
  /** A page of Next. */
  async jsx({ code }) {
    const pages = bundling.map(({ files }) => files?.['app/page.js']);
    expect(pages).toContain(code); // package/bundlers.test.mjs builds it
  },
  async cmake(block) {
    expect(shell.some((code) => code.startsWith('emcmake cmake '))).toBe(true);
    expect(block.name).toBe('CMakeLists.txt');
  },
  /** Headers that the server must send. */
  async http({ code }) {
    const { url } = await openOnce();
    const { headers } = await fetch(url);
    for (const line of lines(code)) {
      const [name, value] = line.split(': ');
      expect(headers.get(name)).toBe(value);
    }
  },
};

/** @type {ReturnType<typeof buildProgram> | undefined} */
let module;
const joinedModule = () => (module ??= linkJoined());

async function linkJoined() {
  const flags = ['-std=gnu17', '-Wall', '-Wextra', '-Werror'];
  const sources = await Promise.all(
    joined.map(({ name, symbol }) =>
      compileObject(`build/docs-test/${name}`, { flags, main: symbol }),
    ),
  );
  return buildProgram(dispatcher(/** @type {any} */ (joined)), { name: 'docs', sources });
}

/** Why a block cannot be run here. @param {Block} block */
function hindrance({ language, code }) {
  if (/^go /.test(code) && !tools.go.find()) return 'Go is not installed';
  const needsCMake = language === 'sh' && code.includes('cmake');
  return needsCMake && !tools.cmake.find() ? 'CMake or make is not installed' : undefined;
}

beforeAll(async () => {
  mkdirSync(dir, { recursive: true });
  for (const name of readdirSync(dir)) rmSync(join(dir, name), { recursive: true });
  const home = await installPackage(dir);
  mkdirSync(join(dir, 'node_modules/.bin'));
  // As `npm install` does.
  chmodSync(join(home, 'cli/main.js'), 0o755);
  symlinkSync('../worldsema/cli/main.js', join(dir, 'node_modules/.bin/worldsema'));
  writeFileSync(join(dir, 'package.json'), '{ "type": "module" }\n');
  // For the code in tests/README.md.
  symlinkSync(join(root, 'tests/helpers'), join(dir, 'helpers'));
  for (const { name, code } of blocks) if (name !== '') writeFileSync(join(dir, name), code);
});

afterAll(async () => {
  await browser?.close();
  await Promise.allSettled(making.values()); // not all were waited for if only some tests ran
});

describe('the code in the documents runs', () => {
  for (const block of blocks) {
    const { file, line, language, name, code } = block;
    const title = `${file}:${line} ${name || lines(code)[0]}`;
    const reason = inTurn(block) ? hindrance(block) : notItsTurn;
    if (isByHand(block)) continue;
    if (reason) test.skip(`${title} (${reason})`, () => {});
    else
      test(title, async () => {
        const way = ways[language];
        if (!way)
          throw new Error(`nobody knows how to run a block of ${language || 'no language'}`);
        await way(block);
      });
  }

  test('files have different names, and what is done by hand is in the documents', () => {
    const names = blocks.map(({ name }) => name).filter(Boolean);
    expect(names).toEqual([...new Set(names)]);
    const all = shell.flatMap(lines);
    expect([...byHand.keys()].filter((line) => !all.includes(line))).toEqual([]);
  });
});

test.each(['user.ts', 'user.cts'])(
  'a strict TypeScript project can use the package: %s',
  async (file) => {
    // For Node.js, without the types of pages.
    writeFileSync(
      join(dir, 'user.cts'),
      [
        "import worldsema = require('worldsema');",
        "import pprof = require('worldsema/pprof');",
        "import jest = require('worldsema/jest');",
        'const program: Promise<worldsema.Runtime> = worldsema.createRuntime({ wasm: "x.wasm" });',
        'program.then((rt) => pprof.servePprof(rt, { port: 0 }));',
        'export = jest.matchers;',
      ].join('\n'),
    );
    writeFileSync(
      join(dir, 'user.ts'),
      [
        "import { createRuntime, type RuntimeOptions } from 'worldsema';",
        "import 'worldsema/isolate.js';",
        "import app from './squares.js';",
        "import createProgram from './squares.mjs';",
        'const options: RuntimeOptions = { wasm: new Uint8Array(8), glue: createProgram };',
        'export const code: Promise<number> = createRuntime(options).then((rt) => rt.done);',
        'export const other = createRuntime(app, { procs: 2 });',
        'export const third = createRuntime({ ...app, args: [] });',
        'export const reason: Promise<string | undefined> | undefined = worldsemaIsolating;',
      ].join('\n'),
    );
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const strict = ['--ignoreConfig', '--noEmit', '--strict', '--skipLibCheck', 'false'];
    // In 'nodenext' a CommonJS module may require the package's other modules, too.
    const module = file === 'user.ts' ? 'nodenext' : 'node16';
    const modules = ['--module', module, '--lib', 'es2022', '--types', 'node'];
    const types = ['--typeRoots', join(root, 'node_modules/@types')];
    const ran = await run(process.execPath, [tsc, ...strict, ...modules, ...types, file]);
    expect(ran).toEqual({ said: '', code: 0 });
  },
);
