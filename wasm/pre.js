// Pasted by emcc (--pre-js) into the body of the glue's factory. The host hands in the class of its
// workers, so that it hears of their deaths and can end them; without one, the platform's is used.

var Worker = Module['worldsemaWorker'] || globalThis.Worker;

// In a worker of a page: it holds the lock that its address names as long as it lives (host/platform/browser.js).
if (typeof location == 'object' && /^#worldsema-/.test(location.hash) && navigator.locks) {
  navigator.locks
    .request(location.hash.slice(1), function () {
      return new Promise(function () {});
    })
    .catch(function () {}); // no locks here
}

// Before the program's constructors, on the thread that creates it.
Module['preRun'] = [].concat(Module['preRun'] || [], function () {
  worldsemaTable();
});
