// @ts-check
// The package as npm packs it, for the tests that use it from there.

import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from '../../scripts/bundle.mjs';
import { root } from '../../scripts/paths.mjs';

/**
 * @param {string[]} args
 * @returns {Promise<{ filename: string, files: { path: string }[] }>}
 */
export async function npmPack(args) {
  await bundle(); // what the script prepack does
  const output = execFileSync('npm', ['pack', '--json', '--ignore-scripts', ...args], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  // A list in npm 10, an object by name in npm 11.
  return Object.values(JSON.parse(output))[0];
}

/**
 * Packs the package and unpacks it as a dependency of what lies in `dir`.
 * @param {string} dir a folder of the repository, so that the package's own dependencies are found
 * @returns {Promise<string>} the package's folder
 */
export async function installPackage(dir) {
  const home = join(dir, 'node_modules', 'worldsema');
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const { filename } = await npmPack(['--pack-destination', dir]);
  execFileSync('tar', ['-xzf', join(dir, filename), '-C', home, '--strip-components=1']);
  return home;
}
