// @ts-check
// What emcc says while it links: in the names that the caller gave, and a call that does not fit what it calls
// is an error, for it ends the program where it is made.
import { LinkError } from './error.js';

const MISMATCH =
  /function signature mismatch: (\S+)\n>>> defined as (.*) in (.*)\n>>> defined as (.*) in (.*)/;

/**
 * @param {string} text  what it said
 * @param {{ nameOf: Map<string, string>, warn: (text: string) => void, failed: boolean }} how  `nameOf`: names by
 *   object; of what failed nothing is shown here
 * @returns {string} the same, in those names
 */
export function linkerSays(text, { nameOf, warn, failed }) {
  let shown = text;
  for (const [object, name] of nameOf) shown = shown.replaceAll(object, name);
  const [, name, one, inOne, other, inOther] = MISMATCH.exec(shown) ?? [];
  if (name === undefined) {
    if (shown && !failed) warn(shown);
    return shown;
  }
  const files = `${one} in ${inOne}, but ${other} in ${inOther}`;
  const isMain = name === 'main' || name === '__main_argc_argv';
  throw new LinkError(
    name,
    isMain
      ? `must be int main(void) or int main(int, char **), for nothing else is handed to it: it is ${files} ` +
          '(the environment is in environ)'
      : `is ${files}: declare it alike in both, with its parameters`,
  );
}
