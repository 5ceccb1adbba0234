// @ts-check
// worldsema run: a program as a process. What it prints, how it ends, and what can be seen
// meanwhile.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromPprof } from '../../host/pprof/index.js';
import { root } from '../../scripts/paths.mjs';
import { buildProgram } from '../helpers/build.mjs';
import { haveGo, pprof, topTable } from '../helpers/go.mjs';
import { hostProgram } from '../helpers/hostprograms.mjs';

const cli = join(root, 'cli/main.js');

/** @type {string} */ let dir;
/** @type {string} */ let wasm;
/** @type {string} */ let heapWasm;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'worldsema-run-'));
  ({ wasm } = await buildProgram('tests/host/program.c'));
  ({ wasm: heapWasm } = await hostProgram('heap'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * Starts it; `saw` waits for a text among what it prints, `end` for its end.
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 * @param {{ pause?: boolean, input?: boolean }} [how] pause: what it prints is not read yet; input:
 *   by a pipe
 */
function worldsema(args, env = {}, { pause = false, input = false } = {}) {
  const child = spawn(process.execPath, [cli, ...args], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const [, stdout, stderr] = /** @type {import('node:stream').Readable[]} */ (child.stdio);
  const printed = { stdout: '', stderr: '' };
  /** @type {(() => void)[]} */
  const waiting = [];
  const wake = () => {
    for (const one of waiting.splice(0)) one();
  };
  stdout.setEncoding('utf8').on('data', (text) => ((printed.stdout += text), wake()));
  stderr.setEncoding('utf8').on('data', (text) => ((printed.stderr += text), wake()));
  if (pause) stdout.pause();
  /** @type {Promise<number | null>} */
  const closed = new Promise((resolve) => child.on('close', resolve));
  closed.then(() => (running.delete(child), wake()));
  return {
    child,
    /** @param {'stdout' | 'stderr'} name @param {RegExp} pattern */
    async saw(name, pattern) {
      for (;;) {
        const match = pattern.exec(printed[name]);
        if (match) return match;
        if (!running.has(child)) throw new Error(`it ended:\n${printed.stdout}${printed.stderr}`);
        await /** @type {Promise<void>} */ (new Promise((resolve) => waiting.push(resolve)));
      }
    },
    async end() {
      return { code: await closed, ...printed };
    },
  };
}

test('output, arguments and environment', async () => {
  const env = { COLOUR: 'blue', WORLDSEMA_OUTSIDE: '1', OTHER: 'x' };
  const args = ['--env', 'COLOUR=red', '--procs=2', wasm, 'echo', '--procs', 'ö b'];
  expect(await worldsema(['run', ...args], env).end()).toEqual({
    ...{ code: 0, stderr: 'to stderr', stdout: 'echo\n--procs\nö b\nred alone\n' },
  });
  const passed = worldsema(['run', '--env', 'COLOUR', wasm, 'echo'], env);
  expect((await passed.end()).stdout).toBe('echo\nblue alone\n');
});

test('all that it prints comes through a pipe', async () => {
  const { stdout, code } = await worldsema(['run', wasm, 'flood', '30000']).end();
  expect(code).toBe(0);
  expect(stdout.trimEnd().split('\n')).toHaveLength(30_000);
});

test.each([
  ['exit 7', ['exit', '7'], 7, ''],
  [
    'deadlock',
    ['deadlock'],
    2,
    'fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [',
  ],
  ['panic', ['panic'], 2, 'panic: what the program says\n\ngoroutine 1 ['],
  ['trap', ['trap', '0'], 2, 'goroutine 1 ['],
])('it ends as the program does: %s', async (_, args, wanted, says) => {
  const { code, stderr, stdout } = await worldsema(['run', wasm, ...args]).end();
  expect(code).toBe(wanted);
  expect(stdout).toBe('');
  expect(stderr).toContain(says);
  if (says === '') expect(stderr).toBe('');
});

test('the environment’s Go variables are passed on', async () => {
  const { stderr } = await worldsema(['run', wasm, 'deadlock'], { GOTRACEBACK: 'none' }).end();
  expect(stderr).toBe('fatal error: all goroutines are asleep - deadlock!\n');
});

describe('signals', () => {
  const start = async (/** @type {string[]} */ options = []) => {
    const program = worldsema(['run', '--procs', '2', ...options, wasm, 'crowd']);
    await program.saw('stdout', /ready\n/);
    return program;
  };

  test('SIGQUIT shows every goroutine, also of a program whose workers all spin', async () => {
    const program = await start();
    program.child.kill('SIGQUIT');
    const { code, stderr } = await program.end();
    expect(code).toBe(2);
    expect(stderr).toMatch(/^SIGQUIT: quit\n\ngoroutine 1 \[/);
    expect(stderr.match(/^goroutine \d+ \[/gm)).toHaveLength(6);
    expect(stderr.match(/^waiter\(\.\.\.\)$/gm)).toHaveLength(3);
  });

  test.each(
    /** @type {const} */ ([
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ]),
  )('%s ends it', async (signal, wanted) => {
    const program = await start();
    program.child.kill(signal);
    expect(await program.end()).toEqual({ code: wanted, stdout: 'ready\n', stderr: '' });
  });

  test('so does a reader that goes away', async () => {
    const program = worldsema(['run', wasm, 'flood', '100000000']);
    await program.saw('stdout', /line 0/);
    program.child.stdout?.destroy();
    expect((await program.end()).code).toBe(141);
  });
});

/**
 * In a shell: the exit code of the command, and what it says on stderr.
 * @param {string} script which has the command as "$@"
 * @param {string[]} args
 */
async function inShell(script, args) {
  const all = ['-c', script, 'sh', process.execPath, cli, ...args];
  const child = spawn('sh', all, { env: { ...process.env, NODE_OPTIONS: '' } });
  running.add(child);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  await new Promise((resolve) => child.on('close', resolve));
  running.delete(child);
  return { stdout, stderr };
}

// A pipe that nobody reads, from the start: its reader has gone before the program begins. The last
// line is the exit code.
const pipe = 'p=$(mktemp -u) && mkfifo "$p" && exec 3<>"$p" 4>"$p" 3>&- && rm "$p" && ';
const unread = `${pipe} { "$@" >&4 4>&-; echo "code $?" >&2; }`;
const unreadBoth = `${pipe} { "$@" >&4 2>&1 4>&-; echo "code $?" >&2; }`;

test.each([
  ['head', '{ "$@"; echo "code $?" >&2; } | head -n 1', ['flood', '300000']],
  ['nobody', unread, ['flood', '10']],
  ['nobody (before --pprof listens)', unread, ['flood', '10'], ['--pprof', '0']],
  ['nobody (a deadlock)', unreadBoth, ['deadlock']],
])(
  'whose output %s reads ends as by SIGPIPE, and says nothing',
  async (_, script, args, options = []) => {
    const { stderr } = await inShell(script, ['run', ...options, wasm, ...args]);
    expect(stderr.replace(/^worldsema: profiles at .*\n/, '')).toBe('code 141\n');
  },
);

test('profiles of a program whose output nobody reads are written all the same', async () => {
  const file = join(dir, 'unread.pb.gz');
  const { stderr } = await inShell(unread, ['run', '--memprofile', file, wasm, 'flood', '10']);
  expect(stderr).toBe('code 141\n');
  expect((await fromPprof(readFileSync(file))).kind).toBe('heap');
});

test('a full disk is told, once', async () => {
  const { stderr } = await inShell('"$@" > /dev/full; echo "code $?" >&2', [
    ...['run', wasm, 'flood', '30000'],
  ]);
  expect(stderr).toMatch(/^worldsema: cannot print: ENOSPC[^\n]*\ncode 1\n$/);
});

test('--pprof serves while it runs', async () => {
  const program = worldsema(['run', '--pprof', '0', wasm, 'crowd']);
  const [, url] = await program.saw(
    'stderr',
    /^worldsema: profiles at (http:\/\/127\.0\.0\.1:\d+\/debug\/pprof\/)\n/,
  );
  await program.saw('stdout', /ready\n/);
  const dump = await (await fetch(`${url}goroutine?debug=2`)).text();
  expect(dump.match(/^waiter\(\.\.\.\)$/gm)).toHaveLength(3);
  expect(await (await fetch(`${url}cmdline`)).text()).toMatch(/\0crowd$/);
  if (haveGo) expect(topTable(await pprof(['-top', `${url}goroutine`])).rows.waiter.cum).toBe(3);
  const taken = worldsema(['run', '--pprof', new URL(url).port, wasm, 'crowd']);
  const { code, stderr } = await taken.end();
  expect(code).toBe(1);
  expect(stderr).toMatch(/^worldsema: --pprof: cannot listen: .*EADDRINUSE/);
  program.child.kill('SIGINT');
  expect((await program.end()).code).toBe(130);
  await expect(fetch(url)).rejects.toThrow();
});

test('--memprofile keeps the last heap profile', async () => {
  const file = join(dir, 'mem.pb.gz');
  const program = worldsema(['run', '--memprofile', file, heapWasm, 'exact', '1000']);
  await program.saw('stdout', /made\n/);
  program.child.kill('SIGINT');
  expect(await program.end()).toEqual({ code: 130, stdout: 'made\n', stderr: '' });
  const { records } = await fromPprof(readFileSync(file));
  const of = (/** @type {string} */ func) => records.find(({ frames }) => frames[0]?.func === func);
  expect(of('uncollected')).toMatchObject({ allocObjects: 1000, inuseObjects: 500 });

  const gone = join(dir, 'gone');
  mkdirSync(gone);
  const nowhere = worldsema(['run', '--memprofile', join(gone, 'mem.pb.gz'), wasm, 'crowd']);
  await nowhere.saw('stdout', /./);
  rmSync(gone, { recursive: true });
  await nowhere.saw('stderr', /--memprofile: ENOENT/);
  nowhere.child.kill('SIGINT');
  expect((await nowhere.end()).code).toBe(130);
});

test.each(['memprofile', 'cpuprofile', 'trace'])(
  '--%s to where nothing can be written is refused before the program begins',
  async (option) => {
    const refused = (/** @type {string} */ file) =>
      worldsema(['run', `--${option}`, file, wasm, 'crowd']).end();
    expect(await refused(join(dir, 'no/such'))).toEqual({
      ...{ code: 1, stdout: '' },
      stderr: expect.stringContaining('no/such cannot be written: ENOENT'),
    });
    expect((await refused(dir)).stderr).toContain('expected the name of a file to write');
  },
);

test('who ends it with a signal that nobody hears loses no profile', async () => {
  const file = join(dir, 'whole.pb.gz');
  const before = join(dir, 'before.pb.gz');
  const program = worldsema(['run', '--cpuprofile', file, wasm, 'crowd']);
  while (!existsSync(file)) await new Promise((next) => setTimeout(next, 5));
  linkSync(file, before); // another name of what is there now
  while (statSync(file).ino === statSync(before).ino)
    await new Promise((next) => setTimeout(next, 5));
  for (const name of [before, file]) expect((await fromPprof(readFileSync(name))).kind).toBe('cpu');
  program.child.kill('SIGKILL');
  await program.end();
});

test('a program waits for whoever reads what it prints, and can be looked at meanwhile', async () => {
  const lines = 40_000; // some megabytes
  const program = worldsema(
    ['run', '--pprof', '0', wasm, 'flood', String(lines)],
    {},
    { pause: true },
  );
  const [, url] = await program.saw('stderr', /profiles at (\S+)/);
  const stacks = async () => (await fetch(`${url}goroutine?debug=2`)).text();
  while (!/^goroutine 1 \[syscall, on worker \d+\]:/m.test(await stacks()));
  program.child.stdout?.resume();
  const { code, stdout } = await program.end();
  expect(code).toBe(0);
  expect(stdout.split('\n')).toHaveLength(lines + 1);
});

test('a program waits for its input, and only the goroutine that reads; a prompt is shown', async () => {
  const { wasm: reads } = await hostProgram('input');
  for (const procs of ['1', '2']) {
    const program = worldsema(['run', '--procs', procs, reads], {}, { input: true });
    await program.saw('stdout', /^name\? $/);
    await program.saw('stderr', /^1$/); // another goroutine runs while main reads
    program.child.stdin?.write('one\ntw');
    await program.saw('stdout', /\[one\] $/);
    await program.saw('stderr', /^12$/);
    program.child.stdin?.write('o\n');
    await program.saw('stdout', /\[two\] $/);
    await program.saw('stderr', /^123$/);
    program.child.stdin?.end('three');
    const stdout = 'name? [one] [two] [three] end\nstill the end\n';
    expect(await program.end()).toEqual({
      code: 0,
      stdout,
      stderr: expect.stringMatching(/^1234?$/),
    });
  }
  const closed = worldsema(['run', reads]);
  expect((await closed.end()).stdout).toBe('name? end\nstill the end\n');
});

test('--cpuprofile and --trace are files about the whole run', async () => {
  const cpu = join(dir, 'cpu.pb.gz');
  const trace = join(dir, 'trace.json');
  const program = worldsema(['run', '--cpuprofile', cpu, '--trace', trace, wasm, 'crowd']);
  await program.saw('stdout', /ready\n/);
  const spins = async () => {
    const { kind, records } = await fromPprof(readFileSync(cpu));
    expect(kind).toBe('cpu');
    return records.some(({ frames }) => frames[0]?.func === 'spinner');
  };
  // The file is written again and again. The first samples may have hit nobody.
  while (!existsSync(cpu) || !(await spins())) await new Promise((next) => setTimeout(next, 5));
  program.child.kill('SIGINT');
  expect(await program.end()).toMatchObject({ code: 130, stderr: '' });
  expect(await spins()).toBe(true);
  const { traceEvents } = JSON.parse(readFileSync(trace, 'utf8'));
  const ran = new Set(traceEvents.map((/** @type {{ name: string }} */ { name }) => name));
  expect([...ran]).toEqual(expect.arrayContaining([expect.stringMatching(/^spinner #/)]));
});

test('nothing is lost of a program that ends at once', async () => {
  const mem = join(dir, 'end-mem.pb.gz');
  const cpu = join(dir, 'end-cpu.pb.gz');
  const { wasm: exits } = await hostProgram('exit');
  const files = ['--memprofile', mem, '--cpuprofile', cpu];
  const ways = ['return', 'elsewhere', 'burn'];
  for (let how = ways.shift(); how; how = ways.shift()) {
    const program = worldsema(['run', ...files, exits, how, '1000']);
    expect(await program.end()).toEqual({ code: 7, stdout: 'at work', stderr: '' });
    const { records } = await fromPprof(readFileSync(mem));
    for (const func of ['collected', 'uncollected']) {
      const record = records.find(({ frames }) => frames[0]?.func === func);
      expect(record).toMatchObject({
        ...{ allocObjects: 1000, allocBytes: 96_000, inuseObjects: 1000, inuseBytes: 96_000 },
      });
    }
    const { kind, records: samples } = await fromPprof(readFileSync(cpu));
    expect(kind).toBe('cpu');
    const burnt = samples.some(({ frames }) => frames.some(({ func }) => func === 'burn'));
    if (how !== 'burn') expect(burnt).toBe(false);
    else if (!burnt) ways.push(how); // no sample has hit it: once more
    rmSync(mem);
    rmSync(cpu);
  }
});

test('of a program that dies there is what it did last', async () => {
  const mem = join(dir, 'dies-mem.pb.gz');
  const cpu = join(dir, 'dies-cpu.pb.gz');
  const { wasm: exits } = await hostProgram('exit');
  const files = ['--memprofile', mem, '--cpuprofile', cpu, '--env', 'DIES=panics'];
  /** A stack of this function in a file. @param {string} file @param {string} func */
  const stackOf = async (file, func) => {
    const { records } = await fromPprof(readFileSync(file));
    const found = records.find(({ frames }) => frames.some((frame) => frame.func === func));
    return found?.frames.map(({ func }) => func);
  };
  let burnt;
  // Until a sample has hit it.
  do {
    rmSync(cpu, { force: true });
    const program = worldsema(['run', ...files, exits, 'soon', '1000'], {}, { input: true });
    while (!existsSync(cpu)) await new Promise((next) => setTimeout(next, 5));
    program.child.stdin?.write('1');
    const { code, stderr } = await program.end();
    expect(code).toBe(2);
    expect(stderr).toMatch(/^panic: in time\n/);
    expect(stderr).not.toContain('worldsema:');
    for (const func of ['collected', 'uncollected'])
      expect(await stackOf(mem, func)).toContain('late');
    burnt = await stackOf(cpu, 'burn');
  } while (!burnt);
  expect(burnt).toContain('late');
});

test('a program that dies at once leaves a heap profile, and perhaps a word that there is no other', async () => {
  const mem = join(dir, 'at-once-mem.pb.gz');
  const cpu = join(dir, 'at-once-cpu.pb.gz');
  const { wasm: exits } = await hostProgram('exit');
  const files = ['--memprofile', mem, '--cpuprofile', cpu];
  const { code, stderr } = await worldsema(['run', ...files, exits, 'dies', '10']).end();
  expect(code).toBe(2);
  expect(stderr).toMatch(/^panic: in time\n/);
  const { records } = await fromPprof(readFileSync(mem));
  expect(records.some(({ frames }) => frames[0]?.func === 'uncollected')).toBe(true);
  const nothing = 'worldsema: --cpuprofile: it ended before a profile could be taken\n';
  expect(stderr.includes(nothing)).toBe(!existsSync(cpu));
});

test.each([
  [['run'], /which program/],
  [['run', 'gone.wasm'], /cannot read .*gone\.wasm: there is no such file/],
  [['run', '--frobnicate', 'x'], /--frobnicate: unknown option; --help lists them all/],
  [['run', '--procs'], /--procs: needs a value/],
  [['run', '--procs', '0', 'x.wasm'], /--procs 0: expected a number from 1 to 256/],
  [['run', '--env', '=1', 'x.wasm'], /--env =1: expected NAME=VALUE/],
  [['run', '--pprof', 'x', 'x.wasm'], /--pprof x: expected a port/],
  [['run', '--pprof=65536', 'x.wasm'], /--pprof 65536/],
  [['serve', 'gone'], /gone: no such folder/],
  [['serve', '.', '.'], /one folder only/],
  [['serve', '--port', 'x'], /--port x/],
  [['serve', '.', '--port', 'x'], /--port x/],
  [['serve', '.', '--frobnicate'], /--frobnicate: unknown option/],
  [['relay', '--token', 'short'], /option token: expected 16/],
  [['relay', 'x'], /x: relay takes options only/],
  [['frobnicate'], /frobnicate: unknown command: build, run, serve, relay, link/],
])('%j is refused with a sentence', async (args, says) => {
  const { code, stderr, stdout } = await worldsema(args).end();
  expect(stderr).toMatch(says);
  expect(stderr).toMatch(/^worldsema: [^\n]*\n$/);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
});

test.each([
  [['--help'], /worldsema run build\/hello\.wasm/, 0],
  [['help', 'run'], /--pprof \[HOST:\]PORT/, 0],
  [['run', '--help'], /SIGQUIT/, 0],
  [['serve', '-h'], /Cross-Origin-Opener-Policy/, 0],
  [['relay', '--help'], /connectRelay\(rt/, 0],
  [['link', '--help'], /Makes the JavaScript beside/, 0],
  [[], /COMMAND --help/, 2],
])('%j teaches', async (args, says, wanted) => {
  const { code, stdout, stderr } = await worldsema(args).end();
  expect(stdout).toMatch(says);
  expect({ code, stderr }).toEqual({ code: wanted, stderr: '' });
});

test('serve gives out a folder, isolated', async () => {
  const server = worldsema(['serve', '--port', '0', join(root, 'tests/host')]);
  const [, url] = await server.saw('stdout', / at (http:\S+) /);
  const response = await fetch(`${url}empty.html`);
  expect(response.status).toBe(200);
  expect(response.headers.get('cross-origin-opener-policy')).toBe('same-origin');
  expect(response.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
  expect((await fetch(`${url}..%2Fpackage.json`)).status).toBe(404);
  server.child.kill('SIGINT');
  await server.end();
});
