// @ts-check
// Flags of compilers: which step each belongs to, and which are refused, with the reason in a line.
import { LinkError } from '../wasm/link/error.js';
import { contentsOf } from '../wasm/link/tools.js';

/** What -fsanitize= may name: undefined behaviour, and its parts. */
const UNDEFINED = [
  ...['undefined$', '[a-z-]*overflow', 'alignment', 'bool', 'bounds', 'builtin', 'enum', 'float'],
  ...['integer', 'null', 'object-size', 'pointer-overflow', 'return', 'shift', 'signed'],
  ...['unreachable', 'unsigned', 'vla-bound', 'vptr'],
];

/** Flags that are refused, and why. @type {[RegExp, string][]} */
const REFUSED = [
  [
    /^-flto|^-fthinlto|^-emit-llvm$/,
    'the link step must see each function as an object has it, not bitcode',
  ],
  [/^-fwasm-exceptions$/, 'exceptions of WebAssembly cannot be suspended: use -fexceptions'],
  [
    new RegExp(`^-fsanitize=(?!${UNDEFINED.join('|')})`),
    'its runtime knows threads, but not goroutines: only -fsanitize=undefined and its parts work',
  ],
  [
    /^(-fprofile|-fcoverage|--coverage|-ftest-coverage|-pg$)/,
    'its runtime is not linked: take a CPU profile with `worldsema run --pprof`',
  ],
  [/^-f(pic|PIC|pie|PIE)$/, 'there is no dynamic linking'],
  [/^-(shared|r|static-pie|dynamiclib)$/, 'build makes a whole program'],
  [/^-([cSE]|fsyntax-only)$/, 'build compiles and links: for an object alone, emcc -c -pthread -g'],
  [
    /^-M/,
    'build compiles all of its sources each time: for dependency files, compile with ' +
      'emcc -c -MMD, and pass the objects',
  ],
  [/^-g0$/, 'tracebacks and the link step need -g'],
  [/^--source-map-base/, 'the map is named as a file beside the module'],
  [/^-g(split|separate)-dwarf/, 'the link step reads DWARF in the module'],
  [/^-x/, 'the name of the file decides the language: .c, .cc, .S'],
  [/^--(shell-file|emrun)/, 'build makes no HTML: see createRuntime'],
  [
    /^--preload-file/,
    'the host fetches only the module: use --embed-file, which puts the files into it',
  ],
  [/^--closure/, 'the glue must keep its names: minify the page instead'],
  [
    /^--(minify|llvm-lto|memory-init-file|proxy-to-worker|save-bc)/,
    'it changes what the link step makes',
  ],
];

const STACKS =
  'goroutines have stacks of their own (go_with_stack); for workers there is --thread-stack';

/** Options of wasm-ld, from -Wl and -Xlinker. @type {[RegExp, string][]} */
const LINKER = [
  [
    /^(-s|-S|--?strip-(all|debug))$/,
    'the link step reads names and debug information: leave them out with --tables=separate',
  ],
  [
    /^--?export-all$/,
    'it exports the functions of the runtime, too: mark yours with EMSCRIPTEN_KEEPALIVE',
  ],
  [/^(-z)?stack-size=/, STACKS],
];

/** Settings that change the form of the glue. */
const GLUE = [
  ...['MODULARIZE', 'EXPORT_ES6', 'EXPORT_NAME', 'MINIMAL_RUNTIME', 'STANDALONE_WASM', 'PURE_WASI'],
  ...['INVOKE_RUN', 'EXIT_RUNTIME', 'ENVIRONMENT', 'WASM_BIGINT', 'WASM_ASYNC_COMPILATION'],
  ...['EVAL_CTORS', 'NODEJS_CATCH_EXIT', 'NODEJS_CATCH_REJECTION'],
];

