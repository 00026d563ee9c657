import type { Scope } from '../scopes.ts';
import type { RunQuery } from './access-pool.ts';

/** An API key as Postgres stores it. Times are epoch milliseconds. */
export interface StoredKey {
  readonly id: string;
  readonly name: string;
  /** SHA-256 of the whole key. */
  readonly hash: Buffer;
  readonly scopes: readonly Scope[];
  /** Start of each `model_run_id` that the key reaches; `''` is every run. */
  readonly runPrefix: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  /** Accurate to a minute; null before the first use. */
  readonly lastUsedAt: number | null;
}

export type NewKey = Pick<StoredKey, 'id' | 'name' | 'hash' | 'scopes' | 'runPrefix' | 'expiresAt'>;

/**
 * The table `api_keys`. Every method rejects with `DatabaseUnavailable` when Postgres does not answer in time. Creating and
 * revoking a key write the audit log in the same statement; `actor` is the person who did it.
 */
export interface ApiKeyStore {
  /** Whether there is a key that is not revoked. A database without the table has none. */
  anyConfigured(): Promise<boolean>;
  /** The keys with these ids that exist, revoked and expired ones included. */
  find(ids: readonly string[]): Promise<readonly StoredKey[]>;
  /** Like {@link find}, plus other active keys, the most recently used first: `max` keys at most in total. */
  findWithGood(ids: readonly string[], max: number): Promise<readonly StoredKey[]>;
  /** All keys, newest first. */
  list(): Promise<readonly StoredKey[]>;
  add(key: NewKey, actor: string): Promise<void>;
  /** Returns whether there was such a key that was not yet revoked. */
  revoke(id: string, actor: string): Promise<boolean>;
}

const COLUMNS = `
  id, name, hash, scopes, run_prefix as "runPrefix",
  (extract(epoch from created_at) * 1000)::float8 as "createdAt",
  (extract(epoch from expires_at) * 1000)::float8 as "expiresAt",
  (extract(epoch from revoked_at) * 1000)::float8 as "revokedAt",
  (extract(epoch from last_used_at) * 1000)::float8 as "lastUsedAt"`;

export const createApiKeyStore = (run: RunQuery): ApiKeyStore => ({
  async anyConfigured() {
    // Checks for the table by name first: selecting from a missing table would log an error in Postgres.
    const [table] = await run<{ exists: boolean }>(`select to_regclass('api_keys') is not null as exists`);
    if (table?.exists !== true) return false;
    const [any] = await run<{ any: boolean }>('select exists (select from api_keys where revoked_at is null) as any');
    return any?.any === true;
  },
  find: (ids) => run<StoredKey>(`select ${COLUMNS} from api_keys where id = any($1)`, [ids]),
  findWithGood: (ids, max) =>
    run<StoredKey>(
      `select ${COLUMNS} from api_keys
       where id = any($1) or (revoked_at is null and (expires_at is null or expires_at > now()))
       order by id = any($1) desc, last_used_at desc nulls last
       limit $2`,
      [ids, max],
    ),
  list: () => run<StoredKey>(`select ${COLUMNS} from api_keys order by created_at desc, id`),
  async add({ id, name, hash, scopes, runPrefix, expiresAt }, actor) {
    await run(
      `with added as (
         insert into api_keys (id, name, hash, scopes, run_prefix, expires_at)
         values ($1, $2, $3, $4, $5, to_timestamp($6::float8 / 1000))
         returning id, name, scopes, run_prefix, expires_at
       )
       insert into audit_log (at, action, key_id, key_name, actor, details)
       select now(), 'key_created', id, name, $7,
              jsonb_build_object('scopes', scopes, 'run_prefix', run_prefix, 'expires_at', expires_at)
       from added`,
      [id, name, hash, scopes, runPrefix, expiresAt, actor],
    );
  },
  async revoke(id, actor) {
    const revoked = await run(
      `with revoked as (
         update api_keys set revoked_at = now() where id = $1 and revoked_at is null returning id, name
       )
       insert into audit_log (at, action, key_id, key_name, actor)
       select now(), 'key_revoked', id, name, $2 from revoked
       returning key_id`,
      [id, actor],
    );
    return revoked.length > 0;
  },
});
