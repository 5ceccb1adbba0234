// Pasted by emcc (--pre-js) into the body of the glue's factory. The host hands in the class of its
// workers, so that it hears of their deaths and can end them; without one, the platform's is used.

var Worker = Module['worldsemaWorker'] || globalThis.Worker;

// The glue's timers do not keep the process, and the host ends them when the program could not
// start.
var setInterval = function () {
  var timer = globalThis.setInterval.apply(globalThis, arguments);
  if (typeof timer == 'object') timer.unref();
  if (Module['worldsemaTimers']) Module['worldsemaTimers'].push(timer);
  return timer;
};

// A getter in Node.js, which each look at the clock would run.
var performance = globalThis.performance;

// What this thread adds to performance.now(), so that all threads tell the same time.
var worldsemaOrigin = performance.timeOrigin - 1.7e12;

// In a worker of a page (host/platform/browser.js).
if (typeof location == 'object' && /^#worldsema-/.test(location.hash)) {
  // It holds the lock that its address names as long as it lives.
  if (navigator.locks) {
    navigator.locks
      .request(location.hash.slice(1), function () {
        return new Promise(function () {});
      })
      .catch(function () {}); // no locks here
  }
  // timeOrigin is read off the wall clock as each worker begins, and the wall clock may be set
  // meanwhile. So the page's thread is asked for its time, and of some answers the one counts that
  // took the least.
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

// Before the program's constructors, on the thread that creates it.
Module['preRun'] = [].concat(Module['preRun'] || [], function () {
  worldsemaTable();
});
