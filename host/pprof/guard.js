// @ts-check
// Who may ask. Pages of other sites may not: neither by naming this address, nor by having their
// own name resolve to it (DNS rebinding), nor from another port of the same machine.

/**
 * Why a request is refused; '' when it is not.
 * @param {Record<string, string | string[] | undefined>} headers
 * @param {string} host the name it was told to listen on
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
  if (origin !== undefined && origin !== `http://${asked}`) {
    return 'requests of pages from other origins are not answered';
  }
  return '';
}

/** Without the port. @param {string} host */
const hostName = (host) => host.toLowerCase().replace(/:\d*$/, '');

/** Nobody's domain name can be one of these. @param {string} name */
const isAddress = (name) =>
  name === 'localhost' || /^\d{1,3}(\.\d{1,3}){3}$/.test(name) || /^\[[0-9a-f:.]+\]$/.test(name);
