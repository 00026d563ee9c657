import type { ArtifactStored } from '../avro/records.ts';
import type { MlEvent } from './event.ts';
import { normaliseId } from './ids.ts';
import { attemptOf, compareStatements, type Statement } from './merge.ts';

/**
 * The columns of an artifact in groups, which merge apart: an event states an address, and a record of the type
 * ArtifactStored states the object there. Both may be about one artifact, in any order.
 */
export const ARTIFACT_GROUPS = {
  stated: ['metadata'],
  stored: ['name', 'size_bytes', 'sha256', 'content_type', 'stored_at'],
} as const;

export type ArtifactGroup = keyof typeof ARTIFACT_GROUPS;

/** A file that a run or trial produced. A later statement about the same file replaces an earlier one, group by group. */
export interface Artifact {
  readonly model_run_id: string;
  readonly trial_id: string | null;
  readonly uri: string;
  /** Values in the order of the columns. */
  readonly said: Readonly<Partial<Record<ArtifactGroup, Statement>>>;
}

/** The artifact of an event; undefined if the event names none. Its one value is the artifact's metadata as JSON text. */
export function artifactOfEvent(event: MlEvent): Artifact | undefined {
  const uri = 'artifact_uri' in event ? event.artifact_uri : null;
  if (uri === null) return undefined;
  const metadata = { spectral_norm: event.spectral_norm ?? false, mlflow_run_id: event.mlflow_run_id };
  const { model_run_id, trial_id } = event;
  return {
    model_run_id,
    trial_id,
    uri,
    said: { stated: statementOf(event, attemptOf(event), [JSON.stringify(metadata)]) },
  };
}

/** The artifact of a record that reports an object in the bucket. */
export function storedArtifact(record: ArtifactStored): Artifact {
  const { model_run_id, trial_id, uri, name, size_bytes, sha256, content_type, timestamp } = record;
  const values = [name, size_bytes, sha256, content_type, timestamp];
  return { model_run_id, trial_id, uri, said: { stored: statementOf(record, record.attempt, values) } };
}

/** Merges two statements about the same artifact by the merge law. */
export function mergeArtifacts(held: Artifact | undefined, more: Artifact): Artifact {
  if (held === undefined) return more;
  return { ...more, said: { ...greater('stated', held, more), ...greater('stored', held, more) } };
}

function greater(group: ArtifactGroup, held: Artifact, more: Artifact): Artifact['said'] {
  const [a, b] = [held.said[group], more.said[group]];
  const statement = a === undefined || (b !== undefined && compareStatements(a, b) < 0) ? b : a;
  return statement === undefined ? {} : { [group]: statement };
}

const statementOf = (
  { timestamp, event_id }: Pick<ArtifactStored, 'timestamp' | 'event_id'>,
  attempt: number,
  values: readonly unknown[],
): Statement => ({ attempt, rung: 2, timestamp, id: normaliseId(event_id), values });
