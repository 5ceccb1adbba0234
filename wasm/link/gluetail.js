/* eslint-disable -- pasted behind Emscripten's glue, which has its own dialect */

export default (options) =>
  worldsemaNode ? worldsemaModules().then(() => createProgram(options)) : createProgram(options);

// The glue is also the script of its workers. In a page the start must not wait: what is posted to
// a worker is delivered as soon as its script has run.
if (!worldsemaNode) {
  if (globalThis.name == 'em-pthread' && typeof importScripts == 'function') worldsemaWorker();
} else {
  worldsemaImport('node:worker_threads').then(
    async ({ workerData }) => {
      if (workerData !== 'em-pthread') return;
      await worldsemaModules();
      worldsemaWorker();
    },
    () => {}, // where nothing can be imported, this is no worker of ours
  );
}
