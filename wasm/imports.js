// The JavaScript functions that the wasm machine imports; linked by emcc --js-library. Asyncify's
// three primitives are imports only until the link step binds them.

mergeInto(LibraryManager.library, {
  start_unwind: function () {},
  stop_unwind: function () {},
  start_rewind: function () {},

  // Returns milliseconds since one fixed moment, the same for all threads (pre.js). The moment is
  // so near that doubles are fine enough.
  rt_js_now: function () {
    return worldsemaOrigin + performance.now();
  },

  rt_js_cores: function () {
    return (typeof navigator == 'object' && navigator.hardwareConcurrency) || 1;
  },

  rt_js_random: function () {
    return Math.random();
  },

  // Replaces the glue's own function, which takes it for granted that the engine gave as much.
  emscripten_get_heap_max: function () {
    var declared = Number('{{{ MAXIMUM_MEMORY }}}');
    return Math.min(worldsemaPages * 65536 || declared, 4294901760);
  },

  // Replaces the glue's own function. The glue's fails if another thread grows the memory at the
  // same time, although there is room: then malloc would report that there is none.
  emscripten_resize_heap: function (bytes) {
    var wanted = Math.ceil((bytes >>> 0) / 65536);
    var pages = wasmMemory.grow(0); // what a view tells may be old
    if (wanted <= pages) return 1;
    var ahead = Math.min(Math.max(wanted, pages + (pages >> 3)), 65536) - pages;
    for (var more of [ahead, wanted - pages]) {
      try {
        wasmMemory.grow(more);
        return 1;
      } catch (e) {
        // The step was too large.
      }
    }
    return wanted <= wasmMemory.grow(0) ? 1 : 0;
  },

  // Replaces the glue's own function. That of 3.1.6 takes an address above 2 GiB, which is negative
  // here, for one that counts from the end of memory: mmap of a file cleared memory in use.
  $zeroMemory: function (at, n) {
    HEAPU8.fill(0, at >>> 0, (at >>> 0) + n);
    return at; // some versions use it
  },

  // Writes the engine's stack of this thread as pairs (function index, file offset), innermost
  // first. JavaScriptCore gives no offset: then it is 0. Either all frames are counted, or only the
  // innermost max are asked for.
  rt_js_stack: function (pairs, max, all) {
    var limit = Error.stackTraceLimit;
    Error.stackTraceLimit = all ? Infinity : max + 2; // and what is JavaScript's
    var text = new Error().stack;
    Error.stackTraceLimit = limit;
    var re = /wasm-function\[(\d+)\](?::0x([0-9a-f]+))?/g;
    var words = new Uint32Array(wasmMemory.buffer, pairs >>> 0, 2 * max);
    var n = 0;
    for (var m; (m = re.exec(text)); n++) {
      if (n >= max) continue; // counted only
      words[2 * n] = Number(m[1]);
      words[2 * n + 1] = parseInt(m[2] || 0, 16);
    }
    return n;
  },

  // JavaScript's frames cannot be suspended. So JavaScript gets from the function table stubs that
  // wait in place; other entries stay as they are. Runs once on each thread, before any is taken.
  $worldsemaTable__deps: ['rt_slot_of'],
  $worldsemaTable: function () {
    var get = WebAssembly.Table.prototype.get;
    wasmTable.get = function (slot) {
      return get.call(wasmTable, _rt_slot_of(slot) >>> 0);
    };
  },

  // Tells the runtime why a goroutine dies, with every frame that it had.
  $worldsemaDie__deps: [
    'rt_host_trap',
    'rt_host_trap_begin',
    'rt_host_trap_frame',
    'rt_host_trap_text',
  ],
  $worldsemaDie: function (error) {
    var frames = /wasm-function\[(\d+)\](?::0x([0-9a-f]+))?/g;
    var stack = String((error && error.stack) || '');
    _rt_host_trap_begin();
    for (var m; (m = frames.exec(stack));)
      if (!_rt_host_trap_frame(Number(m[1]), parseInt(m[2] || 0, 16))) break;
    var what = error instanceof WebAssembly.RuntimeError ? error.message : String(error);
    what = what.replace(/ \(evaluating '[^]*'\)$/, ''); // JavaScriptCore adds the call in JavaScript
    for (var byte of new TextEncoder().encode(what)) if (!_rt_host_trap_text(byte)) break;
    _rt_host_trap();
  },

  // The body of a worker, and of a turn (mp 0: see one.c). Traps and exceptions that nobody catches
  // end up here.
  rt_js_run__deps: [
    '$worldsemaDie',
    '$worldsemaLeft',
    '$worldsemaTable',
    'rt_host_mstart',
    'rt_host_turn_lost',
  ],
  rt_js_run: function (mp) {
    Error.stackTraceLimit = 200;
    if (mp) worldsemaTable();
    try {
      _rt_host_mstart(mp);
    } catch (e) {
      if (e == 'unwind') throw e;
      if (mp) return worldsemaDie(e);
      try {
        if (e != worldsemaLeft) worldsemaDie(e);
      } catch (left) {
        if (left != worldsemaLeft) throw left;
      } finally {
        _rt_host_turn_lost();
      }
    }
  },

  // The page's JavaScript called a function that may wait; name is NUL-terminated.
  rt_js_refuse: function (name) {
    var from = new Uint8Array(wasmMemory.buffer, name >>> 0);
    var text = new TextDecoder().decode(from.slice(0, from.indexOf(0)));
    throw new Error(
      text +
        '() may wait for other goroutines, so this thread cannot call it: ' +
        'let it call a function that starts it with go(), and returns',
    );
  },

  // The host's thread cannot halt as a worker does. So this call ends with an error.
  $worldsemaLeft: "=new Error('the program has ended')",
  rt_js_leave__deps: ['$worldsemaLeft'],
  rt_js_leave: function () {
    throw worldsemaLeft;
  },

  // With one thread, where nobody else empties the ring of the output or gives input meanwhile.
  rt_js_drain: function () {
    Module['worldsemaDrain']();
  },
  rt_js_input: function (to, room) {
    var bytes = Module['worldsemaInput'](room);
    new Uint8Array(wasmMemory.buffer).set(bytes, to >>> 0);
    return bytes.length;
  },

  rt_js_fd_write: 'fd_write',

  // Answered by the page's thread, which has the files.
  rt_js_is_stdin__proxy: 'sync',
  rt_js_is_stdin__sig: 'i',
  rt_js_is_stdin: function () {
    var stream = typeof FS == 'object' && FS.streams[0];
    return stream && stream.tty ? 1 : 0;
  },
});
