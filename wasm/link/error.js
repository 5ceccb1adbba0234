// @ts-check
// How the link step fails: with a sentence that names the place and what was found there. No output
// is left.

/** A finding that stops the build. `message` starts with the function or file it is about. */
export class LinkError extends Error {
  /**
   * @param {string} where the function, file or step
   * @param {string} found what was found there, and what to do about it, if that is known
   */
  constructor(where, found) {
    super(where ? `${where}: ${found}` : found);
    this.name = 'LinkError';
    this.code = 'WORLDSEMA_LINK';
    this.where = where;
  }
}

/**
 * Throws unless the condition holds.
 * @param {any} cond
 * @param {string} where
 * @param {string} found
 * @returns {asserts cond}
 */
export function insist(cond, where, found) {
  if (!cond) throw new LinkError(where, found);
}
