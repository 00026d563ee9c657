import type { IncomingMessage, ServerResponse } from 'node:http';

/** Adds the headers that let pages of other origins read an answer, if their origin is allowed. */
export type ApplyCors = (request: IncomingMessage, response: ServerResponse) => void;

const REQUEST_HEADERS = [
  'authorization',
  'content-type',
  'content-encoding',
  'idempotency-key',
  'last-event-id',
  'thunderline-sent-at',
  'traceparent',
].join(', ');
const EXPOSED_HEADERS = 'allow, ratelimit, ratelimit-policy, retry-after, www-authenticate';
/** How long a browser may remember the answer to a preflight; browsers cut it to two hours or less. */
const MAX_AGE_SECONDS = '600';

/**
 * Cross-origin resource sharing (https://fetch.spec.whatwg.org/#http-cors-protocol) for a list of origins, or for all
 * with `*`. Cookies are never included. Returns undefined for an empty list: no header is sent, and browsers block.
 */
export function createCors(origins: readonly string[]): ApplyCors | undefined {
  if (origins.length === 0) return undefined;
  const allowed = new Set(origins);
  const allowsAll = allowed.has('*');
  return ({ method, headers }, response) => {
    const { origin } = headers;
    if (!allowsAll) response.setHeader('vary', 'origin');
    if (origin === undefined || !(allowsAll || allowed.has(origin))) return;
    response.setHeader('access-control-allow-origin', allowsAll ? '*' : origin);
    const asked = headers['access-control-request-method'];
    if (method === 'OPTIONS' && asked !== undefined) {
      response.setHeader('access-control-allow-methods', 'GET, HEAD, POST, PUT, DELETE');
      response.setHeader('access-control-allow-headers', REQUEST_HEADERS);
      response.setHeader('access-control-max-age', MAX_AGE_SECONDS);
    } else response.setHeader('access-control-expose-headers', EXPOSED_HEADERS);
  };
}

/** Reads an entry of `CORS_ORIGINS`. Throws an Error that names what is expected. */
export function corsOrigin(text: string): string {
  if (text.includes('*') && text !== '*') {
    throw new Error('expected * alone or whole origins: * is not a pattern in a name, so list each origin');
  }
  if (text === '*' || (URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text)) return text;
  throw new Error('expected origins such as https://charts.example:8443, without a path, or *');
}
