// @ts-check
// worldsema build and worldsema link: the command line over the link step.
import path from 'node:path';
import { build } from '../wasm/link/build.js';
import { LinkError } from '../wasm/link/error.js';
import { writeGlue, makeRoom } from '../wasm/link/glue.js';
import { link } from '../wasm/link/link.js';
import { summary } from '../wasm/link/report.js';
import { findEmcc } from '../wasm/link/tools.js';
import { expanded, flagOf } from './flags.js';

const OPTIONS = `  -o PATH              the program, without a suffix (needed)
  -O0 -O1 -O2 -O3 -Os -Oz   optimisation of your code (default -O2)
  --polls MODE         where a running goroutine can be preempted and stopped:
                         loops  in loops and in recursive functions (default)
                         unwind as loops, and the goroutine leaves there also in code that only
                                computes: on one worker such code would hold the event loop
                         calls  in recursive functions only
                         none   nowhere: it must call the runtime by itself
  --tables PLACE       where names and lines for stacks and profiles go:
                         inside    into the module (default)
                         separate  into a file beside it, out/app.tables.wasm, which is read if
                                   it is there
  -g                   write out/app.wasm.map too, with which debuggers show and step through your
                       sources (best with -O0 or -O1)
  --source-root DIR    tracebacks show files inside it relative to it (default: here)
  --why FUNCTION       show by which calls this function may be suspended
  --keep DIR           keep intermediate objects and modules there
  --quiet              do not report what was decided: what is instrumented, what is foreign
  -v, --verbose        show what each step did and how long it took, and why each instrumented
                       function of the program may wait
`;

const ENVIRONMENT = `Environment: EMCC (emcc to use), WORLDSEMA_WASM_OPT (a native wasm-opt, 131 or
newer: several times faster than the npm package's), WORLDSEMA_SYMBOLIZER (llvm-symbolizer to use),
WORLDSEMA_CACHE (where the compiled runtime is kept).
`;

const buildHelp = `worldsema build main.c other.c lib.o -o out/app [options]

Compiles C and C++ sources, links them with the runtime by emcc, and makes a program: out/app.wasm
and out/app.mjs. For bundlers there are out/app.js, a module that knows the program's files, and
out/app.worker.js, the same as the .mjs for its workers. With --tables=separate there is
out/app.tables.wasm too.

Inputs are goroutine code: it may wait on channels, locks and timers anywhere. Archives that use
nothing of worldsema.h, and -l libraries, are foreign code: it runs at full speed. If it is stopped
or preempted, or waits in a callback, it does so in place and keeps its worker.

${OPTIONS}
  --foreign FILE       one more input, which is foreign code
  --goroutine FILE     one more archive, which is goroutine code although it calls no go_ function
  -I DIR  -D NAME[=V]  -U NAME  -W...  -f...  -m...  -std=...  -include FILE   for the compiler
  -g3  -gdwarf-5  -fexceptions  -fsanitize=undefined
  -l NAME  -L DIR  -sSETTING[=V]  -Wl,...       for emcc's link, such as -sMAXIMUM_MEMORY=BYTES: how
                       far memory can grow (default 4 GiB, or less where the engine refuses that)
  --embed-file  --js-library  --pre-js  --post-js  --use-port  -lembind
  @FILE                more arguments, from this file
  --threads KIND       what pthread_create and std::thread make:
                         goroutines  (default)
                         workers     Emscripten's own threads, beside the goroutines
  --thread-stack BYTES C stack of each worker's scheduler, not of goroutines (default 262144)
  --assert             compile the runtime with its own checks, to test it
  --runtime-arg ARG    one more compiler flag for the runtime's sources

${ENVIRONMENT}
Example:

  worldsema build hello.c -o build/hello
`;

const linkHelp = `worldsema link raw/app.wasm -o out/app [options]

Does only the last part of build, for programs that a build system has already linked with emcc.
Makes the JavaScript beside the module, too.

${OPTIONS}
${ENVIRONMENT}
Example:

  worldsema link out/raw/app.wasm -o out/app
`;

/** Options that take a value, and their names in the options of `build`. */
const VALUES = new Map([
  ['--polls', 'polls'],
  ['--tables', 'tables'],
  ['--threads', 'threads'],
  ['--thread-stack', 'threadStack'],
  ['--source-root', 'sourceRoot'],
  ['--why', 'why'],
  ['--keep', 'keep'],
]);

/** Levels that clang has under other names. */
const LEVELS = new Map([
  ['-O', '-O1'],
  ['-Og', '-O1'],
  ['-O4', '-O3'],
  ['-Ofast', '-O3'],
]);

/** Options whose value is one of several words. */
const WORDS = {
  polls: ['none', 'calls', 'loops', 'unwind'],
  tables: ['inside', 'separate'],
  threads: ['goroutines', 'workers'],
};

