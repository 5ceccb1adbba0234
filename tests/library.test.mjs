// @ts-check
// SQLite, unchanged, as foreign code. It answers what its native build answers, its memory comes
// from worldsema's malloc, and the heap profile names its functions.

import { beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../scripts/paths.mjs';
import { tools } from '../scripts/tools.mjs';
import { buildProgram } from './helpers/build.mjs';
import { runProgram } from './helpers/run.mjs';
import { isTurn, notItsTurn, some } from './helpers/sample.mjs';
import { sqliteSource } from './helpers/sqlite.mjs';
import { start } from './host/start.mjs';

const run = promisify(execFile);

const source = 'tests/library/sqlite.c';

const suite = isTurn(1, 4) ? describe : describe.skip;
if (!isTurn(1, 4)) console.log(`SQLite is ${notItsTurn}.`);

suite('SQLite as foreign code', () => {
  /** @type {string} */ let native;
  /** @type {Awaited<ReturnType<typeof buildProgram>>} */ let program;

  beforeAll(async () => {
    const dir = sqliteSource();
    const library = join(dir, 'sqlite3.c');
    const flags = [
      `-I${dir}`,
      '-O1',
      '-w',
      '-DSQLITE_THREADSAFE=0',
      '-DSQLITE_OMIT_LOAD_EXTENSION',
    ];
    flags.push('-DHAVE_MALLOC_USABLE_SIZE=1');
    const out = join(root, 'build', 'sqlite', 'native');
    const cc = tools.cc.find() ?? 'cc';
    [program] = await Promise.all([
      buildProgram(source, { opt: '-O1', flags, foreign: [library] }),
      // It runs for a tenth of a second: -O1 would be for the compiler alone.
      run(cc, [source, library, ...flags, '-O0', '-lm', '-o', out], { cwd: root }),
    ]);
    native = (await run(out, [])).stdout;
  }, 600_000);

  /** @type {[string, Record<string, string>][]} */
  const hard = [
    ['four Ps, the heap looked over', { GOMAXPROCS: '4', GODEBUG: 'heapcheck=1' }],
    ['preempted all the time', { GODEBUG: 'preemptstress=50' }],
  ];
  test.each(some([['one P', { GOMAXPROCS: '1' }]], hard, 0, 4))(
    'SQLite answers as it does natively: %s',
    async (_, env) => {
      const { stdout, stderr, code } = await runProgram(program, { env });
      expect({ stdout, stderr, code }).toEqual({ stdout: native, stderr: '', code: 0 });
      expect(native).toContain('integrity_check=ok\nclosed: yes\n');
    },
  );

  test('SQLite in the heap profile', async () => {
    const env = { GODEBUG: 'memprofilerate=65536' };
    const { rt, saw } = await start(['open'], { wasm: program.wasm, env });
    await saw('not yet');
    const { records } = await rt.profile('heap');
    const its = records.filter(({ frames }) =>
      frames.some(({ file }) => file.endsWith('sqlite3.c')),
    );
    const bytes = its.reduce((sum, { inuseBytes }) => sum + inuseBytes, 0);
    expect(bytes).toBeGreaterThan(1_000_000);
    const functions = new Set(its.flatMap(({ frames }) => frames.map(({ func }) => func)));
    for (const name of ['sqlite3MemMalloc', 'sqlite3_step', 'sqlite3VdbeExec', 'fill', 'main'])
      expect(functions).toContain(name);
    rt.setMaxProcs(3).catch(() => {}); // the program may be gone before the answer comes
    expect(await rt.done).toBe(0);
  });
});
