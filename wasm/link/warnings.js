// @ts-check
// Messages of emcc's link, in the names that the caller gave. A call that does not fit the function
// it calls is an error here, because it would end the program.
import { LinkError } from './error.js';

const MISMATCH =
  /function signature mismatch: (\S+)\n>>> defined as (.*) in (.*)\n>>> defined as (.*) in (.*)/;

/**
 * @param {string} text  the linker's messages
 * @param {{ nameOf: Map<string, string>, warn: (text: string) => void, failed: boolean }} how
 *   `nameOf`: names by object. If the link failed, the caller shows the messages
 * @returns {string} the messages in those names
 */
export function linkerSays(text, { nameOf, warn, failed }) {
  let shown = text;
  for (const [object, name] of nameOf) shown = shown.replaceAll(object, name);
  if (failed && /^(PLEASE submit a bug report|Stack dump:)/m.test(shown))
    throw new LinkError(
      'wasm-ld',
      'crashed. wasm-ld 14 does so where --wrap=NAME is given and nothing defines __wrap_NAME\n' +
        shown.replace(/^(PLEASE submit a bug report|Stack dump:)[^]*/m, ''),
    );
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
      ? `must be int main(void) or int main(int, char **), it gets no other arguments: it is ` +
          `${files} (the environment is in environ)`
      : `is ${files}: declare it with the same parameters in both`,
  );
}
