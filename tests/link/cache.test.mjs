// @ts-check
// Compiled objects of the runtime are kept only in folders to which nobody else can write.

import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { cacheFolder } from '../../wasm/link/compile.js';

const before = { ...process.env };
/** @type {string} */ let dir;
/** @type {string} a package that cannot be written to */ let root;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'worldsema-cache-'));
  root = join(dir, 'package');
  mkdirSync(root);
  writeFileSync(join(root, 'build'), 'no folder');
  process.env = {
    ...before,
    XDG_CACHE_HOME: join(dir, 'own'),
    WORLDSEMA_CACHE: join(dir, 'asked'),
  };
});

afterEach(() => {
  process.env = before;
  rmSync(dir, { recursive: true });
});

test('the folder that was asked for, and only its owner can look into it', () => {
  const folder = cacheFolder(root, '1.2.3');
  expect(folder).toBe(join(dir, 'asked/runtime-1.2.3'));
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

const giveAway = (/** @type {string} */ path) => chownSync(path, 1234, 1234);

test.each([
  ['can be written to by everybody', (/** @type {string} */ path) => chmodSync(path, 0o777)],
  ['belongs to another user', giveAway],
])('a folder that %s is not used', (_, spoil) => {
  // Only root can give a folder away.
  if (spoil === giveAway && process.getuid?.() !== 0) return;
  spoil(cacheFolder(root, '1.2.3'));
  expect(cacheFolder(root, '1.2.3')).toBe(join(dir, 'own/worldsema/runtime-1.2.3'));
  spoil(join(dir, 'own/worldsema/runtime-1.2.3'));
  expect(() => cacheFolder(root, '1.2.3')).toThrow(/WORLDSEMA_CACHE: name a folder of your own/);
});
