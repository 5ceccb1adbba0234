// @ts-check
// The package for pages without a bundler: host/browser.js and host/pprof/browser.js, each as one
// file in dist/ with all that it imports. And the package's types for CommonJS modules. npm runs
// this before it packs the package.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { put } from './build.mjs';
import { root } from './paths.mjs';
import { setup } from './setup.mjs';

/** What the files in dist/ are made of. */
const entries = { worldsema: 'host/browser.js', pprof: 'host/pprof/browser.js' };

export async function main() {
  await setup([]);
  await bundle();
}

/** TypeScript wants types of their own for what `require` loads. */
const types = {
  index: 'host/index.d.ts',
  pprof: 'host/pprof/index.d.ts',
  jest: 'host/jest/index.d.ts',
};

/** Bundlers must leave alone what only the page, or Node.js, can import. esbuild drops these. */
const LEAVE = '/* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ ';

/** Writes only what has changed: several tests pack the package at the same time. */
export async function bundle() {
  const { build } = await import('esbuild');
  /** @type {import('esbuild').BuildOptions & { write: false }} */
  const settings = {
    ...{ outdir: join(root, 'dist'), absWorkingDir: root, write: false, bundle: true },
    ...{ format: 'esm', target: 'es2022', minify: true },
    ...{ legalComments: 'inline', logLevel: 'error' },
  };
  const made = await Promise.all([
    // Both files need the same classes, which are in a third one.
    build({ ...settings, entryPoints: entries, splitting: true, chunkNames: 'shared' }),
    build({ ...settings, entryPoints: { worker: 'host/one/worker.js' } }),
    // A build pastes it into the script of a program's one worker (wasm/link/glue.js).
    build({
      ...{ ...settings, entryPoints: { one: 'host/one/start.js' } },
      ...{ format: 'iife', globalName: 'worldsemaOne' },
    }),
  ]);
  for (const [name, from] of Object.entries(types)) {
    const text = readFileSync(join(root, from), 'utf8')
      .replace(`'../index.js'`, `'./index.cjs'`)
      .replace(`'./pprof/index.js'`, `'./pprof.cjs'`);
    put(join(root, 'dist', `${name}.d.cts`), Buffer.from(text));
  }
  for (const { path, text } of made.flatMap(({ outputFiles }) => outputFiles))
    put(path, Buffer.from(text.replace(/\bimport\((?=\w)/g, `import(${LEAVE}`)));
}
