// The types of the package, checked by `tsc --noEmit`: what must compile, and what must not.

import {
  Deadlock,
  GoError,
  OptionError,
  ProgramError,
  Runtime,
  createRuntime,
  diffDumps,
  dumpFromJson,
  dumpToJson,
  formatDump,
  groupStacks,
  parseDump,
  toChromeTrace,
  toText,
} from '../../host/index.js';
import { matchers, runProgram } from '../../host/jest/index.js';
import {
  connectRelay,
  fromCollapsed,
  fromPprof,
  openRelay,
  servePprof,
  toCollapsed,
  toFirefoxProfile,
  toPprof,
  toSpeedscope,
} from '../../host/pprof/index.js';
import type { Ran } from '../../host/jest/index.js';
import type { AnyProfile, PprofServer, Relay } from '../../host/pprof/index.js';
import type {
  Channel,
  Counts,
  Dump,
  DumpDiff,
  Frame,
  Goroutine,
  HeapNow,
  BlockProfile,
  CpuProfile,
  HeapProfile,
  HeapRecord,
  HostValue,
  MemStats,
  Profile,
  RuntimeOptions,
  Trace,
  TraceEvent,
} from '../../host/index.js';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Equal<A, B>) => {};

const options: RuntimeOptions = {
  wasm: new URL('app.wasm', import.meta.url),
  glue: (module: object) => module,
  procs: 4,
  args: ['one'] as const,
  env: { GODEBUG: 'schedtrace=1000', UNSET: undefined },
  stdout: (chunk) => same<typeof chunk, Uint8Array>(true),
  stderr: 'inherit',
  signal: AbortSignal.timeout(1000),
  beforeExit: async (rt, code) => void (await rt.stack(), same<typeof code, number>(true)),
  beforeExitMs: 500,
};
createRuntime({ wasm: new Uint8Array(8), glue: './app.mjs' });
createRuntime({ wasm: new ArrayBuffer(8), glue: './app.mjs' });
createRuntime({ wasm: 'app.wasm', tables: new URL('https://host/app.tables.wasm') });
createRuntime({ wasm: 'app.wasm', tables: false });
createRuntime({ wasm: await WebAssembly.compile(new ArrayBuffer(8)), glue: './app.mjs' });

// @ts-expect-error wasm is needed
createRuntime({});
// @ts-expect-error no such option
createRuntime({ wasm: 'app.wasm', arguments: [] });
// @ts-expect-error numbers are not arguments
createRuntime({ wasm: 'app.wasm', args: [1] });
// @ts-expect-error a place, or false
createRuntime({ wasm: 'app.wasm', tables: null });
// @ts-expect-error no such place
createRuntime({ wasm: 'app.wasm', stdout: 'pipe' });
// @ts-expect-error only createRuntime makes one
new Runtime();

const rt = await createRuntime(options);
same<typeof rt, Runtime>(true);
same<typeof rt.done, Promise<number>>(true);
same<Awaited<ReturnType<typeof rt.stack>>, string>(true);
same<Awaited<ReturnType<typeof rt.goroutines>>, Goroutine[]>(true);
same<Awaited<ReturnType<typeof rt.dump>>, Dump>(true);
same<Awaited<ReturnType<typeof rt.setMaxProcs>>, number>(true);
same<Awaited<ReturnType<typeof rt.memStats>>, MemStats>(true);
same<ReturnType<typeof rt.gc>, Promise<void>>(true);
same<ReturnType<typeof rt.close>, Promise<void>>(true);
same<ReturnType<typeof rt.counts>, Counts>(true);
same<ReturnType<typeof rt.heap>, HeapNow>(true);
rt.heap({ since: 3 });
const count: number = rt.numGoroutine();
// @ts-expect-error done is not to be set
rt.done = Promise.resolve(count);
await rt.stack({ all: true });

const profile: Profile = await rt.profile('goroutine', { debug: 2 });
await rt.profile('threadcreate');
const doors: Profile = await rt.profile('doors');
toText(doors);
const heap: HeapProfile = await rt.profile('heap', { debug: 1 });
same<typeof heap.records, HeapRecord[]>(true);
toText(heap);
const cpu: CpuProfile = await rt.cpuProfile({ seconds: 1, hz: 100 });
same<(typeof cpu.records)[0]['label'], string>(true);
toText(cpu);
// @ts-expect-error seconds are needed
rt.cpuProfile({ hz: 100 });
const block: BlockProfile = await rt.profile('mutex');
toText(block);
same<Awaited<ReturnType<typeof rt.setBlockProfileRate>>, number>(true);
same<Awaited<ReturnType<typeof rt.setMutexProfileFraction>>, number>(true);
await rt.profile('allocs');
const text: string = toText(profile, 1);
// @ts-expect-error no such form
toText(profile, 3);
toText(JSON.parse(JSON.stringify(profile)));

