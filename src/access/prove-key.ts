import type { IncomingMessage } from 'node:http';
import { AccessRefused, type RefusalCode } from './access-refused.ts';
import { type ApiKey, readKey, sameHash } from './api-key.ts';
import type { Audit } from './audit.ts';
import type { FailedAttempts } from './failed-attempts.ts';
import type { KeyRing } from './key-ring.ts';
import type { RefusedClient } from './refusals.ts';
import type { StoredKey } from './tables/api-keys.ts';

export interface ProveParts {
  readonly ring: Pick<KeyRing, 'held' | 'find'>;
  readonly failures: FailedAttempts;
  /** The address of the client. */
  readonly addressOf: (request: IncomingMessage) => string;
  readonly audit: Pick<Audit, 'refused'>;
  /** Called with the code of each refusal. */
  readonly onRefused: (code: RefusalCode) => void;
  readonly now: () => number;
}

/** Decides whether a secret that was presented is one of a key, and counts refusals. */
export interface ProveKey {
  /** The key with this text. Throws or rejects with {@link AccessRefused} unless it may be used. */
  prove(text: string, request: IncomingMessage): StoredKey | Promise<StoredKey>;
  /** Throws {@link AccessRefused} `rate_limited` if too many requests of this address have failed. */
  requireAttempt(request: IncomingMessage): void;
  /** Counts a failed attempt of this address that is not refused. */
  noteFailure(request: IncomingMessage): void;
  /** Counts a refusal. `holder` is the key, where its secret was proved. */
  refuse(refused: AccessRefused, request: IncomingMessage, holder?: StoredKey): AccessRefused;
  /** The refusal of a secret that is not valid, which counts as a failed attempt. */
  unauthorized(message: string, request: IncomingMessage, holder?: StoredKey): AccessRefused;
}

export const isLive = ({ revokedAt, expiresAt }: StoredKey, now: number): boolean =>
  revokedAt === null && (expiresAt === null || expiresAt > now);

export function createProveKey({ ring, failures, addressOf, audit, onRefused, now }: ProveParts): ProveKey {
  function refuse(refused: AccessRefused, request: IncomingMessage, holder?: StoredKey): AccessRefused {
    onRefused(refused.code);
    const who: RefusedClient = { keyId: holder?.id, keyName: holder?.name, address: addressOf(request) };
    audit.refused(refused.code, who);
    return refused;
  }

  const noteFailure = (request: IncomingMessage): void => failures.add(addressOf(request), now());

  function unauthorized(message: string, request: IncomingMessage, holder?: StoredKey): AccessRefused {
    noteFailure(request);
    const challenge = ['error="invalid_token"'];
    return refuse(new AccessRefused('unauthorized', message, { challenge }), request, holder);
  }

  function requireAttempt(request: IncomingMessage): void {
    const retryAfterSeconds = failures.retryAfterSeconds(addressOf(request), now());
    if (retryAfterSeconds === 0) return;
    const message = 'too many failed authentications from this address';
    throw refuse(new AccessRefused('rate_limited', message, { retryAfterSeconds }), request);
  }

  /** Throws unless `stored` is the key that was presented, and may be used. */
  function requireProof(presented: ApiKey, stored: StoredKey | undefined, request: IncomingMessage): StoredKey {
    // One message for an unknown id and a wrong secret, so that the answer does not reveal which ids exist.
    if (stored === undefined || !sameHash(stored.hash, presented.hash)) {
      throw unauthorized('there is no such API key', request);
    }
    if (stored.revokedAt !== null) throw unauthorized('this API key was revoked', request, stored);
    if (!isLive(stored, now())) throw unauthorized('this API key has expired', request, stored);
    return stored;
  }

  return {
    refuse,
    unauthorized,
    requireAttempt,
    noteFailure,
    prove(text, request) {
      const presented = readKey(text);
      const held = presented && ring.held(presented.id);
      if (presented !== undefined && held !== undefined && isLive(held, now()) && sameHash(held.hash, presented.hash)) {
        return held;
      }
      requireAttempt(request);
      if (presented === undefined) {
        throw unauthorized('this is not an API key of Thunderline: send "Authorization: Bearer tlk_..."', request);
      }
      const found = held ?? ring.find(presented.id);
      if (!(found instanceof Promise)) return requireProof(presented, found, request);
      return found.then(
        (stored) => requireProof(presented, stored, request),
        (error) => {
          throw error instanceof AccessRefused ? refuse(error, request) : error;
        },
      );
    },
  };
}
