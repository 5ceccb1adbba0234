// What ESLint checks. Form is Prettier's business; types are tsc's (files with `// @ts-check`).

import js from '@eslint/js';
import globals from 'globals';

export default [
  { ignores: ['build/', 'dist/'] },
  js.configs.recommended,
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: {
      ecmaVersion: 2024,
      sourceType: 'module',
      globals: globals['shared-node-browser'],
    },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-unused-vars': ['error', { argsIgnorePattern: '^_', caughtErrors: 'none' }],
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
    },
  },
  {
    files: [
      'scripts/**',
      'tests/**',
      'wasm/link/**',
      'host/platform/node*.js',
      'host/jest/**',
      'host/pprof/http.js',
      'host/pprof/relay.js',
      'cli/**',
      'demo/*.mjs',
    ],
    languageOptions: { globals: globals.node },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: { sourceType: 'commonjs', globals: globals.node },
  },
  {
    files: [
      'host/platform/browser*.js',
      'host/isolate.js',
      'host/pprof/worker.js',
      'demo/**/*.js',
      'tests/**',
    ],
    languageOptions: { globals: globals.browser },
  },
  {
    files: ['host/**', 'demo/**/*.js'],
    rules: { 'no-console': 'error' },
  },
  {
    // A function fits a screen, as in C (tests/house.test.mjs).
    files: ['cli/**', 'demo/**', 'host/**', 'scripts/**', 'wasm/**'],
    rules: { 'max-lines-per-function': ['error', 60] },
  },
  {
    // Pasted into Emscripten's glue at link time: its own dialect.
    files: ['wasm/imports.js', 'wasm/pre.js'],
    languageOptions: {
      sourceType: 'script',
      globals: { mergeInto: 'readonly', LibraryManager: 'readonly', ...globals.worker },
    },
    rules: {
      eqeqeq: 'off',
      'no-redeclare': 'off',
      'no-undef': 'off',
      'no-unused-vars': 'off',
      'no-var': 'off',
      'object-shorthand': 'off',
    },
  },
];
