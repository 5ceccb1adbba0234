// @ts-check
// SQLite's source: a large foreign C library. An npm package ships it.

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/paths.mjs';

const out = join(root, 'build', 'sqlite');
const file = 'better-sqlite3-13.2.0.tgz';
const spec = 'better-sqlite3@13.2.0';
const integrity =
  'sha512-Z8Q/9x/uNyKxA1v4FNodyItRVRw1TeKBrmj32JhxhR0ceNcBY+wMobt/Bv7M7TzwPAXjnZRtNaEsATnUZSKWZQ==';

/** @returns {string} the folder of sqlite3.c, sqlite3.h; an error says what to type */
export function sqliteSource() {
  const dir = join(out, 'sqlite3');
  if (existsSync(dir)) return dir;
  const tarball = join(out, file);
  mkdirSync(out, { recursive: true });
  const command = `npm pack ${spec} --pack-destination ${out}`;
  const packed = existsSync(tarball)
    ? { status: 0, stderr: '' }
    : spawnSync(command, { shell: true, encoding: 'utf8' });
  const hash = existsSync(tarball)
    ? `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`
    : '';
  if (packed.status !== 0 || hash !== integrity) {
    rmSync(tarball, { force: true });
    const why = packed.status !== 0 ? packed.stderr.trim() : `its hash is ${hash}`;
    throw new Error(`no source: ${why}\nTo try by hand: ${command}`);
  }
  const partial = `${dir}.partial`;
  mkdirSync(partial, { recursive: true });
  const inside = 'package/deps/sqlite3';
  execFileSync('tar', ['xzf', tarball, '-C', partial, '--strip-components=3', inside]);
  renameSync(partial, dir);
  return dir;
}
