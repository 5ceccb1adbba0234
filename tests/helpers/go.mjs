// @ts-check
// Go's own tools. They read the files that worldsema writes for them. Without Go these tests are
// skipped.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { tools } from '../../scripts/tools.mjs';

const run = promisify(execFile);
const program = tools.go.find();

/** Why there is no Go, and what to type; undefined if there is one. */
export const haveGo = Boolean(program);
if (!haveGo) {
  console.warn('The tests with Go are skipped: apt-get install golang-go, or name it in GO.');
}

/**
 * Runs Go in a home folder of its own, so it leaves nothing in the user's.
 * @param {string[]} args
 * @param {{ cwd?: string }} [options]
 * @returns {Promise<{ stdout: string, stderr: string }>} rejects when it fails
 */
export async function go(args, { cwd } = {}) {
  const home = mkdtempSync(join(tmpdir(), 'worldsema-go-'));
  const env = {
    ...process.env,
    HOME: home,
    PPROF_TMPDIR: home,
    GOTOOLCHAIN: 'local',
    no_proxy: '*',
  };
  const limits = { maxBuffer: 1 << 26, timeout: 280_000 };
  try {
    return await run(String(program), args, { cwd, env, ...limits });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/**
 * `go tool pprof` with these arguments: what it prints.
 * @param {string[]} args
 * @param {{ cwd?: string }} [options]
 */
export const pprof = async (args, options) =>
  (await go(['tool', 'pprof', ...args], options)).stdout;

/**
 * The table of `pprof -top`: figures by function.
 * @param {string} text
 */
export function topTable(text) {
  const rows = text.matchAll(/^ *(-?[\d.]+)\S* +\S+ +\S+ +(-?[\d.]+)\S* +\S+ {2}(.+)$/gm);
  const entries = Array.from(rows, ([, flat, cum, name]) => {
    return /** @type {const} */ ([name, { flat: Number(flat), cum: Number(cum) }]);
  });
  const total = /of (-?[\d.]+)\S* total/.exec(text)?.[1];
  return { total: Number(total), rows: Object.fromEntries(entries) };
}
