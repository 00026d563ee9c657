import type { IncomingMessage } from 'node:http';
import { AccessRefused } from './access-refused.ts';
import { isCrossOrigin } from './is-cross-origin.ts';
import type { KeyRing } from './key-ring.ts';
import { isLive, type ProveKey } from './prove-key.ts';
import { allows, type Scope } from './scopes.ts';
import { readCookie, type SessionCookie } from './session-cookie.ts';
import type { SessionRing } from './session-ring.ts';
import { hashOfToken } from './session-token.ts';
import type { StoredKey } from './tables/api-keys.ts';
import type { SessionScope, StoredSession } from './tables/browser-sessions.ts';

/** A session that may be used, and its key. */
export interface ProvedSession {
  readonly session: StoredSession;
  readonly key: StoredKey;
  /** The scopes that the session has now. */
  readonly scopes: readonly SessionScope[];
}

export interface ProveSessionParts {
  readonly ring: Pick<KeyRing, 'held' | 'find'>;
  readonly sessions: Pick<SessionRing, 'held' | 'find'>;
  readonly cookieOf: (request: IncomingMessage) => SessionCookie | undefined;
  readonly proveKey: Pick<ProveKey, 'refuse' | 'unauthorized' | 'requireAttempt'>;
  readonly now: () => number;
}

export interface ProveSession {
  /** The token in the cookie of a request, if it has one. */
  tokenOf(request: IncomingMessage): string | undefined;
  /** The session of a token. Throws or rejects with {@link AccessRefused} unless it may be used, by this request. */
  prove(token: string, request: IncomingMessage): ProvedSession | Promise<ProvedSession>;
}

export const crossOrigin = (): AccessRefused =>
  new AccessRefused(
    'cross_origin',
    'the request comes from a page of another origin; a program sends an API key, and no Origin or Sec-Fetch-Site',
  );

/** The scopes that a session has at a given time: those that its key still has; `command` only until it ends. */
export const scopesAt = ({ scopes, commandUntil }: StoredSession, key: StoredKey, now: number): SessionScope[] =>
  scopes.filter(
    (scope) =>
      allows(key.scopes, scope as Scope) && (scope !== 'command' || (commandUntil !== null && commandUntil > now)),
  );

export function createProveSession({ ring, sessions, cookieOf, proveKey, now }: ProveSessionParts): ProveSession {
  const { refuse, unauthorized, requireAttempt } = proveKey;

  function withKey(session: StoredSession, key: StoredKey | undefined, request: IncomingMessage): ProvedSession {
    if (key === undefined || !isLive(key, now())) {
      throw unauthorized('the API key of this session was revoked or has expired: sign in again', request, key);
    }
    return { session, key, scopes: scopesAt(session, key, now()) };
  }

  function withSession(
    session: StoredSession | undefined,
    request: IncomingMessage,
  ): ProvedSession | Promise<ProvedSession> {
    if (session === undefined || session.expiresAt <= now()) {
      throw unauthorized('this session has ended: sign in again', request);
    }
    const key = ring.held(session.keyId) ?? ring.find(session.keyId);
    return key instanceof Promise
      ? key.then((found) => withKey(session, found, request))
      : withKey(session, key, request);
  }

  return {
    tokenOf(request) {
      const cookie = request.headers.cookie === undefined ? undefined : cookieOf(request);
      return cookie && (readCookie(request, cookie.name) || undefined);
    },

    prove(token, request) {
      // Before the token is looked up, so that the answer to another page does not depend on the session.
      if (isCrossOrigin(request)) throw refuse(crossOrigin(), request);
      const hash = hashOfToken(token);
      if (hash === undefined) throw unauthorized('the cookie is no session: sign in again', request);
      const held = sessions.held(hash);
      if (held !== undefined && held.expiresAt > now()) return withSession(held, request);
      // Before Postgres is asked: an address beyond its limit must not cause queries.
      requireAttempt(request);
      const found = held ?? sessions.find(hash);
      if (!(found instanceof Promise)) return withSession(found, request);
      return found.then(
        (session) => withSession(session, request),
        (error) => {
          throw error instanceof AccessRefused ? refuse(error, request) : error;
        },
      );
    },
  };
}
