import type { IncomingMessage } from 'node:http';
import { BoundedCache } from '../bounded-cache.ts';
import type { Access, Authenticate } from './access.ts';
import { clientOfAddress } from './client.ts';

/** Addresses whose {@link Access} is kept; any other is made again for its next request. */
const MAX_ADDRESSES = 1_000;

const NO_HEADERS: Readonly<Record<string, string>> = {};

/** Admits everyone, without limits, to every run: for a server on loopback that has no keys. */
export function createOpenAccess(addressOf: (request: IncomingMessage) => string): Authenticate {
  const known = new BoundedCache<string, Access>(MAX_ADDRESSES);
  return (request) => {
    const address = addressOf(request);
    const access = known.get(address);
    if (access !== undefined) return access;
    const made = unlimited(address);
    known.set(address, made);
    return made;
  };
}

export const openAccess: Authenticate = createOpenAccess(({ socket }) => socket.remoteAddress ?? '');

const unlimited = (address: string): Access => ({
  client: clientOfAddress(address),
  runPrefix: '',
  faultOf: () => undefined,
  requireCredit: () => undefined,
  spend: () => undefined,
  pauseMs: () => 0,
  noteRefusal: () => undefined,
  headers: () => NO_HEADERS,
});
