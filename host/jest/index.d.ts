// The types of 'worldsema/jest'.

import type { ProgramError, RuntimeOptions } from '../index.js';

/** How a program is built: the options of `worldsema build`. */
export interface BuildArgs {
  /** -O0 … -O3, -Os, -Oz; default -O2 */
  opt?: string;
  /** For the compiler: -I, -D, -W, … */
  compileArgs?: string[];
  /** For emcc's link: -l, -L, -s… */
  emccArgs?: string[];
  /** Further sources and objects, which are linked as foreign code. */
  foreign?: string[];
  polls?: 'none' | 'calls' | 'loops' | 'unwind';
}

export interface RunOptions extends Omit<RuntimeOptions, 'wasm' | 'stdout' | 'stderr'> {
  /** How to build the program, if it is given as sources. */
  buildArgs?: BuildArgs;
}

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
  /** The error that the program died of. null if main returned or the program called exit. */
  error: ProgramError | null;
}

/**
 * Runs a program until it ends or dies, and returns what it printed. `program` is a .wasm file, or
 * a list of C sources. Sources are built once for all tests of a file; this needs Emscripten.
 */
export function runProgram(program: string | URL | string[], options?: RunOptions): Promise<Ran>;

type Outcome = { pass: boolean; message: () => string };

/** For `expect.extend(matchers)`. All are asynchronous: `await expect(rt).toDeadlock()`. */
export const matchers: {
  /**
   * Passes if main is the only goroutine. Goroutines that are about to end get `timeoutMs` (default
   * 1000) to do so. `ignore`: names of functions. A goroutine that has one of them in its stack, or
   * was started by one of them, does not count.
   */
  toHaveNoLeakedGoroutines(
    rt: unknown,
    options?: { ignore?: (string | RegExp)[]; timeoutMs?: number },
  ): Promise<Outcome>;
  /**
   * Passes if the program ends because all goroutines are asleep. `where` must occur in the stacks
   * that it prints. `program` is a Runtime, or the result of runProgram.
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
