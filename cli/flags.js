// @ts-check
// Flags of compilers: which step each belongs to, and which cannot be had, with the reason in a
// line.
import { LinkError } from '../wasm/link/error.js';
import { contentsOf } from '../wasm/link/tools.js';

/** Refused, and why. @type {[RegExp, string][]} */
const REFUSED = [
  [
    /^-flto|^-fthinlto|^-emit-llvm$/,
    'the link step must see each function as an object has it, not bitcode',
  ],
  [/^-fwasm-exceptions$/, 'exceptions of WebAssembly cannot be suspended: use -fexceptions'],
  [
    /^-fsanitize=(?!undefined$|[a-z-]*overflow|alignment|bool|bounds|builtin|enum|float|integer|null|object-size|pointer-overflow|return|shift|signed|unreachable|unsigned|vla-bound|vptr)/,
    'its runtime knows threads, but no goroutines: only -fsanitize=undefined and its parts can be had',
  ],
  [
    /^(-fprofile|-fcoverage|--coverage|-ftest-coverage|-pg$)/,
    'its runtime is not linked: take a CPU profile by `worldsema run --pprof`',
  ],
  [/^-f(pic|PIC|pie|PIE)$/, 'there is no dynamic linking'],
  [/^-(shared|r|static-pie|dynamiclib)$/, 'build makes a whole program'],
  [/^-[cSE]$/, 'build compiles and links: for an object alone, emcc -c -pthread -g'],
  [
    /^-M/,
    'build compiles all of its sources each time: for dependency files, compile with emcc -c -MMD, and give the objects',
  ],
  [/^-g0$/, 'tracebacks and the link step need -g'],
  [
    /^-gsource-map|^--source-map-base/,
    'lines are in the module already: stacks and profiles have them',
  ],
  [/^-g(split|separate)-dwarf/, 'the link step reads DWARF in the module'],
  [/^-x/, 'the language is told by the name of the file: .c, .cc, .S'],
  [/^--(shell-file|emrun)/, 'build makes no HTML: see createRuntime'],
  [
    /^--preload-file/,
    'the host fetches the module alone: use --embed-file, which puts the files into it',
  ],
  [/^--closure/, 'the glue must keep its names: minify the page instead'],
  [
    /^--(minify|llvm-lto|memory-init-file|proxy-to-worker|save-bc)/,
    'it changes what the link step makes',
  ],
];

/** Settings of Emscripten that cannot be had, and why. @type {[RegExp, string][]} */
const SETTINGS = [
  [
    /^SINGLE_FILE(=[1-9]|$)/,
    'the link step writes a module of its own, and the host compiles it once for all workers',
  ],
  [/^ASYNCIFY/, 'the link step takes functions apart itself, only those that can wait'],
  [/^JSPI(=[1-9]|$)/, 'goroutines are suspended by the link step'],
  [
    /^(WASM_EXCEPTIONS|SUPPORT_LONGJMP=wasm|WASM_LEGACY_EXCEPTIONS)/,
    'exceptions of WebAssembly cannot be suspended',
  ],
  [/^(MAIN_MODULE|SIDE_MODULE|RELOCATABLE|LINKABLE)(=[1-9]|$)/, 'there is no dynamic linking'],
  [/^(MEMORY64|WASM64)(=[1-9]|$)/, 'memory is of 32 bits'],
  [/^(WASM=[02]|WASM2JS)/, 'a program is WebAssembly'],
  [
    /^(PROXY_TO_PTHREAD|PTHREAD_POOL_SIZE|USE_PTHREADS|SHARED_MEMORY|WASM_WORKERS)/,
    'the runtime has workers of its own',
  ],
  [
    /^(TOTAL_STACK|STACK_SIZE|DEFAULT_PTHREAD_STACK_SIZE)/,
    'goroutines have stacks of their own (go_with_stack), and for workers there is --thread-stack',
  ],
  [/^(MALLOC|EMMALLOC|USES_DYNAMIC_ALLOC)/, 'the runtime has the allocator'],
  [
    /^(MODULARIZE|EXPORT_ES6|EXPORT_NAME|MINIMAL_RUNTIME|STANDALONE_WASM|PURE_WASI|INVOKE_RUN|EXIT_RUNTIME|ENVIRONMENT|WASM_BIGINT|WASM_ASYNC_COMPILATION|EVAL_CTORS|NODEJS_CATCH_EXIT|NODEJS_CATCH_REJECTION)/,
    'the host package needs the glue as build makes it',
  ],
];

