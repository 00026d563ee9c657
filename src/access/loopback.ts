import { UsageError } from '../errors.ts';
import { insideNetworks } from './inside-networks.ts';

const isLoopbackAddress = insideNetworks(['127.0.0.0/8', '::1']);

/** Whether only this machine can reach a server that listens on `host`. */
export const isLoopback = (host: string): boolean => host === 'localhost' || isLoopbackAddress(host);

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
