// @ts-check
// Starting tests/host/program.c the way most tests of this folder want it.

import { afterEach, test } from '@jest/globals';
import { beginMs } from '../../host/base.js';
import { createRuntime } from '../../host/index.js';
import { buildProgram } from '../helpers/build.mjs';
import { hostProgram } from '../helpers/hostprograms.mjs';

/** The program, built once for all tests. */
export const program = () => buildProgram('tests/host/program.c');

/** One with separate tables. */
export const separate = () => buildProgram('tests/host/separate.c', { tables: 'separate' });

/** What constructors of C++ do before main: by the environment's WHAT. */
export const constructors = () =>
  buildProgram('tests/cxx/constructors.cc', {
    flags: ['-fexceptions', '-std=c++17'],
    emccArgs: ['-sDISABLE_EXCEPTION_CATCHING=0'],
  });

/** WORLDSEMA_TEST_MODE=one runs these tests in that mode. */
const mode = process.env.WORLDSEMA_TEST_MODE === 'one' ? 'one' : 'auto';

/** A test of what mode one does not have: it is skipped there. */
export const testWorkers = mode === 'one' ? test.skip : test;

/** @type {import('../../host/index.js').Runtime[]} */
const started = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((rt) => rt.close()));
});

/**
 * Starts it, and keeps what it prints. Closed after the test.
 * @param {string[]} args
 * @param {Partial<import('../../host/index.js').RuntimeOptions>} [options]
 */
export async function start(args, options = {}) {
  const { wasm } = await program();
  const printed = { stdout: '', stderr: '' };
  /** @type {(() => void)[]} */
  const waiting = [];
  const keep = (/** @type {'stdout' | 'stderr'} */ name) => {
    const decoder = new TextDecoder();
    return (/** @type {Uint8Array} */ chunk) => {
      printed[name] += decoder.decode(chunk, { stream: true });
      for (const wake of waiting.splice(0)) wake();
    };
  };
  const streams = { stdout: keep('stdout'), stderr: keep('stderr') };
  const rt = await createRuntime({ wasm, mode, procs: 2, args, ...streams, ...options });
  started.push(rt);
  /** Waits until stdout has this. @param {string} text */
  const saw = async (text) => {
    while (!printed.stdout.includes(text)) {
      const chunk = new Promise((resolve) => waiting.push(() => resolve(undefined)));
      await Promise.race([chunk, rt.done]);
    }
  };
  return { rt, printed, saw };
}

/**
 * Starts tests/host/heap.c, and waits until it has made what is to be looked at.
 * @param {string[]} args
 * @param {Partial<import('../../host/index.js').RuntimeOptions>} [options]
 */
export async function startHeap(args, options) {
  const { wasm } = await hostProgram('heap');
  const heap = await start(args, { wasm, ...options });
  await heap.saw('made');
  return heap;
}

/**
 * Starts tests/host/hostcalls.c.
 * @param {import('../../host/index.js').RuntimeOptions['host']} [host]
 * @param {Partial<import('../../host/index.js').RuntimeOptions>} [options]
 */
export async function startCalls(host, options) {
  const { wasm } = await hostProgram('hostcalls');
  const started = await start(['serve'], { wasm, host, ...options });
  /** What C gets when it calls host[name](...args). @param {string} name @param {...any} args */
  const ask = (name, ...args) => started.rt.go('ask', name, 0, ...args);
  return { ...started, ask };
}

/**
 * Calls something during which createRuntime waits for main as long as that takes. On a busy
 * machine a program may need more than its second to begin.
 * @template T
 * @param {() => Promise<T>} call
 * @returns {Promise<T>}
 */
export async function patiently(call) {
  const { setTimeout } = globalThis;
  globalThis.setTimeout = /** @type {any} */ (
    (/** @type {any} */ call, /** @type {number} */ ms, /** @type {any[]} */ ...args) =>
      ms === beginMs ? undefined : setTimeout(call, ms, ...args)
  );
  try {
    return await call();
  } finally {
    globalThis.setTimeout = setTimeout;
  }
}

/**
 * The error of a promise that is rejected.
 * @param {Promise<unknown>} promise
 * @returns {Promise<any>}
 */
export function failure(promise) {
  return promise.then(
    (value) => Promise.reject(new Error(`it was fulfilled with ${value}`)),
    (error) => error,
  );
}

/** What that tells. @param {Promise<unknown>} promise */
export async function told(promise) {
  const { name, code, message } = await failure(promise);
  return [name, code, message];
}

/**
 * Starts three waiters and two spinners, and waits until main sleeps, all waiters wait and both
 * spinners have run.
 * @param {Partial<import('../../host/index.js').RuntimeOptions>} [options]
 */
export async function startCrowd(options) {
  const crowd = await start(['crowd'], options);
  await crowd.saw('ready');
  const waiting = async () =>
    (await crowd.rt.goroutines()).filter(({ reason }) => /^(sleep|chan receive)$/.test(reason));
  while ((await waiting()).length < 4);
  return crowd;
}
