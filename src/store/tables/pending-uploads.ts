import type pg from 'pg';
import type { ArtifactStored } from '../../avro/records.ts';
import { DatabaseUnavailable } from '../database-error.ts';

/** The record of an upload that is about to be complete, or is complete and perhaps not in the log yet. */
export interface PendingUpload {
  readonly record: ArtifactStored;
  /** Time since it was noted, in milliseconds. */
  readonly ageMs: number;
  /** The time of the note, as Postgres prints it. */
  readonly notedAt: string;
}

/**
 * Uploads between the completion of their object and the acknowledgement of their record. A process that ends in between
 * leaves the row, and any process writes the record later.
 */
export interface PendingUploads {
  add(record: ArtifactStored): Promise<void>;
  remove(eventId: string): Promise<void>;
  /** The uploads that were noted at least this long ago, the oldest first. @param after the last one of the page before. */
  olderThan(ageMs: number, limit: number, after?: PendingUpload): Promise<readonly PendingUpload[]>;
}

export function pendingUploads(pool: pg.Pool): PendingUploads {
  const ask = (sql: string, values: readonly unknown[]): Promise<pg.QueryResult> =>
    pool.query(sql, [...values]).catch((error: unknown) => {
      throw new DatabaseUnavailable(error);
    });
  return {
    async add(record) {
      const sql = `insert into pending_uploads (event_id, record) values ($1, $2) on conflict do nothing`;
      await ask(sql, [record.event_id, JSON.stringify(record)]);
    },
    async remove(eventId) {
      await ask('delete from pending_uploads where event_id = $1', [eventId]);
    },
    async olderThan(ageMs, limit, after) {
      const sql = `
        select
          record, extract(epoch from now() - noted_at)::float8 * 1000 as "ageMs", noted_at::text as "notedAt"
        from pending_uploads
        where noted_at <= now() - $1 * interval '1 millisecond'
          and (noted_at, event_id) > (coalesce($3::timestamptz, '-infinity'), coalesce($4::uuid, '00000000-0000-0000-0000-000000000000'))
        order by noted_at, event_id
        limit $2`;
      const place = [after?.notedAt ?? null, after?.record.event_id ?? null];
      return (await ask(sql, [ageMs, limit, ...place])).rows as PendingUpload[];
    },
  };
}
