import { UsageError } from '../errors.ts';
import { insideNetworks } from './inside-networks.ts';

const isLoopbackAddress = insideNetworks(['127.0.0.0/8', '::1']);

/** Whether only this machine can reach a server that listens on `host`. */
export const isLoopback = (host: string): boolean => host === 'localhost' || isLoopbackAddress(host);

/** A host name, IPv4 address or bracketed IPv6 address, with an optional port (RFC 9110, section 7.2). */
export const HOST = /^(?:\[([0-9a-f:.]+)\]|([^\s/?#@:[\]]*))(?::\d*)?$/i;

/** Whether a Host header names this machine: localhost or a loopback address, with any port. */
export function isLoopbackHost(host: string): boolean {
  const [, ipv6, name = ''] = HOST.exec(host) ?? [];
  return isLoopback(ipv6 ?? name.toLowerCase().replace(/\.$/, ''));
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
