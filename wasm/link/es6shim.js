/* eslint-disable -- the names must be `var`s to be those of the glue behind this */
// Put before Emscripten's glue. Emscripten 3.1.6 uses CommonJS names in ES modules; newer ones do
// not need this, and it does nothing outside Node.
var require, __dirname;
if (typeof process == 'object' && process.versions && process.versions.node) {
  require = (await import('module')).createRequire(import.meta.url);
  __dirname = require('path').dirname(require('url').fileURLToPath(import.meta.url));
}
