// @ts-check
// Profiles made up for the tests of formats: of every kind, with all that a format has to get
// right.

/** @typedef {import('../../host/pprof/index.js').AnyProfile} AnyProfile */
/** @typedef {import('../../host/index.js').Frame} Frame */

/** @param {Partial<Frame>} known @returns {Frame} */
export const frame = (known) => ({
  ...{ func: 'f', file: 'src/f.c', line: 1, inlined: false, pc: 1, offset: 0, kind: 'user' },
  ...known,
});

/** Innermost first: helper is inlined into work, which main calls from two lines. */
const stacks = {
  deep: [
    frame({ func: 'helper', file: 'src/helper.h', line: 7, inlined: true, pc: 12 }),
    frame({ func: 'work', file: 'src/work.c', line: 20, pc: 12 }),
    frame({ func: 'main', file: 'src/main.c', line: 5, pc: 3 }),
  ],
  twice: [
    frame({ func: 'work', file: 'src/work.c', line: 22, pc: 13 }),
    frame({ func: 'main', file: 'src/main.c', line: 6, pc: 4 }),
  ],
  entry: [frame({ func: 'ns::größe<int>', file: '', line: 0, pc: 0x80000007 })],
  empty: [],
};

/** @param {keyof typeof stacks} name */
const stack = (name) => ({
  pcs: stacks[name].filter(({ inlined }) => !inlined).map(({ pc }) => pc),
  frames: stacks[name],
});

const origin = {
  timeMs: Date.UTC(2026, 10, 26),
  program: { name: 'made-up.wasm', buildId: '0123456789abcdef0123456789abcdef01234567' },
};

/** @param {string} kind @param {string} [label] of some @returns {AnyProfile} */
const counts = (kind, label) => ({
  ...origin,
  kind,
  total: 1006,
  records: [
    { count: 1000, ...stack('deep') },
    { count: 3, ...(label && { label }), ...stack('twice') },
    { count: 2, ...stack('entry') },
    { count: 1, ...stack('empty') },
  ],
});

/** @param {string} kind @returns {AnyProfile} */
const memory = (kind) => {
  const deep = { allocObjects: 10, allocBytes: 5 * 2 ** 40, inuseObjects: 3, inuseBytes: 300 };
  const twice = { allocObjects: 7, allocBytes: 100, inuseObjects: 0, inuseBytes: 0 };
  return {
    ...origin,
    kind,
    rate: 524_288,
    total: {
      allocObjects: 17,
      allocBytes: deep.allocBytes + 100,
      inuseObjects: 3,
      inuseBytes: 300,
    },
    records: [
      { ...deep, ...stack('deep') },
      { ...twice, ...stack('twice') },
    ],
  };
};

/** @param {string} kind @returns {AnyProfile} */
const contention = (kind) => ({
  ...origin,
  kind,
  total: 5,
  records: [
    { count: 4, delayNs: 35_184_372_088_833, ...stack('deep') },
    { count: 1, delayNs: 12, ...stack('twice') },
  ],
});

/** @type {AnyProfile} */
const cpu = {
  ...origin,
  kind: 'cpu',
  hz: 100,
  durationNs: 2_000_000_000,
  total: 150,
  records: [
    { count: 100, label: 'a worker', ...stack('deep') },
    { count: 40, ...stack('deep') },
    { count: 10, label: 'größe', ...stack('twice') },
  ],
};

/** One of each kind. */
export const profiles = [
  counts('goroutine', 'a waiter'),
  counts('threadcreate'),
  memory('heap'),
  memory('allocs'),
  cpu,
  contention('block'),
  contention('mutex'),
];

/** @param {string} kind */
export const profileNamed = (kind) =>
  /** @type {AnyProfile} */ (profiles.find((profile) => profile.kind === kind));

/** Numbers that look random, the same ones each time. @param {number} seed */
function numbers(seed) {
  let state = seed * 2_654_435_761 + 1;
  return (/** @type {number} */ below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Of any kind, with many stacks, all different. @param {number} seed @returns {AnyProfile} */
export function randomProfile(seed) {
  const below = numbers(seed);
  const model = profiles[seed % profiles.length];
  const places = Array.from({ length: 30 }, (_, i) =>
    Array.from({ length: 1 + below(3) }, () =>
      frame({ func: `f${below(9)}`, file: `f${below(4)}.c`, line: below(50), pc: 2 ** i + 1 }),
    ).map((one, k, all) => ({ ...one, inlined: k < all.length - 1 })),
  );
  const records = Array.from({ length: 40 }, (_, n) => {
    const chains = [
      ...Array.from({ length: below(12) }, () => places[below(30)]),
      [frame({ pc: n })],
    ];
    const one = model.records[below(model.records.length)];
    return { ...one, pcs: chains.map((chain) => chain[0].pc), frames: chains.flat() };
  });
  return { ...model, total: sum(records), records };
}

/** @param {any[]} records */
function sum(records) {
  const add = (/** @type {string} */ field) => records.reduce((all, one) => all + one[field], 0);
  if ('count' in records[0]) return add('count');
  const fields = ['allocObjects', 'allocBytes', 'inuseObjects', 'inuseBytes'];
  return /** @type {any} */ (Object.fromEntries(fields.map((field) => [field, add(field)])));
}
