// @ts-check
// `node scripts/layout.mjs` checks whether host/layout.js agrees with runtime/ask/words.h. With
// --write it makes host/layout.js anew. The places of fields and the values of enumerators come
// from the compiler's debug information.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { findEmcc, findSymbolizer } from '../wasm/link/tools.js';
import { root } from './paths.mjs';

/** Everything of this file crosses the border. */
const words = 'runtime/ask/words.h';
/** These records cross it too, with the fields that the host reads or writes. */
const others = new Map([
  ['GoSite', ['func', 'file', 'line']],
  ['GoValue', ['kind', 'len', 'number']],
  ['HostCall', ['taken', 'name', 'args', 'nargs', 'to', 'answer', 'room', 'state']],
  ['Packet', ['nmessages']],
  ['GoCall', ['bytes', 'id', 'what', 'nargs', 'args']],
  ['GoExport', ['name', 'next']],
  ['GoMemStats', []],
  ['GoSizeStats', []],
  ['GoBlockProfileRecord', ['count', 'ns', 'pcs']],
  ['Dump', ['head', 'n']],
  // For the link step.
  ['M', ['machine']],
  ['Machine', ['result', 'home', 'switching', 'kept', 'hidden']],
]);
const otherEnums = new Set(['GoKind', 'WaitReason']);
const otherConstants = new Set(['HostError']);
const headers = [
  words,
  'runtime/base/gmp.h',
  'runtime/prof/dump.h',
  'runtime/host/call.h',
  'runtime/host/export.h',
  'runtime/worldsema.h',
];

/**
 * @typedef {{ tag: string, name: string, file: string, value: number, size: number, inner: Entry[]
 *   }} Entry
 */

/** What the compiler knows of the headers. @returns {Entry[]} */
function debugInformation() {
  const folder = mkdtempSync(join(tmpdir(), 'worldsema-layout-'));
  try {
    const emcc = findEmcc();
    const source = join(folder, 'all.c');
    const includes = headers.map((header) => `#include ${JSON.stringify(join(root, header))}\n`);
    writeFileSync(source, includes.join(''));
    const machine = ['-I', join(root, 'wasm')];
    const flags = ['-c', '-g', '-pthread', '-fno-eliminate-unused-debug-types', ...machine];
    const object = join(folder, 'all.o');
    execFileSync(emcc.path, [...flags, source, '-o', object], { env: emcc.env });
    const symbolizer = realpathSync(findSymbolizer(emcc.path));
    const dump = join(dirname(symbolizer), basename(symbolizer).replace('symbolizer', 'dwarfdump'));
    return parse(execFileSync(dump, ['--debug-info', object], { encoding: 'utf8' }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The tree that llvm-dwarfdump prints. @param {string} text @returns {Entry[]} */
function parse(text) {
  const top = /** @type {Entry[]} */ ([]);
  /** @type {{ indent: number, inner: Entry[] }[]} */
  const open = [{ indent: -1, inner: top }];
  let now = /** @type {Entry | undefined} */ (undefined);
  for (const line of text.split('\n')) {
    const entry = /^0x[0-9a-f]+:( +)DW_TAG_(\w+)/.exec(line);
    if (entry) {
      const indent = entry[1].length;
      while (open[open.length - 1].indent >= indent) open.pop();
      now = { tag: entry[2], name: '', file: '', value: 0, size: 0, inner: [] };
      open[open.length - 1].inner.push(now);
      open.push({ indent, inner: now.inner });
      continue;
    }
    const [, key, value] = /^ +DW_AT_(\w+)\t\((.*)\)$/.exec(line) ?? [];
    if (!now || !key) continue;
    if (key === 'name') now.name = JSON.parse(value);
    if (key === 'decl_file') now.file = JSON.parse(value);
    if (key === 'byte_size') now.size = Number(value);
    if (key === 'const_value' || key === 'data_member_location') now.value = Number(value);
  }
  return top[0].inner;
}

/** ring_bytes is ringBytes here. @param {string} name */
const camel = (name) => name.replace(/_+(\w)/g, (_, letter) => letter.toUpperCase());

/** DumpMagic is dumpMagic here. @param {string} name */
const lowered = (name) => name.replace(/^[A-Z]+(?=[A-Z][a-z])|^[A-Z]/, (all) => all.toLowerCase());

/** What all names begin with, up to a new word. @param {string[]} names */
function prefixOf(names) {
  let length = 0;
  while (names.every((name) => name.length > length + 1 && name[length] === names[0][length]))
    length++;
  let end = length;
  while (end > 0 && !names.every((name) => /[A-Z]/.test(name[end]))) end--;
  return end > 0 ? end : length;
}

/** @param {Entry} entry */
function enumeration({ name, inner }) {
  const names = inner.map((one) => one.name);
  const start = prefixOf(names);
  const short = names.map((one) => one.slice(start));
  const key = (/** @type {string} */ one) =>
    /^[A-Z_]+$/.test(one) ? one.toLowerCase() : lowered(one);
  const rows = inner.map((one, i) => `${key(short[i])}: ${one.value}`);
  return `export const ${name} = Object.freeze({ ${rows.join(', ')} });\n`;
}

/**
 * A field that does not begin at a word has a fraction.
 * @param {Entry} entry
 * @param {string[]} wanted
 */
function record({ name, size, inner }, wanted) {
  const members = inner.filter((one) => one.tag === 'member');
  const union = members.filter((one) => one.name === ''); // its parts begin where it begins
  const parts = union.flatMap((one) => wanted.map((name) => ({ ...one, name })));
  const all = wanted.length === 0 ? members : [...members.filter((m) => wanted.includes(m.name))];
  const missing = wanted.filter((field) => !all.some((m) => m.name === field));
  all.push(...parts.filter((part) => missing.includes(part.name)));
  if (all.length === 0 || all.length < wanted.length)
    throw new Error(`${name}: ${missing}: no such field`);
  const rows = all.map((one) => `${camel(one.name)}: ${one.value / 4}`);
  return `export const ${name} = Object.freeze({ ${rows.join(', ')}, words: ${size / 4} });\n`;
}

const head = `// @ts-check
// Made by scripts/layout.mjs from ${words}, which says what each of these means.
// Places and sizes are counted in 32-bit words; of a record that ends in an array the size is
// without it.

`;

/** @returns {Promise<string>} host/layout.js as it should be */
export async function layout() {
  const found = debugInformation();
  const ours = ({ file = '' }) => normalize(file).endsWith(words);
  let text = head;
  for (const entry of found) {
    const constants = entry.name === '' && entry.tag === 'enumeration_type';
    if (constants)
      for (const { name, value } of entry.inner)
        if (ours(entry) || otherConstants.has(name))
          text += `export const ${lowered(name)} = ${value};\n`;
    if (constants) continue;
    if (entry.tag === 'enumeration_type' && (ours(entry) || otherEnums.has(entry.name)))
      text += enumeration(entry);
    if (entry.tag === 'structure_type' && (ours(entry) || others.has(entry.name)))
      text += record(entry, others.get(entry.name) ?? []);
  }
  for (const name of others.keys())
    if (!text.includes(` ${name} =`)) throw new Error(`the compiler knows no ${name}`);
  const style = JSON.parse(readFileSync(join(root, '.prettierrc.json'), 'utf8'));
  return format(text, { ...style, parser: 'babel' });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = join(root, 'host', 'layout.js');
  const text = await layout();
  if (process.argv.includes('--write')) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    console.error('host/layout.js is not current: node scripts/layout.mjs --write');
    process.exitCode = 1;
  }
}
