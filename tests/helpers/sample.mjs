// @ts-check
// What `npm test` takes of several ways that would take too long in all. See tests/README.md.

const stress = process.env.WORLDSEMA_STRESS === '1';

/** Which sample. scripts/test.mjs takes another one for each run, and prints it. */
const sample = Number(process.env.WORLDSEMA_SAMPLE) || 0;

/** Is this a whole `npm test`? One with arguments runs what they name. */
const whole = process.env.WORLDSEMA_WHOLE === '1' && !stress;

/**
 * Is it the turn of what takes long in this run? Two of such things take turns. `npm run stress`
 * has both, and so has a run of some files.
 * @param {number} turn 0 or 1
 */
export const isTurn = (turn) => !whole || sample % 2 === turn;

/**
 * One of the ways of the program that has this number among many; in a whole `npm test` none, in
 * every second run. `npm run stress` takes all.
 * @template T
 * @param {T[]} ways
 * @param {number} number
 * @returns {T[]}
 */
export function oneWay(ways, number) {
  if (stress || ways.length === 0) return ways;
  if (!isTurn(number % 2)) return [];
  return [ways[((sample + number) >> 1) % ways.length]];
}

/** Why a test is not in this run, if it is not its turn. */
export const notItsTurn = 'not in this sample: it is in every second one, and in `npm run stress`';

/**
 * The ways that are always taken, and one of the others. `npm run stress` takes all.
 * @template T
 * @param {T[]} always
 * @param {T[]} others
 * @param {number} [turn] tests with different turns take different ones
 * @returns {T[]}
 */
export const some = (always, others, turn = 0) =>
  stress || others.length === 0
    ? [...always, ...others]
    : [...always, others[(sample + turn) % others.length]];
