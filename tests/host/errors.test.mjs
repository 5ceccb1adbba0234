// @ts-check
// The names and codes of errors.

import { expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { join } from 'node:path';
import { root } from '../../scripts/paths.mjs';
import * as errors from '../../host/errors.js';

test('errors keep their names when the package is minified', async () => {
  const { outputFiles } = await build({
    ...{ entryPoints: [join(root, 'host/errors.js')], bundle: true, minify: true },
    ...{ format: 'esm', write: false },
  });
  const text = Buffer.from(outputFiles[0].contents).toString('base64');
  const small = await import(`data:text/javascript;base64,${text}`);
  const names = Object.keys(errors).filter((name) => /^[A-Z]/.test(name));
  expect(names.length).toBeGreaterThan(12);
  for (const name of names) {
    const error = new small[name]('ERR_X', 'text', 'ERR_Y');
    expect(error.name).toBe(name === 'GoError' ? 'ERR_X' : name);
    expect(String(error)).toContain(error.message);
  }
});
