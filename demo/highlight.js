// @ts-check
// Knows just enough C to colour it: makes a list of words with their kinds for each line of a text.

/**
 * @typedef {{ text: string, kind: '' | 'comment' | 'string' | 'directive' | 'number' | 'keyword' |
 *   'type' | 'go' }} Word
 */

const pattern =
  /(?<comment>\/\/[^\n]*|\/\*[^]*?\*\/)|(?<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|(?<directive>^[ \t]*#[ \t]*\w+)|(?<number>\b\d[\w.]*)|(?<word>[A-Za-z_]\w*)/gm;

const keywords = new Set(
  `break case const continue default do else enum extern for goto if inline register restrict
  return sizeof static struct switch typedef union volatile while _Atomic _Noreturn NULL true
  false MAYSWITCH`.split(/\s+/),
);
const types = new Set('bool char double float int long short signed unsigned void'.split(' '));

/** @param {string} word @returns {Word['kind']} */
function kindOf(word) {
  if (keywords.has(word)) return 'keyword';
  if (types.has(word) || /_t$|^Go[A-Z]/.test(word)) return 'type';
  return /^go(_|$)|^GO_/.test(word) ? 'go' : '';
}

/**
 * @param {string} text of a C file
 * @returns {Word[][]} per line
 */
export function highlight(text) {
  /** @type {Word[][]} */
  const lines = [[]];
  const add = (/** @type {string} */ part, /** @type {Word['kind']} */ kind) => {
    part.split('\n').forEach((piece, i) => {
      if (i > 0) lines.push([]);
      if (piece !== '') /** @type {Word[]} */ (lines.at(-1)).push({ text: piece, kind });
    });
  };
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    const { comment, string, directive, number, word } = match.groups ?? {};
    add(text.slice(at, match.index), '');
    if (word !== undefined) add(word, kindOf(word));
    else if (comment !== undefined) add(comment, 'comment');
    else if (string !== undefined) add(string, 'string');
    else if (directive !== undefined) add(directive, 'directive');
    else add(number, 'number');
    at = match.index + match[0].length;
  }
  add(text.slice(at), '');
  if (lines.at(-1)?.length === 0) lines.pop();
  return lines;
}
