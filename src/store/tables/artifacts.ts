import type { ClientBase } from 'pg';
import { ARTIFACT_GROUPS, type Artifact, type ArtifactGroup } from '../../events/artifact.ts';
import { uuidV5 } from '../../events/ids.ts';
import { versionOf } from '../../events/merge.ts';
import { fixedArray, INT8, TIMESTAMPTZ, textArray, UUID } from '../binary-array.ts';

const SQL = `
  insert into model_artifacts as held (
    artifact_id, model_run_id, trial_id, uri, metadata, version,
    name, size_bytes, sha256, content_type, stored_at, stored_version
  )
  select
    given.artifact_id, given.model_run_id, given.trial_id, given.uri,
    coalesce(given.metadata, '{}')::jsonb, coalesce(given.version, ''),
    given.name, given.size_bytes, given.sha256, given.content_type, given.stored_at, given.stored_version
  from unnest(
    $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
    $7::text[], $8::int8[], $9::text[], $10::text[], $11::timestamptz[], $12::text[]
  ) as given (
    artifact_id, model_run_id, trial_id, uri, metadata, version,
    name, size_bytes, sha256, content_type, stored_at, stored_version
  )
  order by given.artifact_id
  on conflict (artifact_id) do update set
    metadata = case when excluded.version > held.version then excluded.metadata else held.metadata end,
    version = greatest(held.version, excluded.version),
    name = case when excluded.stored_version > coalesce(held.stored_version, '') then excluded.name else held.name end,
    size_bytes = case when excluded.stored_version > coalesce(held.stored_version, '') then excluded.size_bytes else held.size_bytes end,
    sha256 = case when excluded.stored_version > coalesce(held.stored_version, '') then excluded.sha256 else held.sha256 end,
    content_type = case when excluded.stored_version > coalesce(held.stored_version, '') then excluded.content_type else held.content_type end,
    stored_at = case when excluded.stored_version > coalesce(held.stored_version, '') then excluded.stored_at else held.stored_at end,
    stored_version = greatest(held.stored_version, excluded.stored_version),
    updated_at = now()
  where excluded.version > held.version or excluded.stored_version > coalesce(held.stored_version, '')`;

/** The key of an artifact's row. */
export const artifactId = ({ model_run_id, trial_id, uri }: Omit<Artifact, 'said'>): string =>
  uuidV5(JSON.stringify(['model_artifacts', model_run_id, trial_id, uri]));

const versionIn = (artifact: Artifact, group: ArtifactGroup): string | null => {
  const statement = artifact.said[group];
  return statement === undefined ? null : versionOf(statement);
};

/** Merges artifacts, one entry for each, into `model_artifacts`. Returns the number of rows that changed. */
export async function writeArtifacts(
  client: Pick<ClientBase, 'query'>,
  artifacts: readonly Artifact[],
): Promise<number> {
  if (artifacts.length === 0) return 0;
  const column = <T>(group: ArtifactGroup, name: string): (T | null)[] => {
    const index = (ARTIFACT_GROUPS[group] as readonly string[]).indexOf(name);
    return artifacts.map(({ said }) => (said[group]?.values[index] ?? null) as T | null);
  };
  const values = [
    fixedArray(UUID, artifacts.map(artifactId)),
    textArray(artifacts.map(({ model_run_id }) => model_run_id)),
    textArray(artifacts.map(({ trial_id }) => trial_id)),
    textArray(artifacts.map(({ uri }) => uri)),
    textArray(column('stated', 'metadata')),
    textArray(artifacts.map((artifact) => versionIn(artifact, 'stated'))),
    textArray(column('stored', 'name')),
    fixedArray(INT8, column<number>('stored', 'size_bytes')),
    textArray(column('stored', 'sha256')),
    textArray(column('stored', 'content_type')),
    fixedArray(TIMESTAMPTZ, column<number>('stored', 'stored_at')),
    textArray(artifacts.map((artifact) => versionIn(artifact, 'stored'))),
  ];
  const { rowCount } = await client.query({ name: 'write-artifacts', text: SQL, values });
  return rowCount ?? 0;
}
