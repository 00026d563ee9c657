import type { IncomingMessage } from 'node:http';
import type { Scope } from './scopes.ts';

/** A caller who was let in, and what is left of their allowance. */
export interface Access {
  /** Takes `events` and `bytes` from the allowance. Throws the `Problem` rate_limited when it does not suffice. */
  spend(events: number, bytes: number): Promise<void> | void;
  /** Headers for the answer, such as `RateLimit`; read when the answer is written. */
  headers(): Readonly<Record<string, string>>;
}

/**
 * Lets a caller in, or throws the `Problem` unauthorized, forbidden or rate_limited. Synchronous where the key is in a
 * cache, so that a small request does not wait a turn for it.
 */
export type Authenticate = (request: IncomingMessage, scope: Scope) => Promise<Access> | Access;

/** One without limits. */
export const ANYONE: Access = { spend: () => undefined, headers: () => ({}) };

/** Everyone is let in: for a server on loopback that has no keys. */
export const openAccess: Authenticate = () => ANYONE;
