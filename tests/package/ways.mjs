// @ts-check
// How a page gets a program: without a bundler, and by each of the bundlers that docs/bundlers.md
// names, in its default configuration.

/**
 * @typedef {object} Way
 * @property {string} name
 * @property {string} package   the bundler; '' without one
 * @property {string[]} build   shell lines
 * @property {string} serve     the folder that goes to the server; '' if the bundler serves
 * @property {string} [server]  the line that starts the bundler's own server, on a port
 * @property {string} [script]  what index.html names
 * @property {Record<string, string>} [files]  more files, by their names
 */

const headers = `const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export default { server: { headers }, preview: { headers } };
`;

const webpackHeaders = `const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export default { devServer: { headers, static: '.' } };
`;

const nextHeaders = `const headers = [
  { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
  { key: 'Cross-Origin-Embedder-Policy', value: 'require-corp' },
];

export default { headers: () => [{ source: '/:path*', headers }] };
`;

const page = `'use client';
import { useEffect, useState } from 'react';
import { createRuntime } from 'worldsema';
import app from '../src/app.js';

export default function Page() {
  const [text, setText] = useState('');
  useEffect(() => {
    const controller = new AbortController();
    async function run() {
      const rt = await createRuntime(app, { signal: controller.signal });
      let stack;
      do stack = await rt.stack();
      while (/\\[run/.test(stack)); // until every goroutine waits
      await rt.close();
      setText(stack + rt.mode);
    }
    run().catch((error) => {
      if (!controller.signal.aborted) setText(String(error));
    });
    return () => controller.abort();
  }, []);
  return <pre id="out">{text}</pre>;
}
`;

const layout = `export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
`;

/** @type {Way[]} */
export const ways = [
  { name: 'no bundler', package: '', build: [], serve: '.' },
  {
    name: 'esbuild',
    package: 'esbuild',
    build: [
      'npx esbuild src/main.js --bundle --format=esm --outdir=dist',
      'cp src/app.wasm src/app.worker.js src/app.one.js dist/',
    ],
    serve: '.',
    script: 'dist/main.js',
  },
  {
    name: 'Rollup',
    package: 'rollup',
    build: [
      'npx rollup src/main.js --dir dist --plugin node-resolve',
      'cp src/app.wasm src/app.worker.js src/app.one.js dist/',
    ],
    serve: '.',
    script: 'dist/main.js',
  },
  {
    name: 'webpack',
    package: 'webpack',
    build: ['npx webpack --mode production --entry ./src/main.js'],
    serve: '.',
    script: 'dist/main.js',
  },
  {
    name: 'webpack, dev server',
    package: 'webpack-dev-server',
    files: { 'webpack.config.js': webpackHeaders },
    build: [],
    serve: '',
    server: 'npx webpack serve --mode development --entry ./src/main.js',
    script: 'main.js',
  },
  { name: 'Vite, build', package: 'vite', build: ['npx vite build'], serve: 'dist' },
  {
    name: 'Vite, preview',
    package: 'vite',
    files: { 'vite.config.js': headers },
    build: ['npx vite build'],
    serve: '',
    server: 'npx vite preview',
  },
  {
    name: 'Vite, dev',
    package: 'vite',
    files: { 'vite.config.js': headers },
    build: [],
    serve: '',
    server: 'npx vite',
  },
  { name: 'Parcel', package: 'parcel', build: ['npx parcel build index.html'], serve: 'dist' },
  {
    name: 'Next',
    package: 'next',
    files: {
      'app/layout.js': layout,
      'app/page.js': page,
      'next.config.js': "export default { output: 'export' };\n",
    },
    build: ['npx next build'],
    serve: 'out',
  },
  {
    name: 'Next, dev',
    package: 'next',
    files: { 'app/layout.js': layout, 'app/page.js': page, 'next.config.mjs': nextHeaders },
    build: [],
    serve: '',
    server: 'npx next dev',
  },
];
