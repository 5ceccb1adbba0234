// @ts-check
// Functions behind the runtime's last one are the system's. A function of the program there is
// refused by name.
import { expect, test } from '@jest/globals';
import { kindsOf } from '../../wasm/link/kinds.js';
import { Locations } from '../../wasm/link/locations.js';
import { checkSeen } from '../../wasm/link/unseen.js';
import { moduleOf } from './modules.mjs';

/** @param {string} system @param {string} [file] where $last is from */
function seen(system, file = '') {
  const { m, index } = moduleOf({
    runtime: '(func $go_gosched (call $park))',
    system: `${system} (func $last (nop))`,
  });
  const locations = new Locations();
  const loc = locations.add({ func: 'last', file, line: 1, parent: 0, kind: 2 });
  return () => checkSeen(m, kindsOf(m), { locations, decl: new Map([[index('last'), loc]]) });
}

test('functions that the linker has compiled are refused by name', () => {
  expect(seen('(func $main (nop))')).toThrow(/^main: stands behind the runtime.*-flto/);
  expect(seen('(func $__original_main (nop))')).toThrow(/^__original_main: /);
  expect(seen('(func $f (call $go_gosched))')).toThrow(/^f: .*calls a function of worldsema\.h/);
  expect(seen('', 'src/last.c')).toThrow(/^last: .*it is from src\/last\.c/);
});

test('a call that does not fit what it calls is refused by name', () => {
  expect(seen('(func $signature_mismatch:helper (unreachable))')).toThrow(
    /^helper: is called with other/,
  );
});

test('those of the system are not', () => {
  const plain = '(func $printf (nop))';
  expect(seen(plain)).not.toThrow();
  expect(seen(plain, 'system/lib/libc/musl/src/stdio/printf.c')).not.toThrow();
  expect(seen(plain, '/usr/share/emscripten/cache/sysroot/include/c++/v1/string')).not.toThrow();
  expect(seen(plain, 'emsdk/emscripten/cache/sysroot/include/c++/v1/string')).not.toThrow();
});
