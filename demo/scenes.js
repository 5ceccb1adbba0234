// @ts-check
// The programs that the page can run. Their sources are scenes/*.c. Each argument of a program is a
// field of a form here.

/**
 * @typedef {object} Field an argument of main
 * @property {string} name in the page's address
 * @property {string} label
 * @property {string} value default
 * @property {number} [min] a number from min to max
 * @property {number} [max]
 * @property {[value: string, text: string][]} [choices] or one of these
 */
/**
 * @typedef {object} Scene
 * @property {string} id name of the source and of the program
 * @property {string} title
 * @property {string} blurb
 * @property {Field[]} fields
 * @property {boolean} [picture] writes rows of a picture to stdout, not text
 * @property {'heap'} [look] what is to be looked at; the default are the stacks
 * @property {Record<string, string>} [env]
 */

/** @type {Scene[]} */
export const scenes = [
  {
    id: 'sieve',
    title: 'Prime sieve',
    blurb: 'A chain that grows with every prime.',
    fields: [{ name: 'primes', label: 'Primes', value: '5000', min: 1, max: 20000 }],
  },
  {
    id: 'mandelbrot',
    title: 'Mandelbrot',
    blurb: 'Drawn by all workers, row by row.',
    fields: [
      { name: 'width', label: 'Width', value: '480', min: 64, max: 960 },
      { name: 'painters', label: 'Painters', value: '8', min: 1, max: 100 },
    ],
    picture: true,
  },
  {
    id: 'skynet',
    title: 'Skynet',
    blurb: 'A hundred thousand goroutines at once.',
    fields: [
      {
        name: 'leaves',
        label: 'Leaves',
        value: '100000',
        choices: ['1000', '10000', '100000', '1000000'].map((n) => [
          n,
          Number(n).toLocaleString('en'),
        ]),
      },
      { name: 'rest', label: 'Leaves rest (ms)', value: '1000', min: 0, max: 60000 },
      { name: 'rounds', label: 'Rounds', value: '100', min: 1, max: 100000 },
    ],
  },
  {
    id: 'philosophers',
    title: 'Dining philosophers',
    blurb: 'Who takes which fork first decides who eats.',
    fields: [
      { name: 'seats', label: 'Seats', value: '5', min: 2, max: 12 },
      {
        name: 'forks',
        label: 'Forks',
        value: 'ordered',
        choices: [
          ['ordered', 'lower number first'],
          ['left', 'left first (deadlocks)'],
        ],
      },
    ],
  },
  {
    id: 'pipeline',
    title: 'Pipeline',
    blurb: 'Where does the work pile up?',
    fields: [
      { name: 'producers', label: 'Producers', value: '6', min: 1, max: 1000 },
      { name: 'writers', label: 'Writers', value: '3', min: 1, max: 1000 },
    ],
  },
  {
    id: 'leak',
    title: 'Goroutine leak',
    blurb: 'Somebody waits for ever, and then one more.',
    fields: [
      { name: 'rate', label: 'Requests a second', value: '200', min: 1, max: 1000 },
      { name: 'patience', label: 'Patience (ms)', value: '70', min: 1, max: 1000 },
    ],
  },
  {
    id: 'sessions',
    title: 'Memory leak',
    blurb: 'A map that nobody prunes, a free that is missing.',
    fields: [
      { name: 'rate', label: 'Requests a second', value: '500', min: 1, max: 5000 },
      { name: 'most', label: 'Lose at most (MiB)', value: '256', min: 1, max: 1024 },
    ],
    look: 'heap',
    env: { GODEBUG: 'memprofilerate=32768' },
  },
  {
    id: 'garbage',
    title: 'Garbage',
    blurb: 'Trees grown and dropped: the collector keeps up.',
    fields: [
      { name: 'gardeners', label: 'Goroutines', value: '4', min: 1, max: 64 },
      { name: 'depth', label: 'Depth of trees', value: '13', min: 1, max: 16 },
      { name: 'rest', label: 'Rest (ms)', value: '50', min: 0, max: 10000 },
    ],
    look: 'heap',
    env: { GODEBUG: 'memprofilerate=32768' },
  },
  {
    id: 'spin',
    title: 'Busy loops',
    blurb: 'More loops than workers, and none calls anything.',
    fields: [{ name: 'loops', label: 'Loops', value: '8', min: 1, max: 64 }],
  },
  {
    id: 'deadlock',
    title: 'Deadlock',
    blurb: 'The channel that nobody closed.',
    fields: [
      { name: 'workers', label: 'Goroutines', value: '8', min: 1, max: 1000 },
      { name: 'jobs', label: 'Jobs', value: '400', min: 1, max: 100000 },
    ],
  },
  {
    id: 'panic',
    title: 'Panic',
    blurb: 'One of several senders closes the channel.',
    fields: [{ name: 'senders', label: 'Senders', value: '6', min: 2, max: 100 }],
  },
];

/** The scene for an address without a program: it runs for ever, and many goroutines wait. */
export const startScene = 'pipeline';

/** Where a scene's source is, as dumps name it. @param {Scene} scene */
export const sourceOf = (scene) => `demo/scenes/${scene.id}.c`;

/** Address of a scene's program, made by `npm run build`. @param {Scene} scene */
export const programOf = (scene) =>
  new URL(`../build/demo/${scene.id}/${scene.id}.wasm`, import.meta.url);

/**
 * A valid value of a field: the given one if it is valid, else the default.
 * @param {Field} field
 * @param {string | null | undefined} given
 */
export function valueOf(field, given) {
  if (given == null || given === '') return field.value;
  if (field.choices) return field.choices.some(([value]) => value === given) ? given : field.value;
  const number = Math.round(Number(given));
  if (!Number.isFinite(number)) return field.value;
  return String(Math.min(Math.max(number, field.min ?? 0), field.max ?? number));
}

/** The scene of that name, or the first one. @param {string} id */
export const sceneOf = (id) => scenes.find((scene) => scene.id === id) ?? scenes[0];

/**
 * The arguments of a scene, in the order of main's.
 * @param {string} id
 * @param {Record<string, string>} given by the names of fields
 * @returns {Record<string, string>}
 */
export const argsOf = (id, given) =>
  Object.fromEntries(
    sceneOf(id).fields.map((field) => [field.name, valueOf(field, given[field.name])]),
  );
