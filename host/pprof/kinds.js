// @ts-check
// A table of what each kind of profile counts, as Go's pprof package writes it. All writers and
// readers in this folder use it. A new kind is a new row.

/**
 * One figure of a sample.
 * @typedef {object} Column
 * @property {string} type
 * @property {'count' | 'bytes' | 'nanoseconds'} unit
 * @property {string} [field] the field of a record that holds the figure; without a field the
 *   figure is count * period
 */
/**
 * @typedef {object} Kind
 * @property {Column[]} columns
 * @property {string} [defaultType] the figure that is shown first, if Go names one; otherwise the
 *   last figure is
 * @property {{ type: string, unit: string }} periodType
 * @property {(profile: any) => number} period
 * @property {(period: number) => object} [fromPeriod] the inverse: fields of the profile
 * @property {true} [memory] the frames of the runtime that allocated are left out; the sizes of
 *   blocks are written
 */

/** @type {Pick<Kind, 'columns' | 'periodType' | 'period' | 'fromPeriod' | 'memory'>} */
const memory = {
  columns: [
    { type: 'alloc_objects', unit: 'count', field: 'allocObjects' },
    { type: 'alloc_space', unit: 'bytes', field: 'allocBytes' },
    { type: 'inuse_objects', unit: 'count', field: 'inuseObjects' },
    { type: 'inuse_space', unit: 'bytes', field: 'inuseBytes' },
  ],
  periodType: { type: 'space', unit: 'bytes' },
  period: ({ rate }) => rate,
  fromPeriod: (rate) => ({ rate }),
  memory: true,
};

/** @type {Kind} */
const contention = {
  columns: [
    { type: 'contentions', unit: 'count', field: 'count' },
    { type: 'delay', unit: 'nanoseconds', field: 'delayNs' },
  ],
  periodType: { type: 'contentions', unit: 'count' },
  period: () => 1,
};

/** @type {Record<string, Kind>} */
const kinds = {
  heap: memory,
  allocs: { ...memory, defaultType: 'alloc_space' },
  cpu: {
    columns: [
      { type: 'samples', unit: 'count', field: 'count' },
      { type: 'cpu', unit: 'nanoseconds' },
    ],
    periodType: { type: 'cpu', unit: 'nanoseconds' },
    period: ({ hz }) => Math.round(1e9 / hz),
    fromPeriod: (ns) => ({ hz: Math.round(1e9 / ns) }),
  },
  block: contention,
  mutex: contention,
};

/**
 * The row of a kind. A kind that is not in the table counts stacks, as 'goroutine' and
 * 'threadcreate' do.
 * @param {string} kind
 * @returns {Kind}
 */
export const kindOf = (kind) =>
  Object.hasOwn(kinds, kind)
    ? kinds[kind]
    : {
        columns: [{ type: kind, unit: 'count', field: 'count' }],
        periodType: { type: kind, unit: 'count' },
        period: () => 1,
      };

/**
 * Index of the column that is shown first.
 * @param {Kind} kind
 */
export function mainColumn({ columns, defaultType }) {
  const named = columns.findIndex(({ type }) => type === defaultType);
  return named < 0 ? columns.length - 1 : named;
}

/**
 * Does this kind have these figures, in this order?
 * @param {string} kind
 * @param {string[]} types
 */
export const sameTypes = (kind, types) =>
  kindOf(kind)
    .columns.map(({ type }) => type)
    .join() === types.join();

/**
 * The kind that has these figures. For files that do not contain the kind.
 * @param {string[]} types
 * @param {string} [defaultType]
 * @returns {string | undefined}
 */
export function kindByTypes(types, defaultType) {
  if (types.length === 1) return types[0];
  const same = Object.keys(kinds).filter((kind) => sameTypes(kind, types));
  return same.find((kind) => kinds[kind].defaultType === defaultType) ?? same[0];
}
