import { isIP } from 'node:net';
import { UsageError } from '../errors.ts';
import { networksOf } from './networks.ts';

const LOOPBACK = networksOf(['127.0.0.0/8', '::1']);

/** Whether only this machine can reach a server that listens on `host`. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  return host === 'localhost' || (family !== 0 && LOOPBACK.check(host, family === 6 ? 'ipv6' : 'ipv4'));
}

/** The error of a server that others can reach and that needs no key. */
export const openToAll = (host: string): UsageError =>
  new UsageError(
    `HOST is ${host}, but no API key is configured, so anyone could post events. Create one with ` +
      '"npx thunderline keys create --name NAME --scopes ingest", or listen on 127.0.0.1.',
  );

/** Throws {@link openToAll} unless `host` is a loopback address. */
export function requireLoopback(host: string): void {
  if (!isLoopback(host)) throw openToAll(host);
}
