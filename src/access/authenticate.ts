import type { IncomingMessage } from 'node:http';
import { BoundedCache } from '../bounded-cache.ts';
import type { Access, Authenticate } from './access.ts';
import { AccessRefused, KeysUnavailable, type RefusalCode } from './access-refused.ts';
import { type ApiKey, readKey, sameHash } from './api-key.ts';
import type { Audit } from './audit.ts';
import { clientOfKey } from './client.ts';
import type { FailedAttempts } from './failed-attempts.ts';
import type { KeyRing } from './key-ring.ts';
import type { KeyUse, KeyUses } from './key-uses.ts';
import { createOpenAccess } from './open-access.ts';
import type { Quotas } from './quotas.ts';
import type { Refused } from './refusals.ts';
import { faultOfRun, reachesRun } from './run-reach.ts';
import { allows, type Scope } from './scopes.ts';
import type { StoredKey } from './tables/api-keys.ts';

export interface AuthenticateParts {
  readonly ring: Pick<KeyRing, 'held' | 'find' | 'configured'>;
  readonly quotas: Pick<Quotas, 'of'>;
  readonly failures: FailedAttempts;
  /** The address of the client. */
  readonly addressOf: (request: IncomingMessage) => string;
  readonly uses: Pick<KeyUses, 'track'>;
  readonly audit: Pick<Audit, 'record' | 'refused'>;
  /** Called with the code of each refusal. */
  readonly onRefused: (code: RefusalCode) => void;
  readonly now: () => number;
}

/** Keys whose access is kept; any other is made again for its next request. */
const MAX_CALLERS = 10_000;

/** Characters of a path that the audit log keeps. */
const MAX_PATH = 1_000;

/** A key that was admitted once: its access is the same for each of its requests. */
interface Caller {
  readonly access: Access;
  readonly use: KeyUse;
}

/**
 * Admits the holder of a key with the scope of the route; everyone, while no key is configured. A key that is held in memory
 * is admitted from any address: failing in the name of a fleet does not lock it out.
 */
export function createAuthenticate(parts: AuthenticateParts): Authenticate {
  const { ring, quotas, failures, addressOf, uses, audit, onRefused, now } = parts;
  const open = createOpenAccess(addressOf);
  const callers = new BoundedCache<string, Caller>(MAX_CALLERS);

  function callerOf(key: StoredKey): Caller {
    const known = callers.get(key.id);
    if (known !== undefined) return known;
    const caller = { access: accessOf(key), use: uses.track(key) };
    callers.set(key.id, caller);
    return caller;
  }

  function accessOf(key: StoredKey): Access {
    const { id, name, runPrefix } = key;
    const { requireCredit, spend, headers, faultOf } = quotas.of(id);
    const outOfReach = faultOfRun(key);
    const who = { keyId: id, keyName: name };
    const noteRefusal = (code: RefusalCode): void => {
      onRefused(code);
      audit.refused(code, who);
    };
    return {
      client: clientOfKey(id),
      runPrefix,
      spend,
      headers,
      noteRefusal,
      requireCredit() {
        try {
          requireCredit();
        } catch (error) {
          if (error instanceof AccessRefused) noteRefusal(error.code);
          throw error;
        }
      },
      faultOf(event) {
        const fault = reachesRun(key, event.model_run_id) ? faultOf(event) : outOfReach;
        if (fault !== undefined) audit.refused(fault.code, who);
        return fault;
      },
    };
  }

  /** Counts a refusal. `holder` is the key, where its secret was proved. */
  function refuse(refused: AccessRefused, request: IncomingMessage, holder?: StoredKey): AccessRefused {
    onRefused(refused.code);
    const who: Refused = { keyId: holder?.id, keyName: holder?.name, address: addressOf(request) };
    audit.refused(refused.code, who);
    return refused;
  }

  function unauthorized(message: string, request: IncomingMessage, holder?: StoredKey): AccessRefused {
    failures.add(addressOf(request), now());
    const challenge = ['error="invalid_token"'];
    return refuse(new AccessRefused('unauthorized', message, { challenge }), request, holder);
  }

  /** Throws unless `stored` is the key that was presented, and may be used. */
  function prove(presented: ApiKey, stored: StoredKey | undefined, request: IncomingMessage): StoredKey {
    // One message for an unknown id and a wrong secret, so that the answer does not reveal which ids exist.
    if (stored === undefined || !sameHash(stored.hash, presented.hash)) {
      throw unauthorized('there is no such API key', request);
    }
    if (stored.revokedAt !== null) throw unauthorized('this API key was revoked', request, stored);
    if (!isLive(stored, now())) throw unauthorized('this API key has expired', request, stored);
    return stored;
  }

  /** Admits the holder of a proved key. */
  function admit(stored: StoredKey, scope: Scope, request: IncomingMessage): Access {
    if (!allows(stored.scopes, scope)) {
      const message = `this route needs the scope ${scope}; the key has ${stored.scopes.join(', ')}`;
      const challenge = ['error="insufficient_scope"', `scope="${scope}"`];
      throw refuse(new AccessRefused('forbidden', message, { challenge }), request, stored);
    }
    const { access, use } = callerOf(stored);
    use.note(addressOf(request), now());
    if (scope === 'command') audit.record(commandOf(stored, request, addressOf(request)));
    return access;
  }

  return (request, scope) => {
    const { configured } = ring;
    if (configured === false) return open(request, scope);
    const { authorization } = request.headers;
    if (authorization === undefined) {
      if (configured === undefined) {
        throw refuse(new KeysUnavailable('Postgres is unavailable, so keys cannot be checked yet'), request);
      }
      throw refuse(new AccessRefused('unauthorized', 'this route needs an API key', { challenge: [] }), request);
    }
    const presented = readKey(/^bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '');
    const held = presented && ring.held(presented.id);
    if (presented !== undefined && held !== undefined && isLive(held, now()) && sameHash(held.hash, presented.hash)) {
      return admit(held, scope, request);
    }
    const retryAfterSeconds = failures.retryAfterSeconds(addressOf(request), now());
    if (retryAfterSeconds > 0) {
      const message = 'too many failed authentications from this address';
      throw refuse(new AccessRefused('rate_limited', message, { retryAfterSeconds }), request);
    }
    if (presented === undefined) {
      throw unauthorized('this is not an API key of Thunderline: send "Authorization: Bearer tlk_..."', request);
    }
    const found = held ?? ring.find(presented.id);
    if (!(found instanceof Promise)) return admit(prove(presented, found, request), scope, request);
    return found.then(
      (stored) => admit(prove(presented, stored, request), scope, request),
      (error) => {
        throw error instanceof AccessRefused ? refuse(error, request) : error;
      },
    );
  };
}

const isLive = ({ revokedAt, expiresAt }: StoredKey, now: number): boolean =>
  revokedAt === null && (expiresAt === null || expiresAt > now);

const commandOf = (
  { id, name }: StoredKey,
  { method, url }: IncomingMessage,
  address: string,
): Parameters<Audit['record']>[0] => ({
  action: 'command',
  keyId: id,
  keyName: name,
  address,
  details: { method, path: url?.replace(/\?.*$/s, '').slice(0, MAX_PATH) },
});
