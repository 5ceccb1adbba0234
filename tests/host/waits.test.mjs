// @ts-check
// The wait graph of programs with known shapes: exactly these edges, stuck goroutines and cycles.

import { describe, expect, test } from '@jest/globals';
import { RuntimeClosed } from '../../host/index.js';
import { hostProgram } from '../helpers/hostprograms.mjs';
import { start, startCrowd, testWorkers } from './start.mjs';

/** @typedef {import('../../host/index.js').WaitGraph} WaitGraph */

/** @param {string[]} args @param {number} [procs] */
async function startShape(args, procs = 2) {
  const { wasm } = await hostProgram('waits');
  return (await start(args, { wasm, procs })).rt;
}

/** The graph by labels, in the order of the alphabet. @param {WaitGraph} graph */
function readable({ nodes, edges, cycles, truncated }) {
  const label = new Map(nodes.map(({ id, label }) => [id, label]));
  const name = (/** @type {number | null} */ id) => (id === null ? 'anybody' : label.get(id));
  expect(nodes.every((node) => !('leaked' in node))).toBe(true);
  expect(truncated).toBe(false);
  return {
    nodes: nodes.map(({ label, reason }) => `${label}: ${reason}`).sort(),
    edges: edges
      .map(
        ({ from, to, kind, proven }) => `${name(from)} -> ${name(to)}, ${kind}${proven ? '' : '?'}`,
      )
      .sort(),
    stuck: nodes.flatMap(({ label, stuck }) => (stuck ? [label] : [])).sort(),
    cycles: cycles.map((ids) => ids.map(name).sort()),
  };
}

/**
 * Asks until all are where they stay, as these nodes say.
 * @param {import('../../host/index.js').Runtime} rt
 * @param {string[]} nodes
 */
async function graphOf(rt, nodes) {
  for (;;) {
    const graph = readable(await rt.waitGraph());
    if (graph.nodes.join() === nodes.join()) return graph;
  }
}

const receive = 'chan receive';
const lock = 'sync.Mutex.Lock';

/** @type {Record<string, ReturnType<typeof readable>>} */
const shapes = {
  abba: {
    nodes: [`ab: ${lock}`, `ba: ${lock}`, `later: ${lock}`],
    edges: ['ab -> ba, mutex', 'ba -> ab, mutex', 'later -> ab, mutex'],
    stuck: ['ab', 'ba', 'later'],
    cycles: [['ab', 'ba']],
  },
  ring: {
    nodes: [`one: ${receive}`, `three: ${receive}`, `two: ${receive}`],
    edges: ['one -> three, channel', 'three -> two, channel', 'two -> one, channel'],
    stuck: ['one', 'three', 'two'],
    cycles: [['one', 'three', 'two']],
  },
  supply: {
    nodes: [`consumer: ${receive}`, 'producer: sleep'],
    edges: ['consumer -> producer, channel'],
    stuck: [],
    cycles: [],
  },
  group: {
    nodes: ['boss: sync.WaitGroup.Wait', `other: ${receive}`, `worker: ${receive}`],
    edges: [
      'boss -> other, wait group',
      'boss -> worker, wait group',
      'other -> boss, channel',
      'worker -> boss, channel',
    ],
    stuck: ['boss', 'other', 'worker'],
    cycles: [['boss', 'other', 'worker']],
  },
  'group awake': {
    nodes: ['boss: sync.WaitGroup.Wait', 'other: sleep', `worker: ${receive}`],
    edges: ['boss -> other, wait group', 'boss -> worker, wait group', 'worker -> boss, channel'],
    stuck: [],
    cycles: [],
  },
  select: {
    nodes: [`left: ${receive}`, `right: ${receive}`, 'select: select'],
    edges: ['left -> select, channel', 'select -> left, channel', 'select -> right, channel'],
    stuck: ['left', 'right', 'select'],
    cycles: [['left', 'select']],
  },
  'select awake': {
    nodes: [`left: ${receive}`, 'right: sleep', 'select: select'],
    edges: ['left -> select, channel', 'select -> left, channel', 'select -> right, channel'],
    stuck: [],
    cycles: [],
  },
  wide: {
    nodes: [`narrow: ${receive}`, 'select: select'],
    edges: ['narrow -> select, channel', 'select -> narrow, channel'],
    stuck: ['narrow', 'select'],
    cycles: [['narrow', 'select']],
  },
  readers: {
    nodes: ['reader: sync.RWMutex.RLock', `writer: ${receive}`],
    edges: ['reader -> writer, rwmutex', 'writer -> reader, channel'],
    stuck: ['reader', 'writer'],
    cycles: [['reader', 'writer']],
  },
  condition: {
    nodes: [`signaller: ${receive}`, 'waiter: sync.Cond.Wait'],
    edges: ['signaller -> waiter, channel', 'waiter -> signaller, condition'],
    stuck: ['signaller', 'waiter'],
    cycles: [['signaller', 'waiter']],
  },
  twice: {
    nodes: [`self: ${lock}`],
    edges: ['self -> self, mutex'],
    stuck: ['self'],
    cycles: [['self']],
  },
  global: {
    nodes: [`one: ${receive}`, `two: ${receive}`],
    edges: ['one -> anybody, channel?', 'two -> anybody, channel?'],
    stuck: [],
    cycles: [],
  },
  timer: {
    nodes: ['patient: select'],
    edges: ['patient -> anybody, channel?'],
    stuck: [],
    cycles: [],
  },
  nothing: {
    nodes: ['nil: chan receive (nil chan)'],
    edges: [],
    stuck: ['nil'],
    cycles: [],
  },
  'nil arms': {
    nodes: ['nil: select'],
    edges: [],
    stuck: ['nil'],
    cycles: [],
  },
  frame: {
    nodes: ['boss: sync.WaitGroup.Wait', `worker: ${receive}`],
    edges: ['boss -> worker, wait group', 'worker -> boss, channel'],
    stuck: ['boss', 'worker'],
    cycles: [['boss', 'worker']],
  },
};

