import type pg from 'pg';
import { DatabaseUnavailable } from '../database-error.ts';

/** One artifact of a trial. The columns of the object are null where no record reports it. */
export interface TrialArtifact {
  /** The place of the artifact in the list, for the next page. */
  readonly cursor: string;
  readonly type: string;
  readonly uri: string;
  readonly metadata: unknown;
  /** The name it was uploaded under; null for one that was not uploaded. */
  readonly name: string | null;
  readonly size_bytes: number | null;
  readonly sha256: string | null;
  readonly content_type: string | null;
  readonly stored_at: Date | null;
}

/** The upload that counts for a name. */
export type UploadedArtifact = Omit<TrialArtifact, 'cursor' | 'metadata'>;

/** A trial, as the parameters of a path name it. */
export interface TrialPath {
  readonly run: string;
  readonly trial: string;
}

/** Queries about the artifacts of a trial. They reject with {@link DatabaseUnavailable}. */
export interface ArtifactQueries {
  /** The artifacts after a cursor, uploads by their names and then the others by their addresses. */
  list(of: TrialPath, page: { readonly after: string; readonly limit: number }): Promise<readonly TrialArtifact[]>;
  upload(of: TrialPath, name: string): Promise<UploadedArtifact | undefined>;
  trialExists(of: TrialPath): Promise<boolean>;
}

/** "name" sorts before "uri", so uploads come first; no two artifacts have the same place. */
const PLACE = `case when name is null then 'uri ' || uri else 'name ' || name end collate "C"`;

/** If a name has several uploads, the one with the greatest version is the artifact. */
const LIST = `
  select cursor, type, uri, metadata, name, size_bytes::float8, sha256, content_type, stored_at
  from (
    select distinct on (${PLACE}) ${PLACE} as cursor, *
    from model_artifacts
    where model_run_id = $1 and trial_id = $2
    order by ${PLACE}, stored_version desc
  ) latest
  where cursor > $3
  order by cursor
  limit $4`;

const UPLOAD = `
  select name, type, uri, size_bytes::float8, sha256, content_type, stored_at
  from model_artifacts
  where model_run_id = $1 and trial_id = $2 and name = $3
  order by stored_version desc
  limit 1`;

const TRIAL = 'select from cerebros_model_trials where model_run_id = $1 and trial_id = $2';

export function artifactQueries(pool: pg.Pool): ArtifactQueries {
  const ask = <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[]): Promise<pg.QueryResult<Row>> =>
    pool.query<Row>(sql, [...values]).catch((error: unknown) => {
      throw new DatabaseUnavailable(error);
    });
  return {
    list: async ({ run, trial }, { after, limit }) => (await ask<TrialArtifact>(LIST, [run, trial, after, limit])).rows,
    upload: async ({ run, trial }, name) => (await ask<UploadedArtifact>(UPLOAD, [run, trial, name])).rows[0],
    trialExists: async ({ run, trial }) => (await ask(TRIAL, [run, trial])).rowCount === 1,
  };
}
