/* eslint-disable -- pasted before Emscripten's glue, which has its own dialect */
// Made by worldsema from Emscripten's glue. A build writes this file anew.

// Bundlers put something else in the place of such names if they are not declared.
var { process, window, document } = globalThis;
var global = globalThis;
var worldsemaNode = !!process?.versions?.node && process.type != 'renderer';

// A worker of Deno has some globals that Emscripten makes for Node.js, and they cannot be changed.
var worldsemaGlobals = (to, globals) => {
  for (var name in globals)
    try {
      to[name] = globals[name];
    } catch (e) {} // it is there
};

// Bundlers must not follow what these name: it exists in Node.js only, or beside the glue only.
var worldsemaHere = import.meta.url;
var worldsemaBeside = (file) =>
  (worldsemaHere || '').replace(/[^/]*([?#].*)?$/, encodeURIComponent(file));
var worldsemaImport = (name) =>
  import(/* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ name);

// Emscripten 3.1.6 uses these names of CommonJS in ES modules, too.
var require, __dirname, __filename;
async function worldsemaModules() {
  if (require) return;
  var { createRequire } = await worldsemaImport('node:module');
  require = createRequire(worldsemaHere || process.cwd() + '/');
  __filename = worldsemaHere ? require('url').fileURLToPath(worldsemaHere) : '';
  __dirname = require('path').dirname(__filename);
}