describe.each([1, 2])('with %d processors', (procs) => {
  test.each(Object.keys(shapes))('%s', async (shape) => {
    const rt = await startShape([shape], procs);
    expect(await graphOf(rt, shapes[shape].nodes)).toEqual(shapes[shape]);
  });

  test('those that go on are never stuck', async () => {
    const rt = await startShape(['pingpong', 'busy'], procs);
    for (let i = 0; i < 200; i++) {
      const { stuck, cycles } = readable(await rt.waitGraph());
      expect({ stuck, cycles }).toEqual({ stuck: [], cycles: [] });
    }
  });
});

test('shapes beside each other do not disturb each other', async () => {
  const names = ['abba', 'ring', 'supply', 'select awake', 'readers'];
  const rt = await startShape(names);
  const all = (/** @type {'nodes' | 'edges' | 'stuck'} */ part) =>
    names.flatMap((name) => shapes[name][part]).sort();
  const graph = await graphOf(rt, all('nodes'));
  expect({ ...graph, cycles: graph.cycles.length }).toEqual({
    ...{ nodes: all('nodes'), edges: all('edges'), stuck: all('stuck'), cycles: 3 },
  });
});

test('of more than a thousand that wait the rest is cut off', async () => {
  const rt = await startShape(['many']);
  /** @type {WaitGraph} */
  let graph;
  do graph = await rt.waitGraph();
  while (!graph.truncated || graph.nodes.length < 1000);
  expect(graph.nodes).toHaveLength(1000);
  expect(graph.nodes.some(({ stuck }) => stuck)).toBe(false);
});

test('the graph of a deadlock is there after the end: then nobody is anybody', async () => {
  const rt = await startShape(['select', 'global', 'asleep']);
  await expect(rt.done).rejects.toMatchObject({ code: 'ERR_DEADLOCK' });
  const { select, global } = shapes;
  expect(readable(await rt.waitGraph())).toEqual({
    nodes: [...global.nodes, ...select.nodes].sort(),
    edges: [...global.edges.map((edge) => edge.replace('?', '')), ...select.edges].sort(),
    stuck: ['left', 'one', 'right', 'select', 'two'],
    cycles: select.cycles,
  });
});

// In mode one the loops can be unwound, so they hide nothing.
testWorkers('while locals are hidden nobody is called stuck', async () => {
  const { rt } = await startCrowd();
  const { nodes, edges, truncated } = await rt.waitGraph();
  expect(truncated).toBe(true);
  expect(nodes.map(({ stuck }) => stuck)).toEqual([false, false, false]);
  expect(edges.map(({ to, proven }) => [to, proven])).toEqual(Array(3).fill([null, false]));
});

test('after any other end there is none', async () => {
  const rt = await startShape(['ring']);
  await rt.close();
  await expect(rt.waitGraph()).rejects.toBeInstanceOf(RuntimeClosed);
});
