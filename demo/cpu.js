// @ts-check
// A CPU profile that grows while it is recorded.

/** @typedef {import('worldsema').CpuProfile} CpuProfile */
/** @typedef {import('worldsema').CpuRecord} CpuRecord */

/** Samples a second of each worker. */
export const hz = 250;
/** How long each part of the profile is recorded before it is shown. */
export const partSeconds = 0.5;

export class CpuLog {
  /** Samples in all, those of idle workers not counted. */
  total = 0;
  durationNs = 0;
  idle = 0;
  /** @type {Map<string, CpuRecord>} */
  #records = new Map();

  /** Adds the next part of the profile. @param {CpuProfile} part */
  add({ records, total, idle, durationNs }) {
    this.total += total;
    this.idle += idle;
    this.durationNs += durationNs;
    for (const record of records) {
      const key = record.pcs.join();
      const same = this.#records.get(key);
      if (same) same.count += record.count;
      else this.#records.set(key, { ...record });
    }
  }

  /** Whatever its label. */
  get records() {
    return [...this.#records.values()];
  }
}
