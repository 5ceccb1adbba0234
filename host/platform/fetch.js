// @ts-check
// The body of a URL, on both platforms.

/**
 * @param {URL} url
 * @param {AbortSignal} signal
 */
export async function fetchBytes(url, signal) {
  const response = await fetch(url, { signal });
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  throw Object.assign(new Error(`${url}: status ${response.status}`), { code: 'ERR_STATUS' });
}
