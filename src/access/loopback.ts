import { isIP } from 'node:net';
import { UsageError } from '../errors.ts';
import { networksOf } from './networks.ts';

const LOOPBACK = networksOf(['127.0.0.0/8', '::1']);

/** Whether only this machine reaches a server that listens on `host`. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  return host === 'localhost' || (family !== 0 && LOOPBACK.check(host, family === 6 ? 'ipv6' : 'ipv4'));
}

/** What is said of a server that everyone could reach and nobody would need a key for. */
export const openToAll = (host: string): UsageError =>
  new UsageError(
    `HOST is ${host}, but there is no API key, so everyone could post. Create one with ` +
      '"npx thunderline keys create --name NAME --scopes ingest", or listen on 127.0.0.1.',
  );

/** Throws {@link openToAll} unless `host` is this machine alone. */
export function requireLoopback(host: string): void {
  if (!isLoopback(host)) throw openToAll(host);
}
