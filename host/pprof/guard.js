// @ts-check
// Decides who may send requests. Pages of other sites may not: neither with this address, nor with
// their own name that resolves to it (DNS rebinding), nor from another port of the same machine.

/**
 * The reason why a request is refused, or '' if it is not refused.
 * @param {Record<string, string | string[] | undefined>} headers
 * @param {string} host the name that the server was told to listen on
 */
export function refusedBecause(headers, host) {
  const { host: asked, origin } = headers;
  const name = typeof asked === 'string' ? hostName(asked) : '';
  if (name !== host.toLowerCase() && !isAddress(name)) {
    return `Host ${asked ?? ''} is not this server: use its address or localhost`;
  }
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return 'requests from other sites are not answered';
  }
  if (origin !== undefined && ![`http://${asked}`, `https://${asked}`].includes(String(origin))) {
    return 'requests of pages from other origins are not answered';
  }
  return '';
}

/** The host without the port. @param {string} host */
const hostName = (host) => host.toLowerCase().replace(/:\d*$/, '');

/** Whether the name is one that nobody can register as a domain. @param {string} name */
const isAddress = (name) =>
  name === 'localhost' || /^\d{1,3}(\.\d{1,3}){3}$/.test(name) || /^\[[0-9a-f:.]+\]$/.test(name);
