// What JavaScript gives the wasm machine; linked by emcc --js-library. Asyncify's four
// primitives are imports only until the link step binds them.

mergeInto(LibraryManager.library, {
  start_unwind: function () {},
  stop_unwind: function () {},
  start_rewind: function () {},
  stop_rewind: function () {},

  // Milliseconds; the origin is one fixed moment for all threads, near enough for fine doubles (pre.js).
  os_js_now: function () {
    return worldsemaOrigin + performance.now();
  },

  os_js_cores: function () {
    return (typeof navigator == 'object' && navigator.hardwareConcurrency) || 1;
  },

  os_js_random: function () {
    return Math.random();
  },

  // Instead of the glue's own, which fails when another thread has grown the memory in the
  // meantime, although there is room then: malloc would say that there is none.
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
        // Too much at once.
      }
    }
    return wanted <= wasmMemory.grow(0) ? 1 : 0;
  },

  // The engine's stack of this thread as pairs (function index, file offset), innermost first:
  // all of it counted, or the innermost max and no more asked for.
  os_js_stack: function (pairs, max, all) {
    var limit = Error.stackTraceLimit;
    Error.stackTraceLimit = all ? Infinity : max + 2; // and what is JavaScript's
    var text = new Error().stack;
    Error.stackTraceLimit = limit;
    var re = /wasm-function\[(\d+)\]:0x([0-9a-f]+)/g;
    var words = new Uint32Array(wasmMemory.buffer, pairs >>> 0, 2 * max);
    var n = 0;
    for (var m; (m = re.exec(text)); n++) {
      if (n >= max) continue; // counted only
      words[2 * n] = Number(m[1]);
      words[2 * n + 1] = parseInt(m[2], 16);
    }
    return n;
  },

  // JavaScript's frames cannot be suspended. So what it takes from the function table is what waits in place
  // there; other entries are as they are. Once on each thread, before anybody takes one.
  $worldsemaTable__deps: ['rt_slot_of'],
  $worldsemaTable: function () {
    var get = WebAssembly.Table.prototype.get;
    wasmTable.get = function (slot) {
      return get.call(wasmTable, _rt_slot_of(slot) >>> 0);
    };
  },

  // The body of a worker. A trap ends up here: it is told to the runtime, which reports it with
  // every stack it can read.
  os_js_run__deps: ['$worldsemaTable', 'rt_host_mstart', 'rt_host_trap', 'rt_host_traproom'],
  os_js_run: function (mp) {
    Error.stackTraceLimit = 200;
    worldsemaTable();
    try {
      _rt_host_mstart(mp);
    } catch (e) {
      if (e == 'unwind') throw e;
      var what = e instanceof WebAssembly.RuntimeError ? e.message : String(e);
      var text = new TextEncoder().encode(what).subarray(0, 511);
      var stack = String((e && e.stack) || '');
      var re = /wasm-function\[(\d+)\]:0x([0-9a-f]+)/g;
      var pairs = [];
      for (var m; pairs.length < 400 && (m = re.exec(stack));) {
        pairs.push(Number(m[1]), parseInt(m[2], 16));
      }
      // Static room: the trap may be malloc's own, with its lock held.
      var p = _rt_host_traproom() >>> 0;
      new Uint32Array(wasmMemory.buffer, p, pairs.length).set(pairs);
      new Uint8Array(wasmMemory.buffer, p + 1600, text.length).set(text);
      _rt_host_trap(p, pairs.length / 2, p + 1600, text.length);
    }
  },

  // The page's JavaScript called a function that may wait; name is NUL-terminated.
  os_js_refuse: function (name) {
    var from = new Uint8Array(wasmMemory.buffer, name >>> 0);
    var text = new TextDecoder().decode(from.slice(0, from.indexOf(0)));
    throw new Error(
      text +
        '() may wait for other goroutines, so this thread cannot call it: ' +
        'let it call a function that starts it with go(), and returns',
    );
  },

  // The page's thread cannot halt as a worker does: this call ends with an error.
  os_js_leave: function () {
    throw new Error('the program has ended');
  },

  os_js_fd_write: 'fd_write',
});
