// @ts-check
// What `npm test` takes of several ways that would take too long in all. See tests/README.md.

const stress = process.env.WORLDSEMA_STRESS === '1';

/** Which sample. scripts/test.mjs takes another one for each run, and prints it. */
const sample = Number(process.env.WORLDSEMA_SAMPLE) || 0;

/** Is this a whole `npm test`? One with arguments runs what they name. */
const whole = process.env.WORLDSEMA_WHOLE === '1' && !stress;

/**
 * Is it the turn of what takes long in this run? It is in every second run, or in every fourth one.
 * `npm run stress` has all, and so has a run of some files.
 * @param {number} turn 0 or 1; of four: 0 to 3
 * @param {2 | 4} [of]
 */
export const isTurn = (turn, of = 2) => !whole || sample % of === turn;

/** How many turns something has had, in the samples up to this one. @param {2 | 4 | 1} of */
const round = (of) => Math.floor(sample / of);

/**
 * One of the ways of the program that has this number among many; in a whole `npm test` none, if it
 * is not its turn. `npm run stress` takes all.
 * @template T
 * @param {T[]} ways
 * @param {number} number
 * @param {2 | 4} [of] see isTurn
 * @returns {T[]}
 */
export function oneWay(ways, number, of = 2) {
  if (stress || ways.length === 0) return ways;
  if (!isTurn(number % of, of)) return [];
  return [ways[(round(of) + Math.floor(number / of)) % ways.length]];
}

/** Why a test is not in this run, if it is not its turn. */
export const notItsTurn = 'not in this sample: it takes turns, and is in `npm run stress`';

/**
 * The ways that are always taken, and one of the others. `npm run stress` takes all.
 * @template T
 * @param {T[]} always
 * @param {T[]} others
 * @param {number} [turn] tests with different turns take different ones
 * @param {1 | 2 | 4} [of] the test has every second turn, or every fourth
 * @returns {T[]}
 */
export const some = (always, others, turn = 0, of = 1) =>
  stress || others.length === 0
    ? [...always, ...others]
    : [...always, others[(round(of) + turn) % others.length]];
