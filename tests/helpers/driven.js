// @ts-check
// The script of a page that firefox.mjs drives. It asks for a function, calls it, posts the result,
// and begins again as a new page.

const driver = decodeURIComponent(location.search.slice(1));
/** @type {string[]} */
const errors = [];
addEventListener('error', ({ message, error }) => errors.push(error?.stack ?? message));
addEventListener('unhandledrejection', ({ reason }) => errors.push(String(reason)));

/** @typedef {{ source: string, arg: unknown }} Job */

/** @param {Job} job */
async function call({ source, arg }) {
  try {
    const value = await (0, eval)(`(${source})`)(arg);
    return { value, errors };
  } catch (error) {
    return { failed: String(/** @type {any} */ (error)?.stack ?? error), errors };
  }
}

/** @type {Job} */
const job = await (await fetch(driver)).json();
await fetch(driver, { method: 'POST', body: JSON.stringify(await call(job)) });
location.reload();
