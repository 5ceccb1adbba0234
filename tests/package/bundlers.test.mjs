// @ts-check
// Pages that use the module which a build writes beside the wasm, as it stands and by each bundler
// in its default configuration. They come from a server that knows no .mjs.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { root } from '../../scripts/paths.mjs';
import { tools } from '../../scripts/tools.mjs';
import { openBrowser } from '../helpers/browser.mjs';
import { buildProgram } from '../helpers/build.mjs';
import { openFirefox } from '../helpers/firefox.mjs';
import { installPackage } from '../helpers/package.mjs';
import { servePlainly } from '../helpers/plainserver.mjs';
import { oneModule } from '../../wasm/link/glue.js';
import { runNode } from '../helpers/run.mjs';
import { ways } from './ways.mjs';

/** @typedef {import('./ways.mjs').Way} Way */

const folder = join(root, 'build', 'bundlers');
const manifest = join(root, 'tests', 'package', 'bundlers.json');
const stress = process.env.WORLDSEMA_STRESS === '1';
const isHere = (/** @type {Way} */ way) => ['', 'esbuild'].includes(way.package);
const bins = [folder, root].map((dir) => join(dir, 'node_modules', '.bin'));
const env = {
  ...process.env,
  NODE_OPTIONS: '',
  NEXT_TELEMETRY_DISABLED: '1',
  PATH: [...bins, dirname(process.execPath), process.env.PATH].join(delimiter),
};

const source = `#include <worldsema.h>

static void
receiver(void *arg)
{
	go_chan_recv(arg, NULL);
}

int
main(void)
{
	go(receiver, go_chan_make(0, 0));
	go_host_serve();
}
`;

const main = `import { createRuntime } from 'worldsema';
import app from './app.js';

async function run() {
  const rt = await createRuntime(app, { procs: 2 });
  let stack;
  do stack = await rt.stack();
  while (/\\[run/.test(stack)); // until both goroutines wait
  await rt.close();
  return stack + rt.mode;
}

run().then(
  (text) => (document.getElementById('out').textContent = text),
  (error) => (document.getElementById('out').textContent = String(error)),
);
`;

const html = (/** @type {string} */ script) => `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <link rel="icon" href="data:," />
  <title>app</title>
  <pre id="out"></pre>
  <script type="module" src="${script}"></script>
</html>
`;

const imports =
  '<script type="importmap">{"imports":{"worldsema":"./worldsema/host/browser.js"}}</script>';

/** Runs a line by bash. @param {string} line @param {string} cwd */
function bash(line, cwd) {
  const running = spawn('bash', ['-c', line.replace(/^npx /, 'exec ')], { cwd, env });
  let said = '';
  running.stdout.on('data', (data) => (said += data));
  running.stderr.on('data', (data) => (said += data));
  const ended = new Promise((resolve) => running.on('close', resolve));
  return { running, ended, said: () => said };
}

/** @param {string} line @param {string} cwd */
async function ran(line, cwd) {
  const { ended, said } = bash(line, cwd);
  const code = await ended;
  if (code !== 0) throw new Error(`${line}: code ${code}\n${said()}`);
}

/** Starts a bundler's server. @param {string} line @param {string} cwd */
async function started(line, cwd) {
  const { running, ended, said } = bash(line, cwd);
  const url = await new Promise((resolve, reject) => {
    const look = () => {
      // eslint-disable-next-line no-control-regex -- colours
      const found = /http:\/\/localhost:\d+\/?/.exec(said().replace(/\x1b\[[\d;]*m/g, ''));
      if (found) resolve(found[0]);
    };
    running.stdout.on('data', look);
    running.stderr.on('data', look);
    ended.then(() => reject(new Error(`${line} ended\n${said()}`)));
  });
  return { url, close: () => (running.kill(), ended) };
}

/** Makes the project of a way. @param {Way} way */
async function project({ name, files = {}, script = './src/main.js' }) {
  const dir = join(folder, name.replace(/\W+/g, '-'));
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(join(dir, 'src'), { recursive: true });
  const { wasm } = await buildProgram(source, { name: 'app' });
  for (const suffix of ['.wasm', '.js', '.worker.js'])
    copyFileSync(wasm.replace(/\.wasm$/, suffix), join(dir, 'src', `app${suffix}`));
  writeFileSync(join(dir, 'src', 'app.one.js'), oneModule('app')); // of dist/ as it is now
  const all = {
    'package.json': '{ "private": true, "type": "module" }\n',
    'index.html': html(script),
    'src/main.js': main,
    ...files,
  };
  for (const [file, text] of Object.entries(all)) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), text);
  }
  return dir;
}

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  copyFileSync(manifest, join(folder, 'package.json'));
  if (stress) await ran('npx npm install --no-audit --no-fund --loglevel=error', folder);
  await installPackage(folder);
  // Parcel does not look again at packages that it has seen.
  rmSync(join(folder, '.parcel-cache'), { recursive: true, force: true });
  browser = await openBrowser();
}, 600_000);

