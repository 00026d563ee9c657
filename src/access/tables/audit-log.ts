import type { AuditEntry } from '../audit-entry.ts';
import type { RunQuery } from './access-pool.ts';

/** Which entries to list; an absent member restricts nothing. */
export interface AuditFilter {
  readonly keyId?: string;
  /** Epoch milliseconds; entries from then on. */
  readonly since?: number;
  /** The newest entries are listed, this many at most. */
  readonly limit: number;
}

/** The table `audit_log`. Rejects with `DatabaseUnavailable`. */
export interface AuditLogStore {
  append(entries: readonly AuditEntry[]): Promise<void>;
  /** Newest first. */
  list(filter: AuditFilter): Promise<readonly AuditEntry[]>;
  /** Deletes entries from before `at`, {@link DELETED_AT_ONCE} at most, and returns how many it deleted. */
  deleteBefore(at: number): Promise<number>;
}

/** Few enough that the statement ends well within its deadline. */
export const DELETED_AT_ONCE = 10_000;

export const createAuditLogStore = (run: RunQuery): AuditLogStore => ({
  async append(entries) {
    await run(
      `insert into audit_log (at, action, key_id, key_name, actor, address, details)
       select to_timestamp(at / 1000), action, key_id, key_name, actor, address, details::jsonb
       from unnest($1::float8[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
         as entry (at, action, key_id, key_name, actor, address, details)`,
      [
        entries.map(({ at }) => at),
        entries.map(({ action }) => action),
        entries.map(({ keyId }) => keyId ?? null),
        entries.map(({ keyName }) => keyName ?? null),
        entries.map(({ actor }) => actor ?? null),
        entries.map(({ address }) => address ?? null),
        entries.map(({ details }) => JSON.stringify(details ?? {})),
      ],
    );
  },
  list: ({ keyId, since, limit }) =>
    run<AuditRow>(
      `select (extract(epoch from at) * 1000)::float8 as at, action, key_id as "keyId", key_name as "keyName",
              actor, address, details
       from audit_log
       where ($1::text is null or key_id = $1) and ($2::float8 is null or at >= to_timestamp($2::float8 / 1000))
       order by at desc, entry_id desc
       limit $3`,
      [keyId ?? null, since ?? null, limit],
    ).then((rows) => rows.map(withoutNulls)),
  async deleteBefore(at) {
    const deleted = await run(
      `delete from audit_log where entry_id in (
         select entry_id from audit_log where at < to_timestamp($1::float8 / 1000) order by at limit $2
       ) returning 1`,
      [at, DELETED_AT_ONCE],
    );
    return deleted.length;
  },
});

type AuditRow = { readonly [Name in keyof AuditEntry]-?: AuditEntry[Name] | null };

const withoutNulls = (row: AuditRow): AuditEntry =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as unknown as AuditEntry;
