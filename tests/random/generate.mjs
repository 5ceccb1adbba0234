// @ts-check
// Random C programs whose stacks are known: see shadow.h. A program is a few files of functions
// that call each other in every way C has; which path a goroutine takes is decided at run time.

/** @typedef {ReturnType<typeof randomFrom>} Random */

/**
 * @typedef {object} Func
 * @property {string} name
 * @property {number} file
 * @property {number} index  within its file
 * @property {'int' | 'double' | 'struct' | 'wide' | 'varargs'} kind
 * @property {boolean} global  other files may call it
 * @property {'' | 'noinline' | 'always_inline'} inlining
 * @property {boolean} foreign  by its own mark, or because its file is foreign code
 */

/** @param {number} seed */
function randomFrom(seed) {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  /** @param {number} n */
  const below = (n) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % n;
  };
  for (let i = 0; i < 8; i++) below(2);
  /** @template T @param {readonly T[]} list */
  const pick = (list) => list[below(list.length)];
  return { below, pick, chance: (/** @type {number} */ percent) => below(100) < percent };
}

/**
 * The files of a program, by name; main.c is not among them. Files named foreign*.c are to be
 * linked as foreign code.
 * @param {number} seed
 * @param {{ files?: number, functions?: number }} [options] functions: in each file
 * @returns {Record<string, string>}
 */
export function generate(seed, { files = 3, functions = 10 } = {}) {
  const random = randomFrom(seed);
  // None, some functions, a file, or nearly everything is foreign.
  const marks = random.pick([0, 0, 15, 50]);
  const foreignFrom = random.pick([files, files, files - 1, 1]);
  /** @type {Func[]} */
  const funcs = [];
  for (let file = 0; file < files; file++)
    for (let index = 0; index < functions; index++)
      funcs.push(makeFunc(random, file, index, file >= foreignFrom, marks));
  /** @type {Record<string, string>} */
  const texts = {};
  for (let file = 0; file < files; file++)
    texts[`${file >= foreignFrom ? 'foreign' : 'g'}${file}.c`] = fileText(random, funcs, file);
  const table = funcs.filter(({ kind, global, foreign }) => global && kind === 'int' && !foreign);
  texts['table.c'] = [
    '#include "shadow.h"',
    '',
    ...table.map((func) => `${prototype(func)};`),
    '',
    `CaseFunc *const table[] = {${table.map(({ name }) => name).join(', ')}};`,
    `const int ntable = ${table.length};`,
    '',
  ].join('\n');
  return texts;
}

/**
 * @param {Random} random
 * @param {number} file
 * @param {number} index
 * @param {boolean} inForeign  the file is foreign
 * @param {number} marks  percent of the functions that are marked
 * @returns {Func}
 */
function makeFunc(random, file, index, inForeign, marks) {
  /** @type {Func['kind'][]} */
  const kinds = ['int', 'int', 'int', 'double', 'struct', 'wide', 'varargs'];
  // The first of each file can be called from everywhere; the second has the same name everywhere.
  const kind = index < 2 ? 'int' : random.pick(kinds);
  const global = index === 0 || (index !== 1 && random.chance(40));
  /** @type {Func['inlining'][]} */
  const inlinings = ['', 'noinline', '', 'always_inline'];
  const inlining = inlinings[random.below(global || kind === 'varargs' ? 2 : 4)];
  // The first file always has one that cannot be, for the table.
  const foreign = inForeign || (global && file + index > 0 && random.chance(marks));
  return {
    foreign,
    name: index === 1 ? 'twin' : `f${file}_${index}`,
    file,
    index,
    kind,
    global,
    inlining,
  };
}

/** @param {Func} func */
function prototype({ name, kind, global, inlining }, mark = '') {
  const attribute = inlining === '' ? '' : `__attribute__((${inlining})) `;
  const storage = global ? '' : inlining === 'always_inline' ? 'static inline ' : 'static ';
  const [type, parameters] = {
    int: ['int', 'Case *c, int a'],
    double: ['double', 'Case *c, double d, int a'],
    struct: ['struct Pair', 'Case *c, struct Pair p, int a'],
    wide: ['int64_t', 'int64_t w, Case *c, int a'],
    varargs: ['int', 'Case *c, int a, ...'],
  }[kind];
  return `${mark}${attribute}${storage}${type} ${name}(${parameters})`;
}

/**
 * A call of it, as an int. Foreign code is for few: who waits there keeps a worker.
 * @param {Func} func @param {string} arg
 */
