import type { IncomingMessage } from 'node:http';
import { AccessRefused } from './access-refused.ts';
import type { Audit } from './audit.ts';
import { isCrossOrigin } from './is-cross-origin.ts';
import type { ProveKey } from './prove-key.ts';
import { crossOrigin, type ProveSession } from './prove-session.ts';
import { allows } from './scopes.ts';
import { type SessionCookie, writeCookie } from './session-cookie.ts';
import type { SessionRing } from './session-ring.ts';
import { hashOfToken, mintToken } from './session-token.ts';
import type { BrowserSessionStore, SessionScope, StoredSession } from './tables/browser-sessions.ts';

export interface SessionsParts {
  /** Whether everyone is admitted at the moment, because there is no API key. */
  readonly isOpen: () => boolean;
  readonly held: SessionRing;
  readonly store: BrowserSessionStore;
  readonly cookieOf: (request: IncomingMessage) => SessionCookie | undefined;
  readonly addressOf: (request: IncomingMessage) => string;
  readonly proveKey: ProveKey;
  readonly proveSession: ProveSession;
  readonly audit: Pick<Audit, 'record'>;
  readonly now: () => number;
}

/** The public part of a session, for its pages. Times are epoch milliseconds. */
export interface SessionState {
  /** Everyone is admitted, because no API key is configured. */
  readonly open: boolean;
  readonly signed_in: boolean;
  readonly key_name?: string;
  readonly scopes?: readonly SessionScope[];
  /** The start of each run that the session reaches. */
  readonly run_prefix?: string;
  readonly expires_at?: number;
  readonly command_until?: number;
}

/** A state, and the value of `Set-Cookie` that belongs to it. */
export interface ChangedSession {
  readonly state: SessionState;
  readonly cookie: string | undefined;
}

/** Exchanges API keys for sessions of browsers. Each method may reject with {@link AccessRefused}. */
export interface Sessions {
  start(request: IncomingMessage, key: string, scopes: readonly SessionScope[]): Promise<ChangedSession>;
  end(request: IncomingMessage): Promise<ChangedSession>;
  stateOf(request: IncomingMessage): Promise<SessionState>;
}

const HOUR_MS = 3_600_000;
const SESSION_MS = 12 * HOUR_MS;
const COMMAND_MS = HOUR_MS;

export function createSessions(parts: SessionsParts): Sessions {
  const { isOpen, held, store, cookieOf, addressOf, proveKey, proveSession, audit, now } = parts;

  function requireSameOrigin(request: IncomingMessage): void {
    if (isCrossOrigin(request)) throw proveKey.refuse(crossOrigin(), request);
  }

  function requireCookie(request: IncomingMessage): SessionCookie {
    const cookie = cookieOf(request);
    if (cookie !== undefined) return cookie;
    const message =
      'a session needs https, or a loopback host: serve this address behind a proxy with TLS that is one of ' +
      'TRUSTED_PROXIES and sends X-Forwarded-Proto';
    throw proveKey.refuse(new AccessRefused('insecure_transport', message), request);
  }

  /** Ends a session that the table has, if `hash` is the hash of one. */
  async function endSession(hash: string, request: IncomingMessage): Promise<void> {
    const keyId = await store.end(hash);
    held.delete(hash);
    if (keyId === undefined) return;
    const details = { session: hash.slice(0, 12) };
    audit.record({ action: 'session_ended', keyId, address: addressOf(request), details });
  }

  const hashOf = (request: IncomingMessage): string | undefined => hashOfToken(proveSession.tokenOf(request) ?? '');

  async function find(hash: string, request: IncomingMessage): Promise<StoredSession | undefined> {
    try {
      return await held.find(hash);
    } catch (error) {
      throw error instanceof AccessRefused ? proveKey.refuse(error, request) : error;
    }
  }

  /** Ends the session of a caller who is not authenticated. Postgres is written to only if the session exists. */
  async function endUnproved(request: IncomingMessage): Promise<void> {
    const hash = hashOf(request);
    if (hash === undefined) return;
    if (held.held(hash) === undefined) {
      proveKey.requireAttempt(request);
      if ((await find(hash, request)) === undefined) return proveKey.noteFailure(request);
    }
    await endSession(hash, request);
  }

  return {
    async start(request, text, wanted) {
      requireSameOrigin(request);
      const cookie = requireCookie(request);
      if (isOpen()) {
        const message = 'no API key is configured: this server admits everyone on loopback, without a session';
        throw proveKey.refuse(new AccessRefused('unauthorized', message), request);
      }
      const key = await proveKey.prove(text, request);
      const missing = wanted.find((scope) => !allows(key.scopes, scope));
      if (missing !== undefined) {
        const message = `the session needs the scope ${missing}; the key has ${key.scopes.join(', ')}`;
        throw proveKey.refuse(new AccessRefused('forbidden', message), request, key);
      }
      const previous = hashOf(request);
      if (previous !== undefined) await endSession(previous, request);
      const at = now();
      const token = mintToken();
      const expiresAt = Math.min(at + SESSION_MS, key.expiresAt ?? Number.POSITIVE_INFINITY);
      const session = {
        hash: hashOfToken(token) as string,
        keyId: key.id,
        scopes: wanted,
        createdAt: at,
        expiresAt,
        commandUntil: wanted.includes('command') ? Math.min(at + COMMAND_MS, expiresAt) : null,
        address: addressOf(request),
      };
      await store.add(session);
      held.add(session);
      const details = { session: session.hash.slice(0, 12), scopes: wanted };
      audit.record({ action: 'session_started', keyId: key.id, keyName: key.name, address: session.address, details });
      const maxAgeSeconds = Math.max(1, Math.floor((expiresAt - at) / 1_000));
      const state = { name: key.name, prefix: key.runPrefix };
      return { state: signedIn(state, session), cookie: writeCookie(cookie, token, maxAgeSeconds) };
    },

    async end(request) {
      requireSameOrigin(request);
      await endUnproved(request);
      const cookie = cookieOf(request);
      const state = { open: isOpen(), signed_in: false };
      return { state, cookie: cookie && writeCookie(cookie, '', 0) };
    },

    async stateOf(request) {
      const token = proveSession.tokenOf(request);
      const signedOut = { open: isOpen(), signed_in: false };
      if (token === undefined || signedOut.open) return signedOut;
      try {
        const { session, key, scopes } = await proveSession.prove(token, request);
        return signedIn({ name: key.name, prefix: key.runPrefix }, { ...session, scopes });
      } catch (error) {
        if (error instanceof AccessRefused && error.code === 'unauthorized') return signedOut;
        throw error;
      }
    },
  };
}

function signedIn(
  { name, prefix }: { readonly name: string; readonly prefix: string },
  session: {
    readonly scopes: readonly SessionScope[];
    readonly expiresAt: number;
    readonly commandUntil: number | null;
  },
): SessionState {
  return {
    open: false,
    signed_in: true,
    key_name: name,
    scopes: session.scopes,
    run_prefix: prefix,
    expires_at: session.expiresAt,
    ...(session.scopes.includes('command') && { command_until: session.commandUntil ?? 0 }),
  };
}
