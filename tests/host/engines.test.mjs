// @ts-check
// Stacks in place where the engine tells less than V8 does. The engines themselves run in
// browser.test.mjs; here V8's stacks lose on purpose what theirs lack, always and everywhere. In
// mode one only one goroutine in place can go on.

import { expect } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { buildProgram } from '../helpers/build.mjs';
import { start, testWorkers } from './start.mjs';

/**
 * Starts inplace.c, whose stacks are changed, and gives a dump when its goroutines are in place.
 * @param {string} name
 * @param {string} change  JavaScript behind the text of a stack
 */
async function dump(name, change) {
  const { wasm, glue } = await buildProgram('tests/host/inplace.c');
  const text = readFileSync(glue, 'utf8');
  const changed = text.replaceAll(/new Error\(\)\.stack/g, (stack) => `${stack}${change}`);
  expect(changed === text).toBe(change === '');
  const other = glue.replace(/\.mjs$/, `-${name}.mjs`);
  writeFileSync(other, changed);
  const { rt, saw } = await start([], { wasm, glue: other, procs: 2 });
  await saw('ready');
  let goroutines = await rt.goroutines();
  const waits = (/** @type {string} */ why) => goroutines.some(({ reason }) => reason === why);
  while (!waits('sleep') || !waits('chan receive')) goroutines = await rt.goroutines();
  const stacks = goroutines.map(({ partial, frames }) =>
    [
      ...(partial ? ['partly known'] : []),
      ...frames
        .filter(({ kind }) => kind === 'user' || kind === 'foreign')
        .map(({ func, line }) => `${func} ${line && lineOf(line)}`),
    ].join(' < '),
  );
  await rt.close();
  return [...new Set(stacks)].sort();
}

const lines = readFileSync('tests/host/inplace.c', 'utf8').split('\n');

/** The comment of a line. @param {number} line */
const lineOf = (line) => lines[line - 1].split('// ')[1];

testWorkers('all there is', async () => {
  expect(await dump('all', '')).toEqual([
    'main sleeps',
    'receive waits < visit calls back < visitor calls visit',
    'spin spins < turn calls spin < spinner calls turn',
  ]);
});

testWorkers('functions without lines, as JavaScriptCore tells them', async () => {
  expect(await dump('functions', ".replace(/:0x[0-9a-f]+/g, '')")).toEqual([
    'main sleeps',
    'partly known < receive waits < visit 0 < visitor 0',
    'partly known < spin spins < turn 0 < spinner calls turn',
  ]);
});

testWorkers('without functions that the engine has inlined, as Firefox does it', async () => {
  const inlined = ".replace(/.*(spin|turn|visit|os_run).*\\n?/g, '')";
  expect(await dump('inlined', inlined)).toEqual([
    'main sleeps',
    'partly known < receive waits < visitor 0',
    'partly known < spin spins < turn 0 < spinner calls turn',
  ]);
});
