// Tests are ES modules and run untransformed (`npm test` sets --experimental-vm-modules). A test
// waits for what it needs and never sleeps; the time limit is only a watchdog.

export default {
  roots: ['<rootDir>/tests'],
  testMatch: ['<rootDir>/tests/**/*.test.mjs'],
  testEnvironment: '<rootDir>/tests/helpers/environment.mjs',
  transform: {},
  injectGlobals: false,
  testTimeout: 300_000,
  maxWorkers: 2,
  testSequencer: '<rootDir>/scripts/sequencer.mjs',
  watchman: false,
  reporters: ['default', '<rootDir>/scripts/reporter.mjs'],
};