/**
 * @param {string[]} argv after the command
 * @returns {any} options of `build`
 */
export function parse(argv) {
  /** @type {any} */
  const options = {
    sources: [],
    foreign: [],
    goroutine: [],
    compileArgs: [],
    emccArgs: [],
    runtimeArgs: [],
  };
  const args = expanded(argv);
  const value = (/** @type {string} */ name) => {
    const next = args.shift();
    if (next === undefined) throw new LinkError(name, 'needs a value');
    return next;
  };
  for (let arg = args.shift(); arg !== undefined; arg = args.shift()) {
    const [long, given] = arg.startsWith('--') ? split(arg) : [arg, undefined];
    const key = VALUES.get(long);
    if (key) options[key] = given ?? value(long);
    else if (long === '--foreign' || long === '--goroutine')
      options[long.slice(2)].push(given ?? value(long));
    else if (long === '--runtime-arg') options.runtimeArgs.push(given ?? value(long));
    else if (arg === '--assert') options.assert = true;
    else if (arg === '--quiet') options.quiet = true;
    else if (arg === '-v' || arg === '--verbose')
      options.log = (/** @type {string} */ line) => console.error(line);
    else if (arg === '-o') options.out = value('-o');
    else if (/^-O/.test(arg)) {
      options.opt = LEVELS.get(arg) ?? arg;
      if (arg === '-Ofast') options.compileArgs.push('-ffast-math');
    } else if (arg.startsWith('-')) {
      if (/^-g/.test(arg)) options.sourceMap = true;
      const steps = flagOf(arg, () => value(arg));
      if (!steps) throw new LinkError(arg, 'unknown option; --help lists them all');
      options.compileArgs.push(...steps.compile);
      options.emccArgs.push(...steps.link);
    } else options.sources.push(arg);
  }
  if (options.threadStack !== undefined) options.threadStack = Number(options.threadStack);
  for (const [name, allowed] of Object.entries(WORDS))
    if (options[name] !== undefined && !allowed.includes(options[name]))
      throw new LinkError(`--${name} ${options[name]}`, `one of ${allowed.join(', ')}`);
  return options;
}

/** @returns {[string, string | undefined]} */
function split(/** @type {string} */ arg) {
  const at = arg.indexOf('=');
  return at < 0 ? [arg, undefined] : [arg.slice(0, at), arg.slice(at + 1)];
}

/** @param {string} out */
function checkOut(out) {
  if (!out) throw new LinkError('-o', 'missing: say where the program goes, as in -o out/app');
  if (/(^|[\\/])\.{0,2}$/.test(out))
    throw new LinkError(
      out,
      `is a folder: name the program, too, as in -o ${path.join(out, 'app')}`,
    );
}

/** @param {string[]} argv @returns {Promise<number>} exit code */
export async function buildCommand(argv) {
  const options = parse(argv);
  checkOut(options.out);
  if (options.why && !options.log) options.log = chain;
  if (!options.quiet)
    options.progress = (/** @type {string} */ text) => console.error(`worldsema: ${text}`);
  const done = await build(options);
  if (!options.quiet) tell(done.decided, done.foreign);
  return 0;
}

/** @param {string[]} argv @returns {Promise<number>} exit code */
async function linkCommand(argv) {
  const options = parse(argv);
  checkOut(options.out);
  if (options.sources.length !== 1) throw new LinkError('link', 'takes one module');
  const from = options.sources[0].replace(/\.(wasm|mjs)$/, '');
  const to = options.out.replace(/\.(wasm|mjs)$/, '');
  if (path.basename(from) !== path.basename(to))
    throw new LinkError(
      options.out,
      `must be named ${path.basename(from)}: the glue contains that name`,
    );
  if (path.resolve(from) === path.resolve(to))
    throw new LinkError(options.out, 'must be in another folder than the raw module');
  const log = options.log ?? (options.why ? chain : undefined);
  makeRoom(to);
  const done = link({
    ...options,
    log,
    raw: `${from}.wasm`,
    out: `${to}.wasm`,
    level: options.opt,
    emcc: findEmcc().path,
  });
  writeGlue(from, to);
  if (!options.quiet) tell(done.decided, []);
  return 0;
}

function tell(
  /** @type {import('../wasm/link/report.js').Decided} */ what,
  /** @type {import('../wasm/link/report.js').ForeignInput[]} */ foreign,
) {
  for (const line of summary(what, foreign)) console.error(`worldsema: ${line}`);
}

/** Prints only what --why reports. All other lines begin with a time, or are indented. */
function chain(/** @type {string} */ line) {
  if (!/^( |\d+\.\d\d s )/.test(line)) console.log(line);
}

/** The two commands, as main.js wants them. */
export const building = { help: buildHelp, main: buildCommand };
export const linking = { help: linkHelp, main: linkCommand };
