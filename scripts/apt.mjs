// @ts-check
// Installs Debian packages: only as root, and only those that are missing. It says so.

import { spawn, spawnSync } from 'node:child_process';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './paths.mjs';
import { step } from './progress.mjs';
import { which } from '../wasm/link/tools.js';

const log = join(root, 'build', 'setup.log');
const lists = '/var/lib/apt/lists';
const staleMs = 24 * 3600 * 1000;

/** What a person types to get these packages. @param {string[]} packages */
export function aptCommand(packages) {
  const install = `apt-get install --no-install-recommends ${packages.join(' ')}`;
  if (isRoot()) return `apt-get update && ${install}`;
  if (which('sudo')) return `sudo apt-get update && sudo ${install}`;
  return `su -c 'apt-get update && ${install}'`;
}

/** Why packages cannot be installed from here, or undefined when they can. */
export function aptHindrance() {
  if (!which('apt-get')) return 'this system has no apt-get';
  if (!isRoot()) return 'only root can install packages';
  return undefined;
}

/**
 * Installs the packages. Throws with the end of apt's own words when that fails.
 * @param {string[]} packages
 */
export async function aptInstall(packages) {
  mkdirSync(dirname(log), { recursive: true });
  let updated = false;
  const update = async () => {
    updated = true;
    // One source that cannot be reached does not matter as long as the packages are found.
    await step('Updating the list of Debian packages', (report) => apt(['update'], report)).catch(
      () => console.log('  (not all of it; going on)'),
    );
  };
  if (listsAreStale()) await update();
  keepOwnNode();
  const install = () =>
    step(`Installing ${packages.join(', ')}`, (report) =>
      apt(['install', '--yes', '--no-install-recommends', ...packages], report),
    );
  try {
    await install();
  } catch (error) {
    if (updated) throw error;
    await update();
    await install();
  }
}

function isRoot() {
  return process.getuid?.() === 0;
}

function listsAreStale() {
  const files = existsSync(lists)
    ? readdirSync(lists).filter((n) => /_Packages(\.\w+)?$/.test(n))
    : [];
  if (files.length === 0) return true;
  // apt touches the folder at each update, but the files only if they have changed.
  return Date.now() - statSync(join(lists, 'partial')).mtimeMs > staleMs;
}

/**
 * Emscripten's package brings Debian's nodejs, which is older than what we need. It would overwrite
 * a Node.js that was put at its place by hand. So dpkg is told to put Debian's beside that.
 */
function keepOwnNode() {
  const path = '/usr/bin/node';
  if (process.execPath !== path || !which('dpkg-divert')) return;
  if (spawnSync('dpkg', ['-S', path]).status === 0) return;
  console.log(
    `Keeping ${path} (Node.js ${process.versions.node}) from being replaced by a package`,
  );
  spawnSync('dpkg-divert', ['--local', '--no-rename', '--divert', `${path}.debian`, '--add', path]);
}

/**
 * Runs apt-get; its output goes to the log, its progress to `report`.
 * @param {string[]} args
 * @param {(detail: string) => void} report
 * @returns {Promise<void>}
 */
function apt(args, report) {
  return new Promise((resolve, reject) => {
    const out = createWriteStream(log, { flags: 'a' });
    const options = [
      '-o',
      'APT::Status-Fd=3',
      '-o',
      'DPkg::Lock::Timeout=600',
      '-o',
      'Dpkg::Use-Pty=0',
    ];
    const child = spawn('apt-get', ['-q', ...options, ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    child.stdout?.pipe(out, { end: false });
    child.stderr?.pipe(out, { end: false });
    child.stdio[3]?.on('data', (data) => {
      // dlstatus:3:25.1:Retrieving file 3 of 40 (10s remaining)   pmstatus:chromium:80.2:Unpacking
      // ...
      const last = String(data).trim().split('\n').at(-1) ?? '';
      const [kind, , percent] = last.split(':');
      const verb =
        kind === 'dlstatus' ? 'downloaded' : kind === 'pmstatus' ? 'installed' : undefined;
      if (verb && percent) report(`${Math.floor(Number(percent))} % ${verb}`);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      out.end(() => {
        if (code === 0) return resolve();
        const tail = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
        reject(new Error(`apt-get ${args[0]} failed (code ${code}):\n${tail}`));
      });
    });
  });
}
