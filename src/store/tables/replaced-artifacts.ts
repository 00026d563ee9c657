import type pg from 'pg';
import { DatabaseUnavailable } from '../database-error.ts';
import { isDue } from '../is-due.ts';

/** An upload whose name has a later upload. */
export interface ReplacedArtifact {
  readonly artifact_id: string;
  readonly uri: string;
}

/** Uploads that a later one of the same name has replaced. Their rows stay, because they follow from the log. */
export interface ReplacedArtifacts {
  /** Marks the uploads of a name before the one that counts; they are {@link due} after `keepMs`. */
  mark(run: string, trial: string, name: string, keepMs: number): Promise<void>;
  /** The marked uploads whose objects are to be removed now. */
  due(limit: number): Promise<readonly ReplacedArtifact[]>;
  /** Notes that the object of an upload was removed. */
  removed(id: string): Promise<void>;
  postpone(id: string, ms: number): Promise<void>;
}

export function replacedArtifacts(pool: pg.Pool): ReplacedArtifacts {
  const ask = (sql: string, values: readonly unknown[]): Promise<pg.QueryResult> =>
    pool.query(sql, [...values]).catch((error: unknown) => {
      throw new DatabaseUnavailable(error);
    });
  return {
    async mark(run, trial, name, keepMs) {
      const sql = `
        update model_artifacts
        set remove_at = now() + $4 * interval '1 millisecond'
        where model_run_id = $1 and trial_id = $2 and name = $3 and remove_at is null and stored_version < (
          select max(stored_version) from model_artifacts where model_run_id = $1 and trial_id = $2 and name = $3
        )`;
      await ask(sql, [run, trial, name, keepMs]);
    },
    async due(limit) {
      const sql = `
        select artifact_id, uri from model_artifacts
        where ${isDue('remove_at')} and removed_at is null
        order by remove_at
        limit $1`;
      return (await ask(sql, [limit])).rows as ReplacedArtifact[];
    },
    async removed(id) {
      await ask('update model_artifacts set removed_at = now() where artifact_id = $1', [id]);
    },
    async postpone(id, ms) {
      const sql = `update model_artifacts set remove_at = now() + $2 * interval '1 millisecond' where artifact_id = $1`;
      await ask(sql, [id, ms]);
    },
  };
}
