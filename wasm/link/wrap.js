// @ts-check
// Innermost loops that call nothing, rewritten around a look at the flag of polls.js.
//
// In a function that can be suspended, the flag is read at the back edges, but the call stands
// outside of the loop. So Asyncify guards the loop as a whole. The load is atomic, because nothing
// else keeps engines from moving it out of the loop:
//
//   block EXIT (type of the loop)
//     loop OUT
//       n = 255
//       block POLL
//         loop L
//           block               a copy: its back edges lead here, to the next one
//             ...               branches past L      ->  four labels further
//             br EXIT
//           end
//           ...                 back edge `br L`     ->  if (--n < 0); flag; br_if POLL; n = 255;
//                                                        end; br L
//         end                   back edge `br_if L`  ->  if; the same; end
//         br EXIT               branches past L      ->  three labels further
//       end
//       call $rt_safepoint
//       br OUT
//     end
//     unreachable
//   end
//
// Entering L anew is the same as going around it, because all its state is in locals. A loop with
// block parameters has state elsewhere, and is not wrapped.
//
// In any other function the poll stands in the loop, in the last of the copies, and OUT is not
// needed. A loop of few turns is left sooner that way.
import { locAt } from './editor.js';
import { leb, Op, opens, VOID } from './opcodes.js';
import { readLeb } from './reader.js';

/**
 * @typedef {import('./reader.js').Module} Module
 * @typedef {import('./reader.js').Body} Body
 * @typedef {import('./reader.js').Instr} Instr
 * @typedef {import('./loops.js').Loop} Loop
 * @typedef {import('./editor.js').Edit} Edit
 * @typedef {import('./editor.js').Row} Row
 */

const I32 = 0x7f;

/** Declares one more local: it counts the turns until the next look at the flag. */
export function counter(/** @type {Module} */ m, /** @type {Body} */ body) {
  const { value, at } = readLeb(m.bytes, body.start);
  const groups = m.bytes.subarray(at, body.code);
  const bytes = [...leb(value + 1), ...groups, 1, I32];
  return { at: body.start, remove: body.code - body.start, bytes };
}

/**
 * @param {Module} m
 * @param {Body} body
 * @param {Loop} loop
 * @param {object} how
 * @param {number[]} how.flag
 * @param {number[]} how.stop
 * @param {number} how.loc
 * @param {Row[]} how.rows
 * @param {number} how.copies
 * @param {number[]} how.fill    sets the counter; empty if there is none
 * @param {number[]} how.isTime  the condition: is it time to look at the flag?
 * @returns {Edit[]}
 */
export function wrap(m, body, loop, { flag, stop, loc, rows, copies, fill, isTime }) {
  const { instrs } = body;
  const head = instrs[loop.first];
  const type = m.bytes.subarray(head.at + 1, head.end);
  const open = [Op.block, ...type, Op.loop, VOID, ...fill, Op.block, VOID];
  // At a back edge, where POLL is this many labels out.
  const count = (/** @type {number} */ out) => [
    ...[...isTime, Op.if, VOID, ...flag, Op.br_if, ...leb(out + 1), ...fill, Op.end],
  ];
  /** @type {Edit[]} */
  const list = [{ at: head.at, remove: 0, bytes: open }];
  for (let copy = 1; copy < copies; copy++) list.push(...copyOf(m, body, loop, rows, 4));
  let depth = 0;
  for (let n = loop.first + 1; n < loop.last; n++) {
    const i = instrs[n];
    if (opens(i.op)) depth++;
    else if (i.op === Op.end) depth--;
    else if (i.op === Op.br || i.op === Op.br_if) {
      if (i.a < depth) continue;
      let bytes;
      if (i.a > depth) bytes = [i.op, ...leb(i.a + 3)];
      else if (i.op === Op.br) bytes = [...count(depth + 1), Op.br, ...leb(depth)];
      else bytes = [...[Op.if, VOID, ...count(depth + 2), Op.br, ...leb(depth + 1)], Op.end];
      list.push({ at: i.at, remove: i.end - i.at, bytes });
    }
  }
  const close = [Op.br, 2, Op.end, ...stop, Op.br, 0, Op.end, Op.unreachable, Op.end];
  list.push({ at: instrs[loop.last].end, remove: 0, bytes: close, loc });
  return list;
}

/**
 * Writes the body several times, for a loop that contains its poll.
 * @returns {Edit[]}
 */
export function repeat(
  /** @type {Module} */ m,
  /** @type {Body} */ body,
  /** @type {Loop} */ loop,
  /** @type {Row[]} */ rows,
  /** @type {number} */ copies,
) {
  const { instrs } = body;
  const head = instrs[loop.first];
  const open = [Op.block, ...Array.from(m.bytes.subarray(head.at + 1, head.end))];
  /** @type {Edit[]} */
  const list = [{ at: head.at, remove: 0, bytes: open }];
  for (let copy = 1; copy < copies; copy++) list.push(...copyOf(m, body, loop, rows, 2));
  let depth = 0;
  for (let n = loop.first + 1; n < loop.last; n++) {
    const i = instrs[n];
    if (opens(i.op)) depth++;
    else if (i.op === Op.end) depth--;
    else if ((i.op === Op.br || i.op === Op.br_if) && i.a > depth)
      list.push({ at: i.at, remove: i.end - i.at, bytes: [i.op, ...leb(i.a + 1)] });
    else if (i.table?.some((a) => a > depth))
      list.push({ at: i.at, remove: i.end - i.at, bytes: outOf(i, depth, 1) });
  }
  list.push({ at: instrs[loop.last].end, remove: 0, bytes: [Op.end] });
  return list;
}

/** A branch at this depth in a loop. If it leaves the loop, it leads `out` labels further. */
function outOf(/** @type {Instr} */ i, /** @type {number} */ depth, /** @type {number} */ out) {
  const to = (/** @type {number} */ label) => leb(label > depth ? label + out : label);
  const { table } = i;
  return table ? [i.op, ...leb(table.length - 1), ...table.flatMap(to)] : [i.op, ...to(i.a)];
}

/**
 * One more copy of the body, before the body; what is around is `out` labels further.
 * @returns {Edit[]}
 */
function copyOf(
  /** @type {Module} */ m,
  /** @type {Body} */ { instrs },
  /** @type {Loop} */ loop,
  /** @type {Row[]} */ rows,
  /** @type {number} */ out,
) {
  const at = instrs[loop.first].end;
  /** @type {Edit[]} */
  const list = [];
  const put = (/** @type {ArrayLike<number>} */ bytes, /** @type {number} */ loc) => {
    const before = list[list.length - 1];
    if (before?.loc === loc) before.bytes.push(...Array.from(bytes));
    else list.push({ at, remove: 0, bytes: Array.from(bytes), loc });
  };
  put([Op.block, VOID], locAt(rows, at));
  let depth = 0;
  for (let n = loop.first + 1; n < loop.last; n++) {
    const i = instrs[n];
    if (opens(i.op)) depth++;
    else if (i.op === Op.end) depth--;
    put(
      i.op === Op.br || i.op === Op.br_if || i.op === Op.br_table
        ? outOf(i, depth, out)
        : m.bytes.subarray(i.at, i.end),
      locAt(rows, i.at),
    );
  }
  put([Op.br, out, Op.end], locAt(rows, instrs[loop.last].at));
  return list;
}
