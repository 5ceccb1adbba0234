// @ts-check
// GODEBUG=schedtrace=MS,scheddetail=1 prints the scheduler's state every MS milliseconds, in Go's
// format.

import { expect } from '@jest/globals';
import { hostProgram } from '../helpers/hostprograms.mjs';
import { start, testWorkers } from './start.mjs';

/**
 * Runs the busy program until so many lines of each kind are printed.
 * @param {string} debug
 * @param {[RegExp, number][]} wanted
 */
async function trace(debug, ...wanted) {
  const { wasm } = await hostProgram('trace');
  let printed = '';
  const lines = await new Promise((resolve, reject) => {
    const stderr = (/** @type {Uint8Array} */ chunk) => {
      printed += new TextDecoder().decode(chunk);
      const lines = printed.split('\n').slice(0, -1);
      if (wanted.every(([line, n]) => lines.filter((text) => line.test(text)).length >= n))
        resolve(lines);
    };
    start([], { wasm, procs: 2, env: { GODEBUG: debug }, stderr }).catch(reject);
  });
  return /** @type {string[]} */ (lines);
}

const summary =
  /^SCHED (\d+)ms: gomaxprocs=2 idleprocs=[0-2] threads=\d+ spinningthreads=[0-2] idlethreads=\d+ runqueue=\d+/;

testWorkers('a line every so many milliseconds, the first at once', async () => {
  const lines = await trace('schedtrace=20', [summary, 4]);
  const times = lines.map((line) => Number(summary.exec(line)?.[1]));
  expect(times[0]).toBe(0);
  times.slice(1).forEach((time, i) => expect(time - times[i]).toBeGreaterThanOrEqual(20));
  for (const line of lines) expect(line.replace(summary, '')).toMatch(/^ \[\d+ \d+\]$/);
});

testWorkers('in detail: Ps, Ms, goroutines', async () => {
  // In the first of them main may not be asleep yet.
  const asleep = /^ {2}G1: status=4\(sleep\) m=-1 /;
  const lines = await trace('schedtrace=20,scheddetail=1', [summary, 3], [asleep, 1]);
  const kinds = [
    new RegExp(
      `${summary.source} gcwaiting=[01] nmidlelocked=-?\\d+ stopwait=\\d+ sysmonwait=[01]$`,
    ),
    /^ {2}P[01]: status=[0-4] schedtick=\d+ m=(-1|\d+) runqsize=\d+ gfreecnt=\d+$/,
    /^ {2}M\d+: p=(-1|\d+) curg=(-1|\d+) locks=-?\d+ dying=\d+ spinning=(true|false) lockedg=(-1|\d+)$/,
    /^ {2}G\d+: status=\d+\(.*\) m=(-1|\d+) lockedm=(-1|\d+)$/,
  ];
  expect(lines.filter((line) => !kinds.some((kind) => kind.test(line)))).toEqual([]);
  const begins = lines.map((line) => kinds.findIndex((kind) => kind.test(line))).join('');
  expect(begins).toMatch(/^(0112+3+)+/);
});
