// @ts-check
// What a URL gives, on both platforms.

/**
 * @param {URL} url
 * @param {AbortSignal} signal
 */
export async function fetchBytes(url, signal) {
  const response = await fetch(url, { signal });
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  throw Object.assign(new Error(`${url}: status ${response.status}`), { code: 'ERR_STATUS' });
}

/** In milliseconds. Whoever waits for the reason has an error to report without it. */
const patience = 5000;

/**
 * Asks a server why a script could not be loaded: a browser tells its page nothing about that.
 * @param {string | undefined} script
 * @returns {Promise<string>} to be put behind a message; '' if the answer is a script
 */
export async function refusal(script) {
  if (!script || !/^https?:/.test(script)) return '';
  const signal = AbortSignal.timeout(patience);
  const asked = fetch(script, { credentials: 'same-origin', signal });
  const response = await asked.catch(() => undefined);
  if (!response) return '';
  response.body?.cancel().catch(() => {});
  if (!response.ok) return ` (status ${response.status})`;
  const type = response.headers.get('content-type');
  if (type && /\b(java|ecma)script\b/i.test(type)) return '';
  return ` (its server sends it as ${type ?? 'no type'}, which is not JavaScript)`;
}
