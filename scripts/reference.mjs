// @ts-check
// `node scripts/reference.mjs` checks whether docs/reference-c.md and docs/reference-js.md agree
// with the headers and the types. With --write it makes the references anew. The comments in
// headers and types are the documentation: it is written only there.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { root } from './paths.mjs';

const read = (/** @type {string} */ file) => readFileSync(join(root, file), 'utf8');

/** Text of a comment as Markdown: stars and angles mean themselves. @param {string} text */
const plain = (text) =>
  text.replace(/`[^`]*`|[*<]|\](?=\()|_\b|\b_/g, (found) =>
    found[0] === '`' ? found : `\\${found}`,
  );

const fenced = (/** @type {string} */ language, /** @type {string} */ code) =>
  `\`\`\`${language}\n${code}\n\`\`\`\n`;

// --- C ---

/** The lines of a header between these are only for the compiler. */
const HIDDEN = [/^#ifdef __cplusplus/, /^#ifndef (RT_BASE_H|MAYSWITCH)/, /^#ifdef __wasm__/];

/** @param {string} text */
function withoutHidden(text) {
  let depth = 0;
  return text.split('\n').filter((line) => {
    if (depth > 0 || HIDDEN.some((start) => start.test(line))) {
      if (/^#if/.test(line)) depth++;
      if (/^#endif/.test(line)) depth--;
      return false;
    }
    return !/^#(ifndef|endif|include|ifdef|else|error)/.test(line);
  });
}

/** Names that a declaration gives. @param {string} code */
function namesIn(code) {
  const text = code.replace(/\/\/.*$/gm, '');
  const names = [
    ...text.matchAll(/^#define (\w+)/gm),
    ...text.matchAll(/^(?:MAYSWITCH |_Noreturn |static |inline )*[\w ]+?[ *]+(go_\w+)\(/gm),
    ...text.matchAll(/^typedef (?:struct|enum) (\w+)/gm),
    ...text.matchAll(/^typedef void \(\*(\w+)\)/gm),
    ...text.matchAll(/^(go_\w+)\(/gm),
  ].map((match) => match[1]);
  return [...new Set(names)].filter((name) => !name.endsWith('_') && !/_H$/.test(name));
}

/** What is declared, without the bodies of functions and of macros. @param {string[]} lines */
function declared(lines) {
  const code = lines.join('\n').replace(/\n\{\n[^]*?\n\}/g, ';');
  return code
    .replace(/^(static inline .*)\n(go_\w+\(.*\));/gm, '$1 $2;')
    .replace(
      /^(#define (?:go\w*|GO_[A-Z_]+)\(.*?\)|#define GO_SITE) +[^]*?(?=\n#define|\n[^\t ]|$(?![^]))/gm,
      '$1',
    )
    .replace(/ *\\$/gm, '');
}

/** @param {string[]} comment lines behind the slashes */
function prose(comment) {
  let code = false;
  return comment
    .map((line) => {
      const isCode = line.startsWith('\t');
      const text = isCode
        ? `    ${line.replace(/^\t/, '').replace(/\t/g, '    ')}`
        : plain(line.trim());
      const gap = isCode !== code && line.trim() !== '' ? '\n' : '';
      if (line.trim() !== '') code = isCode;
      return gap + text;
    })
    .join('\n');
}

/** @param {string} file of a header */
function referenceOfHeader(file) {
  let out = '';
  /** @type {string[]} */
  let comment = [];
  /** @type {string[]} */
  let code = [];
  let skipped = false;
  const flush = () => {
    const names = namesIn(code.join('\n'));
    if (!skipped && names.length > 0)
      out += `### ${names.join(', ')}\n\n${fenced('c', declared(code))}\n${prose(comment)}\n\n`;
    else if (!skipped && code.length === 0 && comment.length > 0) out += `${prose(comment)}\n\n`;
    [comment, code] = [[], []];
  };
  let body = false; // of a function or a type
  for (const line of withoutHidden(read(file))) {
    const section = /^\/\/ --- (.*?) -*$/.exec(line)?.[1];
    if (section) {
      flush();
      skipped = section === 'NULL';
      if (!skipped) out += `## ${section[0].toUpperCase()}${section.slice(1)}\n\n`;
    } else if (!body && line.startsWith('//')) {
      if (code.length > 0) flush();
      comment.push(line.slice(2).replace(/^ /, ''));
    } else if (line.trim() === '' && !body) flush();
    else code.push(line);
    if (/^(\{|.*\{$)/.test(line) && !line.startsWith('#')) body = true;
    if (/^\}/.test(line)) body = false;
  }
  flush();
  return out;
}

function referenceC() {
  return (
    '# C reference\n\nMade by `scripts/reference.mjs` from the comments in ' +
    '[worldsema.h](../runtime/worldsema.h), [worldsema_context.h](../runtime/worldsema_context.h) and ' +
    '[worldsema_host.h](../runtime/worldsema_host.h).\n\n' +
    referenceOfHeader('runtime/worldsema.h') +
    referenceOfHeader('runtime/worldsema_context.h') +
    referenceOfHeader('runtime/worldsema_host.h')
  );
}

// --- JavaScript ---

/** The text of a doc comment. @param {string} comment */
const docText = (comment) =>
  plain(
    comment
      .replace(/^\s*\/\*\*\s?|\s*\*\/\s*$/g, '')
      .replace(/^\s*\* ?/gm, '')
      .trim(),
  );

/**
 * Statements of a text, each with the comment before it.
 * @param {string} text
 * @returns {{ doc: string, code: string }[]}
 */
function statements(text) {
  const found = [];
  let rest = text;
  for (;;) {
    rest = rest.replace(/^(\s|\/\/.*\n)+/, '');
    if (rest === '') return found;
    const comment = /^\/\*\*[^]*?\*\/\s*/.exec(rest)?.[0] ?? '';
    rest = rest.slice(comment.length);
    const isBlock = /^(export )?(interface|class)\b/.test(rest);
    let depth = 0;
    let end = 0;
    for (; end < rest.length; end++) {
      const skipped = /^(\/\*[^]*?\*\/|\/\/.*|'[^'\n]*')/.exec(rest.slice(end))?.[0];
      if (skipped) end += skipped.length - 1;
      else if ('{(['.includes(rest[end])) depth++;
      else if ('})]'.includes(rest[end])) depth--;
      if (depth > 0 || skipped) continue;
      if (rest[end] === (isBlock ? '}' : ';')) break;
    }
    found.push({ doc: docText(comment), code: rest.slice(0, end + 1).trim() });
    rest = rest.slice(end + 1);
  }
}

/** @param {string} code of an interface or a class, of which members have comments */
function members(code) {
  const inside = code.slice(code.indexOf('{') + 1, code.lastIndexOf('}'));
  return statements(inside)
    .filter((member) => !member.code.startsWith('private'))
    .map(
      (member) =>
        `- \`${member.code.replace(/\s+/g, ' ').replace(/;$/, '')}\`\n\n${member.doc.replace(/^/gm, '  ')}\n`,
    )
    .join('\n');
}

/** @param {string} file of types */
function referenceOfTypes(file) {
  return statements(read(file))
    .filter(({ code }) => code.startsWith('export '))
    .map(({ doc, code }) => {
      const what = code.replace(/^export /, '');
      const name = /^(?:class|interface|type|function|const) (\w+)/.exec(what)?.[1];
      const listed = /^(class|interface)/.test(what) && what.includes('/**');
      const head = what.slice(0, what.indexOf('{')).trim();
      const body = listed ? `\`${head}\`\n\n${members(what)}` : fenced('ts', what);
      return `### ${name}\n\n${doc}\n\n${body}\n`;
    })
    .join('\n');
}

function referenceJs() {
  const parts = /** @type {const} */ ([
    ['worldsema', 'host/index.d.ts'],
    ['worldsema/pprof', 'host/pprof/index.d.ts'],
    ['worldsema/jest', 'host/jest/index.d.ts'],
  ]);
  const text = parts.map(
    ([name, file]) => `## ${name}\n\nFrom [${file}](../${file}).\n\n${referenceOfTypes(file)}\n`,
  );
  return (
    '# JavaScript reference\n\nMade by `scripts/reference.mjs` from the comments in the types of the package. ' +
    '[host/README.md](../host/README.md) tells more.\n\n' +
    text.join('\n')
  );
}

/**
 * The references, by path.
 * @returns {Promise<Map<string, string>>}
 */
export async function references() {
  const style = {
    .../** @type {object} */ (JSON.parse(read('.prettierrc.json'))),
    parser: 'markdown',
  };
  return new Map([
    ['docs/reference-c.md', await format(referenceC(), style)],
    ['docs/reference-js.md', await format(referenceJs(), style)],
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [file, text] of await references()) {
    if (process.argv.includes('--write')) writeFileSync(join(root, file), text);
    else if (read(file) !== text) {
      console.error(`${file} is not current: node scripts/reference.mjs --write`);
      process.exitCode = 1;
    }
  }
}
