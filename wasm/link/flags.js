// @ts-check
// Emscripten's flags, each with its reason. One set works on 3.1.6 and on 6.0.5.

/** For every object, the user's and the runtime's. */
export const COMPILE = [
  '-pthread',
  '-g', // lines and inlined calls for tracebacks
  '-Xclang', // a poll may call where a leaf function uses memory below the stack pointer
  '-disable-red-zone',
  '-fno-finite-loops', // `for (;;);` is a goroutine that can be stopped, not undefined behaviour
  '-Wno-unused-command-line-argument',
];

/** What the host may pass to the glue; a field that is not listed is ignored without a word. */
const INCOMING = [
  'arguments',
  'buffer', // of 3.1.6, which insists on it with -sASSERTIONS
  'instantiateWasm',
  'locateFile',
  'mainScriptUrlOrBlob',
  'noExitRuntime',
  'noInitialRun',
  'onAbort',
  'onExit',
  'onRuntimeInitialized',
  'preRun',
  'print',
  'printErr',
  'quit',
  'wasmBinary',
  'wasmMemory',
];

/**
 * @param {object} how
 * @param {string[]} how.exports  C names
 * @param {string[]} how.methods  what the module has of the glue
 * @param {number} how.threadStack  bytes
 * @param {string} how.imports    the --js-library
 * @param {string} how.shim
 * @param {string} how.hook       the --pre-js
 */
export const linkFlags = ({ exports, methods, threadStack, imports, shim, hook }) => [
  '-pthread',
  '-O1', // -O2 would inline around asyncify's primitives, -O3 rename the imports
  '-g',
  '-sWASM_BIGINT', // else finalize rewrites the code, and DWARF no longer fits
  '-sMODULARIZE',
  '-sEXPORT_ES6',
  '-sEXPORT_NAME=createProgram',
  '-sENVIRONMENT=web,worker,node',
  '--extern-pre-js',
  shim,
  '--pre-js', // the host chooses the class of the workers
  hook,
  '--js-library',
  imports,
  '-sINVOKE_RUN=0', // the host boots the runtime, which runs main as goroutine 1
  '-sEXIT_RUNTIME=1',
  '-sSTACK_OVERFLOW_CHECK=0', // the link step has its own, and -sASSERTIONS=2 would switch it on
  '-sNODEJS_CATCH_EXIT=0', // no handlers on the process: it belongs to the user
  '-sNODEJS_CATCH_REJECTION=0',
  '-sALLOW_MEMORY_GROWTH=1',
  '-sMALLOC=none', // wasm/malloc.c
  '-sINITIAL_MEMORY=67108864',
  '-sMAXIMUM_MEMORY=4294967296',
  '-sPTHREAD_POOL_SIZE=Module["worldsemaPool"]', // an expression, evaluated by the glue
  `-sTOTAL_STACK=${threadStack}`,
  `-sDEFAULT_PTHREAD_STACK_SIZE=${threadStack}`,
  `-sEXPORTED_FUNCTIONS=${exports.map((name) => `_${name}`).join()}`,
  `-sEXPORTED_RUNTIME_METHODS=${methods.join()}`,
  `-sINCOMING_MODULE_JS_API=${INCOMING.join()}`,
  '-Wl,--wrap=emscripten_futex_wait', // wasm/blocking.c
  '-Wl,--wrap=__wasi_fd_read', // wasm/stdin.c
  '-Wno-pthreads-mem-growth',
  '-Wno-unused-command-line-argument', // newer ones do not know `quit` among the INCOMING
];