function call({ name, kind, foreign }, arg) {
  const made = {
    int: `${name}(c, ${arg})`,
    double: `(int)${name}(c, ${arg} * 0.5, a)`,
    struct: `${name}(c, (struct Pair){${arg}, 1.5, {a, 2, 3}}, a).x`,
    wide: `(int)${name}(${arg} * 1000003LL, c, a)`,
    varargs: `${name}(c, 3, ${arg}, 2.5, (int64_t)a)`,
  }[kind];
  return foreign ? `(c->foreign ? ${made} : 0)` : made;
}

/**
 * @param {Random} random
 * @param {Func[]} funcs
 * @param {number} file
 */
function fileText(random, funcs, file) {
  const own = funcs.filter((func) => func.file === file);
  const lines = [
    '#include "shadow.h"',
    '',
    'struct Pair {',
    '\tint x;',
    '\tdouble y;',
    '\tint z[3];',
    '};',
    '',
    ...funcs
      .filter((func) => func.global && func.file !== file)
      .map((func) => `${prototype(func)};`),
    ...own.map((func) => `${prototype(func)};`),
    '',
  ];
  for (const func of own) {
    const callable = funcs.filter((to) => mayCall(func, to));
    lines.push(...body(random, func, callable), '');
  }
  return lines.join('\n');
}

/** @param {Func} from @param {Func} to */
function mayCall(from, to) {
  if (!to.global && to.file !== from.file) return false;
  // What must be inlined must not call itself, not even by way of others.
  return to.inlining !== 'always_inline' || to.index > from.index;
}

/**
 * @param {Random} random
 * @param {Func} func
 * @param {Func[]} callable
 */
function body(random, func, callable) {
  const rest = [...callable];
  // Each callee once: the compiler may merge two calls of one function and lose their lines.
  const take = () => rest.splice(random.below(rest.length), 1)[0];
  const more = () => rest.length > 1;
  /** @type {string[]} */
  const extra = [];
  const mark = func.foreign && func.global ? `GO_FOREIGN(${func.name}) ` : '';
  const lines = [prototype(func, mark), '{', ...locals(func), '', '\tENTER;'];
  lines.push('\tif (c->left <= 0 && !c->parked) {', ...park(random, func, extra), '\t}');
  const n = 2 + random.below(4);
  let usedTable = false;
  for (let i = 0; i < n && more(); i++) {
    if (random.chance(25)) lines.push(...work(random));
    if (!usedTable && random.chance(20)) {
      usedTable = true;
      lines.push('\tif (wanted(c))', '\t\tr += AT(table[next(c) % (uint32_t)ntable](c, r & 63));');
    } else {
      lines.push(...site(random, func, take, more));
    }
  }
  lines.push('\tif (!c->parked) {', ...park(random, func, extra), '\t}');
  lines.push('\tLEAVE;', `\treturn ${result(func)};`, '}');
  return [...extra, ...lines];
}

/** @param {Func} func */
function locals({ kind }) {
  const start = {
    int: 'a',
    double: 'a + (int)d',
    struct: 'a + p.x + p.z[a & 1]',
    wide: 'a + (int)(w >> 4)',
    varargs: 'a',
  }[kind];
  const lines = [`\tint r = ${start};`];
  if (kind === 'varargs')
    lines.push(
      '\tva_list ap;',
      '',
      '\tva_start(ap, a);',
      '\tr += va_arg(ap, int);',
      '\tr += (int)va_arg(ap, double);',
      '\tr += (int)va_arg(ap, int64_t);',
      '\tva_end(ap);',
    );
  return lines;
}

/** @param {Func} func */
function result({ kind }) {
  return {
    int: 'r',
    double: 'r * 0.25 + d',
    struct: '(struct Pair){r, p.y, {r, r, p.x}}',
    wide: 'r + w',
    varargs: 'r',
  }[kind];
}

/** Something without calls. @param {Random} random */
function work(random) {
  const n = 1 + random.below(20);
  return random.pick([
    [`\tfor (int i = 0; i < ${n}; i++)`, '\t\tr = r * 3 + (a ^ i);'],
    ['\t{', '\t\tvolatile double v = r;', '', `\t\tv = v * 0.5 + ${n};`, '\t\tr += (int)v;', '\t}'],
    [`\tif (r % ${n + 1} == 0)`, `\t\tr ^= ${n};`, '\telse', '\t\tr >>= 1;'],
  ]);
}

/**
 * A place with one or more calls.
 * @param {Random} random
 * @param {Func} func
 * @param {() => Func} take
 * @param {() => boolean} more
 * @returns {string[]}
 */
