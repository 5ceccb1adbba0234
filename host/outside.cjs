// What `require` gives: the package's ES modules, of which there is one copy in a process. Jest
// gives each test file modules of its own, and loads no ES module by `require`. So the file is
// loaded by Node.js itself, from outside.

const { runInThisContext } = require('node:vm');

/**
 * @param {string} file
 * @returns {any} the module's exports
 */
module.exports = (file) => {
  // The real one: Jest's answers for `node:module` by itself.
  const modules = runInThisContext('process').getBuiltinModule?.('node:module');
  try {
    return modules.createRequire(file)(file);
  } catch (error) {
    if (modules && error.code !== 'ERR_REQUIRE_ESM') throw error;
    throw new Error(
      `worldsema: require needs Node.js 20.19, 22.12 or newer; this is ${process.versions.node}. ` +
        'Use import() instead.',
      { cause: error },
    );
  }
};
