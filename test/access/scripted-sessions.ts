import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { FailedAttempts } from '../../src/access/failed-attempts.ts';
import { RING_POLICY } from '../../src/access/key-ring.ts';
import { createProveKey } from '../../src/access/prove-key.ts';
import { createProveSession } from '../../src/access/prove-session.ts';
import { createSessionCookie } from '../../src/access/session-cookie.ts';
import { SessionRing } from '../../src/access/session-ring.ts';
import { hashOfToken, mintToken } from '../../src/access/session-token.ts';
import { createSessions } from '../../src/access/sessions.ts';
import type { StoredKey } from '../../src/access/tables/api-keys.ts';
import type { StoredSession } from '../../src/access/tables/browser-sessions.ts';
import { DatabaseUnavailable } from '../../src/store/database-error.ts';

/** Failed authentications of one address until it is limited. */
export const MAX_FAILURES = 3;

const KEY: StoredKey = {
  id: 'key',
  name: 'key',
  hash: Buffer.alloc(32),
  scopes: ['read'],
  runPrefix: '',
  createdAt: 0,
  expiresAt: null,
  revokedAt: null,
  lastUsedAt: null,
};

/** A request with the cookie of a session. */
export const requestWith = (token: string): IncomingMessage =>
  Object.assign(new IncomingMessage(new Socket()), {
    headers: { host: 'localhost:80', cookie: `thunderline-80=${token}` },
  });

/** The sessions of a gateway on a table whose content and availability the test controls. */
export function scriptedSessions() {
  const table = new Map<string, StoredSession>();
  const state = { nowMs: 1_000_000, away: false, queries: [] as (readonly string[])[], ended: [] as string[] };
  const answer = async <T>(make: () => T): Promise<T> => {
    await new Promise(setImmediate);
    if (state.away) throw new DatabaseUnavailable(new Error('timeout'));
    return make();
  };
  const store = {
    find(hashes: readonly string[]) {
      state.queries.push([...hashes]);
      return answer(() => hashes.flatMap((hash) => table.get(hash) ?? []));
    },
    list: async () => [],
    add: async () => undefined,
    end(hash: string) {
      state.ended.push(hash);
      return answer(() => (table.delete(hash) ? KEY.id : undefined));
    },
    endAll: async () => [],
    deleteExpired: async () => undefined,
  };
  const now = (): number => state.nowMs;
  const held = new SessionRing(store, RING_POLICY, now);
  const refused: string[] = [];
  const ring = { held: () => KEY, find: () => KEY, configured: true };
  const audit = { record: () => undefined, refused: () => undefined };
  const addressOf = (): string => '203.0.113.9';
  const cookieOf = createSessionCookie([]);
  const failures = new FailedAttempts({ perSecond: 0.001, capacity: MAX_FAILURES }, 10);
  const onRefused = (code: string): void => void refused.push(code);
  const proveKey = createProveKey({ ring, failures, addressOf, audit, onRefused, now });
  const proveSession = createProveSession({ ring, sessions: held, cookieOf, proveKey, now });
  const isOpen = (): boolean => false;
  const sessions = createSessions({ isOpen, held, store, cookieOf, addressOf, proveKey, proveSession, audit, now });

  /** Stores a session; its token. */
  function issue(): string {
    const token = mintToken();
    const hash = hashOfToken(token) as string;
    const about = { keyId: KEY.id, scopes: ['read'] as const, address: addressOf(), commandUntil: null };
    table.set(hash, { hash, ...about, createdAt: state.nowMs, expiresAt: state.nowMs + 3_600_000 });
    return token;
  }
  const prove = async (token: string): Promise<unknown> => proveSession.prove(token, requestWith(token));
  const end = (token: string): Promise<unknown> => sessions.end(requestWith(token));
  return { state, table, held, refused, issue, prove, end };
}
