// @ts-check
// The border between the program and its host is written once.
import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { layout } from '../../scripts/layout.mjs';
import { root } from '../../scripts/paths.mjs';

test('host/layout.js is what the compiler makes of words.h', async () => {
  expect(readFileSync(join(root, 'host/layout.js'), 'utf8')).toBe(await layout());
});
