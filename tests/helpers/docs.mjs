// @ts-check
// The documents: their blocks of code, headings and links. The rules for blocks are in
// tests/README.md.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/paths.mjs';

/** The READMEs of folders. */
const readmes = readdirSync(root)
  .filter((folder) => folder !== 'node_modules')
  .map((folder) => `${folder}/README.md`)
  .filter((file) => existsSync(join(root, file)));

/** The documents whose code is run. Generated documents are not among them. */
export const documents = [
  'README.md',
  'docs/guide.md', // others run its program
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md') && !/^(guide|reference-.*)\.md$/.test(name))
    .map((name) => `docs/${name}`),
  ...readmes,
];

export const readDocument = (/** @type {string} */ file) => readFileSync(join(root, file), 'utf8');

/**
 * @typedef {object} Block
 * @property {string} file      of the document
 * @property {number} line      of the fence
 * @property {string} language  its first word
 * @property {string} name      the rest of that line: the name of a file; '' when it has none
 * @property {string} code
 * @property {string} [output]  what the block of text behind it says that it prints
 */

/**
 * The blocks of a document. A block of text belongs to the one before it, if that has none.
 * @param {string} file
 * @returns {Block[]}
 */
export function blocksOf(file) {
  /** @type {Block[]} */
  const blocks = [];
  const text = readDocument(file);
  for (const match of text.matchAll(/^```(\S*) ?(.*)\n([^]*?)^```$/gm)) {
    const [, language, name, code] = match;
    const line = text.slice(0, match.index).split('\n').length;
    const last = blocks.at(-1);
    if (language === 'text' && last && last.output === undefined) last.output = code;
    else if (language !== 'text') blocks.push({ file, line, language, name, code });
  }
  return blocks;
}

const withoutCode = (/** @type {string} */ text) =>
  text
    .replace(/^```[^]*?^```$/gm, '')
    .replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ''));

/** Where links lead, as they are written. @param {string} file */
export const linksOf = (file) =>
  Array.from(withoutCode(readDocument(file)).matchAll(/(?<!\\)\]\(([^)\s]+)\)/g), ([, to]) => to);

/** The anchors of a document, as GitHub makes them. @param {string} file */
export function anchorsOf(file) {
  /** @type {Map<string, number>} */
  const seen = new Map();
  return Array.from(withoutCode(readDocument(file)).matchAll(/^#+ (.*)$/gm), ([, title]) => {
    const anchor = title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-');
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    return times === 0 ? anchor : `${anchor}-${times}`;
  });
}
