import type { IncomingMessage } from 'node:http';
import { BoundedCache } from '../bounded-cache.ts';
import type { StoredKey } from '../store/api-keys.ts';
import type { Access, Authenticate } from './access.ts';
import { AccessRefused, KeysUnavailable, type RefusalCode } from './access-refused.ts';
import { createAllowance, type Limits } from './allowance.ts';
import { type ApiKey, readKey, sameHash } from './api-key.ts';
import { clientOfKey } from './client.ts';
import type { FailedAttempts } from './failed-attempts.ts';
import type { KeyRing } from './key-ring.ts';
import { createOpenAccess } from './open-access.ts';
import { allows, type Scope } from './scopes.ts';

export interface AuthenticateParts {
  readonly ring: Pick<KeyRing, 'held' | 'find' | 'configured'>;
  /** The limits of each key in this process. */
  readonly limits: Limits;
  readonly failures: FailedAttempts;
  /** The address of the client. */
  readonly addressOf: (request: IncomingMessage) => string;
  /** Called with the code of each refusal. */
  readonly onRefused: (code: RefusalCode) => void;
  readonly now: () => number;
}

/** Keys whose allowance is kept; beyond it the one used longest ago is dropped, and that key starts with a full one. */
const MAX_ALLOWANCES = 10_000;

/**
 * Admits the holder of a key with the scope of the route; everyone, while no key is configured. A key that is held in memory
 * is admitted from any address: failing in the name of a fleet does not lock it out.
 */
export function createAuthenticate(parts: AuthenticateParts): Authenticate {
  const { ring, limits, failures, addressOf, onRefused, now } = parts;
  const open = createOpenAccess(addressOf);
  const admitted = new BoundedCache<string, Access>(MAX_ALLOWANCES);

  function accessOf({ id }: StoredKey): Access {
    const known = admitted.get(id);
    if (known !== undefined) return known;
    const access: Access = { client: clientOfKey(id), runPrefix: '', ...createAllowance(limits, now) };
    admitted.set(id, access);
    return access;
  }

  function refuse(refused: AccessRefused): AccessRefused {
    onRefused(refused.code);
    return refused;
  }

  function unauthorized(message: string, request: IncomingMessage): AccessRefused {
    failures.add(addressOf(request), now());
    return refuse(new AccessRefused('unauthorized', message, { challenge: ['error="invalid_token"'] }));
  }

  function admit(presented: ApiKey, stored: StoredKey | undefined, scope: Scope, request: IncomingMessage): Access {
    // One message for an unknown id and a wrong secret, so that the answer does not reveal which ids exist.
    if (stored === undefined || !sameHash(stored.hash, presented.hash)) {
      throw unauthorized('there is no such API key', request);
    }
    if (stored.revokedAt !== null) throw unauthorized('this API key was revoked', request);
    if (!isLive(stored, now())) throw unauthorized('this API key has expired', request);
    if (!allows(stored.scopes, scope)) {
      const message = `this route needs the scope ${scope}; the key has ${stored.scopes.join(', ')}`;
      const challenge = ['error="insufficient_scope"', `scope="${scope}"`];
      throw refuse(new AccessRefused('forbidden', message, { challenge }));
    }
    return accessOf(stored);
  }

  return (request, scope) => {
    const { configured } = ring;
    if (configured === false) return open(request, scope);
    const { authorization } = request.headers;
    if (authorization === undefined) {
      if (configured === undefined) {
        throw refuse(new KeysUnavailable('cannot determine yet whether API keys are configured'));
      }
      throw refuse(new AccessRefused('unauthorized', 'this route needs an API key', { challenge: [] }));
    }
    const presented = readKey(/^bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '');
    const held = presented && ring.held(presented.id);
    if (presented !== undefined && held !== undefined && isLive(held, now()) && sameHash(held.hash, presented.hash)) {
      return admit(presented, held, scope, request);
    }
    const retryAfterSeconds = failures.retryAfterSeconds(addressOf(request), now());
    if (retryAfterSeconds > 0) {
      const message = 'too many failed authentications from this address';
      throw refuse(new AccessRefused('rate_limited', message, { retryAfterSeconds }));
    }
    if (presented === undefined) {
      throw unauthorized('this is not an API key of Thunderline: send "Authorization: Bearer tlk_..."', request);
    }
    const found = held ?? ring.find(presented.id);
    if (!(found instanceof Promise)) return admit(presented, found, scope, request);
    return found.then(
      (stored) => admit(presented, stored, scope, request),
      (error) => {
        throw error instanceof AccessRefused ? refuse(error) : error;
      },
    );
  };
}

const isLive = ({ revokedAt, expiresAt }: StoredKey, now: number): boolean =>
  revokedAt === null && (expiresAt === null || expiresAt > now);