const [first] = await rt.goroutines();
if (first.createdBy) same<typeof first.createdBy.goroutine, number>(true);
// @ts-expect-error may be null
first.createdBy.func.length;
// @ts-expect-error shared with other goroutines
first.frames[0].line = 1;
// @ts-expect-error not one of the states
if (first.state === 'sleeping') throw new Error(text);
const [{ ids, waitMs }] = groupStacks(parseDump(formatDump([first], { runtime: true })));
same<typeof ids, number[]>(true);
same<typeof waitMs.max, number>(true);

createRuntime({
  wasm: 'app.wasm',
  host: {
    add: (a: number, b: number) => a + b,
    log: console.log,
    async get(url: string) {
      same<typeof this.signal, AbortSignal>(true);
      return (await fetch(url, { signal: this.signal })).arrayBuffer();
    },
    nothing() {},
  },
});
// @ts-expect-error an object is no value
createRuntime({ wasm: 'app.wasm', host: { config: () => ({ a: 1 }) } });
// @ts-expect-error not a function
createRuntime({ wasm: 'app.wasm', host: { answer: 42 } });
same<ReturnType<typeof rt.go>, Promise<HostValue>>(true);
await rt.go('half', 1, 2n, 'text', new Uint8Array(2), null, true);
// @ts-expect-error an object is no value
await rt.go('half', {});
const channel: Channel = rt.channel('numbers');
same<ReturnType<typeof channel.send>, Promise<void>>(true);
// @ts-expect-error neither is a symbol
await channel.send(Symbol());
for await (const value of channel) same<typeof value, HostValue>(true);
await channel.close();

try {
  await rt.done;
} catch (error) {
  if (error instanceof ProgramError) same<typeof error.dump, string>(true);
  if (error instanceof Deadlock) same<typeof error.exitCode, number>(true);
  if (error instanceof OptionError) same<typeof error.code, string>(true);
  if (error instanceof GoError) same<typeof error.code, string>(true);
  // @ts-expect-error options are not the program's death
  if (error instanceof OptionError) error.dump.length;
}

// --- tools ---

same<ReturnType<typeof rt.frames>, Frame[]>(true);
same<typeof rt.args, readonly string[]>(true);
const diff: DumpDiff = diffDumps(await rt.goroutines(), await rt.goroutines());
same<(typeof diff.changed)[0], { before: Goroutine; after: Goroutine }>(true);
same<Goroutine[], ReturnType<typeof dumpFromJson>>(true);
dumpFromJson(dumpToJson(diff.started));

const anyProfile: AnyProfile = await rt.profile('heap');
same<Awaited<ReturnType<typeof toPprof>>, Uint8Array>(true);
toPprof(await rt.profile('goroutine'));
toText(await fromPprof(new ArrayBuffer(8)));
toCollapsed(anyProfile, { type: 'alloc_space' });
toSpeedscope(anyProfile, { lines: true }).profiles[0].weights satisfies number[];
// @ts-expect-error an object is not its text
fromCollapsed({});
// @ts-expect-error no such option
toCollapsed(anyProfile, { column: 1 });
// @ts-expect-error a profile is needed
toFirefoxProfile();
const server: PprofServer = await servePprof(rt, { port: 0 });
same<typeof server.port, number>(true);
// @ts-expect-error a port is a number
servePprof(rt, { port: '6060' });

const relay: Relay = await openRelay({ token: 'x'.repeat(32) });
same<Promise<void>, Awaited<ReturnType<typeof connectRelay>>['closed']>(true);
// @ts-expect-error a page must know the token
connectRelay(rt, { url: relay.socketUrl });

const ran: Ran = await runProgram(['a.c', 'b.c'], { procs: 1, buildArgs: { opt: '-O0' } });
same<typeof ran.error, ProgramError | null>(true);
matchers.toDeadlock(ran, /worker/);
// @ts-expect-error output is kept for the caller
runProgram('a.wasm', { stdout: () => {} });

export async function traces(rt: Runtime, error: ProgramError) {
  const trace = await rt.trace({ seconds: 2, signal: new AbortController().signal });
  same<typeof trace, Trace>(true);
  same<ReturnType<Runtime['recentEvents']>, Trace>(true);
  same<typeof error.events, TraceEvent[]>(true);
  for (const event of trace.events) {
    if (event.kind === 'park') same<typeof event.reason, string>(true);
    // @ts-expect-error only a park has a reason
    if (event.kind === 'yield') event.reason;
  }
  JSON.stringify(toChromeTrace(rt.recentEvents()));
  // @ts-expect-error a number
  await rt.trace({ seconds: '2' });
}
