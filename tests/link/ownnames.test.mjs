// @ts-check
// A program may use any name that is not worldsema's. The runtime's objects define only names that
// begin with go_ or rt_, and libc's own.
import { expect, test } from '@jest/globals';
import { runtimeObjects } from '../../wasm/link/compile.js';
import { ROOT, SOURCES } from '../../wasm/link/sources.js';
import { findEmcc, run, which } from '../../wasm/link/tools.js';

const OURS = /^(go_|rt_|GO_|worldsema)/;
const LIBC =
  /^(_Exit|exit|abort|brk|sbrk|(emscripten_builtin_|__libc_)?(malloc|free|calloc|realloc|memalign)|reallocarray|(posix_)?memalign|aligned_alloc|valloc|malloc_usable_size|emscripten_get_sbrk_ptr|__assert_fail|__wasi_fd_write|__wrap_\w+|__cxa_\w+|__resumeException|llvm_eh_typeid_for|_?emscripten_(throw_)?longjmp|(save|test)Setjmp|[gs]etTempRet0)$/;

/**
 * Names of one sort in the runtime's objects.
 * @param {string} sort an option of nm
 * @param {string} [types] as nm tells them
 */
async function namesOf(sort, types = 'TDBRVWU') {
  const nm = which('llvm-nm');
  if (!nm) throw new Error('llvm-nm is missing: apt install llvm');
  const { objects } = await runtimeObjects(findEmcc(), {
    ...{ root: ROOT, sources: SOURCES, flags: [], warn: () => {} },
  });
  const text = run('nm', [nm, sort, '--extern-only', ...objects.values()]);
  const named = new RegExp(`^[0-9a-f ]+ [${types}] (\\S+)$`);
  return text.split('\n').flatMap((line) => named.exec(line)?.[1] ?? []);
}

test('the runtime defines no name that a program may have', async () => {
  // A weak name is the program's if the program defines it.
  const names = await namesOf('--defined-only', 'TDBRV');
  expect(names.length).toBeGreaterThan(500);
  const other = names.filter((name) => !OURS.test(name) && !LIBC.test(name));
  expect(other).toEqual([]);
});

test("a program's function is not taken for one of JavaScript's that the runtime calls", async () => {
  const names = await namesOf('--undefined-only');
  expect(names).toContain('rt_js_now');
  expect(names.filter((name) => name.startsWith('os_'))).toEqual([]);
});
