// @ts-check
// The checks that need no test runner: lint, form and types. Each is one program run over the tree.

import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { tools } from './tools.mjs';

/**
 * @typedef {object} Outcome
 * @property {string} name
 * @property {'passed' | 'failed' | 'skipped'} state
 * @property {string} output
 */

const modules = join(root, 'node_modules');
const eslint = [join(modules, 'eslint/bin/eslint.js'), '--max-warnings=0', '.'];
const prettier = [join(modules, 'prettier/bin/prettier.cjs'), '--log-level=warn', '.'];
const tsc = [join(modules, 'typescript/bin/tsc'), '--noEmit', '--pretty', 'false'];

/**
 * Runs every check and reports each result, with the output of the checks that failed.
 * @returns {Promise<Outcome[]>}
 */
export async function runChecks() {
  const outcomes = [
    await node('eslint', eslint),
    await node('prettier', [...prettier, '--check']),
    await clangFormat(['--dry-run', '--Werror']),
    await node('types', tsc),
  ];
  for (const { name, state, output } of outcomes) {
    console.log(`${name}: ${state}${state === 'skipped' ? ` (${output})` : ''}`);
    if (state === 'failed') console.log(output.trimEnd());
  }
  return outcomes;
}

/** Rewrites the files so that the checks of form pass. */
export async function format() {
  const outcomes = [
    await node('eslint', [...eslint, '--fix']),
    await node('prettier', [...prettier, '--write']),
    await clangFormat(['-i']),
  ];
  for (const { name, state, output } of outcomes) {
    if (state !== 'passed') console.log(`${name}: ${state}\n${output.trimEnd()}`);
  }
  return outcomes.some(({ state }) => state === 'failed') ? 1 : 0;
}

/** @param {string[]} options */
async function clangFormat(options) {
  const program = tools.clangFormat.find();
  if (!program) return outcome('clang-format', 'skipped', 'clang-format 14 is not installed');
  const files = ['runtime', 'wasm', 'demo', 'tests'].flatMap(cFiles);
  if (files.length === 0) return outcome('clang-format', 'skipped', 'no C files');
  const result = await run('clang-format', program, ['--style=file', ...options, ...files]);
  const places = [...result.output.matchAll(/^([^\s:]+):(\d+):.*clang-format-violations/gm)];
  if (places.length === 0) return result;
  /** @type {Map<string, Set<string>>} */
  const lines = new Map();
  for (const [, file, line] of places) lines.set(file, (lines.get(file) ?? new Set()).add(line));
  const list = [...lines].map(([file, at]) => `${file}: lines ${[...at].join(', ')}`).join('\n');
  return { ...result, output: `${list}\n\`npm run format\` lays them out.` };
}

/**
 * @param {string} dir
 * @returns {string[]}
 */
function cFiles(dir) {
  try {
    return readdirSync(join(root, dir), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.[ch]$/.test(name))
      .map((name) => join(dir, name));
  } catch {
    return [];
  }
}

/**
 * @param {string} name
 * @param {string[]} args
 */
function node(name, args) {
  return run(name, process.execPath, args);
}

/**
 * @param {string} name
 * @param {string} file
 * @param {string[]} args
 * @returns {Promise<Outcome>}
 */
function run(name, file, args) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (output += data));
    child.on('error', (error) => resolve(outcome(name, 'failed', error.message)));
    child.on('close', (code) => resolve(outcome(name, code === 0 ? 'passed' : 'failed', output)));
  });
}

/**
 * @param {string} name
 * @param {Outcome['state']} state
 * @param {string} output
 * @returns {Outcome}
 */
function outcome(name, state, output) {
  return { name, state, output };
}
