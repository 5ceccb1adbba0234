// @ts-check
// Keys and what they do. Letters work wherever the focus is, except in fields.

/**
 * @typedef {{ keys: string[], shown: string[], action: string, value?: string, what: string }} Key
 */

/** @type {Key[]} */
export const keys = [
  { keys: ['d'], shown: ['d'], action: 'dump', what: 'dump: where is every goroutine?' },
  { keys: ['e'], shown: ['e'], action: 'follow', what: 'dump every second, or no more' },
  { keys: ['j'], shown: ['j'], action: 'step', value: '1', what: 'open the next group of stacks' },
  { keys: ['k'], shown: ['k'], action: 'step', value: '-1', what: 'open the group before' },
  { keys: ['n'], shown: ['n'], action: 'climb', value: '1', what: 'next frame: its caller' },
  { keys: ['p'], shown: ['p'], action: 'climb', value: '-1', what: 'frame before: whom it called' },
  {
    keys: ['i'],
    shown: ['i'],
    action: 'internals',
    what: 'show the runtime’s own frames, or hide them',
  },
  { keys: ['w'], shown: ['w'], action: 'save', what: 'write the dump to a file' },
  { keys: ['h'], shown: ['h'], action: 'profile', what: 'heap profile: who allocated what?' },
  { keys: ['c'], shown: ['c'], action: 'collect', what: 'collect what nobody can reach' },
  { keys: ['u'], shown: ['u'], action: 'record', what: 'record where the time goes, or no more' },
  {
    keys: ['m'],
    shown: ['m'],
    action: 'look',
    value: '',
    what: 'look at stacks, memory, time, the timeline, or waits',
  },
  { keys: ['l'], shown: ['l'], action: 'timeline', what: 'timeline: who ran on which processor?' },
  { keys: ['f'], shown: ['f'], action: 'live', what: 'hold the timeline, or let it go on' },
  { keys: ['x'], shown: ['x'], action: 'saveTrace', what: 'write a trace for Perfetto to a file' },
  { keys: ['g'], shown: ['g'], action: 'waits', what: 'wait graph: who waits for whom?' },
  { keys: ['r'], shown: ['r'], action: 'run', what: 'run, or begin again' },
  { keys: ['s'], shown: ['s'], action: 'stop', what: 'stop' },
  {
    keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'],
    shown: ['1', '…', '9', '0'],
    action: 'number',
    what: 'run another program',
  },
  { keys: ['.'], shown: ['.'], action: 'next', value: '1', what: 'run the next program' },
  { keys: [','], shown: [','], action: 'next', value: '-1', what: 'run the program before' },
  { keys: ['+', '='], shown: ['+'], action: 'workers', value: '1', what: 'one more worker' },
  { keys: ['-'], shown: ['−'], action: 'workers', value: '-1', what: 'one worker less' },
  { keys: ['t'], shown: ['t'], action: 'theme', what: 'theme: light, dark, as the system has it' },
  { keys: ['?'], shown: ['?'], action: 'help', what: 'this list' },
];

/**
 * What a key does, unless it belongs to a field or to the browser.
 * @param {KeyboardEvent} event
 * @returns {{ action: string, value: string } | undefined}
 */
export function actionOf(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return undefined;
  const target = /** @type {Element | null} */ (event.target);
  if (target?.closest?.('input:not([type=checkbox]), select, textarea, dialog[open]'))
    return undefined;
  const found = keys.find(({ keys }) => keys.includes(event.key));
  return found && { action: found.action, value: found.value ?? event.key };
}
