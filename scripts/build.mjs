// @ts-check
// `npm run build`: the demo's programs, each at most once: beside a program lies a hash of all that
// went into it.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { root } from './paths.mjs';
import { step } from './progress.mjs';
import { setup } from './setup.mjs';
import { ExpectedError } from './tools.mjs';

const scenes = 'demo/scenes';
const folder = join(root, 'build', 'demo');

export async function main() {
  await setup(['emcc']);
  await buildDemo();
}

/**
 * Builds the programs of the demo that are not up to date, one after the other.
 * @param {string[]} [only] names of scenes; default all
 */
export async function buildDemo(only) {
  const names = readdirSync(join(root, scenes))
    .filter((file) => file.endsWith('.c'))
    .map((file) => basename(file, '.c'));
  const shared = sharedHash();
  /** @type {{ name: string, hash: string }[]} */
  const old = [];
  for (const name of only ?? names) {
    const hash = hashOf([shared, read(`${scenes}/${name}.c`)]);
    if ((await stampOf(name)) !== hash) old.push({ name, hash });
  }
  if (old.length === 0) return;
  await step('Building the programs of the demo', async (update) => {
    for (const [i, { name, hash }] of old.entries()) {
      update(`${i + 1} of ${old.length}: ${name}`);
      await buildScene(name, hash);
    }
  });
}

/** @param {string} name @param {string} hash */
async function buildScene(name, hash) {
  // Not at the head of this file: they need node_modules, which `npm run build` itself installs.
  const { build } = await import('../wasm/link/build.js');
  const { LinkError } = await import('../wasm/link/error.js');
  const dir = join(folder, name);
  await rm(join(dir, 'stamp'), { force: true });
  await mkdir(dir, { recursive: true });
  try {
    await build({
      sources: [join(root, scenes, `${name}.c`)],
      out: join(dir, name),
      opt: '-O2',
      sourceRoot: root,
    });
  } catch (error) {
    if (error instanceof LinkError) throw new ExpectedError(`${name}: ${error.message}`);
    throw error;
  }
  await writeFile(join(dir, 'stamp'), hash);
}

/** @param {string} name */
const stampOf = (name) => readFile(join(folder, name, 'stamp'), 'utf8').catch(() => '');

/** Of what goes into every program: the runtime, the link step, and the tools' versions. */
function sharedHash() {
  const files = ['runtime', 'wasm'].flatMap((dir) =>
    readdirSync(join(root, dir), { recursive: true, encoding: 'utf8' })
      .map((file) => join(dir, file))
      .filter((file) => statSync(join(root, file)).isFile())
      .sort(),
  );
  const self = 'scripts/build.mjs';
  return hashOf([...files, 'package-lock.json', self].flatMap((file) => [file, read(file)]));
}

/** @param {string} file from the repository's root */
const read = (file) => readFileSync(join(root, file));

/** @param {(string | Buffer)[]} parts */
function hashOf(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex').slice(0, 16);
}
