import type { IncomingMessage } from 'node:http';

/**
 * Whether a request may come from a page of another origin. Browsers state the relation in `Sec-Fetch-Site`, which no script
 * can set; browsers that lack it, and requests over plain http to other machines, have an `Origin` for all that is unsafe or
 * that a script could read. A request with neither, as from curl, is no page's.
 *
 * @param allowed origins whose pages may use this server nevertheless.
 */
export function isCrossOrigin({ headers, method }: IncomingMessage, allowed: ReadonlySet<string> = NONE): boolean {
  const { origin, host } = headers;
  if (origin !== undefined && (allowed.has(origin) || allowed.has('*'))) return false;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return !(site === 'same-origin' || (site === 'none' && isRead(method)));
  return origin !== undefined && !isOwn(origin, host);
}

const NONE: ReadonlySet<string> = new Set();

/** The address bar and bookmarks only read. */
const isRead = (method: string | undefined): boolean => method === 'GET' || method === 'HEAD';

/** A proxy may have replaced the scheme, so only host and port are compared. */
function isOwn(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) return false;
  const { protocol, host: named } = new URL(origin);
  const own = `${protocol}//${host}`;
  return URL.canParse(own) && named === new URL(own).host;
}
