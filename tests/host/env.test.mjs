// @ts-check
// Environment variables that the runtime reads. A value that cannot be used is named, and the
// program does not begin.

import { expect, test } from '@jest/globals';
import { hostProgram } from '../helpers/hostprograms.mjs';
import { patiently, start } from './start.mjs';

/** @param {Record<string, string>} env */
async function run(env) {
  const { wasm } = await hostProgram('env');
  const printed = { stdout: '', stderr: '' };
  const keep = (/** @type {'stdout' | 'stderr'} */ name) => (/** @type {Uint8Array} */ chunk) =>
    void (printed[name] += new TextDecoder().decode(chunk));
  const streams = { stdout: keep('stdout'), stderr: keep('stderr') };
  const starting = patiently(() => start([], { wasm, env, procs: undefined, ...streams }));
  // It dies before main, so createRuntime rejects.
  const death = await starting.then(
    async ({ rt }) => void (await rt.done),
    (error) => error,
  );
  return { death, ...printed };
}

const limit = 3500 * 2 ** 20;

test.each([
  [{ GOGC: '50' }, `50 ${limit}`],
  [{ GOGC: 'off' }, `-1 ${limit}`],
  [{ GOGC: '-1' }, `-1 ${limit}`],
  [{ GOGC: '' }, `100 ${limit}`],
  [{ GOMEMLIMIT: '1000' }, '100 1000'],
  [{ GOMEMLIMIT: '1B' }, '100 1'],
  [{ GOMEMLIMIT: '3KiB' }, '100 3072'],
  [{ GOMEMLIMIT: '64MiB' }, `100 ${64 * 2 ** 20}`],
  [{ GOMEMLIMIT: '2GiB' }, `100 ${2 * 2 ** 30}`],
  [{ GOMEMLIMIT: '1TiB' }, `100 ${2 ** 40}`],
  [{ GOMEMLIMIT: 'off' }, '100 9223372036854775807'],
  [{ GODEBUG: 'nobody=knows,preempt=0,this' }, `100 ${limit}`],
  [{ GOTRACEBACK: 'crash' }, `100 ${limit}`],
  [{ GOMAXPROCS: '9' }, `100 ${limit}`],
  // Starts 258 workers.
  ...(process.env.WORLDSEMA_STRESS === '1'
    ? /** @type {[Record<string, string>, string][]} */ ([[{ GOMAXPROCS: '1000' }, `100 ${limit}`]])
    : []),
])('%j is used', async (env, line) => {
  expect(await run(env)).toEqual({ death: undefined, stdout: `${line}\n`, stderr: '' });
});

test.each(
  Object.entries({
    GOGC: ['abc', '1.5', '10%', ' 7', '99999999999'],
    GOMEMLIMIT: ['abc', '1GB', '1 GiB', 'MiB', '-1', '99999999999999999999', '16777216TiB'],
    GOMAXPROCS: ['0', '-3', 'many', '2x', '99999999999'],
    GODEBUG: ['gctrace', 'gctrace=', 'preempt=x', 'gcstress=-1', 'a=1,flightrec=99999999999'],
    GOTRACEBACK: ['loud', '-1', '1x'],
  }).flatMap(([name, values]) => values.map((value) => [name, value])),
)('%s=%j is fatal', async (name, value) => {
  const { death, stdout, stderr } = await run({ [name]: value });
  expect(death).toMatchObject({ code: 'ERR_THROW', exitCode: 2 });
  expect(death.message).toMatch(new RegExp(`^malformed ${name}; expected .*, got `));
  expect(death.message.endsWith(`, got ${value}`)).toBe(true);
  expect({ stdout, stderr }).toEqual({ stdout: '', stderr: `fatal error: ${death.message}\n` });
});
