import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { insideNetworks } from './inside-networks.ts';

/**
 * Finds the address of a client: the address of its connection or, if that is a trusted proxy, the last address in
 * `X-Forwarded-For` that is not one. The client itself may have written the addresses before that one.
 */
export function createAddressOf(trustedProxies: readonly string[]): (request: IncomingMessage) => string {
  const isTrusted = insideNetworks(trustedProxies);
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
