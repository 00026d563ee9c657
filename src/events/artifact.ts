import type { MlEvent } from './event.ts';
import { normaliseId } from './ids.ts';
import type { Statement } from './merge.ts';

/** A file that a run or trial produced, as one event states it. A later statement about the same file replaces an earlier one. */
export interface Artifact {
  readonly uri: string;
  /** Its one value is the artifact's metadata as JSON text. */
  readonly statement: Statement;
}

/** The artifact of an event; undefined if the event names none. */
export function artifactOf(event: MlEvent): Artifact | undefined {
  const uri = 'artifact_uri' in event ? event.artifact_uri : null;
  if (uri === null) return undefined;
  const metadata = { spectral_norm: event.spectral_norm ?? false, mlflow_run_id: event.mlflow_run_id };
  const { timestamp, event_id } = event;
  return { uri, statement: { rung: 2, timestamp, id: normaliseId(event_id), values: [JSON.stringify(metadata)] } };
}
