// @ts-check
// The protocol between a relay and a page. Questions are sent as JSON text. Answers are sent as
// bytes: the length of the head, the head as JSON, the body.

/** @typedef {import('./answer.js').Answer} Answer */

/** The first subprotocol that both sides name. The second one is the token. */
export const protocol = 'worldsema-relay';
const headBytes = 4;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * @param {number} id of the question
 * @param {Answer} answer
 */
export function encodeAnswer(id, { status, headers, body }) {
  const head = encoder.encode(JSON.stringify({ id, status, headers }));
  const content = typeof body === 'string' ? encoder.encode(body) : body;
  const bytes = new Uint8Array(headBytes + head.length + content.length);
  new DataView(bytes.buffer).setUint32(0, head.length, true);
  bytes.set(head, headBytes);
  bytes.set(content, headBytes + head.length);
  return bytes;
}

/** The headers that an answer may have. A page could send others, which are dropped. */
const known = [
  'Content-Type',
  'Content-Disposition',
  'Location',
  'X-Content-Type-Options',
  'X-Go-Pprof',
];

/**
 * Throws if the bytes are not an answer.
 * @param {Uint8Array} bytes
 * @returns {{ id: number, answer: Answer }}
 */
export function decodeAnswer(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const body = bytes.subarray(headBytes + length);
  const { id, status, headers } = JSON.parse(
    decoder.decode(bytes.subarray(headBytes, headBytes + length)),
  );
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new TypeError(`an answer has status ${status}`);
  }
  const kept = known.filter((name) => typeof headers[name] === 'string');
  const named = Object.fromEntries(
    kept.map((name) => [name, headers[name].replace(/[^ -~]/g, '')]),
  );
  return { id, answer: { status, headers: named, body } };
}
