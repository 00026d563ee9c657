import type { ClientBase } from 'pg';
import { uuidV5 } from '../../events/ids.ts';
import { type Statement, versionOf } from '../../events/merge.ts';
import { fixedArray, textArray, UUID } from '../binary-array.ts';

export interface ArtifactRow {
  readonly model_run_id: string;
  readonly trial_id: string | null;
  readonly uri: string;
  /** See `Artifact`. */
  readonly statement: Statement;
}

const SQL = `
  insert into model_artifacts as held (artifact_id, model_run_id, trial_id, uri, metadata, version)
  select given.artifact_id, given.model_run_id, given.trial_id, given.uri, given.metadata::jsonb, given.version
  from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    as given (artifact_id, model_run_id, trial_id, uri, metadata, version)
  order by given.artifact_id
  on conflict (artifact_id) do update set
    metadata = excluded.metadata, version = excluded.version, updated_at = now()
  where excluded.version > held.version`;

const idOf = ({ model_run_id, trial_id, uri }: ArtifactRow): string =>
  uuidV5(JSON.stringify(['model_artifacts', model_run_id, trial_id, uri]));

/** Merges rows, one for each artifact, into `model_artifacts`. Returns the number of rows that changed. */
export async function writeArtifacts(client: ClientBase, rows: readonly ArtifactRow[]): Promise<number> {
  if (rows.length === 0) return 0;
  const values = [
    fixedArray(UUID, rows.map(idOf)),
    textArray(rows.map((row) => row.model_run_id)),
    textArray(rows.map((row) => row.trial_id)),
    textArray(rows.map((row) => row.uri)),
    textArray(rows.map((row) => row.statement.values[0] as string)),
    textArray(rows.map((row) => versionOf(row.statement))),
  ];
  const { rowCount } = await client.query({ name: 'write-artifacts', text: SQL, values });
  return rowCount ?? 0;
}
