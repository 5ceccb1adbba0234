// Entry of every npm script: `node scripts/run.mjs NAME [argument...]`.
//
// This works right after `git clone`: nothing here or in setup.mjs needs node_modules, because
// setup.mjs installs them. The syntax is plain, so that an old Node.js is told that it is too old.

const commands = {
  start: { file: './start.mjs', node: [20, 0] },
  build: { file: './build.mjs', node: [20, 0] },
  bundle: { file: './bundle.mjs', node: [20, 0] },
  bench: { file: './bench.mjs', node: [20, 0] },
  setup: { file: './setup.mjs', node: [20, 0] },
  // ESLint asks for 20.19.
  test: { file: './test.mjs', node: [20, 19] },
  stress: { file: './test.mjs', node: [20, 19] },
  lint: { file: './lint.mjs', node: [20, 19] },
  format: { file: './format.mjs', node: [20, 19] },
};

function older(version, than) {
  const have = version.split('.').map(Number);
  return have[0] < than[0] || (have[0] === than[0] && have[1] < than[1]);
}

function fail(error) {
  // The message of an ExpectedError is enough. Any other error is a mistake in our code.
  console.error(error && error.expected ? '\n' + error.message : error);
  process.exit(1);
}

const name = process.argv[2];
const command = commands[name];
if (!command) {
  console.error('usage: node scripts/run.mjs ' + Object.keys(commands).join('|'));
  process.exit(2);
}
if (older(process.versions.node, command.node)) {
  console.error(
    'worldsema: `npm run ' +
      name +
      '` needs Node.js ' +
      command.node.join('.') +
      ' or newer; this is ' +
      process.versions.node +
      ' (' +
      process.execPath +
      ').\n' +
      'Install a newer Node.js and run the same command again.',
  );
  process.exit(1);
}
import(command.file)
  .then(function (module) {
    return module.main(process.argv.slice(3), name);
  })
  .then(function (code) {
    if (typeof code === 'number') process.exitCode = code;
  })
  .catch(fail);
