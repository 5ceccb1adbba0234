// Test files that take minutes run first, so that no worker is left alone with one at the end. Jest
// itself knows how long a file takes only on machines where it has run before.

import Sequencer from '@jest/test-sequencer';
import { basename, dirname } from 'node:path';

/** The longest first. */
const long = [
  ...['golden', 'dump-random', 'demo', 'native', 'cxx', 'build', 'library', 'cpu-ratio', 'cmake'],
  ...['run', 'size', 'browser', 'browser-failures', 'trace', 'inlined', 'docs', 'hints', 'jest'],
];

/** @param {{ path: string }} test */
function rank({ path }) {
  // All files of one folder count as one.
  const name = basename(dirname(path)) === 'demo' ? 'demo' : basename(path, '.test.mjs');
  const at = long.indexOf(name);
  return at < 0 ? long.length : at;
}

export default class extends Sequencer {
  /** @param {{ path: string }[]} tests */
  async sort(tests) {
    const others = await super.sort(tests);
    return [...others].sort((a, b) => rank(a) - rank(b));
  }
}