/** One that takes a value, the next argument, and the step it is for. */
const VALUES = /** @type {const} */ ({
  compile: [
    '-I',
    '-D',
    '-U',
    '-include',
    '-isystem',
    '-iquote',
    '-idirafter',
    '-imacros',
    '-Xclang',
    '-mllvm',
  ],
  link: [
    ...[
      '-Xlinker',
      '--preload-file',
      '--embed-file',
      '--exclude-file',
      '--js-library',
      '--pre-js',
      '--post-js',
    ],
    ...['--extern-pre-js', '--extern-post-js', '--use-port', '--js-transform'],
  ],
});

/** @typedef {{ compile: string[], link: string[] }} Steps */

/**
 * Takes a flag of compilers.
 * @param {string} arg
 * @param {() => string} value  the next argument
 * @returns {Steps | null} what each step is given; null: it is no such flag
 */
export function flagOf(arg, value) {
  const why = REFUSED.find(([flag]) => flag.test(arg))?.[1];
  if (why) throw new LinkError(arg, `cannot be had: ${why}`);
  for (const step of /** @type {const} */ (['compile', 'link']))
    if (VALUES[step].some((flag) => flag === arg)) return only(step, arg, value());
  if (arg === '-s') return setting(value());
  if (/^-s[A-Z]/.test(arg)) return setting(arg.slice(2));
  if (/^-[lL]$/.test(arg)) return only('link', arg + value());
  if (arg === '-lembind' || arg === '--bind') return only('link', '--bind');
  if (/^-([lL]|Wl,)/.test(arg) || VALUES.link.some((flag) => arg.startsWith(`${flag}=`)))
    return only('link', arg);
  if (/^-f((no-)?exceptions|sanitize)/.test(arg)) return { compile: [arg], link: [arg] };
  if (/^-(g|pthread|static)$/.test(arg)) return { compile: [], link: [] }; // always so
  if (/^-(I|D|U|W|f|m|g|std=|w$|ansi$|pedantic|isystem|iquote|Xclang)/.test(arg))
    return only('compile', arg);
  return null;
}

/** @type {(step: 'compile' | 'link', ...args: string[]) => Steps} */
const only = (step, ...args) => ({ compile: [], link: [], [step]: args });

/** @type {(text: string) => Steps} */
function setting(text) {
  const why = SETTINGS.find(([name]) => name.test(text))?.[1];
  if (why) throw new LinkError(`-s${text}`, `cannot be had: ${why}`);
  return only('link', `-s${text}`);
}

/**
 * Response files: what is in FILE stands in the place of `@FILE`, in words as a shell makes them.
 * @param {string[]} argv
 * @param {number} [depth]
 * @returns {string[]}
 */
export function expanded(argv, depth = 0) {
  return argv.flatMap((arg) => {
    if (!/^@./.test(arg)) return [arg];
    if (depth > 8) throw new LinkError(arg, 'response files name one another');
    return expanded(words(new TextDecoder().decode(contentsOf(arg.slice(1)))), depth + 1);
  });
}

/** @param {string} text @returns {string[]} */
function words(text) {
  const found = text.match(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+/gs) ?? [];
  return found.map((word) =>
    word.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/gs, (_, double, single, one) =>
      double !== undefined ? double.replace(/\\(["\\$`])/g, '$1') : (single ?? one),
    ),
  );
}
