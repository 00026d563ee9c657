import type { IncomingMessage } from 'node:http';
import { insideNetworks } from './inside-networks.ts';
import { isLoopbackHost } from './loopback.ts';

/** The cookie of a request's origin; undefined where a cookie would travel in the clear. */
export interface SessionCookie {
  readonly name: string;
  readonly isSecure: boolean;
}

/** A browser stores a cookie of this name only if it is Secure, for the whole host and for no other one. */
const SECURE_NAME = '__Host-thunderline';

/**
 * Finds the cookie that a request's origin has. Over https that is the only one, with a protected name. Browsers refuse or
 * accept Secure cookies on http://localhost as they like, so a loopback host has a plain name there, with the port in it:
 * cookies are shared by all ports of a host.
 */
export function createSessionCookie(
  trustedProxies: readonly string[],
): (request: IncomingMessage) => SessionCookie | undefined {
  const isTrusted = insideNetworks(trustedProxies);
  const isHttps = ({ socket, headers }: IncomingMessage): boolean => {
    if ('encrypted' in socket && socket.encrypted === true) return true;
    if (trustedProxies.length === 0 || !isTrusted(socket.remoteAddress ?? '')) return false;
    const [first = ''] = String(headers['x-forwarded-proto'] ?? '').split(',');
    return first.trim().toLowerCase() === 'https';
  };
  return (request) => {
    if (isHttps(request)) return { name: SECURE_NAME, isSecure: true };
    const { host = '' } = request.headers;
    if (!isLoopbackHost(host)) return undefined;
    return { name: `thunderline-${/:(\d+)$/.exec(host)?.[1] ?? '80'}`, isSecure: false };
  };
}

/**
 * The value of a cookie of a request. Undefined if several have the same name, because one of them may be another
 * site's.
 */
export function readCookie({ headers }: IncomingMessage, name: string): string | undefined {
  const found = (headers.cookie ?? '').split(';').flatMap((pair) => {
    const [key = '', ...value] = pair.trim().split('=');
    return key === name ? [value.join('=')] : [];
  });
  return found.length === 1 ? found[0] : undefined;
}

/** The value of `Set-Cookie`; with an empty token, the one that removes the cookie. */
export function writeCookie({ name, isSecure }: SessionCookie, token: string, maxAgeSeconds: number): string {
  const parts = [`${name}=${token}`, 'Path=/', 'HttpOnly', 'SameSite=Strict', `Max-Age=${maxAgeSeconds}`];
  return [...parts, ...(isSecure ? ['Secure'] : [])].join('; ');
}
