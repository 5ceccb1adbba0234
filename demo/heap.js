// @ts-check
// The history of the heap for the chart: samples, and between them every collection with the bytes
// in use before and after it. So no tooth of the chart is lost, however fast collections come.

/** @typedef {import('worldsema').HeapNow} HeapNow */
/** @typedef {import('worldsema').Collection} Collection */
/**
 * @typedef {object} Point
 * @property {number} seconds since the start
 * @property {number} collected bytes
 * @property {number} uncollected
 * @property {number | null} nextGc
 * @property {Collection | null} ended the collection that ended just then
 */

/** How much of the past is kept. */
export const secondsKept = 30;
/** The most that is kept. */
const pointsKept = 6000;

/** The heap of one run. */
export class HeapLog {
  /** @type {Point[]} oldest first */
  points = [];
  /** @type {HeapNow | null} */
  now = null;
  /** @type {Collection | null} the last one */
  last = null;
  /** When it ended, in seconds since the start. */
  lastAt = 0;

  /**
   * @param {HeapNow} now with the collections since the last time
   * @param {number} seconds
   * @param {number} startMs the start, in ms since 1970
   */
  add(now, seconds, startMs) {
    const uncollected = now.uncollected;
    for (const gc of now.collections) {
      const end = (gc.endMs - startMs) / 1000;
      const before = this.points.at(-1)?.nextGc ?? gc.nextGc;
      this.#push({
        ...{ seconds: end - gc.pauseNs / 1e9, collected: gc.before, nextGc: before },
        ...{ uncollected, ended: null },
      });
      this.#push({
        ...{ seconds: end, collected: gc.after, nextGc: gc.nextGc },
        ...{ uncollected, ended: gc },
      });
      this.last = gc;
      this.lastAt = end;
    }
    const { collected, nextGc } = now;
    this.#push({ seconds, collected, nextGc, uncollected, ended: null });
    this.now = now;
    this.#forget(seconds - secondsKept);
  }

  /**
   * Clocks of threads may differ a little. Here time never runs backwards.
   * @param {Point} point
   */
  #push(point) {
    const latest = this.points.at(-1)?.seconds ?? 0;
    this.points.push({ ...point, seconds: Math.max(point.seconds, latest) });
  }

  /** Drops older points, except one where the line begins. @param {number} before */
  #forget(before) {
    const first = this.points.findIndex(({ seconds }) => seconds >= before);
    this.points.splice(0, Math.max(first - 1, this.points.length - pointsKept, 0));
  }
}
