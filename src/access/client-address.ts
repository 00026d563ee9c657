import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { networksOf } from './networks.ts';

/**
 * Tells the address of a client: of its connection, or, where that comes from a proxy we trust, the last address in
 * `X-Forwarded-For` that is no such proxy. What stands before it was written by the client and proves nothing.
 */
export function createAddressOf(trustedProxies: readonly string[]): (request: IncomingMessage) => string {
  const trusted = networksOf(trustedProxies);
  const isTrusted = (address: string): boolean => {
    const family = isIP(address);
    return family !== 0 && trusted.check(address, family === 6 ? 'ipv6' : 'ipv4');
  };
  return ({ socket, headers }) => {
    let address = socket.remoteAddress ?? '';
    if (trustedProxies.length === 0 || !isTrusted(address)) return address;
    const hops = String(headers['x-forwarded-for'] ?? '').split(',');
    for (const hop of hops.reverse()) {
      if (isIP(hop.trim()) === 0) break;
      address = hop.trim();
      if (!isTrusted(address)) break;
    }
    return address;
  };
}
