// emcc pastes this (--pre-js) into the body of the glue's factory. The host hands in its class of
// workers, so that the host hears of their deaths and can end them. Without one, the platform's
// class is used.

var Worker = Module['worldsemaWorker'] || globalThis.Worker;

// A page that is not isolated has this class under no name. The glue asks whether its memory is of
// it.
var SharedArrayBuffer =
  globalThis.SharedArrayBuffer ||
  (function () {
    try {
      return new globalThis.WebAssembly.Memory({ initial: 0, maximum: 0, shared: true }).buffer
        .constructor;
    } catch (e) {
      return function () {}; // there is no shared memory
    }
  })();

// In mode one the memory is not shared, and nobody can wait for it. Newer glue would do so for the
// messages of other threads.
var Atomics = Module['worldsemaDrain']
  ? Object.create(globalThis.Atomics, { waitAsync: { value: undefined } })
  : globalThis.Atomics;

// How far the memory can grow, in pages; 0 if the glue did not make it.
var worldsemaPages = 0;

// An engine may refuse a shared memory that can grow so far: Safari on iOS refuses 2 GiB and more.
// Then the program gets one that grows less far.
var WebAssembly = Object.create(globalThis.WebAssembly);
WebAssembly.Memory = function (limits) {
  var refused;
  for (var most = limits.maximum; most >= limits.initial; most = most > 32767 ? 32767 : most >> 1) {
    try {
      var memory = new globalThis.WebAssembly.Memory(Object.assign({}, limits, { maximum: most }));
      worldsemaPages = most;
      return memory;
    } catch (e) {
      refused = refused || e;
    }
  }
  throw refused;
};
WebAssembly.Memory.prototype = globalThis.WebAssembly.Memory.prototype;

// The glue's timers do not keep the process alive. If the program could not start, the host ends
// the timers.
var setInterval = function () {
  var timer = globalThis.setInterval.apply(globalThis, arguments);
  if (typeof timer == 'object') timer.unref();
  if (Module['worldsemaTimers']) Module['worldsemaTimers'].push(timer);
  return timer;
};

// In Node.js this is a getter, which would otherwise run at each look at the clock.
var performance = globalThis.performance;

// This thread adds this to performance.now(), so that the clocks of all threads agree.
var worldsemaOrigin = performance.timeOrigin - 1.7e12;

// In a worker of a page (host/platform/browser.js).
if (globalThis.name == 'em-pthread' && typeof importScripts == 'function') {
  // As long as this worker lives, it holds a lock. It tells the page the lock's name.
  if (navigator.locks) {
    var worldsemaLock = 'worldsema-' + crypto.randomUUID();
    navigator.locks
      .request(worldsemaLock, function () {
        return new Promise(function () {});
      })
      .catch(function () {}); // no locks here
    postMessage({ worldsemaLock: worldsemaLock });
  }
  // timeOrigin is read from the wall clock when each worker begins, and the wall clock may be set
  // in between. So this worker asks the page's thread for its time several times, and uses the
  // answer that took the least time.
  for (var best = Infinity, round = 0; round < 5; round++) {
    var cell = new SharedArrayBuffer(16);
    var asked = performance.now();
    postMessage({ worldsemaClock: cell });
    Atomics.wait(new Int32Array(cell), 0, 0);
    var told = performance.now();
    if (told - asked >= best) continue;
    best = told - asked;
    worldsemaOrigin = new Float64Array(cell)[1] - 1.7e12 - (asked + told) / 2;
  }
}

// Older glue waits for the workers of its pool before it goes on, also when there are none (mode
// one).
Module['worldsemaReceive'] = function (receive, instance, module) {
  var alone = Module['worldsemaDrain'] && typeof runDependencies == 'number';
  var before = alone ? runDependencies : 0;
  receive(instance, module);
  if (before > 0 && runDependencies == before) removeRunDependency('wasm-instantiate');
};

// Runs before the program's constructors, on the thread that creates the program.
Module['preRun'] = [].concat(Module['preRun'] || [], function () {
  worldsemaTable();
});

// Starts one more worker, if none is idle. The host calls this.
Module['worldsemaSpare'] = function () {
  if (PThread.unusedWorkers.length > 0) return;
  PThread.allocateUnusedWorker();
  PThread.loadWasmModuleToWorker(PThread.unusedWorkers[0]);
};
