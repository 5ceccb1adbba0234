// @ts-check
// Where is a program that computes? Loops at random, in one another and one after another, whose
// work is counted. A look at the flag finds what was raised since the look before it. So if the
// flag is raised at a moment at random, the loop that is found is that of the look, as often as its
// work since the look before is of all work. That is compared with what each loop has really done.
import { expect, test } from '@jest/globals';
import { polls } from '../../wasm/link/polls.js';
import { kindsOf } from '../../wasm/link/kinds.js';
import { locAt, rewrite } from '../../wasm/link/editor.js';
import { loopsOf } from '../../wasm/link/loops.js';
import { moduleOf } from './modules.mjs';
import { random } from './mutate.mjs';

const NESTS = process.env.WORLDSEMA_STRESS ? 400 : 60;
const COUNTS = 4096; // where the work of each loop is counted

/**
 * @typedef {{ turns: number, before: number, after: number, inner: Nest[], shape: number }} Nest
 * @type {(r: () => number, depth: number) => Nest}
 */
function nest(r, depth) {
  const inner = Array.from({ length: depth > 0 ? r() % 3 : 0 }, () => nest(r, depth - 1));
  const work = () => (r() % 2 ? 0 : 1 << (r() % 5));
  const turns = inner.length === 0 ? 1 << (r() % 9) : 1 + (r() % 8);
  return { turns: turns + (r() % turns), before: 1 + work(), after: work(), inner, shape: r() % 4 };
}

/**
 * The code of a loop, the number of which is `id.next`.
 * @type {(n: Nest, depth: number, id: { next: number }) => string}
 */
function codeOf({ turns, before, after, inner, shape }, depth, id) {
  const at = `(i32.const ${COUNTS + 4 * id.next++})`;
  const [i, x] = [`$i${depth}`, `(i32.const ${turns})`];
  const work = (/** @type {number} */ times) =>
    `(i32.store ${at} (i32.add (i32.load ${at}) (i32.const 1)))`.repeat(times);
  const body = `${work(before)} ${inner.map((n) => codeOf(n, depth + 1, id)).join('\n')} ${work(after)}`;
  const down = `(local.tee ${i} (i32.sub (local.get ${i}) (i32.const 1)))`;
  const start = `(local.set ${i} ${x})`;
  if (shape === 0) return `${start} (loop $l${depth} ${body} (br_if $l${depth} ${down}))`;
  if (shape === 1)
    return `${start} (if (local.get ${i}) (then (loop $l${depth} ${body} (br_if $l${depth} ${down}))))`;
  if (shape === 2)
    return `${start} (block $b${depth} (loop $l${depth} ${body}
      (br_if $b${depth} (i32.eqz ${down})) (br $l${depth})))`;
  // A count that is no constant step.
  return `${start} (block $b${depth} (loop $l${depth} ${body}
    (br_if $b${depth} (i32.eqz (local.get ${i}))) (local.set ${i} (i32.shr_u (local.get ${i}) (i32.const 0)))
    (local.set ${i} (i32.sub (local.get ${i}) (i32.const 1)))
    (br_if $l${depth} (local.get ${i}))))`;
}

/** @param {boolean} waits */
function build(waits) {
  const r = random(7);
  const nests = Array.from({ length: NESTS }, () => nest(r, 3));
  const sizes = nests.map(() => ({ next: 0 }));
  const { m, index } = moduleOf({
    user: nests
      .map(
        (n, k) => `(func $f${k} (export "f${k}") (local $i0 i32) (local $i1 i32) (local $i2 i32)
          (local $i3 i32) ${codeOf(n, 0, sizes[k])})`,
      )
      .join('\n'),
    imports: '(import "env" "look" (func $look))',
    safepoint: '(call $look)',
  });
  // A location for each loop: its number in the order of the code, and one.
  const rows = m.bodies.flatMap((body) =>
    rowsOf(body, loopsOf(body)).map(({ at, loc }) => ({ at, loc })),
  );
  const { edits } = polls(m, kindsOf(m), {
    ...{ mode: 'loops', raised: 8, rows, without: new Set(), decl: new Map() },
    ...{ stackPointer: 0, safepoint: () => index('rt_safepoint'), canWait: () => waits },
  });
  return { ...rewrite(m, { edits, rows }), sizes };
}

/**
 * @type {(body: import('../../wasm/link/reader.js').Body, loops:
 *   import('../../wasm/link/loops.js').Loop[]) => { at: number, loc: number }[]}
 */
function rowsOf({ instrs }, loops) {
  return instrs.map(({ at }, n) => {
    const innermost = loops.findLastIndex(({ first, last }) => first < n && n <= last);
    return { at, loc: innermost + 1 };
  });
}

/** The offset of the call that called rt_safepoint, which called us. */
function callerOf() {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.stackTraceLimit = 5;
  Error.prepareStackTrace = (_, sites) => sites.map((site) => site.getPosition());
  const [, , , , at] = /** @type {number[]} */ (/** @type {unknown} */ (new Error().stack));
  Object.assign(Error, { prepareStackTrace, stackTraceLimit });
  return at;
}

/** The work of each nest, and how much of it is found in another loop than it was done in. */
function shares(/** @type {boolean} */ waits) {
  const { bytes, rows, sizes } = build(waits);
  /** @type {() => void} */
  let onLook = () => {};
  const nothing = () => {};
  const { exports } = /** @type {{ exports: any }} */ (
    new WebAssembly.Instance(new WebAssembly.Module(/** @type {BufferSource} */ (bytes)), {
      env: { look: () => onLook() },
      asyncify: Object.fromEntries(
        ['start_unwind', 'stop_unwind', 'start_rewind', 'stop_rewind'].map((f) => [f, nothing]),
      ),
    })
  );
  const words = new Uint32Array(exports.memory.buffer);
  words[2] = 1; // the flag is always up: each look calls
  return sizes.map(({ next }, k) => {
    const counts = words.subarray(COUNTS / 4, COUNTS / 4 + next);
    counts.fill(0);
    const found = new Array(next + 1).fill(0);
    let seen = 0;
    const total = () => counts.reduce((a, b) => a + b, 0);
    onLook = () => {
      const at = callerOf();
      found[locAt(rows, at)] += total() - seen;
      seen = total();
    };
    exports[`f${k}`]();
    const wrong = [...counts].reduce((sum, n, loop) => sum + Math.max(0, n - found[loop + 1]), 0);
    return { wrong, work: total() };
  });
}

test.each([false, true])(
  'a goroutine is found in the loop in which it is, may wait %p',
  (waits) => {
    const found = shares(waits);
    for (const { wrong, work } of found)
      expect(wrong / work).toBeLessThan(work < 1000 ? 0.25 : 0.1);
    const all = found.reduce((sum, { wrong, work }) => sum + wrong / work, 0);
    expect(all / found.length).toBeLessThan(0.03);
  },
);
