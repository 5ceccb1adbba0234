// Pasted by emcc (--pre-js) into the body of the glue's factory. The host hands in the class of its
// workers, so that it hears of their deaths and can end them; without one, the platform's is used.

var Worker = Module['worldsemaWorker'] || globalThis.Worker;
