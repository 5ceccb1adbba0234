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
    'rt_host_uncaught',
  ],
  $worldsemaDie: function (error, thrown) {
    var at = thrown ? thrown.at : error;
    var frames = /wasm-function\[(\d+)\](?::0x([0-9a-f]+))?/g;
    var stack = String((at && at.stack) || '');
    _rt_host_trap_begin();
    for (var m; (m = frames.exec(stack));)
      if (!_rt_host_trap_frame(Number(m[1]), parseInt(m[2] || 0, 16))) break;
    if (thrown) {
      _rt_host_uncaught(thrown.ptr, thrown.type, thrown.off);
      return;
    }
    var what = error instanceof WebAssembly.RuntimeError ? error.message : String(error);
    what = what.replace(/ \(evaluating '[^]*'\)$/, ''); // JavaScriptCore adds the call in JavaScript
    for (var byte of new TextEncoder().encode(what)) if (!_rt_host_trap_text(byte)) break;
    _rt_host_trap();
  },

  // The C++ exception that was thrown last on this thread.
  $worldsemaThrown: '=null',

  rt_js_thrown__deps: ['$worldsemaThrown', '$worldsemaCurrent'],
  rt_js_thrown: function (type) {
    if (!worldsemaThrown || worldsemaCurrent() != worldsemaThrown.ptr) return 0;
    new Uint32Array(wasmMemory.buffer, type >>> 0, 1)[0] = worldsemaThrown.type;
    return worldsemaThrown.ptr;
  },
  $worldsemaCurrent: function () {
    return 0;
  },

  // The body of a worker, and of a turn (mp 0: see one.c). Traps and exceptions that nobody catches
  // end up here.
  rt_js_run__deps: [
    '$worldsemaCaught',
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
      if (mp) return worldsemaCaught(e);
      try {
        if (e != worldsemaLeft) worldsemaCaught(e);
      } catch (left) {
        if (left != worldsemaLeft) throw left;
      } finally {
        _rt_host_turn_lost();
      }
    }
  },

  $worldsemaCaught__deps: ['$worldsemaDie', '$worldsemaThrown'],
  $worldsemaCaught: function (e) {
    // Old glue throws the address of a C++ exception, newer glue an object that has it.
    var ptr = typeof e == 'number' ? e : e && e.excPtr;
    var thrown = ptr && worldsemaThrown && worldsemaThrown.ptr == ptr ? worldsemaThrown : null;
    worldsemaDie(e || {}, thrown);
  },

  // Keeps the thrown value while deferred calls run: they may throw and catch values of their own.
  $worldsemaKept: '=[]',
  rt_js_keep_thrown__deps: ['$worldsemaKept', '$worldsemaThrown'],
  rt_js_keep_thrown: function (keep) {
    if (typeof exceptionLast == 'undefined') return; // nothing throws in this program
    if (keep) worldsemaKept.push({ last: exceptionLast, thrown: worldsemaThrown });
    else {
      var kept = worldsemaKept.pop();
      exceptionLast = kept.last;
      worldsemaThrown = kept.thrown;
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

// C++'s throw, which also notes the place of the throw. A note takes longer than a throw. So a
// thread that throws all the time notes only some throws: a hundred at once, then four in a
// millisecond. If exceptions are off, nothing can catch a throw. The note is made by a function of
// its own, because engines do not compile a function that never returns. It seldom reads the time,
// because that costs a tenth of a throw.
if (LibraryManager.library.__cxa_throw) {
  mergeInto(LibraryManager.library, {
    worldsema_throw: LibraryManager.library.__cxa_throw,
    worldsema_throw__deps: LibraryManager.library.__cxa_throw__deps,
    $worldsemaNotes: '={ throws: 0, left: 100, since: 0 }',
    $worldsemaNote__deps: ['$worldsemaNotes', '$worldsemaThrown'],
    $worldsemaNote: function (ptr, type, off) {
      var notes = worldsemaNotes;
      var at = null;
      if ((++notes.throws & 15) == 0) {
        var now = performance.now();
        notes.left = Math.min(100, notes.left + Math.trunc(4 * (now - notes.since)));
        notes.since = now;
      }
      if (notes.left > 0 || off) {
        at = new Error();
        notes.left--;
      }
      worldsemaThrown = { ptr: ptr, type: type, off: off, at: at };
    },
    __cxa_throw__deps: ['worldsema_throw', '$worldsemaDie', '$worldsemaNote', '$worldsemaThrown'],
    __cxa_throw: function (ptr, type, destructor) {
      var off = '{{{ DISABLE_EXCEPTION_CATCHING }}}' == '1';
      worldsemaNote(ptr, type, off);
      if (off && ENVIRONMENT_IS_PTHREAD) worldsemaDie(null, worldsemaThrown);
      _worldsema_throw(ptr, type, destructor);
    },
  });
}

if (LibraryManager.library.$exceptionLast) {
  mergeInto(LibraryManager.library, {
    $worldsemaCurrent__deps: ['$exceptionLast'],
    $worldsemaCurrent: function () {
      return (exceptionLast && exceptionLast.excPtr) || exceptionLast;
    },
  });
}
