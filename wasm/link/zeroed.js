// @ts-check
// The memory of a program is always a new one, so it is zero. wasm-ld cannot know that of a memory
// that is imported: as a program starts it fills all variables that begin as zero. That touches
// each of their pages (1.4 MB in the smallest program), and the first touch of a page is dear.
import { Op } from './opcodes.js';

/** The function that wasm-ld makes for the start. */
const START = '__wasm_init_memory';

/** Takes these fills out. @type {(m: import('./reader.js').Module) => import('./plan.js').Edits} */
export function zeroFills(m) {
  const edits = new Map();
  for (const { index, instrs } of m.bodies) {
    if (m.names.get(index) !== START) continue;
    const fills = instrs.flatMap(({ op, end }, n) => {
      const [to, value, size] = instrs.slice(Math.max(n - 3, 0), n);
      const known = [to, value, size].every((i) => i?.op === Op.i32_const) && value.a === 0;
      return op === Op.memory_fill && known ? [{ at: to.at, remove: end - to.at, bytes: [] }] : [];
    });
    edits.set(index, fills);
  }
  return edits;
}
