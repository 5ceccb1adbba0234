// The types of 'worldsema/jest'.

import type { ProgramError, RuntimeOptions } from '../index.js';

/** How a program is built: what `worldsema build` takes. */
export interface BuildArgs {
  /** -O0 … -O3, -Os, -Oz; default -O2 */
  opt?: string;
  /** For the compiler: -I, -D, -W, … */
  compileArgs?: string[];
  /** For emcc's link: -l, -L, -s… */
  emccArgs?: string[];
  /** Further sources and objects, which are foreign code. */
  foreign?: string[];
  polls?: 'none' | 'calls' | 'loops';
}

export interface RunOptions extends Omit<RuntimeOptions, 'wasm' | 'stdout' | 'stderr'> {
  /** When the program is given by its sources. */
  buildArgs?: BuildArgs;
}

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
  /** What it died of; null when main returned or exit was called. */
  error: ProgramError | null;
}

/**
 * Runs a program to its end, which may be its death, and gives what it printed. `program` is a
 * .wasm file, or the sources of one, which are built once for all tests of a file (that needs
 * Emscripten).
 */
export function runProgram(program: string | URL | string[], options?: RunOptions): Promise<Ran>;

type Outcome = { pass: boolean; message: () => string };

/** For `expect.extend(matchers)`. All are asynchronous: `await expect(rt).toDeadlock()`. */
export const matchers: {
  /**
   * There is no goroutine but main; those that are about to end get `timeoutMs` (default 1000) to
   * do so. `ignore`: functions; who has one in its stack, or was started by one, does not count.
   */
  toHaveNoLeakedGoroutines(
    rt: unknown,
    options?: { ignore?: (string | RegExp)[]; timeoutMs?: number },
  ): Promise<Outcome>;
  /**
   * The program ends because all goroutines are asleep; `where` must be in the stacks that it
   * prints. Takes a Runtime, or what runProgram gave.
   */
  toDeadlock(program: unknown, where?: string | RegExp): Promise<Outcome>;
};

/**
 * For TypeScript: `declare module 'expect' { interface Matchers<R> extends WorldsemaMatchers<R> {}
 * }`
 */
export interface WorldsemaMatchers<R> {
  toHaveNoLeakedGoroutines(options?: {
    ignore?: (string | RegExp)[];
    timeoutMs?: number;
  }): Promise<R>;
  toDeadlock(where?: string | RegExp): Promise<R>;
}
