// @ts-check
// Emscripten's flags, each with its reason. One set works with 3.1.6 and with 6.0.5.

/** For every object, the user's and the runtime's. */
export const COMPILE = [
  '-pthread',
  '-g', // lines and inlined calls for tracebacks
  '-Xclang', // a poll may call where a leaf function uses memory below the stack pointer
  '-disable-red-zone',
  '-fno-finite-loops', // `for (;;);` is a goroutine that can be stopped, not undefined behaviour
  '-Wno-unused-command-line-argument',
];

/**
 * What the host may pass to the glue. Emscripten ignores a field that is not listed, without a
 * word.
 */
const INCOMING = [
  'arguments',
  'buffer', // 3.1.6 with -sASSERTIONS needs it
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

/** const volatile std::atomic<long long> &, as C++'s names have it. */
const LONG = 'PVKNS_17__cxx_atomic_implIxNS_22__cxx_atomic_base_implIxEEEE';

/** Functions of the C library in whose place the machine has others, named __wrap_NAME. */
const WRAPPED = [
  'emscripten_futex_wait', // wasm/blocking.c
  // wasm/libcwait.c
  'emscripten_futex_wake',
  '__clock_nanosleep',
  'clock_nanosleep',
  'clock_settime',
  '__wasi_fd_read', // wasm/stdin.c
  'isatty', // wasm/ring.c
  '__randname', // wasm/temp.c
  '__cxa_get_exception_ptr', // wasm/cxa.c
  // wasm/thread.c
  '__get_tp',
  'pthread_create',
  '__pthread_create',
  'pthread_exit',
  '__pthread_exit',
  'pthread_setspecific',
  'pthread_key_delete',
  '__pthread_key_delete',
  'tss_set',
  'pthread_setname_np',
  'pthread_getname_np',
  'pthread_spin_lock',
  'sched_yield',
  'strtok',
  'emscripten_num_logical_cores',
  'thrd_yield',
  '_pthread_cleanup_push', // wasm/cleanup.c
  '_pthread_cleanup_pop',
  '__emscripten_thread_cleanup',
  '_emscripten_thread_cleanup',
  // wasm/cxxwait.c
  '_ZNSt3__223__libcpp_atomic_monitorEPVKv',
  '_ZNSt3__220__libcpp_atomic_waitEPVKvx',
  '_ZNSt3__223__cxx_atomic_notify_oneEPVKv',
  '_ZNSt3__223__cxx_atomic_notify_allEPVKv',
  `_ZNSt3__220__libcpp_atomic_waitE${LONG}x`,
  `_ZNSt3__223__cxx_atomic_notify_oneE${LONG}`,
  `_ZNSt3__223__cxx_atomic_notify_allE${LONG}`,
  '_ZSt9terminatev', // wasm/uncaught.c
  // wasm/interrupt.c
  'pthread_cancel',
  'pthread_setcancelstate',
  '__cancel',
  // wasm/signal.c
  'pthread_kill',
  'raise',
  'kill',
  'pthread_sigmask',
  'sigpending',
  'sigwait',
  'sigtimedwait',
  'sigwaitinfo',
  'pause',
  // wasm/sigaction.c
  'sigaction',
  '__sigaction',
  // wasm/timers.c
  'alarm',
  'setitimer',
  'getitimer',
  // wasm/named.c
  'sem_open',
  'sem_close',
  'sem_unlink',
  // wasm/priority.c
  'pthread_getschedparam',
  'pthread_setschedparam',
  'pthread_setschedprio',
  'pthread_attr_setschedparam',
  'pthread_attr_setschedpolicy',
  'sched_get_priority_max',
  'sched_get_priority_min',
];

/**
 * @param {object} how
 * @param {string[]} how.exports  C names
 * @param {string[]} how.methods  functions of the glue that the module object has
 * @param {number} how.threadStack  bytes
 * @param {string} how.imports    the --js-library
 * @param {string} how.hook       the --pre-js
 */
export const linkFlags = ({ exports, methods, threadStack, imports, hook }) => [
  '-pthread',
  '-O1', // -O2 inlines around Asyncify's primitives, -O3 renames imports
  '-g',
  '-sWASM_BIGINT', // without it emcc rewrites the code, and DWARF no longer fits
  '-sMODULARIZE',
  '-sEXPORT_ES6',
  '-sEXPORT_NAME=createProgram',
  '-sENVIRONMENT=web,worker,node',
  '--pre-js', // the host chooses the class of the workers
  hook,
  '--js-library',
  imports,
  '-sINVOKE_RUN=0', // the runtime runs main as goroutine 1
  '-sEXIT_RUNTIME=1',
  '-sSTACK_OVERFLOW_CHECK=0', // the link step has its own; -sASSERTIONS=2 would switch this on
  '-sNODEJS_CATCH_EXIT=0', // the process belongs to the user: no handlers on it
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
  ...WRAPPED.map((name) => `-Wl,--wrap=${name}`),
  '-Wno-pthreads-mem-growth',
  '-Wno-unused-command-line-argument', // newer versions do not know `quit` in INCOMING
];