afterAll(() => browser.close());

/** Opens a page and compares what it shows. @param {string} url @param {string} [mode] */
async function look(url, mode = 'workers') {
  const page = await browser.browser.newPage();
  /** @type {string[]} */
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('requestfailed', (request) => errors.push(`could not load ${request.url()}`));
  try {
    await page.goto(url);
    await page.waitForFunction(() => document.getElementById('out')?.textContent);
    const said = (await page.textContent('#out'))?.replace(/ \+0x\w+$/gm, '');
    expect({ said, errors }).toEqual({
      said: `goroutine 1 [host call: serve]:
main(...)
	app.c:13

goroutine 2 [chan receive]:
receiver(...)
	app.c:6
created by main in goroutine 1
	app.c:12
${mode}`,
      errors: [],
    });
    // A worker that was terminated is gone a moment later.
    for (let [worker] = page.workers(); worker; [worker] = page.workers())
      await Promise.race([worker.waitForEvent('close'), page.waitForTimeout(100)]);
  } finally {
    await page.close();
  }
}

describe('a page gets a program', () => {
  for (const way of ways) {
    if (!stress && !isHere(way)) continue;
    test(`by ${way.name}`, async () => {
      const dir = await project(way);
      if (way.package === '') {
        cpSync(join(folder, 'node_modules', 'worldsema'), join(dir, 'worldsema'), {
          recursive: true,
        });
        writeFileSync(
          join(dir, 'index.html'),
          html('./src/main.js').replace('<script', `${imports}\n  <script`),
        );
      }
      for (const line of way.build) await ran(line, dir);
      const site = await (way.server
        ? started(way.server, dir)
        : servePlainly(join(dir, way.serve)));
      try {
        await look(site.url);
      } finally {
        await site.close();
      }
      if (way.server) return;
      const plain = await servePlainly(join(dir, way.serve), { isolated: false });
      try {
        await look(plain.url, 'one');
      } finally {
        await plain.close();
      }
    });
  }
});

test('below a path, and from another origin', async () => {
  const dir = join(folder, 'no-bundler');
  const site = await servePlainly(dir, { base: '/deep/er/' });
  const other = await servePlainly(join(dir, 'src'), { base: '/' });
  try {
    await look(site.url);
    writeFileSync(join(dir, 'src', 'other.js'), main.replace('./app.js', `${other.url}app.js`));
    const text = readFileSync(join(dir, 'index.html'), 'utf8').replace('main.js', 'other.js');
    writeFileSync(join(dir, 'other.html'), text);
    await look(`${site.url}other.html`);
  } finally {
    await site.close();
    await other.close();
  }
});

const inFirefox = tools.firefox.find() ? test : test.skip;

inFirefox('Firefox takes it from another origin, whose server knows no .mjs', async () => {
  const other = await servePlainly(join(folder, 'no-bundler', 'src'));
  const firefox = await openFirefox();
  try {
    const { value, errors } = await firefox.evaluate(async (address) => {
      const { createRuntime } = await import(/** @type {any} */ ('/host/browser.js'));
      const { default: app } = await import(address);
      const rt = await createRuntime(app, { procs: 2 });
      const { mode } = rt;
      await rt.close();
      return mode ?? 'workers';
    }, `${other.url}app.js`);
    expect({ value, errors }).toEqual({ value: 'workers', errors: [] });
  } finally {
    await firefox.close();
    await other.close();
  }
});

test('Node.js takes the same module', async () => {
  const dir = join(folder, 'no-bundler');
  const script = `import { createRuntime } from 'worldsema';
    import app from './src/app.js';
    async function main(rt) {
      let stack;
      do stack = await rt.stack();
      while (/^goroutine 1 \\[run/.test(stack)); // until it waits
      console.log(stack.split('\\n', 1)[0]);
      await rt.close();
    }
    await main(await createRuntime({ ...app, procs: 2 }));
    const one = await createRuntime(app, { mode: 'one' });
    console.log(one.mode);
    await main(one);`;
  const { stdout, stderr } = await runNode(['--input-type=module', '-e', script], { cwd: dir });
  const line = 'goroutine 1 [host call: serve]:';
  expect({ stdout, stderr }).toEqual({ stdout: `${line}\none\n${line}\n`, stderr: '' });
});

test('docs/bundlers.md shows these ways and versions', () => {
  const text = readFileSync(join(root, 'docs', 'bundlers.md'), 'utf8');
  const { dependencies } = JSON.parse(readFileSync(manifest, 'utf8'));
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const versions = { ...dependencies, ...devDependencies };
  for (const way of ways) {
    const row = `| ${way.name} | ${way.package && versions[way.package]} |`.replace(/ +/g, ' ');
    expect(text.replace(/ +/g, ' ')).toContain(row);
    for (const line of [...way.build, ...(way.server ? [way.server] : [])])
      expect(text).toContain(line);
    for (const [file, content] of Object.entries(way.files ?? {}))
      if (basename(file) !== 'layout.js') expect(text).toContain(content);
  }
});
