// @ts-check
// `npm run build`: builds the demo's programs, demo/scenes/NAME.c, as build/demo/NAME.wasm and what
// belongs to it.

import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { root } from './paths.mjs';
import { step } from './progress.mjs';
import { setup } from './setup.mjs';

const scenes = 'demo/scenes';
const out = join(root, 'build', 'demo');

export async function main() {
  await setup(['emcc']);
  await buildDemo();
}

/** Builds what has changed. node_modules must be there. */
export async function buildDemo() {
  const { buildProgram, isBuilt } = await import('./programs.mjs');
  const sources = cFiles(join(root, scenes)).map((file) => `${scenes}/${file}`);
  mkdirSync(out, { recursive: true });
  for (const source of sources) {
    const build = () => buildProgram(source);
    const program = isBuilt(source) ? await build() : await step(`Building ${source}`, build);
    publish(program);
  }
}

/** Under a name that the page can know. @param {import('./programs.mjs').Program} program */
function publish({ name, wasm }) {
  const made = dirname(wasm);
  for (const file of readdirSync(made)) {
    if (file.startsWith(`${name}.`)) copyFileSync(join(made, file), join(out, basename(file)));
  }
}

/** @param {string} dir */
function cFiles(dir) {
  return existsSync(dir) ? readdirSync(dir).filter((name) => name.endsWith('.c')) : [];
}
