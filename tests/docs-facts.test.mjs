// @ts-check
// What the documents say about files, error codes and variables is true and complete. Their code is
// run by docs.test.mjs.

import { expect, test } from '@jest/globals';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import { root } from '../scripts/paths.mjs';
import { references } from '../scripts/reference.mjs';
import { passes } from '../wasm/link/passes.js';
import { anchorsOf, documents, linksOf, readDocument } from './helpers/docs.mjs';

const made = ['docs/reference-c.md', 'docs/reference-js.md'];

test.each([...documents, ...made])('links of %s lead somewhere', (file) => {
  const wrong = linksOf(file).filter((link) => {
    const [path, anchor] = link.split('#');
    if (/^https?:/.test(path)) return false;
    const target = path === '' ? file : posix.normalize(posix.join(posix.dirname(file), path));
    if (!existsSync(join(root, target))) return true;
    return anchor !== undefined && !anchorsOf(target).includes(anchor);
  });
  expect(wrong).toEqual([]);
});

test('README is a page: at most 1,500 words', () => {
  expect(readDocument('README.md').split(/\s+/).length).toBeLessThanOrEqual(1500);
});

test('the references are current', async () => {
  for (const [file, text] of await references()) expect(readDocument(file)).toBe(text);
});

/** The sources in folders. @param {string[]} folders */
const sources = (folders) =>
  folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(c|js|mjs|cmake)$/.test(name))
      .map((name) => readFileSync(join(root, folder, name), 'utf8')),
  );

/** @param {string[]} texts @param {RegExp} pattern */
const found = (texts, pattern) =>
  [...new Set(texts.flatMap((text) => Array.from(text.matchAll(pattern), (m) => m[1])))].sort();

test('troubleshooting has every error code, and no other', () => {
  const codes = found(sources(['host', 'cli', 'runtime']), /["'](ERR_[A-Z_]+)["']/g);
  expect(found([readDocument('docs/troubleshooting.md')], /`(ERR_[A-Z_]+)`/g)).toEqual(codes);
});

test('environment has every variable', () => {
  const text = readDocument('docs/environment.md');
  const own = sources(['cli', 'host', 'wasm', 'scripts']);
  const names = [
    ...found(own, /process\.env\.([A-Z][A-Z_]+)/g),
    ...found(own, /\b(WORLDSEMA_(?:CACHE|NODE|RESULTS|FILE_MINUTES))\b/g),
    ...found(own, /named\('([A-Z_]+)'\)/g),
    ...found(sources(['runtime']), /getenv\("([A-Z]+)"\)/g),
    ...found(sources(['tests']), /process\.env\.(WORLDSEMA_[A-Z]+)\b(?! = )/g),
    ...found(sources(['runtime/base']), /^\t\{"([a-z]+)", (?:\(int32_t \*\))?&rt_debug/gm),
  ];
  expect(names.filter((name) => !text.includes(name))).toEqual([]);
});

test('architecture names files and functions that there are', () => {
  const folders = ['cli', 'host', 'runtime', 'scripts', 'tests/host', 'tests/native', 'wasm'];
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
      (name) => `${folder}/${name}`,
    ),
  );
  const all = sources(folders).join('\n');
  const text = readDocument('docs/architecture.md');
  const isKnown = (/** @type {string} */ name) =>
    /\.(c|h|js|mjs|ts)$/.test(name)
      ? files.some((file) => file === name || file.endsWith(`/${name}`))
      : new RegExp(`\\b${name}\\b`).test(all);
  const names = found([text], /`([\w./-]+\.(?:c|h|js|mjs|ts)|[A-Za-z]\w*)`/g);
  expect(names.length).toBeGreaterThan(30);
  expect(names.filter((name) => !isKnown(name))).toEqual([]);
});

test('wasm/README has every pass of the link step, in their order, and files that there are', () => {
  const [, section] = readDocument('wasm/README.md').split('\n## The link step\n');
  const rows = [...section.split('\n## ')[0].matchAll(/^\| `([a-z ]+)` +\| ([^|]*)\|/gm)];
  expect(rows.map(([, name]) => name)).toEqual(passes.map(({ name }) => name));
  const files = rows.flatMap(([, , files]) => found([files], /`(\w+\.js)`/g));
  expect(files.filter((file) => !existsSync(join(root, 'wasm/link', file)))).toEqual([]);
});
