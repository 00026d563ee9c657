import type { IncomingMessage } from 'node:http';
import type { ErrorCode } from '../errors.ts';
import { Problem } from '../http/problem.ts';
import type { StoredKey } from '../store/api-keys.ts';
import { type Access, ANYONE, type Authenticate } from './access.ts';
import { createAllowance, type Limits } from './allowance.ts';
import { type ApiKey, readKey, sameHash } from './api-key.ts';
import type { FailedAttempts } from './failed-attempts.ts';
import type { KeyRing } from './key-ring.ts';
import { allows, type Scope } from './scopes.ts';

export interface AuthenticateParts {
  readonly ring: Pick<KeyRing, 'held' | 'find' | 'configured'>;
  /** What each key may send to this process. */
  readonly limits: Limits;
  readonly failures: FailedAttempts;
  /** The address of the client. */
  readonly addressOf: (request: IncomingMessage) => string;
  /** Called with the code of each refusal. */
  readonly onRefused: (code: ErrorCode) => void;
  readonly now: () => number;
}

/** Allowances kept at once; beyond it the one made first is forgotten and that key starts with a full one again. */
const MAX_ALLOWANCES = 10_000;

/**
 * Lets in who has a key with the scope of the route; everyone, while there is no key at all. A key that is held in memory
 * is let in whatever the address: nobody can lock out a fleet by failing in its name.
 */
export function createAuthenticate(parts: AuthenticateParts): Authenticate {
  const { ring, limits, failures, addressOf, onRefused, now } = parts;
  const unlimited = limits.events === undefined && limits.bytes === undefined;
  const allowances = new Map<string, Access>();

  function allowanceOf(id: string): Access {
    if (unlimited) return ANYONE;
    let allowance = allowances.get(id);
    if (allowance === undefined) {
      const [first] = allowances.keys();
      if (allowances.size >= MAX_ALLOWANCES && first !== undefined) allowances.delete(first);
      allowance = createAllowance(limits, now);
      allowances.set(id, allowance);
    }
    return allowance;
  }

  function refuse(problem: Problem): Problem {
    onRefused(problem.code);
    return problem;
  }

  function unauthorized(message: string, request: IncomingMessage): Problem {
    failures.add(addressOf(request), now());
    return refuse(challenge('unauthorized', message, 'error="invalid_token"'));
  }

  function admit(presented: ApiKey, stored: StoredKey | undefined, scope: Scope, request: IncomingMessage): Access {
    // One message for an unknown id and a wrong secret: which of the two it was is nobody's business.
    if (stored === undefined || !sameHash(stored.hash, presented.hash)) {
      throw unauthorized('there is no such API key', request);
    }
    if (stored.revokedAt !== null) throw unauthorized('this API key was revoked', request);
    if (!isLive(stored, now())) throw unauthorized('this API key has expired', request);
    if (!allows(stored.scopes, scope)) {
      const error = `error="insufficient_scope", scope="${scope}"`;
      throw refuse(
        challenge('forbidden', `this needs the scope ${scope}; the key has ${stored.scopes.join(', ')}`, error),
      );
    }
    return allowanceOf(stored.id);
  }

  return (request, scope) => {
    const { configured } = ring;
    if (configured === false) return ANYONE;
    const { authorization } = request.headers;
    if (authorization === undefined) {
      if (configured === undefined) throw refuse(unknowable());
      throw refuse(challenge('unauthorized', 'an API key is needed'));
    }
    const presented = readKey(/^bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '');
    const held = presented && ring.held(presented.id);
    if (presented !== undefined && held !== undefined && isLive(held, now()) && sameHash(held.hash, presented.hash)) {
      return admit(presented, held, scope, request);
    }
    const waitSeconds = failures.retryAfterSeconds(addressOf(request), now());
    if (waitSeconds > 0) throw refuse(tooMany(waitSeconds));
    if (presented === undefined) {
      throw unauthorized('this is not an API key of Thunderline: send "Authorization: Bearer tlk_..."', request);
    }
    const found = held ?? ring.find(presented.id);
    if (!(found instanceof Promise)) return admit(presented, found, scope, request);
    return found.then(
      (stored) => admit(presented, stored, scope, request),
      (error) => {
        throw error instanceof Problem ? refuse(error) : error;
      },
    );
  };
}

const isLive = ({ revokedAt, expiresAt }: StoredKey, now: number): boolean =>
  revokedAt === null && (expiresAt === null || expiresAt > now);

const tooMany = (retryAfterSeconds: number): Problem =>
  new Problem('rate_limited', 'too many failed authentications from this address', { retryAfterSeconds });

const challenge = (code: 'unauthorized' | 'forbidden', message: string, ...parameters: string[]): Problem =>
  new Problem(code, message, {
    headers: { 'www-authenticate': `Bearer ${['realm="thunderline"', ...parameters].join(', ')}` },
  });

const unknowable = (): Problem =>
  new Problem('database_unavailable', 'whether this server has API keys cannot be told now', { retryAfterSeconds: 2 });
