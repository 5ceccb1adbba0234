// @ts-check
// All threads read the same time, also while somebody sets the clock.

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from '@jest/globals';
import { root } from '../../scripts/paths.mjs';
import { tools } from '../../scripts/tools.mjs';
import { withBrowser } from '../helpers/browser.mjs';
import { hostProgram } from '../helpers/hostprograms.mjs';

const folder = join(root, 'build', 'clock');
const stepFile = join(folder, 'step');

/** A browser whose wall clock is ahead by what stands in the file. */
function preload() {
  const shim = join(folder, 'wallclock.so');
  mkdirSync(folder, { recursive: true });
  writeFileSync(stepFile, new BigInt64Array([0n]));
  const source = join(root, 'tests/host/wallclock.c');
  execFileSync(tools.cc.find() ?? 'cc', ['-shared', '-fPIC', '-O1', source, '-o', shim, '-ldl']);
  return { LD_PRELOAD: shim, WALL_STEP_FILE: stepFile };
}

/** @param {bigint} seconds */
const setStep = (seconds) => writeFileSync(stepFile, new BigInt64Array([seconds]), { flag: 'r+' });

test.each([3600n, -3600n])(
  'after the wall clock was set by %d s, workers that begin then tell the same time',
  async (seconds) => {
    const { wasm } = await hostProgram('clock');
    await withBrowser(
      async ({ open }) => {
        const { page } = await open('tests/host/empty.html');
        await page.exposeFunction('step', () => setStep(seconds));
        const ran = await page.evaluate(
          async (address) => {
            const { createRuntime } = await import(/** @type {any} */ ('/host/browser.js'));
            let out = '';
            const stdout = (/** @type {Uint8Array} */ bytes) => {
              out += new TextDecoder().decode(bytes);
            };
            const host = { step: () => /** @type {any} */ (globalThis).step() };
            const rt = await createRuntime({ wasm: address, procs: 2, host, stdout });
            return { code: await rt.done, out };
          },
          `/${relative(root, wasm)}`,
        );
        expect(ran).toEqual({ code: 0, out: '0 wrong\n' });
      },
      { env: preload() },
    );
  },
);
