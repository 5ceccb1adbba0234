// The types of the package, checked by `tsc --noEmit`: what must compile, and what must not.

import {
  Deadlock,
  OptionError,
  ProgramError,
  Runtime,
  createRuntime,
  formatDump,
  groupStacks,
  parseDump,
  toText,
} from '../../host/index.js';
import type { Counts, Goroutine, Profile, RuntimeOptions } from '../../host/index.js';

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
};
createRuntime({ wasm: new Uint8Array(8), glue: './app.mjs' });
createRuntime({ wasm: new ArrayBuffer(8), glue: './app.mjs' });
createRuntime({ wasm: await WebAssembly.compile(new ArrayBuffer(8)), glue: './app.mjs' });

// @ts-expect-error wasm is needed
createRuntime({});
// @ts-expect-error no such option
createRuntime({ wasm: 'app.wasm', arguments: [] });
// @ts-expect-error numbers are not arguments
createRuntime({ wasm: 'app.wasm', args: [1] });
// @ts-expect-error no such place
createRuntime({ wasm: 'app.wasm', stdout: 'pipe' });
// @ts-expect-error only createRuntime makes one
new Runtime();

const rt = await createRuntime(options);
same<typeof rt, Runtime>(true);
same<typeof rt.done, Promise<number>>(true);
same<Awaited<ReturnType<typeof rt.stack>>, string>(true);
same<Awaited<ReturnType<typeof rt.goroutines>>, Goroutine[]>(true);
same<Awaited<ReturnType<typeof rt.setMaxProcs>>, number>(true);
same<ReturnType<typeof rt.close>, Promise<void>>(true);
same<ReturnType<typeof rt.counts>, Counts>(true);
const count: number = rt.numGoroutine();
// @ts-expect-error done is not to be set
rt.done = Promise.resolve(count);
await rt.stack({ all: true });

const profile: Profile = await rt.profile('goroutine', { debug: 2 });
await rt.profile('threadcreate');
// @ts-expect-error not a profile of this version
await rt.profile('heap');
const text: string = toText(profile, 1);
// @ts-expect-error no such form
toText(profile, 3);
toText(JSON.parse(JSON.stringify(profile)));

const [first] = await rt.goroutines();
if (first.createdBy) same<typeof first.createdBy.goroutine, number>(true);
// @ts-expect-error may be null
first.createdBy.func.length;
// @ts-expect-error not one of the states
if (first.state === 'sleeping') throw new Error(text);
const [{ ids, waitMs }] = groupStacks(parseDump(formatDump([first], { runtime: true })));
same<typeof ids, number[]>(true);
same<typeof waitMs.max, number>(true);

try {
  await rt.done;
} catch (error) {
  if (error instanceof ProgramError) same<typeof error.dump, string>(true);
  if (error instanceof Deadlock) same<typeof error.exitCode, number>(true);
  if (error instanceof OptionError) same<typeof error.code, string>(true);
  // @ts-expect-error options are not the program's death
  if (error instanceof OptionError) error.dump.length;
}
