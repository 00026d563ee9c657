import pg from 'pg';
import type { Scope } from '../access/scopes.ts';
import type { Log } from '../log.ts';
import { DatabaseUnavailable } from './database-error.ts';

/** An API key as Postgres has it. Times are epoch milliseconds. */
export interface StoredKey {
  readonly id: string;
  readonly name: string;
  /** SHA-256 of the whole key. */
  readonly hash: Buffer;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
}

export type NewKey = Omit<StoredKey, 'createdAt' | 'revokedAt'>;

/** The table `api_keys`. Every method rejects with {@link DatabaseUnavailable} within {@link KEY_QUERY_MS} or so. */
export interface ApiKeyStore {
  /** Whether there is a key that is not revoked. A database without the table has none. */
  anyConfigured(): Promise<boolean>;
  /** Those of the ids that exist, revoked and expired ones among them. */
  find(ids: readonly string[]): Promise<readonly StoredKey[]>;
  /** All keys, newest first. */
  list(): Promise<readonly StoredKey[]>;
  add(key: NewKey): Promise<void>;
  /** Returns whether there was such a key that was not yet revoked. */
  revoke(id: string): Promise<boolean>;
  close(): Promise<void>;
}

/** How long connecting may take, and how long a query may take after that, in milliseconds. */
export const KEY_QUERY_MS = 2_000;

const UNDEFINED_TABLE = '42P01';

const COLUMNS = `
  id, name, hash, scopes,
  (extract(epoch from created_at) * 1000)::float8 as "createdAt",
  (extract(epoch from expires_at) * 1000)::float8 as "expiresAt",
  (extract(epoch from revoked_at) * 1000)::float8 as "revokedAt"`;

export function connectApiKeys(databaseUrl: string, log: Log): ApiKeyStore {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 2,
    connectionTimeoutMillis: KEY_QUERY_MS,
    query_timeout: KEY_QUERY_MS,
    application_name: 'thunderline api keys',
  });
  // An idle connection that breaks is replaced by the pool; the next query tells whether Postgres is away.
  pool.on('error', (cause) => log.debug({ cause }, 'an idle connection to Postgres broke'));

  async function rows<T extends pg.QueryResultRow>(sql: string, parameters: readonly unknown[] = []): Promise<T[]> {
    try {
      return (await pool.query<T>(sql, [...parameters])).rows;
    } catch (error) {
      throw new DatabaseUnavailable(error);
    }
  }

  return {
    async anyConfigured() {
      // By its name first: asking a table that is not there for its rows would be an error in the log of Postgres.
      const [table] = await rows<{ exists: boolean }>(`select to_regclass('api_keys') is not null as exists`);
      if (table?.exists !== true) return false;
      const [any] = await rows<{ any: boolean }>(
        'select exists (select from api_keys where revoked_at is null) as any',
      );
      return any?.any === true;
    },
    find: (ids) => rows<StoredKey>(`select ${COLUMNS} from api_keys where id = any($1)`, [ids]),
    list: () => rows<StoredKey>(`select ${COLUMNS} from api_keys order by created_at desc, id`),
    async add({ id, name, hash, scopes, expiresAt }) {
      await rows(
        `insert into api_keys (id, name, hash, scopes, expires_at)
         values ($1, $2, $3, $4, to_timestamp($5::float8 / 1000))`,
        [id, name, hash, scopes, expiresAt],
      );
    },
    async revoke(id) {
      const revoked = await rows(
        'update api_keys set revoked_at = now() where id = $1 and revoked_at is null returning id',
        [id],
      );
      return revoked.length > 0;
    },
    close: () => pool.end(),
  };
}

/** Whether an error says that the database has not been migrated yet. */
export const isUnmigrated = ({ cause }: DatabaseUnavailable): boolean =>
  cause instanceof pg.DatabaseError && cause.code === UNDEFINED_TABLE;
