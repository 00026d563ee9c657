import type pg from 'pg';
import { DatabaseUnavailable } from '../database-error.ts';
import { isDue } from '../is-due.ts';

/** An upload in parts that a process of Thunderline has started. */
export interface MultipartUpload {
  readonly upload_id: string;
  readonly bucket: string;
  readonly key: string;
}

/**
 * Uploads in parts that have not ended. Each is noted before its first part is written, so that the parts of a killed process
 * are found, and those of other programs in the same bucket are never touched. Calls reject with {@link DatabaseUnavailable}.
 */
export interface MultipartUploads {
  /** @param abortAfterMs the time in which its process completes or aborts it. */
  add(upload: MultipartUpload, abortAfterMs: number): Promise<void>;
  remove(uploadId: string): Promise<void>;
  /** The uploads whose process must have ended. */
  due(limit: number): Promise<readonly MultipartUpload[]>;
  postpone(uploadId: string, ms: number): Promise<void>;
}

const ADD = `
  insert into multipart_uploads (upload_id, bucket, key, abort_at)
  values ($1, $2, $3, now() + $4 * interval '1 millisecond')
  on conflict do nothing`;
const DUE = `
  select upload_id, bucket, key from multipart_uploads where ${isDue('abort_at')} order by abort_at limit $1`;
const POSTPONE = `update multipart_uploads set abort_at = now() + $2 * interval '1 millisecond' where upload_id = $1`;

export function multipartUploads(pool: pg.Pool): MultipartUploads {
  const ask = (sql: string, values: readonly unknown[]): Promise<pg.QueryResult> =>
    pool.query(sql, [...values]).catch((error: unknown) => {
      throw new DatabaseUnavailable(error);
    });
  return {
    add: async ({ upload_id, bucket, key }, abortAfterMs) =>
      void (await ask(ADD, [upload_id, bucket, key, abortAfterMs])),
    remove: async (uploadId) => void (await ask('delete from multipart_uploads where upload_id = $1', [uploadId])),
    due: async (limit) => (await ask(DUE, [limit])).rows as MultipartUpload[],
    postpone: async (uploadId, ms) => void (await ask(POSTPONE, [uploadId, ms])),
  };
}
