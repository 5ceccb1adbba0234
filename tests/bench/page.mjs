// @ts-check
// npm run bench page: how long a program keeps the thread of a page that has no shared memory, in
// each phase of its life. In Chromium the longest task (PerformanceObserver, which tells those
// above 50 ms), and in all browsers the longest time between two turns of the event loop. Both are
// the least of ROUNDS pages: what else the machine does only adds to them.
import { tools } from '../../scripts/tools.mjs';
import { buildProgram } from '../../scripts/programs.mjs';
import { openBrowser } from '../helpers/browser.mjs';
import { openFirefox } from '../helpers/firefox.mjs';
import { findWebKit, openWebKit } from '../helpers/webkit.mjs';
import { relative } from 'node:path';
import { root } from '../../scripts/paths.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 5);

/** @typedef {Record<string, { task: number, gap: number }>} Phases in ms */

/**
 * Runs in the page. The program's loops call nothing.
 * @param {string} wasm
 * @returns {Promise<Phases>}
 */
async function live(wasm) {
  /** @type {Phases} */
  const phases = {};
  let now = '';
  const begin = (/** @type {string} */ name) => (phases[(now = name)] = { task: 0, gap: 0 });
  const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
  begin('nothing runs');
  if (PerformanceObserver.supportedEntryTypes.includes('longtask'))
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries())
        phases[now].task = Math.max(phases[now].task, duration);
    }).observe({ type: 'longtask' });
  const { port1, port2 } = new MessageChannel();
  let last = performance.now();
  port1.onmessage = () => {
    const time = performance.now();
    phases[now].gap = Math.max(phases[now].gap, time - last);
    last = time;
    port2.postMessage(0);
  };
  port2.postMessage(0);
  await pause(300);
  const { createRuntime } = await import(/** @type {any} */ ('/host/browser.js'));
  await pause(100);
  begin('it starts');
  let stdout = '';
  const decoder = new TextDecoder();
  const keep = (/** @type {Uint8Array} */ bytes) => (stdout += decoder.decode(bytes));
  const rt = await createRuntime({ wasm, args: ['crowd'], mode: 'one', stdout: keep });
  while (!stdout.includes('ready')) await pause(1);
  await pause(100); // the observer tells late
  begin('loops run');
  await pause(1000);
  begin('dumps');
  for (let n = 0; n < 20; n++) await rt.goroutines();
  await pause(100);
  begin('a CPU profile');
  await rt.cpuProfile({ seconds: 0.5 });
  await pause(100);
  begin('it closes');
  await rt.close();
  await pause(200);
  port1.close();
  return phases;
}

/** @returns {Promise<{ evaluate: (call: any, arg: any) => Promise<any>, close: () => any }>} */
async function openChromium() {
  const { open, close } = await openBrowser({ isolated: false });
  const evaluate = async (/** @type {any} */ call, /** @type {any} */ arg) => {
    const { page } = await open('tests/host/empty.html');
    const value = await page.evaluate(call, arg);
    await page.close();
    return { value };
  };
  return { evaluate, close };
}

/** Measures in each browser that is there. */
export async function page() {
  const { wasm } = await buildProgram('tests/host/program.c', { polls: 'unwind' });
  const browsers = [
    { name: 'Chromium', open: openChromium, found: tools.chromium.find() },
    { name: 'Firefox', open: () => openFirefox({ isolated: false }), found: tools.firefox.find() },
    { name: 'WebKitGTK', open: () => openWebKit({ isolated: false }), found: findWebKit() },
  ];
  console.log(`ms, the least of ${ROUNDS}\n\n${' '.repeat(28)}longest task above 50   longest gap`);
  for (const { name, open, found } of browsers) {
    if (!found) continue;
    const { evaluate, close } = await open();
    /** @type {Phases[]} */
    const rounds = [];
    for (let n = 0; n < ROUNDS; n++)
      rounds.push((await evaluate(live, `/${relative(root, wasm)}`)).value);
    await close();
    for (const phase of Object.keys(rounds[0])) {
      const least = (/** @type {'task' | 'gap'} */ of) =>
        Math.min(...rounds.map((phases) => phases[phase][of])).toFixed(0);
      const task = name === 'Chromium' ? least('task') : '';
      console.log(`${name}: ${phase}`.padEnd(28), task.padStart(20), least('gap').padStart(15));
    }
  }
}
