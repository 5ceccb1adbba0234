// @ts-check
// Installs only what is missing: Debian packages first, then node_modules. If nothing is missing,
// it takes milliseconds. It uses only Node's own modules, because it runs before `npm ci`.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { aptCommand, aptHindrance, aptInstall } from './apt.mjs';
import { root } from './paths.mjs';
import { step } from './progress.mjs';
import { ExpectedError, tools } from './tools.mjs';

/** @typedef {keyof typeof tools} ToolName */

const everything = /** @type {ToolName[]} */ (Object.keys(tools));

/** @param {string[]} _args */
export async function main(_args) {
  await setup(everything);
  console.log('Everything is installed.');
}

/**
 * Makes sure that the named tools and node_modules are there.
 * @param {ToolName[]} [names]
 */
export async function setup(names = everything) {
  await installTools(names);
  await installModules();
}

/** @param {ToolName[]} names */
async function installTools(names) {
  const missing = names.filter((name) => !tools[name].find());
  if (missing.length === 0) return;
  const problem = aptHindrance() ?? (await installPackages(missing));
  const still = missing.filter((name) => !tools[name].find());
  if (still.length > 0) explain(still, problem ?? 'the packages did not bring them');
}

/**
 * Installs all packages at once. If that fails, it installs the required ones first, and then each
 * optional one by itself: a system that lacks one of these can still have the rest.
 * @param {ToolName[]} names
 * @returns {Promise<string | undefined>} what went wrong last
 */
async function installPackages(names) {
  const optional = names.filter((name) => tools[name].optional);
  const required = names.filter((name) => !tools[name].optional);
  const problem = await tryToInstall(names);
  if (!problem || names.length === 1 || optional.length === 0) return problem;
  const problems = [];
  for (const some of [required, ...optional.map((name) => [name])])
    if (some.length > 0) problems.push(await tryToInstall(some));
  return problems.filter(Boolean).at(-1);
}

/**
 * @param {ToolName[]} names
 * @param {boolean} [instead] the packages that do instead, where there are such
 * @returns {Promise<string | undefined>} what went wrong
 */
async function tryToInstall(names, instead) {
  try {
    await aptInstall(packagesOfTools(names, instead));
    return undefined;
  } catch (error) {
    if (!instead && names.some((name) => tools[name].instead)) return tryToInstall(names, true);
    return error instanceof Error ? error.message : String(error);
  }
}

/** @param {ToolName[]} names @param {boolean} [instead] */
const packagesOfTools = (names, instead) =>
  names.flatMap((name) => ((instead && tools[name].instead) || tools[name].packages).split(' '));

/**
 * Says what to type. Throws if one of the missing tools is required.
 * @param {ToolName[]} names
 * @param {string} problem
 */
function explain(names, problem) {
  const packages = packagesOfTools(names);
  const lines = [
    'Missing:',
    ...names.map((name) => `  - ${tools[name].what}`),
    `Not installed, because ${problem}`,
    'On Debian 12, type:',
    `  ${aptCommand(packages)}`,
    'Elsewhere:',
    ...names.map((name) => `  ${tools[name].otherwise}`),
  ];
  if (names.every((name) => tools[name].optional)) {
    console.log([...lines, 'Going on without.'].join('\n'));
  } else {
    throw new ExpectedError([...lines, 'Then run the same command again.'].join('\n'));
  }
}

async function installModules() {
  if (modulesAreCurrent()) return;
  const args = [
    'ci',
    '--include=dev',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  // Under `npm run`, the path of npm's script is known. So the same npm is used, even if none is on
  // the PATH.
  const npm = process.env.npm_execpath;
  const [file, ...first] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm'];
  await step('Installing the npm packages', () => run(file, [...first, ...args])).catch((error) => {
    throw new ExpectedError(`${error.message}\nTo try by hand, type:\n  npm ci`);
  });
}

/** True when node_modules holds the versions that package-lock.json names. */
function modulesAreCurrent() {
  const hidden = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const want = packagesOf(join(root, 'package-lock.json'));
  const have = packagesOf(hidden);
  return Object.entries(want).every(
    ([path, { version, optional }]) =>
      path === '' || have[path]?.version === version || (optional && !have[path]),
  );
}

/**
 * @param {string} lockFile
 * @returns {Record<string, { version: string, optional?: boolean }>}
 */
function packagesOf(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
}

/**
 * @param {string} file
 * @param {string[]} args
 * @returns {Promise<void>}
 */
function run(file, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (output += data));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) return resolve();
      reject(new Error(`npm ci failed (code ${code}):\n${firstLines(output, 20)}`));
    });
  });
}

/** @param {string} text @param {number} count */
function firstLines(text, count) {
  return text.trimEnd().split('\n').slice(0, count).join('\n');
}
