// @ts-check
import { expect, test } from '@jest/globals';
import { OptionError, createRuntime } from '../../host/index.js';
import { readOptions } from '../../host/options.js';

const call = () => {};

const read = (/** @type {object} */ options) =>
  readOptions({ wasm: 'x.wasm', ...options }, () => 6);

test.each([
  ['ERR_BAD_OPTIONS', null],
  ['ERR_BAD_OPTIONS', { wasm: 'x.wasm', arguments: [] }],
  ['ERR_BAD_WASM', {}],
  ['ERR_BAD_WASM', { wasm: '' }],
  ['ERR_BAD_WASM', { wasm: 7 }],
  ['ERR_BAD_WASM', { wasm: 'http://[' }],
  ['ERR_BAD_GLUE', { wasm: new Uint8Array(8) }],
  ['ERR_BAD_GLUE', { wasm: 'x.wasm', glue: 7 }],
  ['ERR_BAD_PROCS', { wasm: 'x.wasm', procs: 0 }],
  ['ERR_BAD_PROCS', { wasm: 'x.wasm', procs: 1.5 }],
  ['ERR_BAD_PROCS', { wasm: 'x.wasm', procs: 257 }],
  ['ERR_BAD_PROCS', { wasm: 'x.wasm', procs: '4' }],
  ['ERR_BAD_ARGS', { wasm: 'x.wasm', args: 'one' }],
  ['ERR_BAD_ARGS', { wasm: 'x.wasm', args: ['one', 2] }],
  ['ERR_BAD_ARGS', { wasm: 'x.wasm', args: ['a\0b'] }],
  ['ERR_BAD_ENV', { wasm: 'x.wasm', env: ['A=1'] }],
  ['ERR_BAD_ENV', { wasm: 'x.wasm', env: { 'A=B': '1' } }],
  ['ERR_BAD_ENV', { wasm: 'x.wasm', env: { A: 1 } }],
  ['ERR_BAD_OUTPUT', { wasm: 'x.wasm', stdout: 'pipe' }],
  ['ERR_BAD_OUTPUT', { wasm: 'x.wasm', stderr: 1 }],
  ['ERR_BAD_SIGNAL', { wasm: 'x.wasm', signal: {} }],
  ['ERR_BAD_HOST', { wasm: 'x.wasm', host: null }],
  ['ERR_BAD_HOST', { wasm: 'x.wasm', host: [call] }],
  ['ERR_BAD_HOST', { wasm: 'x.wasm', host: call }],
  ['ERR_BAD_HOST', { wasm: 'x.wasm', host: { add: 5 } }],
  ['ERR_BAD_HOST', { wasm: 'x.wasm', host: { '': call } }],
  ['ERR_BAD_HOST', { wasm: 'x.wasm', host: { 'a\0b': call } }],
  ['ERR_BAD_HOST', { wasm: 'x.wasm', host: { ['ä'.repeat(128)]: call } }],
  ['ERR_BAD_HOST', { wasm: 'x.wasm', host: { 'worldsema:fetch': call } }],
  ['ERR_BAD_BEFORE_EXIT', { wasm: 'x.wasm', beforeExit: 5 }],
  ['ERR_BAD_BEFORE_EXIT', { wasm: 'x.wasm', beforeExit: call, beforeExitMs: 0 }],
  ['ERR_BAD_BEFORE_EXIT', { wasm: 'x.wasm', beforeExit: call, beforeExitMs: '5' }],
])('%s: %j', async (code, options) => {
  const refused = createRuntime(/** @type {any} */ (options));
  await expect(refused).rejects.toThrow(OptionError);
  await expect(refused).rejects.toHaveProperty('code', code);
});

test('the message names the option and what was given', () => {
  expect(() => read({ args: ['a', 5] })).toThrow('option args[1]: expected a string, got number');
  expect(() => read({ host: { add: 5 } })).toThrow(
    'option host["add"]: expected a function, got number',
  );
  expect(() => read({ procs: -3 })).toThrow('procs: expected a whole number from 1 to 256, got -3');
});

test.each([
  [6, {}],
  [3, { procs: 3 }],
  [3, { procs: 3, env: { GOMAXPROCS: '5' } }],
  [5, { env: { GOMAXPROCS: '5' } }],
  [6, { env: { GOMAXPROCS: '0' } }],
  [6, { env: { GOMAXPROCS: 'many' } }],
  [256, { env: { GOMAXPROCS: '1000' } }],
])('%d procs from %j', (procs, options) => {
  expect(read(options).procs).toBe(procs);
});

test.each([
  ['3', { procs: 3, env: { GOMAXPROCS: 'many' } }],
  ['256', { env: { GOMAXPROCS: '1000' } }],
  ['6', { env: { GOMAXPROCS: '' } }],
  ['many', { env: { GOMAXPROCS: 'many' } }],
  ['0', { env: { GOMAXPROCS: '0' } }],
  ['99999999999', { env: { GOMAXPROCS: '99999999999' } }],
])('the program finds GOMAXPROCS=%s with %j', (told, options) => {
  expect(read(options).env.GOMAXPROCS).toBe(told);
});

test('what is left out has a default', () => {
  expect(read({ env: { A: '1', B: undefined } })).toEqual({
    ...{ wasm: 'x.wasm', glue: undefined, procs: 6, args: [], env: { A: '1', GOMAXPROCS: '6' } },
    ...{ stdout: 'inherit', stderr: 'inherit', signal: undefined, host: new Map() },
    ...{ beforeExit: undefined, beforeExitMs: 10_000 },
    mode: 'auto',
  });
});