/** Settings of Emscripten that are refused, and why. @type {[RegExp, string][]} */
const SETTINGS = [
  [
    /^SINGLE_FILE(=[1-9]|$)/,
    'the link step writes a module of its own, and the host compiles it once for all workers',
  ],
  [/^ASYNCIFY/, 'the link step itself instruments functions, and only those that can wait'],
  [/^JSPI(=[1-9]|$)/, 'goroutines are suspended by the link step'],
  [
    /^(WASM_EXCEPTIONS|SUPPORT_LONGJMP=wasm|WASM_LEGACY_EXCEPTIONS)/,
    'exceptions of WebAssembly cannot be suspended',
  ],
  [/^(MAIN_MODULE|SIDE_MODULE|RELOCATABLE|LINKABLE)(=[1-9]|$)/, 'there is no dynamic linking'],
  [/^(MEMORY64|WASM64)(=[1-9]|$)/, 'addresses have 32 bits'],
  [/^(WASM=[02]|WASM2JS)/, 'a program is WebAssembly'],
  [
    /^(PROXY_TO_PTHREAD|PTHREAD_POOL_SIZE|USE_PTHREADS|SHARED_MEMORY|WASM_WORKERS)/,
    'the runtime has workers of its own',
  ],
  [/^(PROXY_TO_WORKER|BUILD_AS_WORKER)(=[1-9]|$)/, 'the runtime has workers of its own'],
  [/^STACK_OVERFLOW_CHECK(=[1-9]|$)/, 'the link step has a check of its own in each program'],
  [/^(TOTAL_STACK|STACK_SIZE|DEFAULT_PTHREAD_STACK_SIZE)/, STACKS],
  [/^(MALLOC|EMMALLOC|USES_DYNAMIC_ALLOC)/, 'the runtime has an allocator of its own'],
  [new RegExp(`^(${GLUE.join('|')})`), 'the host package needs the glue as build makes it'],
];

/** Flags that take the next argument as their value, by the step that gets them. */
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
 * Finds the step that a compiler flag is for.
 * @param {string} arg
 * @param {() => string} value  the next argument
 * @returns {Steps | null} the arguments for each step; null: it is not a compiler flag
 */
export function flagOf(arg, value) {
  const why = REFUSED.find(([flag]) => flag.test(arg))?.[1];
  if (why) throw new LinkError(arg, `is not supported: ${why}`);
  if (arg === '-Xlinker') return linker(arg, value());
  for (const step of /** @type {const} */ (['compile', 'link']))
    if (VALUES[step].some((flag) => flag === arg)) return only(step, arg, value());
  if (arg === '-s') return setting(value());
  if (/^-s[A-Z]/.test(arg)) return setting(arg.slice(2));
  if (/^-[lL]$/.test(arg)) return only('link', arg + value());
  if (arg === '-lembind' || arg === '--bind') return only('link', '--bind');
  if (arg.startsWith('-Wl,')) return linker(arg);
  if (/^-[lL]/.test(arg) || VALUES.link.some((flag) => arg.startsWith(`${flag}=`)))
    return only('link', arg);
  if (/^-f((no-)?exceptions|sanitize)/.test(arg)) return { compile: [arg], link: [arg] };
  if (/^-(g|gsource-map(=inline)?|pthread|static)$/.test(arg)) return { compile: [], link: [] }; // always on
  if (/^-(I|D|U|W|f|m|g|std=|w$|ansi$|pedantic|isystem|iquote|Xclang)/.test(arg))
    return only('compile', arg);
  return null;
}

/** @type {(step: 'compile' | 'link', ...args: string[]) => Steps} */
const only = (step, ...args) => ({ compile: [], link: [], [step]: args });

/** For wasm-ld: words behind -Wl, or the value of -Xlinker. @type {(...args: string[]) => Steps} */
function linker(...args) {
  for (const word of args[args.length - 1].replace(/^-Wl,/, '').split(',')) {
    const why = LINKER.find(([option]) => option.test(word))?.[1];
    if (why) throw new LinkError(args.join(' '), `is not supported: ${why}`);
  }
  return only('link', ...args);
}

/** @type {(text: string) => Steps} */
function setting(text) {
  const why = SETTINGS.find(([name]) => name.test(text))?.[1];
  if (why) throw new LinkError(`-s${text}`, `is not supported: ${why}`);
  return only('link', `-s${text}`);
}

/**
 * Response files: the words in FILE take the place of `@FILE`. They are split as a shell does it.
 * @param {string[]} argv
 * @param {number} [depth]
 * @returns {string[]}
 */
export function expanded(argv, depth = 0) {
  return argv.flatMap((arg) => {
    if (!/^@./.test(arg)) return [arg];
    if (depth > 8) throw new LinkError(arg, 'response files include one another in a circle');
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