function site(random, func, take, more) {
  const arg = random.pick(['a', 'r', '(a + 1)', '(r & 15)', '7']);
  const once = () => `AT(${call(take(), arg)})`;
  const form = random.below(9);
  if (form === 0)
    return ['\tfor (int i = 0; i < 3; i++)', '\t\tif (wanted(c))', `\t\t\tr += ${once()};`];
  if (form === 1) {
    const lines = ['\tswitch (next(c) % 5) {'];
    for (let i = 0; i < 4 && more(); i++)
      lines.push(
        `\tcase ${i}:`,
        '\t\tif (wanted(c))',
        `\t\t\tr += ${once()} + ${i};`,
        '\t\tbreak;',
      );
    return [...lines, '\tdefault:', '\t\tr++;', '\t}'];
  }
  if (form === 2)
    return [
      '\twhile (wanted(c)) {',
      `\t\tr += ${once()};`,
      '\t\tif (r % 3 != 0)',
      '\t\t\tbreak;',
      '\t}',
    ];
  if (form === 3)
    return [`\tif (wanted(c) && ${once()} > 5)`, '\t\tr ^= 1;', '\telse', '\t\tr += 2;'];
  if (form === 4 && more()) return [`\tr += wanted(c) ? ${once()} : wanted(c) ? ${once()} : 3;`];
  if (form === 5)
    return [
      '\t{',
      `\t\tint cells[${4 + random.below(20)}] = {a, r};`,
      '',
      '\t\tif (wanted(c))',
      `\t\t\tr += ${once()} + cells[(unsigned)r % 4];`,
      '\t}',
    ];
  if (form === 6 && more())
    return ['\tif (wanted(c))', `\t\tr += AT(${call(take(), `AT(${call(take(), arg)})`)});`];
  if (form === 7 && func.inlining !== 'always_inline')
    return ['\tif (wanted(c))', `\t\tr += AT(${call(func, 'r + 1')});`];
  return ['\tif (wanted(c))', `\t\tr += ${once()};`];
}

/**
 * The end of a path. `extra` gets what has to stand before the function.
 * @param {Random} random
 * @param {Func} func
 * @param {string[]} extra
 */
function park(random, func, extra) {
  const lines = [];
  if (random.chance(30))
    lines.push(
      '\t\tchar *text = calloc(1, TextRoom);',
      '',
      '\t\tAT(go_stack(text, TextRoom - 1, false));',
      '\t\tlook_at_self(c, text);',
      '\t\tfree(text);',
    );
  lines.push(
    '\t\tif (c->spins) {',
    // One line: somewhere in the loop is a poll.
    '\t\t\tAT(c->parked = true); while (!__atomic_load_n(&open, __ATOMIC_RELAXED)) r++;',
    '\t\t} else {',
  );
  const form = random.below(5);
  if (form === 0) {
    lines.push(
      '\t\t\tGoCase cases[] = {{NULL, GO_RECV, NULL, false}, {gate, GO_RECV, NULL, false}};',
      '',
      '\t\t\tc->parked = true;',
      '\t\t\tr += AT(go_select(cases, 2, true));',
    );
  } else if (form === 1) {
    // By way of the C library and back.
    const name = `compare_${func.file}_${func.index}_${extra.length}`;
    extra.push(
      'static int',
      `${name}(const void *x, const void *y)`,
      '{',
      '\tCase *c = *(Case *const *)x;',
      '',
      '\t(void)y;',
      '\tENTER;',
      '\tif (!c->parked) {',
      '\t\tc->parked = true;',
      '\t\tAT(go_chan_recv(gate, NULL));',
      '\t}',
      '\tLEAVE;',
      '\treturn 0;',
      '}',
      '',
    );
    lines.push(
      '\t\t\tCase *two[2] = {c, c};',
      '',
      '\t\t\tif (c->foreign)',
      `\t\t\t\tAT(qsort(two, 2, sizeof *two, ${name}));`,
      '\t\t\telse',
      `\t\t\t\tAT(${name}(two, two));`,
    );
  } else if (form === 2) {
    // By way of the runtime and back.
    const name = `protected_${func.file}_${func.index}_${extra.length}`;
    extra.push(
      'static void',
      `${name}(void *arg)`,
      '{',
      '\tCase *c = arg;',
      '',
      '\tENTER;',
      '\tc->parked = true;',
      '\tAT(go_chan_recv(gate, NULL));',
      '\tLEAVE;',
      '}',
      '',
    );
    lines.push(`\t\t\tr += AT(go_protect(${name}, c) != NULL);`);
  } else {
    lines.push('\t\t\tc->parked = true;', '\t\t\tAT(go_chan_recv(gate, NULL));');
  }
  lines.push('\t\t}');
  return lines;
}
