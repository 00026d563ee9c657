import type { Scope } from '../scopes.ts';
import type { RunQuery } from './access-pool.ts';

/** The scopes that a session may have. */
export type SessionScope = Extract<Scope, 'read' | 'command'>;

/** A session as Postgres stores it. Times are epoch milliseconds. */
export interface StoredSession {
  /** SHA-256 of the cookie, in hexadecimal digits. */
  readonly hash: string;
  readonly keyId: string;
  readonly scopes: readonly SessionScope[];
  readonly createdAt: number;
  readonly expiresAt: number;
  /** The end of the scope `command`; null if the session never had it. */
  readonly commandUntil: number | null;
  /** The address that it was started from. */
  readonly address: string;
}

/** A session with the name of its key. */
export interface ListedSession extends StoredSession {
  readonly keyName: string;
}

/** The table `browser_sessions`. Every method rejects with `DatabaseUnavailable` when Postgres does not answer in time. */
export interface BrowserSessionStore {
  /** The sessions with these hashes that exist. A database without the table has none. */
  find(hashes: readonly string[]): Promise<readonly StoredSession[]>;
  /** All sessions that have not expired, newest first. */
  list(): Promise<readonly ListedSession[]>;
  /** Adds a session, and ends the oldest ones of the same key beyond {@link MAX_SESSIONS}. */
  add(session: Omit<StoredSession, 'createdAt'>): Promise<void>;
  /** Ends the session with this hash, if it exists. Returns the id of its key. */
  end(hash: string): Promise<string | undefined>;
  /** Ends the sessions whose hash starts with `prefix`, and returns them. Reads the whole table: for the command line. */
  endAll(prefix: string): Promise<readonly Pick<StoredSession, 'hash' | 'keyId'>[]>;
  deleteExpired(): Promise<void>;
}

/** Maximum number of sessions of one key. */
const MAX_SESSIONS = 100;

const COLUMNS = `
  encode(s.hash, 'hex') as hash, s.key_id as "keyId", s.scopes, s.address,
  (extract(epoch from s.created_at) * 1000)::float8 as "createdAt",
  (extract(epoch from s.expires_at) * 1000)::float8 as "expiresAt",
  (extract(epoch from s.command_until) * 1000)::float8 as "commandUntil"`;

export const createBrowserSessionStore = (run: RunQuery): BrowserSessionStore => ({
  find: (hashes) =>
    run<StoredSession>(
      `select ${COLUMNS} from browser_sessions s
       where s.hash = any(select decode(text, 'hex') from unnest($1::text[]) as text)`,
      [hashes],
    ),
  list: () =>
    run<ListedSession>(
      `select ${COLUMNS}, k.name as "keyName"
       from browser_sessions s join api_keys k on k.id = s.key_id
       where s.expires_at > now() and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
       order by s.created_at desc, s.hash`,
    ),
  async add({ hash, keyId, scopes, expiresAt, commandUntil, address }) {
    await run(
      `with added as (
         insert into browser_sessions (hash, key_id, scopes, expires_at, command_until, address)
         values (decode($1, 'hex'), $2, $3, to_timestamp($4::float8 / 1000), to_timestamp($5::float8 / 1000), $6)
       )
       delete from browser_sessions
       where hash in (
         select hash from browser_sessions where key_id = $2 order by created_at desc, hash offset $7
       )`,
      [hash, keyId, scopes, expiresAt, commandUntil, address, MAX_SESSIONS - 1],
    );
  },
  async end(hash) {
    const ended = await run<{ keyId: string }>(
      `delete from browser_sessions where hash = decode($1, 'hex') returning key_id as "keyId"`,
      [hash],
    );
    return ended[0]?.keyId;
  },
  endAll: (prefix) =>
    run<{ hash: string; keyId: string }>(
      `delete from browser_sessions where encode(hash, 'hex') like $1 || '%'
       returning encode(hash, 'hex') as hash, key_id as "keyId"`,
      [prefix],
    ),
  async deleteExpired() {
    await run('delete from browser_sessions where expires_at < now()');
  },
});
